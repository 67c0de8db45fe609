/** The tree, the summary and the diagram. */
import {
  decode,
  formatTree,
  InspectError,
  renderExchange,
  summarize,
  type DecodedFragment,
  type ExchangeLeg,
} from 'sspi/inspect';
import { corpus, krbError, methodData } from './support/corpus';
import { hex, knownAnswers, mitKrb5, samba } from './support/data';
import { app, bits, ctx, general, gss, int, octets, oid, oids, seq, tlv } from './support/der';
import { field, flags as f, message, none, u32, utf16 } from './support/ntlm';

const { spnego_tokens: spnego, freerdp_ntlm_http: freerdp } = knownAnswers;

describe('formatTree', () => {
  test('a short token', () => {
    const bytes = ctx(1, seq(ctx(0, tlv(10, hex('01'))), ctx(1, oid(oids.kerberos))));
    expect(formatTree(decode(bytes))).toBe(
      [
        'SPNEGO NegTokenResp (22 bytes)',
        '├─ negState: 1 accept-incomplete',
        '└─ supportedMech: 1.2.840.113554.1.2.2 Kerberos',
      ].join('\n'),
    );
  });

  test('notes, flags, lists and masks', () => {
    const tree = formatTree(decode(hex(freerdp.authenticate)));
    expect(tree).toContain('├─ ! channel bindings: none (all zero)');
    expect(tree).toContain('├─ · has a MIC over the three messages');
    expect(tree).toContain('├─ flags: 0xa2888205\n│  ├─ NTLMSSP_NEGOTIATE_UNICODE');
    expect(tree).toContain('├─ mic: 16 bytes, masked');
    expect(tree).toContain('├─ lmResponse: zero');
    expect(tree).toContain('└─ ntResponse: NTLMv2');
    expect(tree).toContain('      └─ MsvAvTargetName: HTTP/rw.local');
    expect(tree).toContain('├─ version: 6.3.9600 (Windows 8.1, Windows Server 2012 R2)');
  });

  test('in ASCII', () => {
    const tree = formatTree(decode(hex(spnego.negTokenInit_krb5)), { ascii: true });
    expect(tree).toMatch(/^[\x20-\x7e\n]+$/);
    expect(tree).toContain('|- mechTypes\n|  |- 1.2.840.113554.1.2.2 Kerberos\n|  `- ');
  });

  test('with a style for each piece', () => {
    const seen = new Set<string>();
    const tree = formatTree(decode(hex(freerdp.authenticate)), {
      style: (text, role) => {
        seen.add(role);
        return role === 'label' ? `<${text}>` : text;
      },
    });
    expect(tree).toContain('<mic>: 16 bytes, masked');
    expect(seen).toEqual(new Set(['branch', 'field', 'info', 'label', 'masked', 'token', 'warning']));
  });

  test('a fault stands where the reading stopped', () => {
    try {
      decode(hex(freerdp.authenticate).subarray(0, 200));
      throw new Error('decoded');
    } catch (error) {
      const tree = formatTree((error as InspectError).partial as DecodedFragment);
      expect(tree.split('\n').at(-1)).toMatch(/✗ ntResponse: needs 264 bytes, but the token has 46 left \(byte 154\)$/);
      expect(tree).toContain('userName: Username');
    }
  });
});

