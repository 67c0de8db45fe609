import { inspect } from 'node:util';
import {
  accept,
  acquireCredentials,
  initiate,
  listPackages,
  packIdentity,
  type Identity,
  type PackedIdentity,
} from 'sspi';
import { memoryProvider, useProvider } from 'sspi/testing';
import {
  LOGON_DENIED,
  SEC_E_OK,
  bytes,
  credentialsFor,
  expectClean,
  gate,
  rejection,
  script,
  settled,
} from './support';

afterEach(expectClean);

const password = 'hunter2-Ünïcode';

async function identityGiven(
  identity: Identity | undefined,
  options: object = {},
  wineVersion?: string,
  packageName = 'Negotiate',
) {
  const binding = script(wineVersion === undefined ? {} : { wineVersion });
  await using credentials = await acquireCredentials({
    package: packageName,
    use: 'outbound',
    ...(identity === undefined ? {} : { identity }),
    ...options,
  });
  expect(credentials.package).toBe(packageName);
  return binding.callsOf('AcquireCredentialsHandle')[0]?.identity;
}

describe('an identity', () => {
  test.each<[string, Identity, { user: string; domain: string }]>([
    ['user and domain', { user: 'alice', domain: 'CORP', password }, { user: 'alice', domain: 'CORP' }],
    ['a user principal name', { user: 'alice@corp.test', password }, { user: 'alice@corp.test', domain: '' }],
    ['DOMAIN\\user', { user: 'CORP\\alice', password }, { user: 'alice', domain: 'CORP' }],
    ['an empty domain', { user: 'alice', domain: '', password }, { user: 'alice', domain: '' }],
    ['DOMAIN\\user beside an empty domain', { user: 'X\\alice', domain: '', password }, { user: 'alice', domain: 'X' }],
    ['this machine', { user: '.\\alice', password }, { user: 'alice', domain: '.' }],
    [
      'a mail address as the account',
      { user: 'MicrosoftAccount\\a@b.test', password },
      { user: 'a@b.test', domain: 'MicrosoftAccount' },
    ],
  ])('%s', async (_, identity, expected) => {
    expect(await identityGiven(identity)).toEqual({ ...expected, password, packageList: undefined });
  });

  // Without a user SSPI logs on the current one.
  test.each<[string, Omit<Identity, 'password'>]>([
    ['a domain and no user', { user: 'CORP\\' }],
    ['two backslashes', { user: 'CORP\\\\alice' }],
    ['a backslash at the start', { user: '\\alice' }],
    ['a backslash alone', { user: '\\' }],
    ['blanks', { user: '  ' }],
    ['a domain and blanks', { user: 'CORP\\ ' }],
    ['a realm and no user', { user: '@corp.test' }],
    ['an @ and no realm', { user: 'alice@' }],
    ['a backslash beside a domain', { user: 'X\\alice', domain: 'CORP' }],
    ['a backslash in the domain', { user: 'alice', domain: 'CORP\\' }],
    ['DOMAIN\\user@realm', { user: 'CORP\\alice@corp.test' }],
    ['user@realm beside a domain', { user: 'alice@corp.test', domain: 'CORP' }],
  ])('%s names nobody, or two: it is refused before any call, and nothing of it is told', async (_, names) => {
    const binding = script({});
    const error = await rejection(
      acquireCredentials({ package: 'NTLM', use: 'outbound', identity: { ...names, password } }),
    );
    expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(error.hint).toContain('domain');
    expect(inspect(error)).not.toContain(password);
    expect(binding.calls).toEqual([]);
  });

  test('none means the current user', async () => {
    expect(await identityGiven(undefined)).toBeUndefined();
  });

  test.each([
    [{ user: '', password }],
    [{ user: 'a\0b', password }],
    [{ user: 'alice' }],
    [{ user: 'alice', password: 5 }],
    [{ user: 'alice', password, domain: 7 }],
    [{ username: 'alice', password }],
    ['alice'],
    [null],
  ])('%j is refused, and nothing of it is told', async (identity) => {
    script({});
    const error = await rejection(
      acquireCredentials({ package: 'NTLM', use: 'outbound', identity: identity as never }),
    );
    expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(inspect(error)).not.toContain(password);
  });

  test('leaves no trace of the password in errors and inspections', async () => {
    script({ credential: { status: 0x8009030c } });
    const error = await rejection(
      acquireCredentials({ package: 'NTLM', use: 'outbound', identity: { user: 'alice', password } }),
    );
    expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', api: 'AcquireCredentialsHandle' });
    script({});
    await using credentials = await credentialsFor('NTLM', { identity: { user: 'alice', password } });
    for (const value of [error, credentials]) {
      expect(inspect(value, { depth: 9, showHidden: true })).not.toContain(password);
      expect(JSON.stringify(value)).not.toContain(password);
    }
  });
});

