/** Look-ups of accounts: thousands that nobody knows, and some that hang while others go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { accept, lookupNames, lookupSids, wellKnownSids, formatSid } from 'sspi';
import { ForwardingBinding } from '#lib/testing/forwarding-binding';
import { loadBinding, useBinding } from '#lib/binding/load';
import { leavesNothingAlive, liveCounts } from './support/live-counts';
import { describeScripted, keepsTheRules, play, shutGate } from './support/scripted';
import type { RawAccount } from '#lib/binding/binding';

jest.setTimeout(60_000);
leavesNothingAlive();

/** How long a turn of the event loop may take on a busy machine, in milliseconds. */
const longestTurn = 500;

/** Runs `work`, and tells the longest turn of the event loop meanwhile, in milliseconds. */
async function longestTurnDuring(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let over = false;
  const watching = (async () => {
    for (let last = performance.now(); !over;) {
      await sleep(1);
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
  })();
  await work();
  over = true;
  await watching;
  return longest;
}

test('10,000 names that nobody knows are 10,000 answers, and the event loop is never held', async () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `NONESUCH\\nobody-${i}`);
  const longest = await longestTurnDuring(async () => {
    const answers = await lookupSids(names);
    expect(answers.map(({ asked }) => asked)).toEqual(names);
    expect(answers.filter(({ account, code }) => account !== undefined || code === 'SEC_E_OK')).toEqual([]);
  });
  expect(longest).toBeLessThan(longestTurn);
  expect(liveCounts().calls).toBe(0);
});

test('identifiers that nobody knows are, too', async () => {
  const sids = Array.from({ length: 2_000 }, (_, i) => `S-1-5-21-1-2-3-${100_000 + i}`);
  const longest = await longestTurnDuring(async () => {
    const answers = await lookupNames(sids);
    expect(answers.map(({ asked }) => asked)).toEqual(sids);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['ERROR_NONE_MAPPED']));
  });
  expect(longest).toBeLessThan(longestTurn);
  expect(liveCounts().calls).toBe(0);
});

test('2,000 in a single call of the binding hold the event loop no longer', async () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `NONESUCH\\nobody-${i}`);
  let accounts: readonly RawAccount[] = [];
  const longest = await longestTurnDuring(async () => {
    accounts = await loadBinding().lookupAccountNames(names);
  });
  expect(accounts).toHaveLength(names.length);
  expect(longest).toBeLessThan(longestTurn);
});

describeScripted('look-ups that hang', () => {
  /** Look-ups of this domain wait inside a call, on a thread of the addon’s, until the gate is opened. */
  const unreachable = 'S-1-5-21-9-9-9';
  /** Batches of one domain that are asked at once. */
  const lanesOfADomain = 4;
  const gateName = 'unreachable-domain';

  class SlowDomain extends ForwardingBinding {
    hanging = 0;

    override async lookupAccountSids(sids: readonly Uint8Array[]): Promise<readonly RawAccount[]> {
      if (formatSid(sids[0] as Uint8Array).startsWith(unreachable)) {
        this.hanging++;
        const waiting = `acquire SEC_E_OK gate=${gateName}; leg SEC_E_OK`;
        const { handle } = await this.inner.acquireCredentialsHandle(waiting, 'Scripted', 2, undefined);
        if (handle !== undefined) await this.inner.freeCredentialsHandle(handle);
      }
      return this.inner.lookupAccountSids(sids);
    }
  }

  let slow: SlowDomain;
  beforeEach(() => {
    slow = new SlowDomain(loadBinding());
    useBinding(slow);
  });
  afterEach(() => useBinding(undefined));
  keepsTheRules(); // its hook runs after the one above

  test('hold up neither 200 other look-ups nor 200 handshakes, nor the event loop', async () => {
    await using gate = await shutGate(gateName);
    // More batches than there are lanes for look-ups.
    const sids = Array.from({ length: 64 * 20 }, (_, i) => `${unreachable}-${i}`);
    let answered = false;
    const hung = lookupNames(sids).finally(() => (answered = true));
    const longest = await longestTurnDuring(async () => {
      while (slow.hanging < lanesOfADomain) await sleep(5);
      await using credentials = await play('asc SEC_E_OK');
      const others = Array.from({ length: 200 }, async (_, i) => {
        const [, everyone] = await lookupNames([`S-1-5-21-4-5-6-${i}`, wellKnownSids.everyone]);
        expect(everyone?.code).toBe('SEC_E_OK');
        await using server = accept(credentials);
        expect(await server.step(Buffer.from('x'))).toMatchObject({ expectsReply: false });
      });
      await Promise.all(others);
    });
    expect(longest).toBeLessThan(longestTurn);
    expect(answered).toBe(false);
    expect(slow.hanging).toBe(lanesOfADomain);
    expect(liveCounts().calls).toBe(lanesOfADomain);
    await gate.open();
    expect(await hung).toHaveLength(sids.length);
  });

  test('that are given up leave nothing when they return', async () => {
    await using gate = await shutGate(gateName);
    const controller = new AbortController();
    const hung = lookupNames([`${unreachable}-1`], { signal: controller.signal });
    while (slow.hanging < 1) await sleep(5);
    controller.abort();
    await expect(hung).rejects.toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    expect(liveCounts().calls).toBe(1);
    await gate.open();
  });
});
