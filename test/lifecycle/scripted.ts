/** What the stages are played with: credentials whose legs take as long as the stage wants (test/native/scripted-package). */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { loadBinding } from '#lib/binding/load';
import { acquireCredentials, initiate, type Credentials, type Handshake } from 'sspi';
import type { LiveCounts } from '#lib/binding/binding';

/** Without a script: a handshake of three legs. */
export const scripted = (script?: string): Promise<Credentials> =>
  acquireCredentials({ package: 'Scripted', use: 'both', ...(script !== undefined && { principal: script }) });

/** A first leg that takes `milliseconds`, and a second that ends the handshake. */
export const slow = (milliseconds: number): string =>
  `isc SEC_I_CONTINUE_NEEDED token=text:C1 delay=${milliseconds}; isc SEC_E_OK`;

/** A first leg that does not return before the gate `hang` is opened. */
export const hanging = 'isc SEC_I_CONTINUE_NEEDED token=text:C1 gate=hang; isc SEC_E_OK';

export const begin = (credentials: Credentials): Handshake => initiate(credentials, { target: 'HTTP/scripted' });

/** Lets every call go on that waits at a gate. */
export async function open(gate: string): Promise<void> {
  await once(new Worker(join(__dirname, 'opener.js'), { workerData: gate }), 'exit');
}

/** Heard even when the process ends right after it. */
export const say = (line: string): void => void writeSync(1, `${line}\n`);

export const alive = (): LiveCounts => loadBinding().liveCounts();

export const none: LiveCounts = { credentials: 0, contexts: 0, buffers: 0, calls: 0 };

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Collects garbage (Node runs with --expose-gc). Finalizers run in later turns of the event loop: `pause` in milliseconds. */
export async function collectAll(pause = 5): Promise<void> {
  const collect = globalThis.gc as () => void;
  for (let round = 0; round < 5; round++) {
    collect();
    await sleep(pause);
  }
}

/** Says what is alive, once it is nothing or ten seconds of `waiting` change nothing. */
export async function sayWhatIsAlive(waiting = (): Promise<void> => sleep(10)): Promise<void> {
  const deadline = performance.now() + 10_000;
  const isNothing = (): boolean => Object.values(alive()).every((count) => count === 0);
  while (!isNothing() && performance.now() < deadline) await waiting();
  const left = Object.entries(alive()).filter(([, count]) => count !== 0);
  say(left.length === 0 ? 'nothing is alive' : `alive: ${left.map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
}

/** What the package has seen of its callers: live things, what careful callers do not do, and (without `summary`) calls. */
export interface Journal {
  readonly credentials: number;
  readonly contexts: number;
  readonly running: number;
  readonly mostRunning: number;
  readonly faultTotal: number;
  readonly calls: readonly { readonly call: string }[];
}

export async function journal(principal = 'journal summary'): Promise<Journal> {
  const reader = await scripted(principal);
  try {
    return JSON.parse(await reader.name()) as Journal;
  } finally {
    await reader.dispose();
  }
}
