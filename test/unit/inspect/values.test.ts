import { flagSet, timestamp } from '#lib/inspect/values';
import { Random } from './support/fuzz';

describe('timestamp', () => {
  const check = (low: number, high: number): void => {
    const filetime = (BigInt(high) << 32n) | BigInt(low);
    const milliseconds = Number(filetime / 10_000n - 11_644_473_600_000n);
    expect(timestamp(low, high)).toEqual({ filetime: filetime.toString(), iso: new Date(milliseconds).toISOString() });
  };

  test.each([
    [0, 0],
    [1, 0],
    [9_999, 0],
    [10_000, 0],
    [0xffffffff, 0],
    [0, 1],
    [0xd53e8000, 0x019db1de],
    [0xffffffff, 0x7fffffff],
    [0xffffffff, 0xffffffff],
  ])('of %d and %d', check);

  test('of any 64 bits', () => {
    const random = new Random(7);
    for (let i = 0; i < 20_000; i += 1) check(random.next(), i % 2 === 0 ? random.next() : random.below(0x02000000));
  });

  test('of one day and another in turn', () => {
    for (let i = 0; i < 10; i += 1) check(0xd53e8000, i % 2 === 0 ? 0x01d9b1de : 0x01dab1de);
  });
});

describe('flagSet', () => {
  test('names bits from the lowest up, and counts those without a name', () => {
    expect(flagSet(0x80000005, ['a', 'b', ''])).toEqual({ value: 0x80000005, names: ['a', 'bit 2', 'bit 31'] });
    expect(flagSet(-1, []).names).toHaveLength(32);
    expect(flagSet(0, ['a'])).toEqual({ value: 0, names: [] });
  });
});
