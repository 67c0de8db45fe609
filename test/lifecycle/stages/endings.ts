/** Stages at which a process may end. */
import { loadBinding } from '#lib/binding/load';
import { accept, acquireCredentials } from 'sspi';
import { begin, hanging, say, scripted, sleep, slow } from '../scripted';

export function required(): void {
  say('required');
}

export function loaded(): void {
  say(typeof loadBinding().createContext);
}

export async function credentialsDropped(): Promise<void> {
  await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  await scripted(slow(0));
  say('acquired');
}

export async function acquiringAtTheEnd(): Promise<void> {
  void acquireCredentials({ package: 'Negotiate', use: 'outbound' }).then(() => say('acquired'));
}

export async function betweenLegs(): Promise<void> {
  const leg = await begin(await scripted(slow(0))).step();
  say(String(leg.token));
}

export async function established(): Promise<void> {
  const credentials = await scripted();
  const client = begin(credentials);
  const server = accept(credentials);
  const { token } = await client.step();
  const answer = await server.step(token);
  await client.step(answer.token);
  say(`${client.established} ${server.established}`);
}

export async function callAtTheEnd(): Promise<void> {
  const credentials = await scripted(slow(300));
  void begin(credentials)
    .step()
    .then((leg) => say(String(leg.token)));
}

/** As many calls as there are threads and more: all settle. */
export async function queueAtTheEnd(calls: string): Promise<void> {
  const credentials = await scripted(slow(100));
  let settled = 0;
  const count = () => {
    if (++settled === Number(calls)) say('all settled');
  };
  for (let i = 0; i < Number(calls); i++) void begin(credentials).step().then(count);
}

/** `moment`: milliseconds after the calls were made, `now` for the same turn of the event loop. */
export async function exitDuringCalls(calls: string, milliseconds: string, moment: string): Promise<void> {
  const credentials = await scripted(slow(Number(milliseconds)));
  const handshakes = Array.from({ length: Number(calls) }, () => begin(credentials));
  for (const handshake of handshakes) void handshake.step();
  if (moment !== 'now') await sleep(Number(moment));
  say('exits');
  process.exit();
}

export async function exitDuringHungCall(): Promise<void> {
  void begin(await scripted(hanging)).step();
  await sleep(20);
  say('exits');
  process.exit();
}

/** The thread that exits is the one that a settled call woke. */
export async function exitFromSettledCall(): Promise<void> {
  const credentials = await scripted(slow(5));
  for (let i = 0; i < 100; i++) void begin(credentials).step();
  await begin(credentials).step();
  say('exits');
  process.exit();
}

export async function exitDuringDisposal(): Promise<void> {
  const credentials = await scripted(`${slow(0)}; delete SEC_E_OK delay=100`);
  const handshakes = Array.from({ length: 10 }, () => begin(credentials));
  await Promise.all(handshakes.map((handshake) => handshake.step()));
  for (const handshake of handshakes) void handshake.dispose();
  void credentials.dispose();
  await sleep(20);
  say('exits');
  process.exit();
}

export async function exitInBeforeExit(): Promise<void> {
  const credentials = await scripted(slow(0));
  await begin(credentials).step();
  process.once('beforeExit', () => {
    void begin(credentials).step();
    say('exits');
    process.exit();
  });
}

/** Made when the event loop has turned for the last time. */
export async function callInExitHandler(): Promise<void> {
  const credentials = await scripted(slow(50));
  process.once('exit', () => {
    void begin(credentials).step();
    begin(credentials)[Symbol.dispose]();
    say('exits');
  });
}

export async function uncaughtExceptionDuringCall(): Promise<void> {
  process.once('exit', (code) => say(`exit ${code}`));
  void begin(await scripted(slow(200))).step();
  await sleep(20);
  setImmediate(() => {
    throw new Error('nobody catches this');
  });
}

/** An open pipe keeps the process from ending by itself. */
export async function exitWithOpenStdin(): Promise<void> {
  process.stdin.on('data', () => say('data'));
  void begin(await scripted(slow(200))).step();
  await sleep(20);
  say('exits');
  process.exit();
}

export async function endWithOpenStdin(): Promise<void> {
  process.stdin.on('data', () => say('data')).unref();
  const leg = await begin(await scripted(slow(50))).step();
  say(String(leg.token));
}
