/** The forms in which a token may be given. */
import { decode, InspectError, type HttpAuthentication } from 'sspi/inspect';
import { hex, knownAnswers } from './support/data';

const { negotiate } = knownAnswers.freerdp_ntlm_http;
const bytes = hex(negotiate);
const base64 = bytes.toString('base64');
const expected = decode(bytes);
const http = (text: string): HttpAuthentication => decode(text) as HttpAuthentication;

describe('bytes', () => {
  test('a Buffer, a Uint8Array, a part of a larger one, another view', () => {
    const padded = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
    expect(decode(new Uint8Array(bytes))).toEqual(expected);
    expect(decode(padded.subarray(3, 3 + bytes.length))).toEqual(expected);
    expect(decode(new DataView(padded.buffer, padded.byteOffset + 3, bytes.length) as never)).toEqual(expected);
    expect(decode(new Uint8Array(new SharedArrayBuffer(40)).fill(0).map((_, i) => bytes[i] as number))).toEqual(
      expected,
    );
  });

  test('the result holds nothing of them', () => {
    const copy = Buffer.from(bytes);
    const result = decode(copy);
    copy.fill(0);
    expect(result).toEqual(expected);
    expect(structuredClone(result)).toEqual(expected);
    expect(JSON.parse(JSON.stringify(result))).toEqual(expected);
  });

  test('a detached view is empty', () => {
    const view = new Uint8Array(bytes);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    expect(() => decode(view)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_TRUNCATED', offset: 0 }));
  });
});

describe('text', () => {
  const colons = negotiate.match(/../g)?.join(':') as string;
  test.each([
    ['hex', negotiate],
    ['hex in capitals', negotiate.toUpperCase()],
    ['hex with colons', colons],
    ['hex with blanks and line ends', colons.replace(/:/g, ' ').replace(/(.{48})/g, '$1\r\n')],
    ['hex with dashes', colons.replace(/:/g, '-')],
    ['hex of C', negotiate.replace(/../g, '\\x$&')],
    ['hex of an array', negotiate.replace(/../g, '0x$&, ')],
    ['hex behind 0x', `0x${negotiate}`],
    ['base64', base64],
    ['base64 without padding', base64.replace(/=/g, '')],
    ['base64url', base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')],
    ['base64 in lines', base64.replace(/(.{20})/g, '$1\n')],
    ['base64 with blanks around', `  ${base64}\n`],
  ])('%s', (_, text) => expect(decode(text)).toEqual(expected));

  test.each([
    ['nothing', '', 0],
    ['blanks', ' \n ', 0],
    ['a strange character', `${base64.slice(0, 9)}$${base64.slice(9)}`, 9],
    ['base64 that continues after its padding', 'TlRM=TlRM', 5],
    [
      'base64 of which one character is left over',
      `${base64.replace(/=/g, '')}AAA`,
      base64.replace(/=/g, '').length + 3,
    ],
    ['an odd number of hex digits', `${negotiate}4`, negotiate.length + 1],
    ['a header without a name', ': Negotiate x', 0],
  ])('%s', (_, text, offset) => {
    expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ENCODING', offset }));
    expect(() => decode(text)).toThrow(/character \d+/);
  });

  test('offsets of other faults count the bytes that the text stands for', () => {
    expect(() => decode(bytes.subarray(0, 20).toString('base64'))).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_TRUNCATED', offset: 20 }),
    );
    expect(() => decode(colons.slice(0, 59))).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_TRUNCATED', offset: 20 }),
    );
  });
});

