/** Stages where the stack is nearly used up, or where calls are made from unusual places. */
import { accept, initiate, type Credentials, type SspiError } from 'sspi';
import { begin, say, sayWhatIsAlive, scripted } from '../scripted';

/** Does `work` again and again on the way down and up, until even this fails for want of stack. */
function atTheBottom(work: () => void): number {
  let done = 0;
  const dive = (): void => {
    try {
      dive();
    } catch {
      // Too deep: one frame further up there is a little more room.
    }
    if (done >= 300) return;
    try {
      work();
      done++;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  };
  dive();
  return done;
}

export async function callsAtTheBottom(): Promise<void> {
  const credentials = await scripted();
  const steps: Promise<unknown>[] = [];
  const done = atTheBottom(() => void steps.push(begin(credentials).step()));
  const ends = await Promise.allSettled(steps);
  const others = ends.flatMap((end) =>
    end.status === 'rejected' && !(end.reason instanceof RangeError) ? [String(end.reason)] : [],
  );
  say(`${done} calls, ${others.length} ended badly ${[...new Set(others)].join()}`.trim());
  await credentials.dispose();
  globalThis.gc?.();
}

export async function protectionAtTheBottom(): Promise<void> {
  const credentials = await scripted();
  const { client, server } = await pair(credentials);
  const messages: Buffer[] = [];
  const done = atTheBottom(() => void messages.push(client.context.wrap(Buffer.from('data'))));
  say(`${done} messages`);
  say(`${messages.filter((message) => server.context.unwrap(message).toString() === 'data').length} unwrapped`);
  await Promise.all([client, server, credentials].map((each) => each.dispose()));
  await sayWhatIsAlive();
}

async function pair(credentials: Credentials) {
  const flags = ['confidentiality', 'sequenceDetect'] as const;
  const client = initiate(credentials, { target: 'HTTP/scripted', flags });
  const server = accept(credentials, { flags });
  await client.step((await server.step((await client.step()).token)).token);
  return { client, server };
}

/** Calls from within impersonation, and disposal of the context that is impersonated. */
export async function fromWithinImpersonation(): Promise<void> {
  const credentials = await scripted();
  const { client, server } = await pair(credentials);
  let inner: Promise<unknown> | undefined;
  const refusals: string[] = [];
  const attempt = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      refusals.push((error as SspiError).code);
    }
  };
  server.context.impersonate(() => {
    attempt(() => server.context.wrap(Buffer.from('x')));
    attempt(() => server.context.impersonate(() => undefined));
    inner = Promise.all([begin(credentials).step(), server.dispose()]);
  });
  await inner;
  say(`${refusals.join()}; disposed: ${server.disposed}`);
  await Promise.all([client, credentials].map((each) => each.dispose()));
}