describe('hostile text', () => {
  const nasty = 'a\u001b[31m\u0007\r\n\u202egnp.exe\u2028\u0000<b>&"\'\ud800';
  const challenge = message({
    type: 2,
    header: [field(utf16(nasty)), u32(f.unicode | f.targetInfo), Buffer.alloc(8), Buffer.alloc(8), none],
  });

  test('cannot write on a terminal', () => {
    const token = decode(challenge);
    for (const text of [formatTree(token), summarize(token)]) {
      // eslint-disable-next-line no-control-regex -- that is the point
      expect(text.replace(/\n/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/);
      expect(text).toContain('a\\u{1b}[31m\\u{7}\\u{d}\\u{a}\\u{202e}gnp.exe\\u{2028}\\u{0}<b>&"\'\\u{d800}');
    }
  });

  test.each([
    ['a Mongolian vowel separator', '\u180e', '\\u{180e}'],
    ['tag characters', '\u{e0001}\u{e0041}', '\\u{e0001}\\u{e0041}'],
    ['variation selectors', '\ufe0f\u{e0100}', '\\u{fe0f}\\u{e0100}'],
    ['fillers', '\u115f\u3164\uffa0', '\\u{115f}\\u{3164}\\u{ffa0}'],
    ['joiners', '\u034f\u200d', '\\u{34f}\\u{200d}'],
    ['musical format characters', '\u{1d173}', '\\u{1d173}'],
    ['noncharacters', '\ufdd0\uffff', '\\u{fdd0}\\u{ffff}'],
    ['text that looks like an escape', '\\u{1b}[31m', '\\u{5c}u{1b}[31m'],
    ['any other backslash', 'CORP\\user \\\\', 'CORP\\user \\\\'],
    ['letters of any script', 'ınΣжა한字', 'ınΣжა한字'],
  ])('%s', (_, text, shown) => {
    const bytes = message({
      type: 2,
      header: [field(utf16(`<${text}>`)), u32(f.unicode | f.targetInfo), Buffer.alloc(8), Buffer.alloc(8), none],
    });
    const token = decode(bytes);
    expect(formatTree(token)).toContain(`targetName: <${shown}>`);
    expect(summarize(token)).toBe(`NTLM CHALLENGE from <${shown}>`);
    // Escaped once, though the page takes its line from the summary.
    const html = renderExchange([{ from: 'server', token: bytes }]);
    expect(html).toContain(`from &lt;${shown}&gt;`);
  });

  test('names that are empty or end in blanks can be seen', () => {
    const ticket = app(
      1,
      seq(
        ctx(0, int(5)),
        ctx(1, general('R ')),
        ctx(2, seq(ctx(0, int(1)), ctx(1, seq(general(''))))),
        ctx(3, seq(ctx(0, int(18)), ctx(2, octets('')))),
      ),
    );
    expect(formatTree(decode(ticket))).toContain('realm: "R "');
    expect(formatTree(decode(ticket))).toContain('sname: "" (NT-PRINCIPAL)');
  });

  test('is cut to a length that can be read', () => {
    const long = message({ type: 2, header: [field(utf16('x'.repeat(20_000))), u32(f.unicode), Buffer.alloc(8)] });
    const tree = formatTree(decode(long));
    expect(tree.length).toBeLessThan(6000);
    expect(tree).toContain('… (20000 characters)');
  });

  test('is text in HTML, in tokens and in options', () => {
    const legs: ExchangeLeg[] = [{ from: 'server', token: challenge, call: '<i>', status: '"<b>', note: "<u>'" }];
    const evil = '</title><script>alert(1)</script><img src=x onerror=y>';
    const html = renderExchange(legs, {
      title: evil,
      subtitle: evil,
      client: evil,
      server: evil,
      result: evil,
      facts: { [evil]: evil },
    });
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name?.toLowerCase()));
    for (const tag of ['script', 'img', 'i', 'b', 'u']) expect(tags).not.toContain(tag);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('a\\u{1b}[31m');
    expect(html).not.toContain('\u001b');
  });
});