describe('HTTP headers (RFC 9110 section 11)', () => {
  test.each(['Authorization', 'authorization', 'Proxy-Authorization', 'WWW-Authenticate', 'PROXY-AUTHENTICATE'])(
    '%s',
    (header) => {
      expect(decode(`${header}: NTLM ${base64}`)).toEqual({
        kind: 'http',
        entries: [{ header, scheme: 'NTLM', token: expected, notes: [] }],
        notes: [],
      });
    },
  );

  test('the value alone', () => {
    expect(decode(`Negotiate ${base64}`)).toMatchObject({ entries: [{ scheme: 'Negotiate', token: expected }] });
    expect(http(`  negotiate\t${base64}  `).entries).toHaveLength(1);
    expect(http('NTLM').entries).toMatchObject([{ scheme: 'NTLM' }]);
  });

  test('several challenges in one header, with parameters of any form', () => {
    const text = `WWW-Authenticate: Negotiate , ,NTLM ${base64},  Digest realm="a, \\"b\\"", qop=auth , nonce = "=x=",Bearer error="no", Foo, Bar abc==, Basic realm=x`;
    expect(http(text).entries).toMatchObject([
      { scheme: 'Negotiate' },
      { scheme: 'NTLM', token: expected },
      {
        scheme: 'Digest',
        parameters: [
          { name: 'realm', value: 'a, "b"' },
          { name: 'qop', value: 'auth' },
          { name: 'nonce', value: '=x=' },
        ],
      },
      { scheme: 'Bearer', parameters: [{ name: 'error', value: 'no' }] },
      { scheme: 'Foo' },
      { scheme: 'Bar', secret: { masked: true, length: 5 } },
      { scheme: 'Basic', parameters: [{ name: 'realm', value: 'x' }] },
    ]);
  });

  test('what curl -v shows, other headers left out', () => {
    const text = [
      '> GET / HTTP/1.1',
      `> Authorization: NTLM ${base64}`,
      '< HTTP/1.1 401 Unauthorized',
      '< Date: today',
      '< WWW-Authenticate: Negotiate',
      '< WWW-Authenticate: NTLM',
      '< Proxy-Authenticate: Basic realm="p"',
    ].join('\r\n');
    expect(http(text).entries.map(({ header, scheme }) => `${header} ${scheme}`)).toEqual([
      'Authorization NTLM',
      'WWW-Authenticate Negotiate',
      'WWW-Authenticate NTLM',
      'Proxy-Authenticate Basic',
    ]);
  });

  describe('values over several lines', () => {
    const inLines = (text: string, between: string): string => text.replace(/(.{20})(?=.)/g, `$1${between}`);

    test.each([
      ['folded', `Authorization: NTLM ${inLines(base64, '\r\n ')}`],
      ['folded with tabs, in an indented text', `  Authorization: NTLM ${inLines(base64, '\n  \t')}`],
      ['folded after the scheme', `Authorization: NTLM\r\n  ${base64}`],
      ['folded before the scheme', `Authorization:\r\n NTLM ${base64}`],
      ['wrapped by a window', `Authorization: NTLM ${inLines(base64, '\n')}`],
      ['wrapped after the scheme', `Authorization: NTLM\n${base64}`],
      ['below the name, as browsers copy it', `Authorization:\nNTLM ${base64}`],
      ['as curl -v shows them', `> Authorization: NTLM ${inLines(base64, '\r\n>  ')}`],
      ['with other headers behind', `Authorization: NTLM ${inLines(base64, '\r\n ')}\r\nDate: today\r\n\r\nTlRM`],
      ['in an indented text, with others behind', `  Authorization: NTLM ${base64}\n  Accept: */*\n  Host: a:80`],
      ['with a body behind', `Authorization: NTLM ${base64}\n\nabcdefghijklmnopqrstuvwxyz0123456789`],
    ])('%s', (_, text) => {
      expect(http(text).entries).toEqual([{ header: 'Authorization', scheme: 'NTLM', token: expected, notes: [] }]);
    });

    test('from the scheme on', () => {
      expect(http(`NTLM\n${inLines(base64, '\n')}`).entries).toMatchObject([{ scheme: 'NTLM', token: expected }]);
    });

    test('parameters', () => {
      const text = 'WWW-Authenticate: Digest realm="a:b",\r\n nonce="c: d",\r\n\tqop=auth\r\nWWW-Authenticate: NTLM';
      expect(http(text).entries).toMatchObject([
        {
          scheme: 'Digest',
          parameters: [
            { name: 'realm', value: 'a:b' },
            { name: 'nonce', value: 'c: d' },
            { name: 'qop', value: 'auth' },
          ],
        },
        { scheme: 'NTLM' },
      ]);
    });

    test('the credentials of Basic and Bearer', () => {
      const basic = Buffer.from('alice:a longer password').toString('base64');
      expect(http(`Authorization: Basic ${inLines(basic, '\r\n ')}`).entries).toMatchObject([
        { user: 'alice', secret: { masked: true, length: 'a longer password'.length } },
      ]);
      expect(http(`Authorization: Bearer ${inLines(basic, '\n')}`).entries).toMatchObject([
        { scheme: 'Bearer', secret: { length: basic.length } },
      ]);
    });

    test('a list of schemes, one on each line, is none', () => {
      const text = 'WWW-Authenticate: Negotiate\nNTLM\nWWW-Authenticate: Basic realm=x\nKerberos';
      expect(http(text).entries.map(({ scheme }) => scheme)).toEqual(['Negotiate', 'Basic']);
    });

    test('a token that is padded has no more lines', () => {
      const padded = `Authorization: NTLM ${base64.replace(/=*$/, '')}==\nTlRMTVNTUAABAAAA`;
      expect(http(padded).entries).toHaveLength(1);
    });

    test('a fault in a later line is told by its place in the text', () => {
      const text = `Authorization: NTLM ${base64.slice(0, 20)}\r\n ${base64.slice(20, 24)}$`;
      expect(() => decode(text)).toThrow(
        expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ENCODING', offset: text.indexOf('$') }),
      );
    });
  });

  test.each([
    ['a header', `WWW-Authenticate: NTLM ${base64}`],
    ['a header that is folded', `WWW-Authenticate: NTLM\r\n ${base64}`],
    ['a value', `NTLM ${base64}`],
  ])('a byte order mark before %s', (_, text) => {
    expect(http(`\ufeff${text}`).entries).toMatchObject([{ scheme: 'NTLM', token: expected }]);
  });

  test.each([
    ['base64', base64],
    ['hex', negotiate],
  ])('a byte order mark before %s', (_, text) => expect(decode(`\ufeff${text}`)).toEqual(expected));

  test('NTLM without Negotiate is worth a word', () => {
    expect(http('WWW-Authenticate: NTLM').notes).toMatchObject([
      { level: 'warning', text: expect.stringContaining('no Kerberos') as string },
    ]);
    expect(http('WWW-Authenticate: Negotiate, NTLM').notes).toEqual([]);
  });

  test('faults name the entry and the place', () => {
    const broken = `WWW-Authenticate: Negotiate, NTLM ${bytes.subarray(0, 20).toString('base64')}`;
    expect(() => decode(broken)).toThrow(
      expect.objectContaining({
        code: 'ERR_SSPI_INSPECT_TRUNCATED',
        path: 'entries[1].token.domainName',
        offset: 20,
        partial: expect.objectContaining({
          entries: [expect.objectContaining({ scheme: 'Negotiate' }), expect.objectContaining({ scheme: 'NTLM' })],
        }) as unknown,
      }),
    );
    expect(() => decode('Authorization: NTLM TlRM$')).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ENCODING', path: 'entries[0].token', offset: 24 }),
    );
    expect(() => decode('WWW-Authenticate: Digest realm="open')).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ENCODING', offset: 31 }),
    );
    expect(() => decode('WWW-Authenticate: "x"')).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ENCODING', offset: 18 }),
    );
  });
});

