/** Stages with worker threads, each of which has an environment of the addon of its own. */
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { accept, acquireCredentials, initiate, type Credentials, type SspiError } from 'sspi';
import { loadBinding } from '#lib/binding/load';
import { alive, begin, hanging, journal, open, say, sayWhatIsAlive, scripted, sleep, slow } from '../scripted';

/** What a worker does with its life. */
const lives: Readonly<Record<string, () => Promise<void>>> = {
  async handshake() {
    await using credentials = await scripted();
    await using client = begin(credentials);
    await using server = accept(credentials);
    const { token } = await client.step();
    await client.step((await server.step(token)).token);
    tell(`established: ${client.established}`);
  },
  async endsBetweenLegs() {
    const { token } = await begin(await scripted()).step();
    tell(String(token));
  },
  async endsAfterItsCall() {
    const credentials = await scripted(slow(200));
    void begin(credentials)
      .step()
      .then(({ token }) => tell(String(token)));
  },
  async hangs() {
    const step = begin(await scripted(hanging)).step();
    tell('calls');
    await step;
  },
  async callsForAWhile() {
    const step = begin(await scripted(slow(300))).step();
    tell('calls');
    await step;
  },
  async exitsDuringCall() {
    void begin(await scripted(hanging)).step();
    tell('exits');
    process.exit();
  },
  async throwsDuringCall() {
    void begin(await scripted(hanging)).step();
    throw new Error('nobody catches this');
  },
  async dropsHangingCall() {
    const handshake = begin(await scripted(hanging));
    handshake.step().catch((error: unknown) => tell((error as SspiError).code));
    await sleep(20);
    handshake[Symbol.dispose]();
  },
  async impersonates() {
    const credentials = await scripted();
    const client = begin(credentials);
    const server = accept(credentials);
    await client.step((await server.step((await client.step()).token)).token);
    server.context.impersonate(() => {
      tell('impersonates');
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    });
  },
  async neverRests() {
    const credentials = await scripted();
    tell('calls');
    for (;;) {
      const client = begin(credentials);
      await client.step();
      await Promise.all([client.dispose(), begin(credentials).step()]);
    }
  },
  async sendsItsHandles() {
    const binding = loadBinding();
    const { handle } = await binding.acquireCredentialsHandle(undefined, 'Scripted', 3, undefined);
    if (handle === undefined) throw new Error('no credential');
    const context = binding.createContext(handle);
    parentPort?.postMessage({ handle, context });
    await binding.deleteSecurityContext(context);
    await binding.freeCredentialsHandle(handle);
  },
  async negotiates() {
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
    tell('calls');
    for (;;) {
      const client = initiate(credentials, { target: 'HTTP/web.corp.test' });
      await client.step().catch((error: unknown) => error);
      await client.dispose();
    }
  },
};

const tell = (line: string): void => parentPort?.postMessage(line);

if (!isMainThread) void lives[(workerData as { life: string }).life]?.();

const start = (life: string): Worker => new Worker(__filename, { workerData: { life } });

/** Lets a worker live to its end; gives what it told and its exit code. */
async function whole(life: string): Promise<string> {
  const worker = start(life);
  const told: string[] = [];
  worker.on('message', (line: string) => told.push(line));
  const [code] = (await once(worker, 'exit')) as [number];
  return `${told.join()} ${code}`;
}

/** The main thread's own use of the addon is not disturbed. */
async function sayThatMainWorks(): Promise<void> {
  await using credentials = await scripted();
  await using client = begin(credentials);
  say(`main: ${String((await client.step()).token)}`);
}

async function sayTheEnd(): Promise<void> {
  await sayThatMainWorks();
  await sayWhatIsAlive();
}

export async function one(life: string): Promise<void> {
  say(await whole(life));
  await sayTheEnd();
}

export async function oneWithHangingCall(life: string): Promise<void> {
  say(await whole(life));
  await open('hang');
  await sayTheEnd();
}

export async function manyInARow(count: string): Promise<void> {
  const ends = new Set<string>();
  for (let i = 0; i < Number(count); i++) ends.add(await whole(i % 2 === 0 ? 'handshake' : 'endsBetweenLegs'));
  say([...ends].sort().join('; '));
  await sayTheEnd();
}

export async function manyAtOnce(count: string): Promise<void> {
  const ends = await Promise.all(Array.from({ length: Number(count) }, () => whole('handshake')));
  say([...new Set(ends)].join('; '));
  await sayTheEnd();
}

/** The native call goes on after its environment is gone. */
export async function terminatedDuringCall(): Promise<void> {
  const worker = start('hangs');
  await once(worker, 'message');
  await sleep(20);
  await worker.terminate();
  say(`${alive().calls} call alive`);
  await sayThatMainWorks();
  await open('hang');
  await sayWhatIsAlive();
  const { faultTotal, contexts, credentials } = await journal();
  say(`${contexts} contexts, ${credentials} credentials, ${faultTotal} faults`);
}

/** No thread that goes on has loaded the addon: its code stays for the call that runs. */
export async function terminatedDuringCallWithoutMain(): Promise<void> {
  const worker = start('callsForAWhile');
  await once(worker, 'message');
  await sleep(20);
  await worker.terminate();
  await sleep(500);
  say('still here');
}

export async function terminatedWhileImpersonating(): Promise<void> {
  const worker = start('impersonates');
  await once(worker, 'message');
  await worker.terminate();
  const { calls } = await journal('journal');
  const count = (name: string): number => calls.filter(({ call }) => call === name).length;
  say(`${count('ImpersonateSecurityContext')} begun, ${count('RevertSecurityContext')} reverted`);
  await sayTheEnd();
}

export async function terminatedAtAnyMoment(life: string, count: string): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const worker = start(life);
    await once(worker, 'message');
    await sleep(i % 10);
    await worker.terminate();
  }
  await sayTheEnd();
}

export async function terminatedTogether(life: string, count: string): Promise<void> {
  const workers = await Promise.all(
    Array.from({ length: Number(count) }, async () => {
      const worker = start(life);
      await once(worker, 'message');
      return worker;
    }),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  await sayTheEnd();
}

export async function failed(): Promise<void> {
  const worker = start('throwsDuringCall');
  const [error] = (await once(worker, 'error')) as [Error];
  say(error.message);
  await open('hang');
  await sayTheEnd();
}

/** The process ends while workers are calling. */
export async function processExits(count: string, life: string): Promise<void> {
  const workers = Array.from({ length: Number(count) }, () => start(life));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  await sleep(20);
  say('exits');
  process.exit();
}

/** What arrives of a worker's handles is nothing to the binding of another thread. */
export async function rawHandlesDoNotTravel(): Promise<void> {
  const worker = start('sendsItsHandles');
  const [{ handle, context }] = (await once(worker, 'message')) as [Record<'handle' | 'context', never>];
  const binding = loadBinding();
  for (const call of [
    () => binding.createContext(handle),
    () => binding.freeCredentialsHandle(handle),
    () => binding.queryContextAttributes(context, [0]),
    () => binding.deleteSecurityContext(context),
  ]) {
    try {
      void call();
      say('taken');
    } catch (error) {
      say((error as SspiError).code);
    }
  }
  await once(worker, 'exit');
  await sayWhatIsAlive();
}

/** Handles belong to their thread. */
export async function handlesDoNotTravel(): Promise<void> {
  const credentials = await scripted();
  const copy = structuredClone<Credentials>(credentials);
  try {
    initiate(copy, { target: 'HTTP/scripted' });
  } catch (error) {
    say((error as SspiError).code);
  }
  await credentials.dispose();
  await sayWhatIsAlive();
}
