import { pingRequest, readPing } from '#lib/wire/ldap-ping';
import { readMessage } from '#lib/wire/ldap-messages';
import { WireError } from '#lib/wire/wire-error';

/** What Samba 4.17 answers to message 5, a ping for corp.test: the names are compressed. */
const answer = Buffer.from(
  '3073020105646e0400306a306804086e65746c6f676f6e315c045a17000000bd110000f6a637b5a028874980ffb65defbd88ea04636f72700474657374' +
    '00c01803646331c01804434f5250000344433100001744656661756c742d46697273742d536974652d4e616d6500c03705000000ffffffff' +
    '300c02010565070a010004000400',
  'hex',
);

test('the request: one object, two conditions, one attribute', () => {
  const search = readMessage(pingRequest(5, 'corp.test'));
  expect([search.id, search.tag]).toEqual([5, 0x63]);
  const { operation } = search;
  const [base, scope, deref] = [operation.text(), operation.integer(0x0a), operation.integer(0x0a)];
  expect([base, scope, deref, operation.integer(), operation.integer()]).toEqual(['', 0, 0, 0, 0]);
  expect(operation.bytes(0x01)).toEqual(Buffer.of(0));
  const and = operation.inside(0xa0);
  const [domain, version] = [and.inside(0xa3), and.inside(0xa3)];
  expect([domain.text(), domain.text(), and.atEnd]).toEqual(['DnsDomain', 'corp.test', true]);
  expect([version.text(), version.bytes()]).toEqual(['NtVer', Buffer.of(6, 0, 0, 0)]);
  expect(operation.inside().text()).toBe('Netlogon');
});

test('the site of the client', () => expect(readPing(answer, 5)).toBe('Default-First-Site-Name'));

test('an answer to another request', () => expect(() => readPing(answer, 6)).toThrow(WireError));

test('no domain of that name: only the end of the search', () => {
  expect(readPing(answer.subarray(-14), 5)).toBeUndefined();
});

/** The answer with bytes replaced, from the place of the client's site on. */
function changed(at: number, ...bytes: readonly number[]): Buffer {
  const copy = Buffer.from(answer);
  copy.set(bytes, at);
  return copy;
}

const pointer = answer.indexOf('c037', 0, 'hex');

test.each([
  ['a pointer to itself', changed(pointer, 0xc0, pointer - answer.indexOf('17000000bd', 0, 'hex'))],
  ['a pointer ahead', changed(pointer, 0xc0, 0x59)],
  ['a label of a reserved kind', changed(pointer, 0x80, 0x37)],
  ['a label that is too long', changed(pointer, 0x3f)],
])('%s', (_, bytes) => expect(() => readPing(bytes, 5)).toThrow(WireError));

test('cut short anywhere: an error', () => {
  const entry = answer.subarray(0, -14);
  expect(readPing(entry, 5)).toBe('Default-First-Site-Name');
  for (let length = 0; length < entry.length; length += 1) {
    expect(() => readPing(entry.subarray(0, length), 5)).toThrow(WireError);
  }
});
