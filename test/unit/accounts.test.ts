import { formatSid, lookupNames, lookupSids, wellKnownSids } from 'sspi';
import { AccountMemory } from '#lib/accounts/memory';
import { Lanes } from '#lib/accounts/lanes';
import { expectClean, gate, rejection, script, settled } from './support';
import { useBinding } from '#lib/binding/load';
import type { RawAccount } from '#lib/binding/binding';
import type { ScriptedAccount } from '#lib/testing/script';

afterEach(expectClean);

const domain = 'S-1-5-21-1-2-3';
const accounts: readonly ScriptedAccount[] = [
  { sid: `${domain}-1103`, name: 'alice', domain: 'CORP' },
  { sid: `${domain}-513`, name: 'Domain Users', domain: 'CORP', type: 2 },
  { sid: wellKnownSids.administrators, name: 'Administrators', domain: 'BUILTIN', type: 4 },
  { sid: wellKnownSids.everyone, name: 'Everyone', domain: '', type: 5 },
];
const unreachable: RawAccount = { status: 0x800706fd, sid: '', name: '', domain: '', type: 0 };

test('names of SIDs, in their order, and what nobody knows', async () => {
  const binding = script({ accounts });
  const answers = await lookupNames([`${domain}-513`, `${domain}-9999`, wellKnownSids.everyone, 's-1-5-32-544']);
  expect(answers).toEqual([
    {
      asked: `${domain}-513`,
      account: { sid: `${domain}-513`, name: 'Domain Users', domain: 'CORP', type: 'group' },
      code: 'SEC_E_OK',
    },
    { asked: `${domain}-9999`, account: undefined, code: 'ERROR_NONE_MAPPED' },
    {
      asked: 'S-1-1-0',
      account: { sid: 'S-1-1-0', name: 'Everyone', domain: '', type: 'wellKnownGroup' },
      code: 'SEC_E_OK',
    },
    {
      asked: 'S-1-5-32-544',
      account: { sid: 'S-1-5-32-544', name: 'Administrators', domain: 'BUILTIN', type: 'alias' },
      code: 'SEC_E_OK',
    },
  ]);
  // One batch for each domain.
  expect(binding.callsOf('LookupAccountSid').map(({ asked }) => asked.length)).toEqual([2, 1, 1]);
});

test('SIDs of names, whatever their case', async () => {
  script({ accounts });
  const answers = await lookupSids(['corp\\ALICE', 'Nobody', 'everyone']);
  expect(answers.map(({ account, code }) => [account?.sid, account?.name, code])).toEqual([
    [`${domain}-1103`, 'alice', 'SEC_E_OK'],
    [undefined, undefined, 'ERROR_NONE_MAPPED'],
    ['S-1-1-0', 'Everyone', 'SEC_E_OK'],
  ]);
});

test('nothing is nothing, and asks nobody', async () => {
  const binding = script({ accounts });
  expect(await lookupNames([])).toEqual([]);
  expect(binding.calls).toEqual([]);
});

describe('what was looked up is remembered', () => {
  test('and asked for once, in whatever writing', async () => {
    const binding = script({ accounts });
    await lookupNames([wellKnownSids.everyone, wellKnownSids.everyone, 's-1-0x1-0']);
    await lookupNames(['S-1-1-0']);
    await lookupSids(['Everyone']);
    await lookupSids(['EVERYONE']);
    expect(binding.calls.map(({ api }) => api)).toEqual(['LookupAccountSid', 'LookupAccountName']);
  });

  test('by several that ask at once', async () => {
    const binding = script({ accounts });
    await Promise.all(Array.from({ length: 200 }, () => lookupNames([wellKnownSids.everyone])));
    expect(binding.callsOf('LookupAccountSid')).toHaveLength(1);
  });

  test('not with maxAge 0', async () => {
    const binding = script({ accounts });
    await lookupNames(['S-1-1-0']);
    await lookupNames(['S-1-1-0'], { maxAge: 0 });
    expect(binding.callsOf('LookupAccountSid')).toHaveLength(2);
  });

  test('for as long as the answer is worth', () => {
    const memory = new AccountMemory();
    const now = performance.now();
    const known = { ...unreachable, status: 0 };
    memory.keep('known', known, now - 500_000);
    memory.keep('unknown', { ...unreachable, status: 0x80070534 }, now - 61_000);
    memory.keep('unknown lately', { ...unreachable, status: 0x80070534 }, now - 11_000);
    memory.keep('unreachable', unreachable, now - 11_000);
    memory.keep('unreachable lately', unreachable, now - 1_000);
    const all = ['known', 'unknown', 'unknown lately', 'unreachable', 'unreachable lately'];
    expect(all.filter((key) => memory.find(key, 600_000) !== undefined)).toEqual([
      'known',
      'unknown lately',
      'unreachable lately',
    ]);
    expect(memory.find('known', 400_000)).toBeUndefined();
  });

  test('up to 10,000 accounts, of which the least wanted goes', () => {
    const memory = new AccountMemory();
    const now = performance.now();
    for (let i = 0; i < 10_000; i++) memory.keep(`${i}`, unreachable, now);
    memory.find('0', Infinity);
    memory.keep('one more', unreachable, now);
    expect([memory.find('0', Infinity), memory.find('1', Infinity), memory.find('one more', Infinity)]).toEqual([
      unreachable,
      undefined,
      unreachable,
    ]);
  });
});

