/** What reaches AcquireCredentialsHandle, what stays of a password, and whose identity a thread has. */
import { inspect } from 'node:util';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { acquireCredentials, initiate, packIdentity, type Credentials, type Identity } from 'sspi';
import { leavesNothingAlive } from './support/live-counts';
import { rejection, thrown } from '../outcome';
import { wine } from './support/platform';
import {
  clearJournal,
  accepted,
  describeScripted,
  journalOf,
  keepsTheRules,
  play,
  readJournal,
  type JournalIdentity,
} from './support/scripted';

leavesNothingAlive();

const password = 'Paßwörd-2024-€-😀';
const crcOf = (text: string): number => crc32(Buffer.from(text, 'utf16le'));

function viewInside(bytes: Buffer): DataView {
  const memory = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
  return new DataView(memory.buffer, memory.byteOffset + 6, bytes.length);
}

async function identityOf(credentials: Promise<Credentials>): Promise<JournalIdentity | null | undefined> {
  await (await credentials).dispose();
  const [call] = await journalOf('AcquireCredentialsHandle');
  return call?.identity;
}

describeScripted('an explicit identity', () => {
  keepsTheRules();

  test('is SEC_WINNT_AUTH_IDENTITY_W with the Unicode flag', async () => {
    const identity = { user: 'jürgen.größe', domain: 'CORP', password };
    expect(await identityOf(play('leg SEC_E_OK', { identity }))).toEqual({
      kind: 'SEC_WINNT_AUTH_IDENTITY_W',
      version: expect.anything() as number,
      size: expect.anything() as number,
      flags: 2,
      user: 'jürgen.größe',
      domain: 'CORP',
      packageList: null,
      passwordLength: password.length,
      passwordCrc: crcOf(password),
    });
  });

  test('with package bounds it is SEC_WINNT_AUTH_IDENTITY_EXW, and they are its package list', async () => {
    const identity = { user: 'alice', domain: 'CORP', password };
    const packages = { allow: ['Kerberos', 'Negotiate'], deny: ['NTLM'] };
    expect(await identityOf(play('leg SEC_E_OK', { identity, packages }))).toMatchObject({
      kind: 'SEC_WINNT_AUTH_IDENTITY_EXW',
      version: 0x200,
      flags: 2,
      user: 'alice',
      packageList: 'Kerberos,Negotiate,!NTLM',
      passwordCrc: crcOf(password),
    });
  });

  test('none is none: the current user', async () => {
    expect(await identityOf(play('leg SEC_E_OK'))).toBeNull();
  });

  test('package bounds for the current user are a structure without user or password', async () => {
    expect(await identityOf(play('leg SEC_E_OK', { packages: { deny: ['NTLM'] } }))).toMatchObject({
      kind: 'SEC_WINNT_AUTH_IDENTITY_EXW',
      user: null,
      domain: null,
      passwordLength: null,
      packageList: '!NTLM',
    });
  });

  test.each<[string, Omit<Identity, 'password'>, string, string]>([
    [
      'user@realm goes as it is, and an empty domain is no null pointer',
      { user: 'alice@corp.test' },
      'alice@corp.test',
      '',
    ],
    ['DOMAIN\\user is split', { user: 'CORP\\alice' }, 'alice', 'CORP'],
    ['an empty domain is none', { user: 'CORP\\alice', domain: '' }, 'alice', 'CORP'],
  ])('%s', async (_, identity, user, domain) => {
    expect(await identityOf(play('leg SEC_E_OK', { identity: { ...identity, password } }))).toMatchObject({
      user,
      domain,
    });
  });

  test('an empty password is a password of no characters, not a missing one', async () => {
    const identity = { user: 'alice', password: '' };
    expect(await identityOf(play('leg SEC_E_OK', { identity }))).toMatchObject({ passwordLength: 0 });
  });

  test.each(['succeeds', 'fails'])('the password is zeroed once it was used, when the call %s', async (outcome) => {
    const script = outcome === 'fails' ? 'acquire SEC_E_LOGON_DENIED; leg SEC_E_OK' : 'leg SEC_E_OK';
    const acquiring = play(script, { identity: { user: 'alice', password } });
    if (outcome === 'fails') await rejection(acquiring);
    else await (await acquiring).dispose();
    expect(await journalOf('AcquireCredentialsHandle')).toMatchObject([{ passwordInPlace: false }]);
  });

  test.each<[string, (text: string) => NodeJS.ArrayBufferView]>([
    ['a Buffer', (text) => Buffer.from(text)],
    ['a DataView of a part of its memory', (text) => viewInside(Buffer.from(text))],
  ])('a password in %s arrives as the same characters as a string', async (_, bytesOf) => {
    for (const text of [password, '', 'a', '\0', '€'.repeat(32_766)]) {
      const identity = { user: 'alice', password: bytesOf(text) };
      expect(await identityOf(play('leg SEC_E_OK', { identity }))).toMatchObject({
        passwordLength: text.length,
        passwordCrc: crcOf(text),
      });
      expect(identity.password.byteLength).toBe(Buffer.byteLength(text));
      await clearJournal();
    }
  });

  test.each(['succeeds', 'fails'])(
    'a password of bytes is zeroed in native memory, when the call %s',
    async (outcome) => {
      const script = outcome === 'fails' ? 'acquire SEC_E_LOGON_DENIED; leg SEC_E_OK' : 'leg SEC_E_OK';
      const acquiring = play(script, { identity: { user: 'alice', password: Buffer.from(password) } });
      if (outcome === 'fails') await rejection(acquiring);
      else await (await acquiring).dispose();
      expect(await journalOf('AcquireCredentialsHandle')).toMatchObject([{ passwordInPlace: false }]);
    },
  );

  test('zeroPassword erases the owner’s bytes at once, and the package has the password all the same', async () => {
    const secret = Buffer.from(password);
    const acquiring = play('leg SEC_E_OK', { identity: { user: 'alice', password: secret, zeroPassword: true } });
    expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(await identityOf(acquiring)).toMatchObject({ passwordCrc: crcOf(password) });
  });

  test('packed credentials become an identity that SSPI makes, and that is gone after the call', async () => {
    const identity = { user: 'alice', domain: 'CORP', packedCredentials: password };
    const given = await identityOf(play('leg SEC_E_OK', { identity }));
    // Wine makes SEC_WINNT_AUTH_IDENTITY_W of them and sets neither flag in it, so the journal reads its UTF-16 byte by byte.
    // What Windows makes has a form of its own.
    if (wine !== undefined) {
      const { length } = password;
      const passwordCrc = crc32(Buffer.from(password, 'utf16le').subarray(0, length));
      expect(given).toMatchObject({ flags: 0, passwordLength: length, passwordCrc });
    }
    expect(given).not.toBeNull();
    expect(await journalOf('AcquireCredentialsHandle')).toMatchObject([{ passwordInPlace: false }]);
  });

  test('packIdentity makes the strings, and packing them again loses nothing', async () => {
    const packed = await packIdentity({ user: 'CORP\\alice', password });
    expect(packed).toMatchObject({ user: 'alice', domain: 'CORP' });
    expect(packed.packedCredentials).not.toBe('');
    // Wine's form of the packed credentials is the password itself.
    if (wine !== undefined) expect(packed.packedCredentials).toBe(password);
    const given = await identityOf(play('leg SEC_E_OK', { identity: packed }));
    expect(given).not.toBeNull();
  });

  test("'anonymous' is empty texts, and no null pointer: that would be the current user", async () => {
    expect(await identityOf(play('leg SEC_E_OK', { use: 'outbound', identity: 'anonymous' }))).toMatchObject({
      kind: 'SEC_WINNT_AUTH_IDENTITY_W',
      flags: 2,
      user: '',
      domain: '',
      passwordLength: 0,
    });
  });

  test('autologonRestricted is a bit of fCredentialUse', async () => {
    const options = { package: 'Scripted', use: 'outbound', principal: 'leg SEC_E_OK' } as const;
    for (const autologonRestricted of [false, true]) {
      await (await acquireCredentials({ ...options, autologonRestricted })).dispose();
    }
    const calls = await journalOf('AcquireCredentialsHandle');
    expect(calls.map(({ use }) => use)).toEqual([2, 0x12]);
  });

  test('the password is in no error, no inspection and no JSON', async () => {
    const secret = 'correct horse battery staple';
    const identity = { user: 'alice', domain: 'CORP', password: secret };
    const credentials = await play('leg SEC_E_LOGON_DENIED', { identity });
    const handshake = initiate(credentials);
    const failures = [
      await rejection(play('acquire SEC_E_LOGON_DENIED; leg SEC_E_OK', { identity })),
      await rejection(handshake.step()),
      await rejection(acquireCredentials({ package: 'Nonesuch', use: 'outbound', identity })),
      await rejection(
        acquireCredentials({ package: 'Scripted', use: 'outbound', identity: { ...identity, user: '' } }),
      ),
      await rejection(
        acquireCredentials({
          package: 'Scripted',
          use: 'outbound',
          identity: { user: 'alice', password: [secret] as unknown as string },
        }),
      ),
      await rejection(
        acquireCredentials({ package: 'Scripted', use: 'outbound', identity: secret as unknown as Identity }),
      ),
    ];
    for (const seen of [...failures, credentials, handshake]) {
      const texts = [inspect(seen, { depth: 20, showHidden: true }), JSON.stringify(seen), `${seen as Error}`];
      for (const text of texts) expect(text).not.toContain(secret);
      expect((seen as { stack?: string }).stack ?? '').not.toContain(secret);
    }
    await handshake.dispose();
    await credentials.dispose();
  });
});