describe('bounds on what Negotiate may choose', () => {
  test.each([
    [{ allow: ['Kerberos'] }, 'Kerberos'],
    [{ deny: ['NTLM'] }, '!NTLM'],
    [{ allow: ['Kerberos', 'PKU2U'], deny: ['NTLM'] }, 'Kerberos,PKU2U,!NTLM'],
  ])('%j goes down as %s', async (packages, packageList) => {
    expect(await identityGiven({ user: 'alice', password }, { packages })).toMatchObject({ packageList });
    expect(await identityGiven(undefined, { packages })).toEqual({
      user: undefined,
      domain: undefined,
      password: undefined,
      packageList,
    });
  });

  test('none at all is no bound', async () => {
    expect(await identityGiven(undefined, { packages: { deny: [] } })).toBeUndefined();
  });

  test.each([
    [{ allow: [] }],
    [{ allow: 'Kerberos' }],
    [{ deny: ['a,b'] }],
    [{ deny: ['!a'] }],
    [{ deny: [7] }],
    [{ only: [] }],
    [[]],
  ])('%j is refused', async (packages) => {
    script({});
    expect(await rejection(credentialsFor('Negotiate', { packages: packages as never }))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });
});

describe('under Wine', () => {
  test.each(['Negotiate', 'Kerberos', 'NTLM'])(
    '%s gets no package list: it would read it as something else',
    async (name) => {
      const packages = { deny: ['Basic'] };
      expect(await identityGiven({ user: 'alice', domain: 'CORP', password }, { packages }, '8.0', name)).toEqual({
        user: 'alice',
        domain: 'CORP',
        password,
        packageList: undefined,
      });
      expect(await identityGiven(undefined, { packages }, '8.0', name)).toBeUndefined();
    },
  );

  test('Schannel is as on Windows', async () => {
    const packages = { deny: ['x'] };
    expect(await identityGiven(undefined, { packages }, '8.0', 'Schannel')).toMatchObject({ packageList: '!x' });
  });

  test('user@realm is split at its last @, where there is no domain', async () => {
    expect(await identityGiven({ user: 'odd@name@CORP.TEST', password }, {}, '8.0', 'Kerberos')).toMatchObject({
      user: 'odd@name',
      domain: 'CORP.TEST',
    });
    const mail = { user: 'alice@corp', domain: 'AzureAD', password };
    expect(await identityGiven(mail, {}, '8.0', 'Kerberos')).toMatchObject({ user: 'alice@corp', domain: 'AZUREAD' });
  });

  test.each([
    ['Kerberos', 'CORP.TEST'],
    ['Negotiate', 'CORP.TEST'],
    ['NTLM', 'corp.test'],
  ])('%s reads the realm letter by letter, or not at all', async (packageName, domain) => {
    for (const identity of [
      { user: 'alice@corp.test', password },
      { user: 'alice', domain: 'corp.test', password },
    ]) {
      expect(await identityGiven(identity, {}, '8.0', packageName)).toMatchObject({ user: 'alice', domain });
    }
  });
});

describe('acquireCredentials', () => {
  test('asks for the package as it was named, in the same turn as its listing, and tells the listed name', async () => {
    const binding = script({ credential: { expiry: 86_400_000 }, credentialName: 'CORP\\alice' });
    await using credentials = await acquireCredentials({
      package: 'kerberos',
      use: 'inbound',
      principal: 'HTTP/web.corp.test',
    });
    expect(binding.callsOf('AcquireCredentialsHandle')).toMatchObject([
      { package: 'kerberos', use: 1, principal: 'HTTP/web.corp.test', identity: undefined },
    ]);
    expect(credentials).toMatchObject({
      package: 'Kerberos',
      use: 'inbound',
      expiry: new Date(86_400_000),
      disposed: false,
    });
    expect(await credentials.name()).toBe('CORP\\alice');
    expect(inspect(credentials)).toBe("Credentials { package: 'Kerberos', use: 'inbound' }");
  });

  test('an expiry of never is undefined, and a name may be unsupported', async () => {
    script({});
    await using credentials = await credentialsFor();
    expect(credentials.expiry).toBeUndefined();
    expect(await rejection(credentials.name())).toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      api: 'QueryCredentialsAttributes',
    });
  });

  describe('Wine’s Kerberos writes never as 136 years from now, on the inbound side too', () => {
    const never = (): number => Date.now() + 0xffffffff * 1000;

    test.each(['8.0', '10.0'])('credentials and contexts of Wine %s have no expiry then', async (wineVersion) => {
      const leg = { status: SEC_E_OK, expiry: never() };
      script({ wineVersion, credential: { expiry: never() }, acceptor: [leg], initiator: [leg] });
      await using credentials = await credentialsFor('Kerberos');
      expect(credentials.expiry).toBeUndefined();
      await using server = accept(credentials);
      await server.step(bytes('AP-REQ'));
      expect(server.context.expiry).toBeUndefined();
      await using client = initiate(credentials);
      await client.step();
      expect(client.context.expiry).toBeUndefined();
    });

    test('an expiry that a ticket has stays, and Windows’ own are what they are', async () => {
      const tenHours = Date.now() + 36_000_000;
      script({ wineVersion: '8.0', credential: { expiry: tenHours } });
      await using ticket = await credentialsFor('Kerberos');
      expect(ticket.expiry).toEqual(new Date(tenHours));
      const far = never();
      script({ credential: { expiry: far } });
      await using windows = await credentialsFor('Kerberos');
      expect(windows.expiry).toEqual(new Date(far));
    });
  });

  test('of an unknown package: SSPI’s own status, and where to look', async () => {
    script({});
    const error = await rejection(credentialsFor('Kerberoz'));
    expect(error).toMatchObject({ code: 'SEC_E_SECPKG_NOT_FOUND', api: 'QuerySecurityPackageInfo' });
    expect(error.hint).toContain('listPackages()');
  });

  test.each([
    [{}],
    [{ package: 'NTLM' }],
    [{ package: 'NTLM', use: 'client' }],
    [{ package: '', use: 'both' }],
    [{ package: 'NTLM', use: 'toString' }],
    [{ package: 'NTLM', use: 'both', pw: 1 }],
  ])('%j is refused', async (options) => {
    script({});
    expect(await rejection(acquireCredentials(options as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test('a signal that is not aborted changes nothing', async () => {
    const { promise, open } = gate();
    script({ credential: { until: promise } });
    const pending = credentialsFor('NTLM', { signal: new AbortController().signal });
    await settled();
    open();
    await using credentials = await pending;
    expect(credentials.disposed).toBe(false);
  });
});

describe('listPackages', () => {
  test('names capabilities', async () => {
    script({
      packages: [{ name: 'X', comment: 'an X', capabilities: 0x10401, version: 1, rpcId: 16, maxToken: 12_000 }],
    });
    const packages = await listPackages();
    expect(packages).toEqual([
      {
        name: 'X',
        comment: 'an X',
        maxToken: 12_000,
        version: 1,
        rpcId: 16,
        capabilities: ['integrity', 'stream', 'mutualAuth'],
      },
    ]);
    expect(Object.isFrozen(packages[0]?.capabilities)).toBe(true);
  });
});

describe('a password of bytes', () => {
  const bytesOfPassword = (): Buffer => Buffer.from(password, 'utf8');

  test('goes to the binding as it is', async () => {
    const identity = { user: 'alice', domain: 'CORP', password: bytesOfPassword() };
    expect(await identityGiven(identity)).toEqual({ ...identity, packageList: undefined });
  });

  test('is any view, of its own part of the memory only', async () => {
    const memory = Buffer.concat([Buffer.from('xx'), bytesOfPassword(), Buffer.from('yy')]);
    const view = new DataView(memory.buffer, memory.byteOffset + 2, memory.length - 4);
    const given = await identityGiven({ user: 'alice', password: view });
    expect(given?.password).toEqual(bytesOfPassword());
  });

  test('is left alone unless its owner asks for zeros', async () => {
    const secret = bytesOfPassword();
    await identityGiven({ user: 'alice', password: secret });
    expect(secret).toEqual(bytesOfPassword());
  });

  test('is zeroed before acquireCredentials returns, and the binding has it', async () => {
    const binding = script({});
    const memory = Buffer.concat([Buffer.from('xx'), bytesOfPassword(), Buffer.from('yy')]);
    const secret = memory.subarray(2, -2);
    const acquiring = acquireCredentials({
      package: 'NTLM',
      use: 'outbound',
      identity: { user: 'alice', password: secret, zeroPassword: true },
    });
    expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(memory.toString('latin1')).toMatch(/^xx\0+yy$/);
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.identity?.password).toEqual(bytesOfPassword());
    await (await acquiring).dispose();
  });

  test.each<[string, object]>([
    ['another option is wrong', { use: 'sideways' }],
    ['the identity is wrong', { identity: { user: '', zeroPassword: true } }],
    ['the signal is aborted', { signal: AbortSignal.abort() }],
  ])('is zeroed where nothing is called, because %s', async (_, wrong) => {
    const binding = script({});
    const secret = bytesOfPassword();
    const { identity = {}, ...rest } = wrong as { identity?: object };
    await rejection(
      acquireCredentials({
        package: 'NTLM',
        use: 'outbound',
        ...rest,
        identity: { user: 'alice', zeroPassword: true, password: secret, ...identity },
      }),
    );
    expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(binding.callsOf('AcquireCredentialsHandle')).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ['is not UTF-8', { password: Buffer.from('Pa\xdf', 'latin1') }, /is not UTF-8/],
    ['is too long', { password: Buffer.alloc(98_299, 'a') }, /longer than 98298 bytes/],
    ['is a string to be zeroed', { password, zeroPassword: true }, /a string cannot be erased/],
    ['is a list of numbers', { password: [...bytesOfPassword()] }, /a string or a view of bytes, not an array/],
    ['is zeroed perhaps', { password: bytesOfPassword(), zeroPassword: 'yes' }, /must be true or false/],
  ])('that %s is refused, and not told', async (_, more, message) => {
    const binding = script({});
    const identity = { user: 'alice', ...more } as Identity;
    const error = await rejection(acquireCredentials({ package: 'NTLM', use: 'outbound', identity }));
    expect(error).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    });
    expect(inspect(error)).not.toContain(password);
    expect(binding.callsOf('AcquireCredentialsHandle')).toEqual([]);
  });

  test.each(['', new Uint8Array()])('of nothing is an empty one to an explanation: %j', async (empty) => {
    script({ initiator: [{ status: LOGON_DENIED }] });
    await using credentials = await credentialsFor('NTLM', { identity: { user: 'alice', password: empty } });
    await using client = initiate(credentials);
    const { causes } = (await rejection(client.step())).explain();
    expect(causes.map(({ cause }) => cause)).toContain('empty-password');
  });

  test('signs on in memory, though it was erased', async () => {
    using inUse = useProvider(memoryProvider({ users: { alice: password }, services: ['HTTP/web.example.test'] }));
    expect(inUse).toBeDefined();
    const identity = { user: 'alice', password: bytesOfPassword(), zeroPassword: true };
    await using credentials = await acquireCredentials({ package: 'NTLM', use: 'outbound', identity });
    await using inbound = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
    await using client = initiate(credentials, { target: 'HTTP/web.example.test' });
    await using server = accept(inbound);
    let leg = await client.step();
    while (leg.token !== undefined) {
      const answer = await server.step(leg.token);
      if (answer.token === undefined) break;
      leg = await client.step(answer.token);
    }
    expect(server.context.clientName).toMatch(/alice$/);
  });
});

describe('packIdentity', () => {
  test('gives user, domain and packed credentials, which acquireCredentials takes', async () => {
    const binding = script({});
    const packed = await packIdentity({ user: 'CORP\\alice', password });
    expect(packed).toEqual({ user: 'alice', domain: 'CORP', packedCredentials: password });
    await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound', identity: packed });
    expect(credentials.package).toBe('Negotiate');
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.identity).toMatchObject({ user: 'alice', isPacked: true });
  });

  test('erases a password of bytes on request, also when it refuses the rest', async () => {
    script({});
    for (const user of ['alice', '']) {
      const bytes = Buffer.from(password);
      await packIdentity({ user, password: bytes, zeroPassword: true }).catch(() => undefined);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['anonymous', 'anonymous'],
    ['packed credentials', { user: 'alice', packedCredentials: 'x' }],
    ['no user', { user: '', password: 'x' }],
  ])('refuses %s', async (_, identity) => {
    const binding = script({});
    expect(await rejection(packIdentity(identity as Identity))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(binding.callsOf('SspiEncodeAuthIdentityAsStrings')).toEqual([]);
  });
});

describe('packed credentials', () => {
  const packed = { user: '@@BsomeCertificate', domain: 'CORP', packedCredentials: '@@Dpacked' };
  const acquire = (identity: object, more: object = {}) =>
    acquireCredentials({ package: 'Negotiate', use: 'outbound', identity: identity as PackedIdentity, ...more });

  test.each(['', '8.0'])('go to the binding as they are, under Wine, too: %j', async (wineVersion) => {
    const binding = script(wineVersion === '' ? {} : { wineVersion });
    await using credentials = await acquire(packed);
    expect(credentials.package).toBe('Negotiate');
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.identity).toEqual({
      user: packed.user,
      domain: 'CORP',
      password: packed.packedCredentials,
      packageList: undefined,
      isPacked: true,
    });
  });

  test.each<[string, object, object]>([
    ['no user', { ...packed, user: '' }, {}],
    ['an empty string', { ...packed, packedCredentials: '' }, {}],
    ['a NUL', { ...packed, packedCredentials: 'a\0b' }, {}],
    ['bytes', { ...packed, packedCredentials: Buffer.from('x') }, {}],
    ['a password, too', { ...packed, password }, {}],
    ['bounds on packages', packed, { packages: { deny: ['NTLM'] } }],
  ])('with %s are refused, and not told', async (_, identity, more) => {
    const binding = script({});
    const error = await rejection(acquire(identity, more));
    expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(inspect(error)).not.toContain(packed.packedCredentials);
    expect(binding.callsOf('AcquireCredentialsHandle')).toEqual([]);
  });
});

describe("the identity 'anonymous'", () => {
  const nobody = { user: '', domain: '', password: '' };

  test('is a structure with empty texts, and not the current user', async () => {
    const binding = script({});
    await using credentials = await acquireCredentials({ package: 'NTLM', use: 'outbound', identity: 'anonymous' });
    expect(credentials.package).toBe('NTLM');
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.identity).toEqual({ ...nobody, packageList: undefined });
  });

  test('keeps the bounds on packages', async () => {
    const binding = script({});
    const options = { package: 'Negotiate', use: 'outbound', identity: 'anonymous' } as const;
    await using credentials = await acquireCredentials({ ...options, packages: { deny: ['Kerberos'] } });
    expect(credentials.package).toBe('Negotiate');
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.identity).toEqual({ ...nobody, packageList: '!Kerberos' });
  });

  test.each(['inbound', 'both'] as const)('cannot accept: use %s', async (use) => {
    script({});
    expect(await rejection(acquireCredentials({ package: 'NTLM', use, identity: 'anonymous' }))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });

  test.each([['Anonymous'], [''], ['alice']])('%j is no such word', async (identity) => {
    script({});
    const wrong = acquireCredentials({ package: 'NTLM', use: 'outbound', identity: identity as never });
    expect(await rejection(wrong)).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});

describe('autologonRestricted', () => {
  test.each([
    [undefined, 2],
    [false, 2],
    [true, 2 | 0x10],
  ])('%s: fCredentialUse is %d', async (autologonRestricted, use) => {
    const binding = script({});
    await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound', autologonRestricted });
    expect(credentials.use).toBe('outbound');
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.use).toBe(use);
  });

  test('must be true or false', async () => {
    script({});
    const options = { package: 'Negotiate', use: 'outbound', autologonRestricted: 1 as never } as const;
    expect(await rejection(acquireCredentials(options))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});
