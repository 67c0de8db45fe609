import { setTimeout as sleep } from 'node:timers/promises';
import { loadBinding } from '#lib/binding/load';
import type { LiveCounts } from '#lib/binding/binding';

export function liveCounts(): LiveCounts {
  const { credentials, contexts, buffers, calls } = loadBinding().liveCounts();
  return { credentials, contexts, buffers, calls };
}

const patience = 3_000;

/** The counts as soon as they equal `expected`, otherwise what they are when patience ends: handles are freed off this thread. */
export async function settledCounts(expected: LiveCounts): Promise<LiveCounts> {
  const end = performance.now() + patience;
  let counts = liveCounts();
  while (!sameCounts(counts, expected) && performance.now() < end) {
    await sleep(2);
    counts = liveCounts();
  }
  return counts;
}

function sameCounts(a: LiveCounts, b: LiveCounts): boolean {
  return a.credentials === b.credentials && a.contexts === b.contexts && a.buffers === b.buffers && a.calls === b.calls;
}

const nothing: LiveCounts = { credentials: 0, contexts: 0, buffers: 0, calls: 0 };

/**
 * Holds each test of a file to giving back what it takes, and the file to leaving nothing alive: credentials, contexts,
 * buffers that SSPI allocated, calls. Nothing may wait for garbage collection. What tests share belongs into a `describe`
 * with its own afterAll, which runs before this one.
 */
export function leavesNothingAlive(): void {
  let before = nothing;
  beforeEach(() => {
    before = liveCounts();
  });
  afterEach(async () => {
    expect(await settledCounts(before)).toEqual(before);
  });
  afterAll(async () => {
    expect(await settledCounts(nothing)).toEqual(nothing);
  });
}