describeScripted('threads and identity', () => {
  keepsTheRules();

  /** Whether this thread impersonates: asked by a call of another context. */
  async function witness(): Promise<{ look(): void; seen(): Promise<boolean[]> } & AsyncDisposable> {
    const other = await accepted('tag witness');
    return {
      look: () => void other.context.sign(Buffer.from('?')),
      seen: async () => (await journalOf('MakeSignature')).map(({ impersonating }) => impersonating === true),
      [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
    };
  }

  test('the access token tells the SIDs of the user and the groups, and is closed', async () => {
    await using server = await accepted();
    const { user, groups, impersonationLevel } = await server.context.accessToken();
    expect(user.sid).toMatch(/^S-1-5-/);
    // Everyone: a member of the group is whoever has a token at all.
    expect(groups).toContainEqual(expect.objectContaining({ sid: 'S-1-1-0', enabled: true, denyOnly: false }));
    expect([undefined, 'impersonation']).toContain(impersonationLevel);
    expect(await journalOf('QuerySecurityContextToken')).toHaveLength(1);
  });

  test('a package that makes no access token says so', async () => {
    await using server = await accepted('accesstoken SEC_E_UNSUPPORTED_FUNCTION');
    await expect(server.context.accessToken()).rejects.toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      api: 'QuerySecurityContextToken',
    });
  });

  test('impersonate acts as the client, on this very thread, and reverts', async () => {
    await using server = await accepted();
    await using other = await witness();
    const result = server.context.impersonate(() => {
      other.look();
      return 'what fn returned';
    });
    other.look();
    expect(result).toBe('what fn returned');
    expect(await other.seen()).toEqual([true, false]);
    const calls = await journalOf('ImpersonateSecurityContext', 'MakeSignature', 'RevertSecurityContext');
    expect(new Set(calls.map(({ thread }) => thread)).size).toBe(1);
    expect(calls.map(({ call }) => call).slice(0, 3)).toEqual([
      'ImpersonateSecurityContext',
      'MakeSignature',
      'RevertSecurityContext',
    ]);
  });

  test('what the function throws passes through, after the revert', async () => {
    await using server = await accepted();
    await using other = await witness();
    const fault = new Error('of the function');
    expect(
      thrown(() =>
        server.context.impersonate(() => {
          throw fault;
        }),
      ),
    ).toBe(fault);
    other.look();
    expect(await other.seen()).toEqual([false]);
  });

  test('check that it worked: when impersonation fails the function does not run', async () => {
    await using server = await accepted('impersonate SEC_E_NO_IMPERSONATION');
    const fn = jest.fn(() => 1);
    expect(thrown(() => server.context.impersonate(fn))).toMatchObject({
      code: 'SEC_E_NO_IMPERSONATION',
      api: 'ImpersonateSecurityContext',
    });
    expect(fn).not.toHaveBeenCalled();
    expect(await journalOf('RevertSecurityContext')).toEqual([]);
  });

  test('an async function is refused and does not run', async () => {
    await using server = await accepted();
    let ran = false;
    const fn = async () => {
      ran = true;
      return 1;
    };
    expect(thrown(() => server.context.impersonate(fn as never))).toMatchObject({ code: 'ERR_SSPI_PROMISE_REFUSED' });
    expect(ran).toBe(false);
    expect(await journalOf('ImpersonateSecurityContext')).toEqual([]);
  });

  test('a function that returns a promise is refused, after the revert', async () => {
    await using server = await accepted();
    await using other = await witness();
    expect(thrown(() => server.context.impersonate((): never => Promise.resolve(1) as never))).toMatchObject({
      code: 'ERR_SSPI_PROMISE_REFUSED',
    });
    other.look();
    expect(await other.seen()).toEqual([false]);
  });

  test('impersonation inside impersonation goes back to the outer one', async () => {
    await using outer = await accepted();
    await using inner = await accepted();
    await using other = await witness();
    outer.context.impersonate(() => {
      inner.context.impersonate(() => other.look());
      other.look();
    });
    other.look();
    expect(await other.seen()).toEqual([true, true, false]);
  });

  test('while it is impersonated a context takes no other call, and disposing it waits', async () => {
    await using server = await accepted();
    let disposing: Promise<void> | undefined;
    server.context.impersonate(() => {
      expect(thrown(() => server.context.sign(Buffer.from('x')))).toMatchObject({ code: 'ERR_SSPI_BUSY' });
      disposing = server.context.dispose();
    });
    await disposing;
    expect((await journalOf('RevertSecurityContext', 'DeleteSecurityContext')).map(({ call }) => call)).toEqual([
      'RevertSecurityContext',
      'DeleteSecurityContext',
    ]);
  });

  test('credentials acquired without an identity are those of the calling thread', async () => {
    await using server = await accepted();
    let asClient: Promise<Credentials> | undefined;
    server.context.impersonate(() => {
      asClient = play('tag as-client; leg SEC_E_OK');
    });
    await using first = await (asClient as Promise<Credentials>);
    await using second = await play('tag as-self; leg SEC_E_OK');
    expect([first.package, second.package]).toEqual(['Scripted', 'Scripted']);
    const calls = (await journalOf('AcquireCredentialsHandle')).filter(({ tag }) => tag?.startsWith('as-'));
    expect(calls.map(({ tag, impersonating }) => [tag, impersonating === true])).toEqual([
      ['as-client', true],
      ['as-self', false],
    ]);
  });

  test('never leave a pool thread impersonating', async () => {
    await using server = await accepted();
    const acquiring: Promise<Credentials>[] = [];
    server.context.impersonate(() => {
      for (let i = 0; i < 20; i++) acquiring.push(play('tag as-client; acquire delay=5; leg SEC_E_OK'));
    });
    const later = Array.from({ length: 20 }, () => play('tag as-self; acquire delay=5; leg SEC_E_OK'));
    for (const credentials of await Promise.all([...acquiring, ...later])) await credentials.dispose();
    await turn();
    const { calls } = await readJournal();
    const threads = new Set(calls.filter(({ tag }) => tag === 'as-client').map(({ thread }) => thread));
    expect(calls.some(({ tag, thread }) => tag === 'as-self' && threads.has(thread))).toBe(true);
    const strays = calls.filter(({ call, tag, impersonating }) => {
      const meant = call === 'RevertSecurityContext' || (call === 'AcquireCredentialsHandle' && tag === 'as-client');
      return (impersonating === true) !== meant;
    });
    expect(strays).toEqual([]);
  });
});