describe('a domain that cannot be reached', () => {
  /** A binding whose look-ups of one domain hang until the gate opens, and then fail. */
  function hanging(prefix: string) {
    const binding = script({ accounts });
    const door = gate();
    const ask = binding.lookupAccountSids.bind(binding);
    binding.lookupAccountSids = async (sids) => {
      const found = await ask(sids);
      if (!formatSid(sids[0] as Uint8Array).startsWith(prefix)) return found;
      await door.promise;
      return found.map(() => unreachable);
    };
    return { binding, ...door };
  }

  test('leaves SIDs, never an error of the whole', async () => {
    const { open } = hanging('S-1-5-21-9');
    open();
    const answers = await lookupNames(['S-1-5-21-9-9-9-1', wellKnownSids.everyone]);
    expect(answers.map(({ account, code }) => [account?.name, code])).toEqual([
      [undefined, 'ERROR_TRUSTED_RELATIONSHIP_FAILURE'],
      ['Everyone', 'SEC_E_OK'],
    ]);
  });

  test('holds nobody up: 200 others get through while it hangs', async () => {
    const { open } = hanging('S-1-5-21-9');
    // More batches of one domain than lanes.
    const hung = lookupNames(Array.from({ length: 64 * 20 }, (_, i) => `S-1-5-21-9-9-9-${i}`));
    const others = await Promise.all(
      Array.from({ length: 200 }, (_, i) => lookupNames([`${domain}-${i}`, wellKnownSids.everyone])),
    );
    expect(others.every(([, everyone]) => everyone?.account?.name === 'Everyone')).toBe(true);
    open();
    expect((await hung).every(({ account }) => account === undefined)).toBe(true);
  });

  test('aborting rejects at once, and what waits for its turn is never asked', async () => {
    const { binding, open } = hanging('S-1-5-21-9');
    const controller = new AbortController();
    const sids = Array.from({ length: 40 }, (_, i) => `S-1-5-21-9-${i}-9-1`);
    const hung = lookupNames(sids, { signal: controller.signal });
    await settled();
    expect(binding.callsOf('LookupAccountSid')).toHaveLength(16);
    controller.abort(new Error('enough'));
    expect(await rejection(hung)).toMatchObject({ code: 'ERR_SSPI_ABORTED', cause: new Error('enough') });
    open();
    await settled();
    await settled();
    expect(binding.callsOf('LookupAccountSid')).toHaveLength(16);
    // What was not asked is asked when somebody wants it.
    await lookupNames([sids[39] as string]);
    expect(binding.callsOf('LookupAccountSid')).toHaveLength(17);
  });

  test('whoever else wants it still gets it when one aborts', async () => {
    const { open } = hanging('S-1-5-21-9');
    const controller = new AbortController();
    const one = lookupNames(['S-1-5-21-9-9-9-1'], { signal: controller.signal });
    const two = lookupNames(['S-1-5-21-9-9-9-1']);
    controller.abort();
    expect(await rejection(one)).toMatchObject({ code: 'ERR_SSPI_ABORTED' });
    open();
    expect(await two).toMatchObject([{ code: 'ERROR_TRUSTED_RELATIONSHIP_FAILURE' }]);
  });

  test('a failing binding fails those who asked, and is asked again', async () => {
    const binding = script({ accounts });
    const ask = binding.lookupAccountSids.bind(binding);
    binding.lookupAccountSids = () => Promise.reject(new Error('out of memory'));
    expect(await rejection(lookupNames(['S-1-1-0']))).toMatchObject({ code: 'ERR_SSPI_INTERNAL' });
    binding.lookupAccountSids = ask;
    expect(await lookupNames(['S-1-1-0'])).toMatchObject([{ code: 'SEC_E_OK' }]);
  });
});

