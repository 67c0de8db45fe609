import { initiate, accept, type SecurityContext } from 'sspi';
import { SEC_E_OK, bytes, credentialsFor, expectClean, rejection, script, thrown } from './support';
import type { BindingScript } from '#lib/testing/script';

afterEach(expectClean);

/** An established context, its binding, and the end of both. */
async function established(
  more: BindingScript = {},
  packageName = 'Kerberos',
  role: 'initiator' | 'acceptor' = 'acceptor',
) {
  const binding = script({ [role]: [{ status: SEC_E_OK, flags: 0x10, expiry: 5000 }], ...more });
  const credentials = await credentialsFor(packageName);
  const handshake = role === 'initiator' ? initiate(credentials) : accept(credentials);
  await handshake.step(bytes('x'));
  const end = async () => {
    await handshake.dispose();
    await credentials.dispose();
  };
  return { binding, context: handshake.context, end };
}

describe('what the last leg brings along', () => {
  const attributes = {
    0: { maxToken: 1, maxSignature: 2, blockSize: 3, securityTrailer: 4 },
    1: 'CORP\\alice',
    13: { client: 'alice@CORP.TEST', server: 'HTTP/web.corp.test' },
  };

  test('names, sizes and expiry cost no further call', async () => {
    const { binding, context, end } = await established({
      attributes: {
        ...attributes,
        12: {
          package: { name: 'Kerberos', comment: '', capabilities: 0, version: 1, rpcId: 16, maxToken: 1 },
          state: 0,
        },
      },
    });
    expect(context).toMatchObject({
      role: 'acceptor',
      package: 'Kerberos',
      clientName: 'CORP\\alice',
      nativeNames: { client: 'alice@CORP.TEST', server: 'HTTP/web.corp.test' },
      sizes: { maxToken: 1, maxSignature: 2, blockSize: 3, securityTrailer: 4 },
      expiry: new Date(5000),
      disposed: false,
    });
    expect(context.sizes).toBe(context.sizes);
    expect(binding.callsOf('QueryContextAttributes')).toEqual([]);
    await end();
    expect(context.clientName).toBe('CORP\\alice'); // known once, known forever
  });

  test('names of an initiator are asked for when they are read, once, and queryAttribute leaves them there', async () => {
    const { binding, context, end } = await established({ attributes }, 'Kerberos', 'initiator');
    expect(binding.callsOf('InitializeSecurityContext')[0]?.attributes).toEqual([12, 0]);
    const asked = () => binding.callsOf('QueryContextAttributes').filter(({ attributes: [first] }) => first !== 10);
    expect(asked()).toEqual([]);
    expect(await context.queryAttribute('names')).toBe('CORP\\alice');
    expect([context.clientName, context.clientName]).toEqual(['CORP\\alice', 'CORP\\alice']);
    expect(asked().map(({ attributes: numbers, sync }) => [...numbers, sync])).toEqual([[1, false]]);
    expect([context.nativeNames?.client, context.nativeNames?.server]).toEqual([
      'alice@CORP.TEST',
      'HTTP/web.corp.test',
    ]);
    expect(asked().map(({ attributes: numbers, sync }) => [...numbers, sync])).toEqual([
      [1, false],
      [13, true],
    ]);
    await end();
    expect(context.clientName).toBe('CORP\\alice');
  });

  test('names that the package does not tell are undefined', async () => {
    const { context, end } = await established();
    expect([context.clientName, context.nativeNames]).toEqual([undefined, undefined]);
    await end();
  });

  test('Wine’s own packages are not asked for names at the end of each handshake, only when somebody reads them', async () => {
    const { binding, context, end } = await established({ attributes, wineVersion: '8.0' }, 'Kerberos');
    expect(binding.callsOf('AcceptSecurityContext')[0]?.attributes).toEqual([12, 0]);
    expect(context.clientName).toBe('CORP\\alice');
    await end();
    expect(context.nativeNames).toBeUndefined();
  });

  describe('Wine’s NTLM grants through SECPKG_ATTR_FLAGS, in the initiator’s numbers', () => {
    const ntlm = { name: 'NTLM', comment: '', capabilities: 0, version: 1, rpcId: 10, maxToken: 1 };
    test.each([
      ['initiator', '8.0', ['confidentiality', 'integrity'], 0x10010],
      ['initiator', '10.0', ['confidentiality', 'integrity'], 0x10010],
      // It has no keys there: what it seals would go out as plain text.
      ['acceptor', '8.0', [], 0],
      ['acceptor', '10.0', [], 0],
      ['acceptor', '11.0', ['confidentiality', 'integrity'], 0x20010],
    ] as const)('%s of Wine %s: %j', async (role, wineVersion, flags, bits) => {
      const { context, end } = await established(
        {
          [role]: [{ status: SEC_E_OK, flags: 0 }],
          wineVersion,
          attributes: { 12: { package: ntlm, state: 0 }, 14: 0x10010 },
        },
        'Negotiate',
        role,
      );
      expect(context.flags).toEqual(flags);
      expect(context.flagBits).toBe(bits);
      await end();
    });
  });

  test('on Windows only pfContextAttr counts', async () => {
    const ntlm = { name: 'NTLM', comment: '', capabilities: 0, version: 1, rpcId: 10, maxToken: 1 };
    const { context, end } = await established({
      acceptor: [{ status: SEC_E_OK, flags: 0 }],
      attributes: { 12: { package: ntlm, state: 0 }, 14: 0x10010 },
    });
    expect(context.flags).toEqual([]);
    await end();
  });

  test('a stream package is not asked for sizes that it has not; reading them says so', async () => {
    const { binding, context, end } = await established(
      { attributes: { 0: { status: 0x80090302 } } },
      'Schannel',
      'initiator',
    );
    expect(binding.callsOf('InitializeSecurityContext')[0]).toMatchObject({ stream: true, attributes: [12] });
    expect(thrown(() => context.sizes)).toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      api: 'QueryContextAttributes',
    });
    await end();
  });
});