describe('summarize', () => {
  test.each([
    [
      spnego.negTokenInit2_serverHint,
      'SPNEGO NegTokenInit2 offering NegoEx, Kerberos (Microsoft), Kerberos, Kerberos user-to-user, NTLM',
    ],
    [spnego.negTokenResp_acceptCompleted_noToken, 'SPNEGO NegTokenResp: accept-completed'],
    [
      spnego.negTokenInit_krb5,
      'SPNEGO NegTokenInit offering Kerberos, NTLM [Kerberos AP-REQ for host/dc01 in DOMAIN.LOCAL, aes256-cts-hmac-sha1-96]',
    ],
    [spnego.krbError_clockSkew_eData, 'Kerberos e-data: KERB-ERROR-DATA'],
    [freerdp.negotiate, 'NTLM NEGOTIATE'],
    [freerdp.authenticate, 'NTLM AUTHENTICATE of Domain\\Username, NTLMv2, with MIC, no channel bindings'],
    [
      krbError(25, methodData).toString('hex'),
      'Kerberos KRB-ERROR: KDC_ERR_PREAUTH_REQUIRED (25), STATUS_ACCOUNT_DISABLED: the KDC requests pre-authentication: a normal first answer, not an error',
    ],
    [mitKrb5.wrap_sealed, 'GSS wrap token'],
    ['15030300020228', 'TLS: alert handshake_failure'],
  ])('%.12s…', (text, expected) => expect(summarize(decode(hex(text)))).toBe(expected));

  test('what has no name keeps its number', () => {
    const ticket = app(
      1,
      seq(
        ctx(0, int(5)),
        ctx(1, general('R')),
        ctx(2, seq(ctx(0, int(99)), ctx(1, seq(general('host'))))),
        ctx(3, seq(ctx(0, int(77)), ctx(2, octets('x')))),
      ),
    );
    const request = app(
      14,
      seq(
        ctx(0, int(5)),
        ctx(1, int(14)),
        ctx(2, bits(0)),
        ctx(3, ticket),
        ctx(4, seq(ctx(0, int(18)), ctx(2, octets('x')))),
      ),
    );
    expect(summarize(decode(request))).toBe('Kerberos AP-REQ for host in R, etype 77');
    expect(formatTree(decode(request))).toContain('sname: host (name type 99)');
    expect(summarize(decode(hex('15030300020299')))).toBe('TLS: alert 153');
    expect(summarize(decode(gss(oids.kerberos, hex('9999aa'))))).toBe('GSS token');
    expect(formatTree(decode(gss(oids.kerberos, hex('9999aa'))))).toContain('token id 39321');
  });

  test('headers', () => {
    expect(summarize(decode('WWW-Authenticate: Negotiate, NTLM, Basic realm="x"'))).toBe('Negotiate; NTLM; Basic');
    expect(summarize(decode(`NTLM ${hex(freerdp.negotiate).toString('base64')}`))).toBe('NTLM: NTLM NEGOTIATE');
  });

  test('is one line for every token', () => {
    for (const { bytes } of corpus()) expect(summarize(decode(bytes))).toMatch(/^[^\n]{3,400}$/);
  });
});

