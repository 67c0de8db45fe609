import { loadBinding } from './binding/load';
import type { Binding } from './binding/binding';

/** What the addon holds and does at this moment: see {@link stats}. */
export interface Stats {
  /** Over the whole process, with all its worker threads. */
  readonly live: {
    /** Credentials that SSPI has not been told to free. */
    readonly credentials: number;
    /** Security contexts, established or on their way. */
    readonly contexts: number;
    /** Buffers of SSPI's that wait to be given back. */
    readonly buffers: number;
    /** Calls that wait for a thread or run on one. */
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
  /** How long the oldest call of this environment has been under way, in milliseconds; undefined while there is none. */
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