describe('the session key', () => {
  test('is asked for when it is wanted', async () => {
    const { binding, context, end } = await established({ attributes: { 9: bytes('0123456789abcdef') } });
    expect(binding.callsOf('AcceptSecurityContext')[0]?.attributes).not.toContain(9);
    expect(context.sessionKey()).toEqual(bytes('0123456789abcdef'));
    await end();
    expect(thrown(() => context.sessionKey())).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  test('there is none unless integrity, confidentiality or useSessionKey was asked for', async () => {
    const { context, end } = await established({ attributes: { 9: { status: 0x80090302 } } });
    const error = thrown(() => context.sessionKey());
    expect(error).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION' });
    expect(error.hint).toContain('useSessionKey');
    await end();
  });
});

describe('queryAttribute', () => {
  test('decodes each attribute', async () => {
    const raw = { name: 'Kerberos', comment: 'c', capabilities: 1, version: 1, rpcId: 16, maxToken: 9 };
    const info = { name: 'Kerberos', comment: 'c', capabilities: ['integrity'], version: 1, rpcId: 16, maxToken: 9 };
    const { context, end } = await established({
      attributes: {
        1: 'CORP\\alice',
        2: { start: 1000, expiry: undefined },
        4: { header: 5, trailer: 36, maxMessage: 16_384, buffers: 4, blockSize: 16 },
        9: bytes('key'),
        10: raw,
        12: { package: raw, state: 1 },
        13: { client: 'c', server: undefined },
        14: 0x20010,
      },
    });
    expect(await context.queryAttribute('names')).toBe('CORP\\alice');
    expect(await context.queryAttribute('lifespan')).toEqual({ start: new Date(1000), expiry: undefined });
    expect((await context.queryAttribute('streamSizes')).maxMessage).toBe(16_384);
    expect(await context.queryAttribute('sessionKey')).toEqual(bytes('key'));
    expect(await context.queryAttribute('packageInfo')).toEqual(info);
    expect(await context.queryAttribute('negotiationInfo')).toEqual({ package: info, state: 1 });
    expect(await context.queryAttribute('nativeNames')).toEqual({ client: 'c', server: undefined });
    expect(await context.queryAttribute('flags')).toEqual(['confidentiality', 'integrity']);
    expect((await context.queryAttribute('sizes')).securityTrailer).toBe(16);
    await end();
  });

  test('rejects with the status that refuses, and for names it does not know', async () => {
    const { context, end } = await established();
    expect(await rejection(context.queryAttribute('names'))).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION' });
    expect(await rejection(context.queryAttribute('toString' as never))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
    await end();
    expect(await rejection(context.queryAttribute('names'))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  test('while it runs, message protection is busy', async () => {
    const { context, end } = await established();
    const running = context.queryAttribute('sizes');
    expect(thrown(() => context.wrap(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_BUSY' });
    await running;
    context.wrap(bytes('x'));
    await end();
  });
});

describe('accessToken', () => {
  test('tells the user and the groups by their SIDs, and what each group counts for', async () => {
    const { context, end } = await established({
      accessToken: {
        user: 'S-1-5-21-1-2-3-1103',
        groups: [
          { sid: 'S-1-1-0', attributes: 0x7 },
          { sid: 'S-1-5-32-544', attributes: 0x10 },
        ],
        isPrimary: false,
        impersonationLevel: 1,
      },
    });
    expect(await context.accessToken()).toMatchObject({
      user: { sid: 'S-1-5-21-1-2-3-1103' },
      groups: [
        { sid: 'S-1-1-0', enabled: true, denyOnly: false, attributes: 0x7 },
        { sid: 'S-1-5-32-544', enabled: false, denyOnly: true, attributes: 0x10 },
      ],
      impersonationLevel: 'identification',
    });
    await end();
  });

  test('a primary token has no impersonation level', async () => {
    const { context, end } = await established({
      accessToken: { user: 'S-1-5-18', groups: [], isPrimary: true, impersonationLevel: 2 },
    });
    expect(await context.accessToken()).toMatchObject({
      user: { sid: 'S-1-5-18' },
      groups: [],
      type: 'primary',
      impersonationLevel: undefined,
    });
    await end();
  });

  test('a package that makes no token says so', async () => {
    const { context, end } = await established();
    await expect(context.accessToken()).rejects.toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      api: 'QuerySecurityContextToken',
    });
    await end();
  });

  test('a disposed context has no token', async () => {
    const { context, end } = await established();
    await context.dispose();
    await expect(context.accessToken()).rejects.toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    await end();
  });
});

describe('impersonate', () => {
  test('runs a synchronous function and returns what it returns', async () => {
    const { binding, context, end } = await established();
    expect(context.impersonate(() => 42)).toBe(42);
    expect(binding.callsOf('ImpersonateSecurityContext')).toHaveLength(1);
    await end();
  });

  test('what the function throws passes through', async () => {
    const { context, end } = await established();
    const error = new Error('EACCES');
    expect(
      thrown(() =>
        context.impersonate(() => {
          throw error;
        }),
      ),
    ).toBe(error);
    await end();
  });

  test('check that it worked: the function does not run when it did not', async () => {
    const { context, end } = await established({ impersonation: 0x8009030b });
    const fn = jest.fn();
    expect(thrown(() => context.impersonate(fn))).toMatchObject({
      code: 'SEC_E_NO_IMPERSONATION',
      api: 'ImpersonateSecurityContext',
    });
    expect(fn).not.toHaveBeenCalled();
    await end();
  });

  test('a token that only says who the client is: the hint names the missing privilege', async () => {
    const { context, end } = await established({ impersonation: 'ERROR_BAD_IMPERSONATION_LEVEL' });
    const fn = jest.fn();
    const error = thrown(() => context.impersonate(fn));
    expect(error).toMatchObject({ code: 'ERROR_BAD_IMPERSONATION_LEVEL', status: 0x80070542 });
    expect(error.hint).toContain('SeImpersonatePrivilege');
    expect(fn).not.toHaveBeenCalled();
    await end();
  });

  test.each([
    ['an async function', async () => 1],
    [
      'an async generator',
      async function* () {
        yield 1;
      },
    ],
    ['no function', 5],
  ])('%s is refused before it runs', async (_, fn) => {
    const { binding, context, end } = await established();
    const code = typeof fn === 'function' ? 'ERR_SSPI_PROMISE_REFUSED' : 'ERR_SSPI_INVALID_ARGUMENT';
    expect(thrown(() => context.impersonate(fn as never))).toMatchObject({ code });
    expect(binding.callsOf('ImpersonateSecurityContext')).toHaveLength(0);
    await end();
  });

  test('a function that returns a promise is refused after the revert', async () => {
    const { context, end } = await established();
    const sneaky: () => unknown = () => Promise.resolve(1);
    expect(thrown(() => context.impersonate(sneaky))).toMatchObject({
      code: 'ERR_SSPI_PROMISE_REFUSED',
    });
    await end();
  });
});

test('a context of another connection is another context', async () => {
  const binding = script({ acceptor: () => ({ status: SEC_E_OK, flags: 0x10 }) });
  await using credentials = await credentialsFor();
  const contexts: SecurityContext[] = [];
  for (let i = 0; i < 2; i++) {
    const server = accept(credentials);
    await server.step(bytes('x'));
    contexts.push(server.context);
  }
  await contexts[0]?.dispose();
  expect(contexts.map(({ disposed }) => disposed)).toEqual([true, false]);
  contexts[1]?.wrap(bytes('x'));
  expect(binding.callsOf('EncryptMessage')).toMatchObject([{ context: 2 }]);
  await contexts[1]?.dispose();
});

test('Wine has no impersonation, and the error says so', async () => {
  const { context, end } = await established({ wineVersion: '10.0', impersonation: 0x80090302 });
  const error = thrown(() => context.impersonate(() => 1));
  expect(error).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION', api: 'ImpersonateSecurityContext' });
  expect(error.hint).toContain('Wine');
  await end();
});