describe('renderExchange', () => {
  const [negotiate, challenge, authenticate] = (samba.exchanges['spnego_ntlm'] as (typeof samba.exchanges)[string])
    .messages;
  const legs: ExchangeLeg[] = [
    {
      from: 'client',
      call: 'InitializeSecurityContext',
      status: 'SEC_I_CONTINUE_NEEDED',
      token: hex(negotiate),
      duration: 3.217,
    },
    {
      from: 'server',
      call: 'AcceptSecurityContext',
      status: 'SEC_I_CONTINUE_NEEDED',
      token: `WWW-Authenticate: Negotiate ${hex(challenge).toString('base64')}`,
    },
    {
      from: 'client',
      call: 'InitializeSecurityContext',
      status: 'SEC_E_OK',
      token: hex(authenticate),
      duration: 120.6,
    },
    { from: 'server', call: 'AcceptSecurityContext', status: 'SEC_E_LOGON_DENIED', failed: true },
  ];
  const html = renderExchange(legs, { title: 'HTTP/web', facts: { Package: 'NTLM' }, result: 'refused' });

  test('is one page that needs nothing else', () => {
    expect(html.startsWith('<!DOCTYPE html>\n<html lang="en">')).toBe(true);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|https?:|\bon[a-z]+=/i);
  });

  test('is well-formed: every tag is closed where it should be', () => {
    const open: string[] = [];
    for (const [, slash, name] of html.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
      if (name === 'meta') continue;
      if (slash === '') open.push(name as string);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  test('has each leg, with direction, call, status, time and size', () => {
    expect(html.match(/<li class="leg /g)).toHaveLength(4);
    expect(html).toContain('Leg 1, client to server.');
    expect(html).toContain('Leg 2, server to client.');
    expect(html).toContain('Leg 4, on the server.');
    expect(html).toContain(
      '<code>InitializeSecurityContext</code> · <code class="status">SEC_I_CONTINUE_NEEDED</code> · 3.2 ms',
    );
    expect(html).toContain('121 ms');
    expect(html).toContain(`<span class="size">${challenge.length / 2} bytes</span>`);
    expect(html).toContain('nothing to send');
    expect(html).toMatch(/class="leg from-server failed"/);
    expect(html).toContain('<p class="result failed">refused</p>');
    expect(html).toContain('<dt>Package</dt><dd>NTLM</dd>');
  });

  test('facts and the result keep their lines, and code is set as code', () => {
    const facts = { Cause: 'No target.\nPass `target: <name>`.\nAgain.' };
    const page = renderExchange([], { facts, result: 'See `explain()`.' });
    expect(page).toContain('<dd>No target.<br>Pass <code>target: &lt;name&gt;</code>.<br>Again.</dd>');
    expect(page).toContain('See <code>explain()</code>.');
    expect(page).not.toMatch(/`|u\{a\}/);
  });

  test('has the decoded tokens, closed or opened', () => {
    expect(html).toContain('NTLM AUTHENTICATE of DOMAIN\\User, NTLMv2, with MIC, no channel bindings');
    expect(html).toContain('<span class="chip">NTLMSSP_NEGOTIATE_UNICODE</span>');
    expect(html).not.toContain('<details class="token" open>');
    expect(renderExchange(legs, { open: true })).toContain('<details class="token" open>');
  });

  test('tells a token of zero bytes from no token', () => {
    const page = renderExchange([{ from: 'client', token: Buffer.alloc(0) }, { from: 'server' }]);
    expect(page).toContain('a token of zero bytes');
    expect(page).toContain('<span class="size">0 bytes</span>');
    expect(page).toContain('nothing to send');
  });

  test('shows a damaged token as far as it goes, and an unknown one as such', () => {
    const page = renderExchange([
      { from: 'client', token: hex(freerdp.authenticate).subarray(0, 200) },
      { from: 'server', token: Buffer.from('garbage!') },
      { from: 'server', token: '!!' },
    ]);
    expect(page).toContain('NTLM AUTHENTICATE, damaged');
    expect(page).toContain('<span class="value">Username</span>');
    expect(page).toContain('<li class="problem">ntResponse: needs 264 bytes');
    expect(page).toContain('not the start of any known token');
    expect(page).toContain('neither base64, nor hex');
  });

  test('masks, unless asked not to', () => {
    const mic = freerdp.mic;
    const leg: ExchangeLeg = { from: 'client', token: hex(freerdp.authenticate) };
    expect(renderExchange([leg])).not.toContain(mic);
    expect(renderExchange([leg], { reveal: true })).toContain(mic);
    expect(renderExchange([leg], { reveal: true })).toContain('Secret values are shown');
  });

  test('takes every token there is', () => {
    const page = renderExchange(
      corpus().map(({ bytes }, n) => ({ from: n % 2 === 0 ? 'client' : 'server', token: bytes })),
    );
    expect(page).not.toContain('undefined');
    expect(page).not.toContain('[object');
    expect(page).not.toContain('class="problem"');
  });

  test('no legs at all', () => expect(renderExchange([])).toContain('0 legs'));

  test.each([
    ['legs that are none', [undefined]],
    ['a leg without a side', [[{ token: Buffer.alloc(1) }]]],
    ['a token that is a number', [[{ from: 'client', token: 5 }]]],
    ['options that are none', [[], 5]],
  ])('%s', (_, args) => {
    expect(() => (renderExchange as (...a: readonly unknown[]) => string)(...args)).toThrow(InspectError);
  });
});

test('a token in GSS framing of every kind has its framing on one line', () => {
  expect(formatTree(decode(gss(oids.ntlm, hex(freerdp.negotiate))))).toContain('├─ gss: NTLM (1.3.6.1.4.1.311.2.2.10)');
  expect(formatTree(decode(hex(mitKrb5.aes256_mutual[0])))).toContain(
    '├─ gss: Kerberos (1.2.840.113554.1.2.2), KRB_AP_REQ',
  );
});