describe('misuse', () => {
  test.each([
    ['nothing', [undefined]],
    ['null', [null]],
    ['a number', [5]],
    ['an array', [[1, 2]]],
    ['an ArrayBuffer', [new ArrayBuffer(8)]],
    ['a proxy of a Buffer', [new Proxy(bytes, {})]],
    ['a String object', [Object('x')]],
    ['options that are none', [bytes, 5]],
    ['null for options', [bytes, null]],
    ['reveal that is no boolean', [bytes, { reveal: 'yes' }]],
  ])('%s', (_, args) => {
    const run = (): unknown => (decode as (...args: readonly unknown[]) => unknown)(...args);
    expect(run).toThrow(InspectError);
    expect(run).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INSPECT_ARGUMENT', name: 'InspectError' }));
  });

  test.each(['00', 'ff', '4e', '30', '60', '303030', 'deadbeef'])('bytes that are no token: %s', (text) => {
    expect(() => decode(hex(text))).toThrow(InspectError);
  });

  test('an input beyond the limit', () => {
    expect(() => decode(Buffer.alloc(16 * 1024 * 1024 + 1, 0x60))).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INSPECT_LIMIT' }),
    );
  });

  test('a size that is refused is told with the limit', () => {
    expect(() => decode(Buffer.alloc(16 * 1024 * 1024 + 1))).toThrow('16777217 bytes, but the maximum is 16777216');
    expect(() => decode('A'.repeat(64 * 1024 * 1024 + 1))).toThrow(
      'a text of 67108865 characters, but the maximum is 67108864',
    );
    expect(() => decode(Buffer.concat([hex('1603034801'), Buffer.alloc(0x4801)]))).toThrow('but the maximum is 18432');
    expect(() => decode(Buffer.concat([hex('6043 0641'), Buffer.alloc(0x41, 0x2b)]))).toThrow('where 64 are the most');
    expect(() => decode(hex('6085 0000000001'))).toThrow('where 4 are the most');
  });
});

test('InspectError is known by its brand, in every realm and copy', () => {
  const error = new InspectError('ERR_SSPI_INSPECT_MALFORMED', 'why', 7, 'a.b');
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe('a.b: why (byte 7)');
  const foreign = Object.assign(new Error('x'), { [Symbol.for('sspi.InspectError')]: true });
  expect(foreign instanceof InspectError).toBe(true);
  expect(new Error('x') instanceof InspectError).toBe(false);
  expect((null as unknown) instanceof InspectError).toBe(false);
});
