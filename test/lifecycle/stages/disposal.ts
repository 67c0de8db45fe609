/** Stages around the end of handles. */
import { accept, acquireCredentials, initiate, type Credentials, type SspiError } from 'sspi';
import { alive, begin, hanging, journal, open, say, sayWhatIsAlive, scripted, sleep, slow } from '../scripted';

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fulfilled',
    (error: unknown) => (error as SspiError).code,
  );

async function pair(credentials: Credentials) {
  const client = initiate(credentials, { target: 'HTTP/scripted', flags: ['confidentiality'] });
  const server = accept(credentials, { flags: ['confidentiality'] });
  const { token } = await client.step();
  const answer = await server.step(token);
  await client.step(answer.token);
  return { client, server };
}

export async function twice(): Promise<void> {
  const credentials = await scripted();
  const { client, server } = await pair(credentials);
  await Promise.all([client.dispose(), client.context.dispose(), client.dispose()]);
  await server.context[Symbol.asyncDispose]();
  server[Symbol.dispose]();
  await server.dispose();
  credentials[Symbol.dispose]();
  await Promise.all([credentials.dispose(), credentials[Symbol.asyncDispose]()]);
  const { faultTotal } = await journal();
  say(`${faultTotal} faults`);
  await sayWhatIsAlive();
}

export async function duringCall(): Promise<void> {
  const credentials = await scripted(hanging);
  const handshake = begin(credentials);
  const step = codeOf(handshake.step());
  await sleep(20);
  let gone = false;
  const disposed = handshake.dispose().then(() => (gone = true));
  say(await step);
  await sleep(50);
  say(`gone: ${gone}`);
  await open('hang');
  await disposed;
  const { contexts, faultTotal } = await journal();
  say(`gone: ${gone}, ${contexts} contexts, ${faultTotal} faults`);
  await credentials.dispose();
  await sayWhatIsAlive();
}

export async function credentialsBeforeContexts(): Promise<void> {
  const credentials = await scripted();
  const established = await pair(credentials);
  const halfway = begin(credentials);
  const { token } = await halfway.step();
  await credentials.dispose();

  say(established.server.context.unwrap(established.client.context.wrap(Buffer.from('still works'))).toString());
  say(`${(await halfway.step(Buffer.from('S1'))).expectsReply} ${String(token)}`);
  say(`${alive().credentials} alive`);
  await Promise.all([established.client, established.server, halfway].map((handshake) => handshake.dispose()));
  const { credentials: left, faultTotal } = await journal();
  say(`${left} left, ${faultTotal} faults`);
  await sayWhatIsAlive();
}

export async function inFinally(): Promise<void> {
  const credentials = await scripted(slow(50));
  const handshake = begin(credentials);
  try {
    void codeOf(handshake.step());
    throw new Error('thrown during the call');
  } catch (error) {
    say((error as Error).message);
  } finally {
    await handshake[Symbol.asyncDispose]();
    await credentials[Symbol.asyncDispose]();
  }
  await sayWhatIsAlive();
}

export async function byUsing(): Promise<void> {
  {
    await using credentials = await scripted();
    await using client = begin(credentials);
    await client.step();
    using other = begin(credentials);
    await other.step();
  }
  await sayWhatIsAlive();
}

export async function withoutWaiting(): Promise<void> {
  const credentials = await scripted();
  const { client, server } = await pair(credentials);
  client[Symbol.dispose]();
  server.context[Symbol.dispose]();
  credentials[Symbol.dispose]();
  say('disposed');
  await sayWhatIsAlive();
}

/** What nobody waits for any more does not keep the process. */
export async function abortedCallHangs(): Promise<void> {
  const controller = new AbortController();
  const credentials = await scripted(hanging);
  const step = initiate(credentials, { target: 'HTTP/scripted', signal: controller.signal }).step();
  await sleep(20);
  controller.abort();
  say(await codeOf(step));
  credentials[Symbol.dispose]();
}

export async function disposedCallHangs(): Promise<void> {
  const credentials = await scripted(hanging);
  const handshake = begin(credentials);
  const step = codeOf(handshake.step());
  await sleep(20);
  handshake[Symbol.dispose]();
  credentials[Symbol.dispose]();
  say(await step);
}

export async function timedOutCallHangs(): Promise<void> {
  const credentials = await scripted(hanging);
  const steps = Array.from({ length: 100 }, () => {
    const handshake = begin(credentials);
    setTimeout(() => handshake[Symbol.dispose](), 20);
    return codeOf(handshake.step());
  });
  say([...new Set(await Promise.all(steps))].join());
  credentials[Symbol.dispose]();
}

/** Waiting for the disposal of a hanging call keeps the process, also when an abort had let it go before. */
export async function awaitedDisposalHangs(): Promise<void> {
  const credentials = await scripted(slow(500));
  const handshake = begin(credentials);
  const step = codeOf(handshake.step());
  await sleep(20);
  handshake[Symbol.dispose]();
  say(await step);
  await handshake[Symbol.asyncDispose]();
  await credentials[Symbol.asyncDispose]();
  say('disposed');
  await sayWhatIsAlive();
}

/** Other calls keep the process, also those of the same credentials. */
export async function otherCallGoesOn(): Promise<void> {
  const credentials = await scripted(slow(300));
  const dropped = begin(credentials);
  const step = codeOf(dropped.step());
  void begin(credentials)
    .step()
    .then((leg) => say(String(leg.token)));
  await sleep(20);
  dropped[Symbol.dispose]();
  say(await step);
}

/** An abort that rejects a promise which nobody handles is an unhandled rejection like any other. */
export async function unhandledAbort(): Promise<void> {
  const controller = new AbortController();
  const options = { target: 'HTTP/scripted', signal: controller.signal };
  const credentials = await scripted(slow(100));
  void initiate(credentials, options).step();
  await sleep(20);
  controller.abort();
}

/** A credential that comes too late is nobody's. */
export async function abortedAcquisition(): Promise<void> {
  const signal = AbortSignal.timeout(50);
  const principal = 'acquire SEC_E_OK delay=300';
  say(await codeOf(acquireCredentials({ package: 'Scripted', use: 'both', principal, signal })));
  await sayWhatIsAlive();
}

/** Between two calls there is no promise to reject: the handshake has failed, and that is all. */
export async function abortBetweenLegs(): Promise<void> {
  const controller = new AbortController();
  await using credentials = await scripted();
  await using handshake = initiate(credentials, { target: 'HTTP/scripted', signal: controller.signal });
  await handshake.step();
  controller.abort();
  await sleep(20);
  say(await codeOf(handshake.step(Buffer.from('S1'))));
}
