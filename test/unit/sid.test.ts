import fc from 'fast-check';
import { domainSid, formatSid, parseSid, sidToBytes, wellKnownSids, type Sid } from 'sspi';
import { thrown } from './support';

const invalid = { code: 'ERR_SSPI_INVALID_ARGUMENT' };
/** ldap: objectSid of a domain's administrator. */
const administrator = Buffer.from('010500000000000515000000a065cf7e784b9b5fe77c8770f4010000', 'hex');
const administratorText = 'S-1-5-21-2127521184-1604012920-1887927527-500';

describe('a SID', () => {
  test('is written as people know it', () => {
    expect(formatSid(administrator)).toBe(administratorText);
    expect(formatSid(new Uint8Array(administrator))).toBe(administratorText);
    expect(sidToBytes(administratorText)).toEqual(administrator);
    expect(parseSid(administratorText)).toEqual({
      authority: 5,
      subAuthorities: [21, 2127521184, 1604012920, 1887927527, 500],
    });
  });

  test.each([
    ['S-1-0', '010000000000' + '0000'],
    ['S-1-1-0', '010100000000000100000000'],
    ['S-1-4294967295-4294967295', '01010000ffffffffffffffff'],
    // ConvertSidToStringSid: an authority of more than 32 bits is hexadecimal.
    ['S-1-0x000100000000-1', '010100010000000001000000'],
    ['S-1-0xFFFFFFFFFFFF-1', '0101ffffffffffff01000000'],
  ])('%s', (text, hex) => {
    expect(formatSid(Buffer.from(hex, 'hex'))).toBe(text);
    expect(sidToBytes(text).toString('hex')).toBe(hex);
  });

  test('other writings of the same one are one', () => {
    expect(formatSid('s-1-0x5-32-0544')).toBe('S-1-5-32-544');
    expect(formatSid({ authority: 5, subAuthorities: [32, 544] })).toBe('S-1-5-32-544');
  });

  test('text and bytes are two forms of one thing, whatever it is', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const sid: fc.Arbitrary<Sid> = fc.record({
      authority: fc.integer({ min: 0, max: 0xffffffffffff }),
      subAuthorities: fc.array(word, { maxLength: 15 }),
    });
    fc.assert(
      fc.property(sid, (whole) => {
        expect(parseSid(formatSid(whole))).toEqual(whole);
        expect(parseSid(sidToBytes(whole))).toEqual(whole);
      }),
    );
  });

  test.each<[string, unknown]>([
    ['no bytes', Buffer.alloc(0)],
    ['a header cut short', administrator.subarray(0, 7)],
    ['a byte too few', administrator.subarray(0, -1)],
    ['a byte too many', Buffer.concat([administrator, Buffer.alloc(1)])],
    ['another revision', Buffer.from([2, ...administrator.subarray(1)])],
    ['16 sub-authorities in bytes', Buffer.concat([Buffer.from([1, 16, 0, 0, 0, 0, 0, 5]), Buffer.alloc(64)])],
    ['16 sub-authorities in text', `S-1-5${'-1'.repeat(16)}`],
    ['no text', ''],
    ['a name', 'Administrators'],
    ['an SDDL alias', 'BA'],
    ['a sub-authority of 33 bits', 'S-1-5-4294967296'],
    ['an authority of 49 bits', 'S-1-0x1000000000000-1'],
    ['another revision in text', 'S-2-5-1'],
    ['a number missing', 'S-1-5--1'],
    ['something behind it', 'S-1-5-18\n'],
    ['a NUL behind it', 'S-1-5-18\0'],
    ['a number', 18],
    ['nothing', undefined],
    ['null', null],
    ['parts that are no numbers', { authority: 5, subAuthorities: ['18'] }],
    ['a negative part', { authority: 5, subAuthorities: [-1] }],
  ])('%s is none', (_, value) => {
    expect(thrown(() => formatSid(value as string))).toMatchObject(invalid);
    expect(thrown(() => sidToBytes(value as string))).toMatchObject(invalid);
  });

  test('a text of a megabyte is refused at once, and not repeated', () => {
    const text = `S-1-5${'-1'.repeat(500_000)}`;
    const before = performance.now();
    const error = thrown(() => parseSid(text)) as Error;
    expect(performance.now() - before).toBeLessThan(50);
    expect(error).toMatchObject(invalid);
    expect(error.message.length).toBeLessThan(200);
  });
});

describe('SIDs by name', () => {
  test('are all in Windows’ own writing, and all different', () => {
    const all = Object.values(wellKnownSids);
    expect(all.map((sid) => formatSid(sid))).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
    expect(wellKnownSids.administrators).toBe('S-1-5-32-544');
  });

  test('those of a domain', () => {
    expect(domainSid(administratorText, 'domainAdmins')).toBe('S-1-5-21-2127521184-1604012920-1887927527-512');
    expect(domainSid('S-1-5-21-1-2-3', 'krbtgt')).toBe('S-1-5-21-1-2-3-502');
    for (const sid of ['S-1-5-32-544', 'S-1-5-21-1-2', 'S-1-5-21-1-2-3-4-5', 'S-1-1-0', 'x']) {
      expect(thrown(() => domainSid(sid, 'domainUsers'))).toMatchObject(invalid);
    }
    expect(thrown(() => domainSid('S-1-5-21-1-2-3', 'toString' as 'krbtgt'))).toMatchObject(invalid);
  });
});
