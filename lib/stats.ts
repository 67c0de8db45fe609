import { loadBinding } from './binding/load';
import type { Binding } from './binding/binding';

/** What the addon holds and does at the moment: see {@link stats}. */
export interface Stats {
  /** For the whole process, including its worker threads. */
  readonly live: {
    /** Credentials that have not been freed. */
    readonly credentials: number;
    /** Security contexts, established or not. */
    readonly contexts: number;
    /** Buffers allocated by SSPI that have not been freed. */
    readonly buffers: number;
    /** Calls that are waiting for a thread or running. */
    readonly calls: number;
  };
  /** The threads of this environment (the main thread, or this worker) on which SSPI's calls run. */
  readonly threads: {
    /** How many are inside a call. */
    readonly atWork: number;
    /** How many there may be. */
    readonly most: number;
  };
  /** Calls of this environment for which no thread is free yet. */
  readonly queued: number;
  /** How long ago the oldest running call of this environment was made, in milliseconds; undefined while there is none. */
  readonly oldestCall: number | undefined;
}

/** See `stats` in index.ts. */
export function stats(binding: Binding = loadBinding()): Stats {
  const { credentials, contexts, buffers, calls } = binding.liveCounts();
  const { atWork, most, waiting, oldest } = binding.threadUse();
  return {
    live: { credentials, contexts, buffers, calls },
    threads: { atWork, most },
    queued: waiting,
    oldestCall: oldest,
  };
}