test('10,000 unknown names are 10,000 answers, in batches', async () => {
  const binding = script({ accounts });
  const names = Array.from({ length: 10_000 }, (_, i) => `CORP\\nobody${i}`);
  const answers = await lookupSids(names);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['ERROR_NONE_MAPPED']));
  expect(binding.callsOf('LookupAccountName')).toHaveLength(Math.ceil(10_000 / 64));
});

test('lanes run so many at once, in order', async () => {
  const lanes = new Lanes(2);
  const doors = [gate(), gate(), gate()] as const;
  const begun: number[] = [];
  const all = doors.map(({ promise }, i) =>
    lanes.run('one', () => {
      begun.push(i);
      return promise;
    }),
  );
  await settled();
  expect(begun).toEqual([0, 1]);
  doors[1].open();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  doors[0].open();
  doors[2].open();
  await Promise.all(all);
});

test('lanes of one kind leave room for others, which overtake those that wait', async () => {
  const lanes = new Lanes(3, 2);
  const doors = [gate(), gate(), gate(), gate(), gate()] as const;
  const begun: string[] = [];
  const kinds = ['slow', 'slow', 'slow', 'other', 'other'];
  const all = doors.map(({ promise }, i) => {
    const kind = kinds[i] as string;
    return lanes.run(kind, () => {
      begun.push(`${kind} ${i}`);
      return promise;
    });
  });
  await settled();
  expect(begun).toEqual(['slow 0', 'slow 1', 'other 3']);
  doors[3].open();
  await settled();
  expect(begun.slice(3)).toEqual(['other 4']);
  doors[0].open();
  await settled();
  expect(begun.slice(4)).toEqual(['slow 2']);
  for (const { open } of doors) open();
  await Promise.all(all);
});

describe('bad input', () => {
  test.each<[string, unknown]>([
    ['no list', 'S-1-1-0'],
    ['nothing', undefined],
    ['a number', [1]],
    ['bytes', [Buffer.alloc(0)]],
    ['a name', ['Everyone']],
    ['16 sub-authorities', [`S-1-5${'-1'.repeat(16)}`]],
    ['a megabyte', [`S-1-5${'-1'.repeat(500_000)}`]],
  ])('SIDs: %s', async (_, sids) => {
    script({ accounts });
    expect(await rejection(lookupNames(sids as string[]))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test.each<[string, unknown]>([
    ['no list', 'Everyone'],
    ['an empty name', ['']],
    ['a NUL in a name', ['Every\0one']],
    ['a number', [1]],
    ['a name of a megabyte', ['x'.repeat(1_000_000)]],
  ])('names: %s', async (_, names) => {
    script({ accounts });
    expect(await rejection(lookupSids(names as string[]))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test.each<[string, unknown]>([
    ['an unknown option', { age: 1 }],
    ['a negative age', { maxAge: -1 }],
    ['an age that is no number', { maxAge: NaN }],
    ['no signal', { signal: {} }],
  ])('options: %s', async (_, options) => {
    script({ accounts });
    expect(await rejection(lookupNames([], options as object))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test('an aborted signal asks nobody', async () => {
    const binding = script({ accounts });
    expect(await rejection(lookupNames(['S-1-1-0'], { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_SSPI_ABORTED',
    });
    expect(binding.calls).toEqual([]);
  });
});

test('off Windows they say so', async () => {
  useBinding(undefined);
  if (process.platform === 'win32') return;
  expect(await rejection(lookupNames(['S-1-1-0']))).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
});
