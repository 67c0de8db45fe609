/** Wrong options are told at once, by name. */
import { authenticate, type AuthenticateOptions } from 'sspi/http';
import { kindOfToken } from '#lib/wire/token-kind';

test.each<[unknown, RegExp]>([
  [null, /options must be an object/],
  [{ ntml: 'never' }, /no option "ntml"/],
  [{ ntlm: 'no' }, /ntlm must be 'never' or 'loopback'/],
  [{ persist: true }, /persist must be/],
  [{ proxy: 'none' }, /proxy must be/],
  [{ schemes: [] }, /schemes must not be empty/],
  [{ schemes: ['Basic'] }, /schemes knows/],
  [{ allow: { groups: 'CORP\\Users' } }, /allow.groups must be an array/],
  [{ allow: { users: [''] } }, /allow.users must hold strings/],
  [{ allow: { group: [] } }, /allow has no option "group"/],
  [{ optional: 1 }, /optional must be true or false/],
  [{ origins: ['web'] }, /"web" is no origin/],
  [{ maxAge: 0 }, /maxAge must be a number of milliseconds/],
  [{ maxAge: '5m' }, /maxAge/],
  [{ limits: { legs: 1.5 } }, /limits.legs must be a whole number/],
  [{ limits: { legTimeout: -1 } }, /limits.legTimeout/],
  [{ limits: { sockets: 1 } }, /limits has no option "sockets"/],
  [{ logger: console }, /logger must be a function/],
  [{ credentials: {} }, /credentials must come from acquireCredentials/],
  [{ extendedProtection: 'sometimes' }, /extendedProtection must be/],
  [{ extendedProtection: { policy: 'always', serviceNames: ['web'] } }, /no service principal name/],
  [{ extendedProtection: { policy: 'always', certificate: 'PEM' } }, /certificate must be DER/],
])('%j', (options, message) => {
  const make = (): unknown => authenticate(options as AuthenticateOptions);
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT' }) as Error);
});

describe('what shows of a token', () => {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const ntlm = (type: number): Buffer =>
    Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), Buffer.from([type, 0, 0, 0])]);

  test.each<[string, Buffer, boolean, boolean]>([
    ['NTLM NEGOTIATE', ntlm(1), true, true],
    ['NTLM AUTHENTICATE', ntlm(3), false, true],
    ['NTLM cut short', ntlm(1).subarray(0, 9), false, true],
    ['a raw AP-REQ', hex('6e 03 02 01 05'), true, false],
    ['a framed AP-REQ', hex('60 0f 06 09 2a864886f712010202 0100 6e00'), true, false],
    ['a framed AP-REP', hex('60 0f 06 09 2a864886f712010202 0200 6f00'), false, false],
    [
      'a NegTokenInit of Kerberos',
      hex('60 1b 06 06 2b0601050502 a0 11 30 0f a0 0d 30 0b 06 09 2a864886f712010202'),
      true,
      false,
    ],
    ['a NegTokenResp', hex('a1 07 30 05 a0 03 0a 01 01'), false, false],
    ['another mechanism', hex('60 05 06 03 550401'), false, false],
    ['nothing', Buffer.alloc(0), false, false],
    ['one byte', hex('60'), false, false],
    ['a length that goes beyond', hex('60 84 ffffffff 06 06 2b0601050502 a0'), false, false],
  ])('%s', (_name, token, initial, isNtlm) => {
    expect(kindOfToken(token)).toEqual({ initial, ntlm: isNtlm });
  });

  test('no cut of a token makes it throw', () => {
    const token = hex('60 1b 06 06 2b0601050502 a0 11 30 0f a0 0d 30 0b 06 09 2a864886f712010202');
    for (let length = 0; length <= token.length; length++)
      expect(() => kindOfToken(token.subarray(0, length))).not.toThrow();
  });
});
