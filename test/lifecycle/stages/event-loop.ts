/** Stages in which calls hang while the rest of the process continues with its work. */
import { pbkdf2 } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { accept, type Handshake } from 'sspi';
import { begin, hanging, journal, open, say, sayWhatIsAlive, scripted, sleep, slow } from '../scripted';

async function handshake(): Promise<boolean> {
  await using credentials = await scripted();
  await using client = begin(credentials);
  await using server = accept(credentials);
  await client.step((await server.step((await client.step()).token)).token);
  return client.established;
}

async function hang(count: number): Promise<{ settled: () => number; all: Promise<unknown> }> {
  const credentials = await scripted(hanging);
  let settled = 0;
  const steps = Array.from({ length: count }, async () => {
    await begin(credentials).step();
    settled++;
  });
  return { settled: () => settled, all: Promise.all(steps) };
}

/** Work on libuv's threads and timers, more of it than libuv has threads. */
async function otherWork(): Promise<void> {
  const timers = Promise.all([1, 5, 10, 20].map(sleep));
  const files = Promise.all(Array.from({ length: 16 }, () => readFile(__filename)));
  const names = Promise.all(Array.from({ length: 4 }, () => lookup('localhost')));
  const keys = Promise.all(Array.from({ length: 4 }, () => promisify(pbkdf2)('secret', 'salt', 1000, 32, 'sha256')));
  const immediate = new Promise((resolve) => setImmediate(resolve));
  await Promise.all([timers, files, names, keys, immediate]);
}

/** As many hanging calls as there are threads: none of them is one of libuv's. */
export async function othersGoOn(count: string): Promise<void> {
  const { settled, all } = await hang(Number(count));
  await otherWork();
  say(`others done, ${settled()} settled`);
  await open('hang');
  await all;
  say(`${settled()} settled`);
}

export async function othersGoOnDuringSlowLegs(count: string, milliseconds: string): Promise<void> {
  const credentials = await scripted(slow(Number(milliseconds)));
  const handshakes: Handshake[] = Array.from({ length: Number(count) }, () => begin(credentials));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  let files = 0;
  let done = false;
  const start = performance.now();
  const steps = Promise.all(handshakes.map((each) => each.step())).then(() => {
    done = true;
    return performance.now() - start;
  });
  while (!done) {
    await readFile(__filename);
    files++;
  }
  clearInterval(timer);
  // One after the other they would take `count` times as long.
  say(`side by side: ${(await steps) < (Number(count) * Number(milliseconds)) / 4}`);
  say(`timers went on: ${turns > 10}, files were read: ${files > 10}`);
}

export async function anotherHandshakeCompletes(hung: string): Promise<void> {
  const { settled, all } = await hang(Number(hung));
  say(`established: ${await handshake()}, ${settled()} settled`);
  const { mostRunning } = await journal();
  say(`${mostRunning >= Number(hung)}: all that hang were running`);
  await open('hang');
  await all;
}

/** More calls than threads: those in the queue proceed when a thread is free, and not before. */
export async function queueProceeds(hung: string): Promise<void> {
  const { settled, all } = await hang(Number(hung));
  let queued = 0;
  const waiting = Promise.all(Array.from({ length: 10 }, () => handshake().then(() => queued++)));
  await otherWork();
  await sleep(200);
  say(`${settled()} settled, ${queued} of the queue`);
  await open('hang');
  await Promise.all([all, waiting]);
  say(`${settled()} settled, ${queued} of the queue`);
}

/** The pool grows again and again. */
export async function longAfterwards(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const { all } = await hang(70);
    await open('hang');
    await all;
    await (await scripted('shut hang')).dispose();
  }
  say(`established: ${await handshake()}`);
  globalThis.gc?.();
  await sleep(10);
  globalThis.gc?.();
  await sayWhatIsAlive();
}
