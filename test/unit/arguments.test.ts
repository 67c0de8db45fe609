import { runInNewContext } from 'node:vm';
import { accept, acquireCredentials, initiate, type InitiateOptions } from 'sspi';
import type { BindingScript, ScriptedLeg } from '#lib/testing/script';
import { CONTINUE, SEC_E_OK, bytes, credentialsFor, expectClean, rejection, script, thrown } from './support';

afterEach(expectClean);

describe('tokens', () => {
  test.each<[string, () => NodeJS.ArrayBufferView]>([
    ['a Buffer', () => bytes('token')],
    ['a Uint8Array', () => new Uint8Array(bytes('token'))],
    ['a view of part of its memory', () => new Uint8Array(new Uint8Array(bytes('##token##')).buffer, 2, 5)],
    ['a DataView', () => new DataView(new Uint8Array(bytes('token')).buffer)],
    ['a Uint16Array', () => new Uint16Array(new Uint8Array(bytes('tokenn')).buffer)],
    [
      'a view of a SharedArrayBuffer',
      () => {
        const view = new Uint8Array(new SharedArrayBuffer(5));
        view.set(bytes('token'));
        return view;
      },
    ],
    [
      'a Uint8Array of another realm',
      () => runInNewContext('Uint8Array.from([116, 111, 107, 101, 110])') as Uint8Array,
    ],
  ])('may be %s, and are copied before step() returns', async (_, make) => {
    const binding = script({ acceptor: [{ status: CONTINUE }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials);
    const token = make();
    const expected = Buffer.from(token.buffer, token.byteOffset, token.byteLength).toString();
    const pending = server.step(token);
    new Uint8Array(token.buffer, token.byteOffset, token.byteLength).fill(0);
    await pending;
    expect(binding.callsOf('AcceptSecurityContext')[0]?.input?.toString()).toBe(expected);
  });

  test.each([['dG9rZW4='], [5], [{}], [[1, 2]], [null], [new ArrayBuffer(4)], [true], [Symbol('x')]])(
    'cannot be %p',
    async (wrong) => {
      const binding = script({ acceptor: [{ status: SEC_E_OK }] });
      await using credentials = await credentialsFor();
      await using server = accept(credentials);
      const error = await rejection(server.step(wrong as never));
      expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
      expect(error.message.includes('base64')).toBe(typeof wrong === 'string');
      expect(binding.callsOf('AcceptSecurityContext')).toHaveLength(0);
      // The handshake is none the worse for it.
      expect(await server.step(bytes('token'))).toMatchObject({ expectsReply: false });
    },
  );

  test.each<[string, () => NodeJS.ArrayBufferView]>([
    ['a Uint8Array', () => new Uint8Array(8)],
    ['a DataView', () => new DataView(new ArrayBuffer(8))],
    ['a BigUint64Array', () => new BigUint64Array(1)],
  ])('%s whose memory was transferred away is told apart from an empty one', async (_, make) => {
    script({ initiator: [{ status: CONTINUE }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    const view = make();
    structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
    expect(await rejection(client.step(view))).toMatchObject({ code: 'ERR_SSPI_DETACHED_BUFFER' });
    await client.step(new Uint8Array(0));
  });

  test('of 10 MB are refused before they are copied, and larger ones than a package makes too', async () => {
    const binding = script({ acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor('NTLM');
    await using server = accept(credentials);
    const huge = new Uint8Array(10_000_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(await rejection(server.step(huge))).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
    expect(await rejection(server.step(Buffer.alloc(65_536)))).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
    expect(binding.callsOf('AcceptSecurityContext')).toHaveLength(0);
    await server.step(Buffer.alloc(65_535));
  });

  test.each([
    ['8.0', 'NTLM', 1428],
    ['10.0', 'NTLM', 65_535],
    ['8.0', 'Kerberos', 65_535],
  ] as const)('under Wine %s of %s are no larger than it can bear', async (wineVersion, packageName, most) => {
    const binding = script({ acceptor: [{ status: SEC_E_OK }], wineVersion });
    await using credentials = await credentialsFor(packageName);
    await using server = accept(credentials);
    const tooLarge = { code: 'ERR_SSPI_TOKEN_TOO_LARGE' };
    expect(await rejection(server.step(Buffer.alloc(most + 1)))).toMatchObject(tooLarge);
    expect(binding.callsOf('AcceptSecurityContext')).toHaveLength(0);
    await server.step(Buffer.alloc(most));
  });

  test('may be as large as cbMaxToken, which comes from the package at run time', async () => {
    const packages = [{ name: 'Big', comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 200_000 }];
    const binding = script({ packages, acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor('Big');
    await using server = accept(credentials);
    expect(await rejection(server.step(Buffer.alloc(200_001)))).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
    await server.step(Buffer.alloc(200_000));
    expect(binding.callsOf('AcceptSecurityContext')[0]?.maxToken).toBe(200_000);
  });

  test('of 1 byte are tokens', async () => {
    const binding = script({ acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials);
    await server.step(Buffer.from([0]));
    expect(binding.callsOf('AcceptSecurityContext')[0]?.input).toEqual(Buffer.from([0]));
  });
});

describe('the target', () => {
  async function given(target: string, options: InitiateOptions = {}): Promise<string | undefined> {
    const binding = script({ initiator: [{ status: CONTINUE, token: bytes('1') }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { target, ...options });
    await client.step();
    await client.step(bytes('x'));
    const targets = binding.callsOf('InitializeSecurityContext').map((call) => call.target);
    expect(new Set(targets).size).toBe(1); // the same target on every leg
    expect(client.target).toBe(targets[0]);
    return targets[0];
  }

  test.each([
    ['HTTP/web.corp.test', 'HTTP/web.corp.test'],
    ['HTTP/Web.Corp.Test:8080', 'HTTP/Web.Corp.Test:8080'],
    ['ldap/dc1.corp.test/corp.test', 'ldap/dc1.corp.test/corp.test'],
    ['HTTP/bücher.example', 'HTTP/xn--bcher-kva.example'],
    ['HTTP/bücher.example:8443', 'HTTP/xn--bcher-kva.example:8443'],
    ['HTTP/bücher.example@CORP.TEST', 'HTTP/xn--bcher-kva.example@CORP.TEST'],
    ['ldap/dc.bücher.example/bücher.example', 'ldap/dc.xn--bcher-kva.example/xn--bcher-kva.example'],
    ['jörg@corp.test', 'jörg@corp.test'],
    ['HTTP/[fe80::1%eth]', 'HTTP/[fe80::1%eth]'],
    ['HTTP/[fe80::1%büro]:8080', 'HTTP/[fe80::1%büro]:8080'],
    ['HTTP/[fe80::1%büro]:8080/bücher.example', 'HTTP/[fe80::1%büro]:8080/xn--bcher-kva.example'],
  ])('%s goes out as %s', async (target, expected) => {
    expect(await given(target)).toBe(expected);
  });

  test.each([[''], ['HTTP/web\0.evil.test'], ['x'.repeat(40_000)], [7], [{}], ['HTTP/ü..\u2028<'], [null]])(
    'cannot be %p',
    async (target) => {
      script({});
      await using credentials = await credentialsFor();
      expect(thrown(() => initiate(credentials, { target: target as never }))).toMatchObject({
        code: 'ERR_SSPI_INVALID_ARGUMENT',
      });
    },
  );

  test.each(['HTTP/bücher.example:8443', 'HTTP/[fe80::1%büro]', 'jörg@corp.test'])(
    '%s goes out as it is on request: Active Directory keeps names in UTF-8',
    async (target) => {
      expect(await given(target, { punycode: false })).toBe(target);
    },
  );

  test.each([
    ['a zero-width space', 'HTTP/web\u200b.corp.test', 'U+200B'],
    ['a soft hyphen', 'HTTP/we\u00adb.corp.test', 'U+00AD'],
    ['a byte order mark', '\ufeffHTTP/web.corp.test', 'U+FEFF'],
    ['a mark of direction', 'HTTP/web.corp.test\u200e', 'U+200E'],
    ['a variation selector', 'HTTP/\u2603\ufe0f.example', 'U+FE0F'],
    ['a tag character', 'HTTP/web\u{e0041}.example', 'U+E0041'],
  ])('%s is an error, and not dropped', async (_, target, named) => {
    script({});
    await using credentials = await credentialsFor();
    for (const punycode of [true, false]) {
      const error = thrown(() => initiate(credentials, { target, punycode }));
      expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
      expect(error.message).toContain(named);
    }
  });

  test.each(['\n', '\r', '\t', '%41', '?', '#', '\\', '\u001b'])(
    'a host with %j in it is no host name, and nothing of it is dropped',
    async (text) => {
      script({});
      await using credentials = await credentialsFor();
      const target = `HTTP/bü${text}cher.example`;
      expect(thrown(() => initiate(credentials, { target }))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    },
  );

  test('the joiners that some scripts need stay', async () => {
    expect(await given('HTTP/نامه\u200cای.example')).toBe('HTTP/xn--mgba3gch31f060k.example');
  });

  test.each(['no', 1, null])('punycode cannot be %p', async (punycode) => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, { target: 'HTTP/x', punycode: punycode as never }))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });

  describe('without a service class', () => {
    async function hintOf(target: string, options: InitiateOptions, leg: ScriptedLeg, more: BindingScript = {}) {
      script({ initiator: [leg], ...more });
      await using credentials = await credentialsFor(more.wineVersion === undefined ? 'Negotiate' : 'Kerberos');
      await using client = initiate(credentials, { target, ...options });
      return (await rejection(client.step())).hint;
    }

    test.each(['SEC_E_TARGET_UNKNOWN', 'SEC_E_WRONG_PRINCIPAL', 'SEC_E_MUTUAL_AUTH_FAILED'] as const)(
      'gets a hint with %s',
      async (status) => {
        expect(await hintOf('web.corp.test', {}, { status })).toContain('service/host');
        expect(await hintOf('HTTP/web.corp.test', {}, { status })).not.toContain('service/host');
        expect(await hintOf('CORP\\web', {}, { status })).not.toContain('service/host');
        expect(await hintOf('web@corp.test', {}, { status })).not.toContain('service/host');
      },
    );

    test('gets a hint where NTLM came of it', async () => {
      const required = { require: { flags: ['mutualAuth' as const] } };
      const ended = { status: SEC_E_OK, flags: 0 };
      expect(await hintOf('web.corp.test', required, ended, { negotiated: 'NTLM' })).toContain('service/host');
      expect(await hintOf('HTTP/web.corp.test', required, ended, { negotiated: 'NTLM' })).not.toContain('service/host');
    });

    test('gets a hint where Wine’s Kerberos has one status for everything', async () => {
      const failed = { status: 'SEC_E_INTERNAL_ERROR' as const };
      expect(await hintOf('web.corp.test', {}, failed, { wineVersion: '8.0' })).toContain('service/host');
      expect(await hintOf('web.corp.test', {}, failed)).not.toContain('service/host');
    });

    test('is what Schannel wants: another name in the certificate is no matter of the form', async () => {
      script({ initiator: [{ status: 'SEC_E_WRONG_PRINCIPAL' }] });
      await using credentials = await credentialsFor('Schannel');
      await using client = initiate(credentials, { target: 'web.corp.test' });
      expect((await rejection(client.step())).hint).not.toContain('service/host');
    });
  });

  test('may be left out', async () => {
    const binding = script({ initiator: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    expect(binding.callsOf('InitializeSecurityContext')[0]?.target).toBeUndefined();
  });
});

describe('options', () => {
  test('a name that is no option is told, not ignored', async () => {
    script({});
    await using credentials = await credentialsFor();
    const error = thrown(() => initiate(credentials, { targetName: 'HTTP/x' } as never));
    expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(error.message).toContain('targetName');
    expect(thrown(() => accept(credentials, { target: 'HTTP/x' } as never))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });

  test.each([
    ['signal', { aborted: true }],
    ['signal', 'now'],
    ['onIncompleteCredentials', {}],
    ['require', []],
    ['require', { flag: ['mutualAuth'] }],
    ['require', { packages: 'Kerberos' }],
    ['require', { packages: ['Kerberos,NTLM'] }],
    ['flags', 'mutualAuth'],
    ['flags', [2]],
  ])('%s cannot be %p', async (name, value) => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, { [name]: value }))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });

  test.each([[null], ['x'], [5]])('cannot be %p themselves', async (options) => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, options as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(await rejection(acquireCredentials(options as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test.each([[undefined], [null], [{}], [Promise.resolve()]])('%p are no credentials', (value) => {
    expect(thrown(() => initiate(value as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(thrown(() => accept(value as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test('credentials of the other side are refused before any call', async () => {
    script({});
    await using outbound = await credentialsFor('Negotiate', { use: 'outbound' });
    await using inbound = await credentialsFor('Negotiate', { use: 'inbound' });
    expect(thrown(() => accept(outbound))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(thrown(() => initiate(inbound))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});
