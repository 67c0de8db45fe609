import { memoryPeers, memoryProvider, useProvider, type MemoryDomainOptions } from 'sspi/testing';
import { accept, acquireCredentials, initiate, listPackages, tlsServerEndPoint } from 'sspi';
import type {
  AcceptOptions,
  AcquireCredentialsOptions,
  Handshake,
  InitiateOptions,
  ReturnedBuffer,
  SspiError,
} from 'sspi';
import { selfSigned } from './testing-support';
import { rejection, thrown } from './support';

const users = { Alice: 'Wonderland', bob: 'Builder', dora: { password: 'Gone', refused: 'disabled' } } as const;
const target = 'HTTP/web.example.test';

interface Options {
  package?: string;
  client?: Partial<AcquireCredentialsOptions>;
  initiate?: InitiateOptions;
  accept?: AcceptOptions;
  /** Changes a token on its way. */
  tamper?: (token: Buffer, nth: number) => Buffer;
}

/** Runs both sides in one provider; rejects with what the first failing side ended with. */
async function signOn(options: Options = {}): Promise<{ client: Handshake; server: Handshake; tokens: Buffer[] }> {
  const name = options.package ?? 'Negotiate';
  const outbound = await acquireCredentials({ package: name, use: 'outbound', ...options.client });
  const inbound = await acquireCredentials({ package: name, use: 'inbound' });
  const client = initiate(outbound, { target, flags: ['mutualAuth', 'confidentiality'], ...options.initiate });
  const server = accept(inbound, options.accept);
  const tokens: Buffer[] = [];
  const carry = (token: Buffer): Buffer => {
    const carried = options.tamper?.(Buffer.from(token), tokens.length) ?? token;
    tokens.push(carried);
    return carried;
  };
  let leg = await client.step();
  for (;;) {
    const answer = leg.token === undefined ? undefined : await server.step(carry(leg.token));
    if (!leg.expectsReply) break;
    leg = await client.step(carry(answer?.token as Buffer));
  }
  await Promise.all([outbound.dispose(), inbound.dispose()]);
  return { client, server, tokens };
}

let inUse: { restore(): void } | undefined;
function domain(options: MemoryDomainOptions = { users }): ReturnType<typeof memoryProvider> {
  const provider = memoryProvider(options);
  inUse = useProvider(provider);
  return provider;
}
afterEach(() => inUse?.restore());

describe('a domain in memory', () => {
  test('offers the packages', async () => {
    domain();
    expect((await listPackages()).map(({ name }) => name)).toEqual(['Negotiate', 'Kerberos', 'NTLM']);
  });

  test.each(['Negotiate', 'Kerberos'])('%s signs on with mutual authentication in two legs', async (name) => {
    const provider = domain();
    const { client, server, tokens } = await signOn({ package: name });
    expect(tokens).toHaveLength(2);
    expect(client.context).toMatchObject({
      package: 'Kerberos',
      flags: ['mutualAuth', 'replayDetect', 'sequenceDetect', 'confidentiality', 'integrity'],
    });
    expect(server.context.clientName).toBe('EXAMPLE\\Alice');
    expect(server.context.nativeNames).toEqual({ client: 'Alice@EXAMPLE.TEST', server: target });
    expect(server.context.flags).toEqual(client.context.flags);
    expect(client.context.sessionKey()).toEqual(server.context.sessionKey());
    await Promise.all([client.dispose(), server.dispose()]);
    provider.assertClean();
  });

  test('without mutual authentication the first leg is the last', async () => {
    domain();
    const { client, server, tokens } = await signOn({ initiate: { flags: [] } });
    expect(tokens).toHaveLength(1);
    expect([client.established, server.established]).toEqual([true, true]);
    expect(client.context.flags).toEqual([]);
  });

  test('NTLM takes three tokens, never proves the server and never delegates', async () => {
    domain();
    const { client, server, tokens } = await signOn({
      package: 'NTLM',
      initiate: { flags: ['mutualAuth', 'delegate', 'confidentiality', 'sequenceDetect'] },
    });
    expect(tokens).toHaveLength(3);
    expect(client.context.flags).toEqual(['replayDetect', 'sequenceDetect', 'confidentiality', 'integrity']);
    expect(server.context.clientName).toBe('EXAMPLE\\Alice');
  });

  test.each([
    ['an IP address', 'HTTP/10.0.0.1'],
    ['an IPv6 address', 'HTTP/[::1]:80'],
    ['no target', undefined],
    ['an unregistered service', 'HTTP/other.example.test'],
  ])('Negotiate falls back to NTLM for %s, and Kerberos refuses it', async (_, other) => {
    domain({ users, services: [target] });
    expect((await signOn({ initiate: { target: other } })).client.context.package).toBe('NTLM');
    const error = await rejection(signOn({ package: 'Kerberos', initiate: { target: other } }));
    expect(error).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN', api: 'InitializeSecurityContext', leg: 0 });
  });

  test('bounds on packages hold', async () => {
    domain({ users, services: [] });
    const error = await rejection(signOn({ client: { packages: { deny: ['NTLM'] } } }));
    expect(error.code).toBe('SEC_E_TARGET_UNKNOWN');
    expect((await signOn({ client: { packages: { allow: ['NTLM'] } } })).client.context.package).toBe('NTLM');
  });

  test.each(['bob', 'BOB@example.test', 'EXAMPLE\\bob'])('an explicit identity, written %s', async (user) => {
    domain();
    const { server } = await signOn({ client: { identity: { user, password: 'Builder' } } });
    expect(server.context.clientName).toBe('EXAMPLE\\bob');
  });

  test.each([
    ['a wrong password', { user: 'bob', password: 'nope' }],
    ['an unknown user', { user: 'nobody', password: 'Builder' }],
    ['a disabled account', { user: 'dora', password: 'Gone' }],
  ])('%s is refused where a domain would', async (_, identity) => {
    domain();
    const kerberos = await rejection(signOn({ package: 'Kerberos', client: { identity } }));
    expect(kerberos).toMatchObject({ code: 'SEC_E_LOGON_DENIED', api: 'InitializeSecurityContext', leg: 0 });
    const ntlm = await rejection(signOn({ package: 'NTLM', client: { identity } }));
    expect(ntlm).toMatchObject({ code: 'SEC_E_LOGON_DENIED', api: 'AcceptSecurityContext', leg: 1 });
  });

  test('without a current user there are no credentials', async () => {
    domain({ users, currentUser: null });
    expect((await rejection(signOn())).code).toBe('SEC_E_NO_CREDENTIALS');
    expect(thrown(() => memoryProvider({ currentUser: 'mallory' })).code).toBe('ERR_SSPI_INVALID_ARGUMENT');
  });

  test('providers of the same users understand each other, others do not', async () => {
    const carry = async (theirs: MemoryDomainOptions): Promise<Handshake> => {
      domain();
      const client = initiate(await acquireCredentials({ package: 'Kerberos', use: 'outbound' }), { target });
      inUse?.restore();
      domain(theirs);
      const server = accept(await acquireCredentials({ package: 'Kerberos', use: 'inbound' }));
      await server.step((await client.step()).token);
      return server;
    };
    expect((await carry({ users })).context.clientName).toBe('EXAMPLE\\Alice');
    expect((await rejection(carry({ users: { Alice: 'Other' } }))).code).toBe('SEC_E_WRONG_PRINCIPAL');
    expect((await rejection(carry({ users, realm: 'OTHER.TEST' }))).code).toBe('SEC_E_WRONG_PRINCIPAL');
  });

  describe.each(['Kerberos', 'NTLM'])('channel bindings with %s', (name) => {
    const ours = tlsServerEndPoint(selfSigned);
    const others = Buffer.from('tls-server-end-point:another');

    test('that are the same are accepted', async () => {
      domain();
      const both = { channelBindings: ours };
      expect((await signOn({ package: name, initiate: both, accept: both })).server.established).toBe(true);
    });

    test.each([
      ['differ', { channelBindings: others }],
      ['are missing', {}],
    ])('that %s are refused', async (_, client) => {
      domain();
      const error = await rejection(signOn({ package: name, initiate: client, accept: { channelBindings: ours } }));
      expect(error).toMatchObject({ code: 'SEC_E_BAD_BINDINGS', api: 'AcceptSecurityContext' });
    });

    test('may be missing where the server allows it', async () => {
      domain();
      const server: AcceptOptions = { channelBindings: ours, flags: ['allowMissingBindings'] };
      expect((await signOn({ package: name, accept: server })).server.established).toBe(true);
    });
  });

  test('every byte of every token matters', async () => {
    domain();
    for (const name of ['Kerberos', 'NTLM']) {
      const { tokens } = await signOn({ package: name });
      for (const [nth, token] of tokens.entries()) {
        // A challenge has nothing to prove; damage shows in what is made of it.
        for (let at = 0; at < token.length; at += 7) {
          const tamper = (bytes: Buffer, n: number): Buffer => {
            if (n === nth) bytes[at] = (bytes[at] as number) ^ 1;
            return bytes;
          };
          const outcome = await signOn({ package: name, tamper }).then(
            ({ server, tokens: sent }) =>
              sent[nth]?.equals(token) === false ? server.context.clientName : 'undamaged',
            (error: unknown) => (error as SspiError).code,
          );
          const harmless = name === 'NTLM' && nth < 2;
          if (harmless && outcome === 'EXAMPLE\\Alice') continue;
          expect(outcome).toMatch(/^SEC_E_(INVALID_TOKEN|WRONG_PRINCIPAL|MUTUAL_AUTH_FAILED|LOGON_DENIED)$/);
        }
      }
    }
  });
});

describe('peers in memory', () => {
  const hello = Buffer.from('hello');

  test('open what the other protects, in both directions and any size', async () => {
    await using peers = await memoryPeers();
    const { initiator, acceptor } = peers;
    for (const size of [0, 1, 15, 16, 17, 65_536]) {
      const data = Buffer.alloc(size, size);
      const sealed = initiator.wrap(data);
      expect(sealed.length).toBe(size + 28);
      if (size > 8) expect(sealed.includes(data)).toBe(false);
      expect(acceptor.unwrap(sealed)).toEqual(data);
      expect(initiator.unwrap(acceptor.wrap(data))).toEqual(data);
      acceptor.verify(data, initiator.sign(data));
    }
  });

  test('notice a change in any byte, and go on with the right message', async () => {
    await using peers = await memoryPeers();
    const sealed = peers.initiator.wrap(hello);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 0x10;
      expect(thrown(() => peers.acceptor.unwrap(changed)).code).toMatch(/^SEC_E_(MESSAGE_ALTERED|INVALID_TOKEN)$/);
    }
    for (let length = 0; length < sealed.length; length++)
      thrown(() => peers.acceptor.unwrap(sealed.subarray(0, length)));
    expect(peers.acceptor.unwrap(sealed)).toEqual(hello);
  });

  test('refuse repeated and reordered messages where sequence detection was granted', async () => {
    await using peers = await memoryPeers();
    const [first, second] = [peers.initiator.wrap(hello), peers.initiator.wrap(hello)];
    expect(thrown(() => peers.acceptor.unwrap(second)).code).toBe('SEC_E_OUT_OF_SEQUENCE');
    peers.acceptor.unwrap(first);
    expect(thrown(() => peers.acceptor.unwrap(first)).code).toBe('SEC_E_OUT_OF_SEQUENCE');
    peers.acceptor.unwrap(second);
  });

  test('take any order where it was not', async () => {
    await using peers = await memoryPeers({ initiate: { flags: ['confidentiality', 'allowReplay'] } });
    const [first, second] = [peers.initiator.wrap(hello), peers.initiator.wrap(hello)];
    expect([peers.acceptor.unwrap(second), peers.acceptor.unwrap(first)]).toEqual([hello, hello]);
  });

  test('refuse their own messages and those of other contexts', async () => {
    await using peers = await memoryPeers();
    await using others = await memoryPeers();
    expect(thrown(() => peers.initiator.unwrap(peers.initiator.wrap(hello))).code).toBe('SEC_E_MESSAGE_ALTERED');
    expect(thrown(() => others.acceptor.unwrap(peers.initiator.wrap(hello))).code).toBe('SEC_E_MESSAGE_ALTERED');
    const signature = peers.initiator.sign(hello);
    expect(thrown(() => peers.acceptor.verify(Buffer.from('hullo'), signature)).code).toBe('SEC_E_MESSAGE_ALTERED');
    expect(thrown(() => peers.acceptor.unwrap(signature)).code).toBe('SEC_E_INVALID_TOKEN');
  });

  test('tell signed messages from sealed ones', async () => {
    await using peers = await memoryPeers();
    const signed = peers.initiator.wrap(hello, { encrypt: false });
    expect(signed.includes(hello)).toBe(true);
    expect(peers.acceptor.unwrap(signed, { allowUnencrypted: true })).toEqual(hello);
    const again = peers.initiator.wrap(hello, { encrypt: false });
    expect(thrown(() => peers.acceptor.unwrap(again)).code).toBe('ERR_SSPI_NOT_ENCRYPTED');
  });

  test('do not encrypt where confidentiality was not granted', async () => {
    await using peers = await memoryPeers({ initiate: { flags: ['integrity'] } });
    expect(thrown(() => peers.initiator.wrap(hello)).code).toBe('ERR_SSPI_NOT_ENCRYPTED');
    expect(peers.acceptor.unwrap(peers.initiator.wrap(hello, { encrypt: false }))).toEqual(hello);
  });

  test('know the layouts of WinRM and DCE', async () => {
    await using peers = await memoryPeers();
    const header = Buffer.from('header');
    const { buffers } = peers.initiator.encrypt([
      { type: 'data', data: header, readOnly: 'checksum' },
      { type: 'data', data: hello },
      { type: 'token' },
    ]);
    const [kept, sealed, token] = buffers as readonly [ReturnedBuffer, ReturnedBuffer, ReturnedBuffer];
    expect(kept.data).toEqual(header);
    expect(sealed.data).not.toEqual(hello);
    const open = (start: Buffer) =>
      peers.acceptor.decrypt([
        { type: 'data', data: start, readOnly: 'checksum' },
        { type: 'data', data: sealed.data },
        { type: 'token', data: token.data },
      ]);
    expect(thrown(() => open(Buffer.from('HEADER'))).code).toBe('SEC_E_MESSAGE_ALTERED');
    expect(open(header)).toMatchObject({ encrypted: true });
  });

  test('fail as a handshake fails, and leave nothing', async () => {
    const error = await rejection(memoryPeers({ package: 'NTLM', initiate: { require: { flags: ['mutualAuth'] } } }));
    expect(error.code).toBe('ERR_SSPI_REQUIREMENT_NOT_MET');
  });
});

describe('accessToken() in memory', () => {
  const admins = 'S-1-5-32-544';
  const staff = 'S-1-5-21-1-2-3-1104';
  const everybody = ['S-1-1-0', 'S-1-5-2', 'S-1-5-11'];
  const alice = { password: 'Wonderland', groups: [staff, { sid: admins, denyOnly: true }] };

  test('names the user and the groups, and which of them count', async () => {
    await using peers = await memoryPeers({ users: { alice: { ...alice, sid: 'S-1-5-21-1-2-3-1103' } } });
    const { user, groups, impersonationLevel } = await peers.acceptor.accessToken();
    expect(user.sid).toBe('S-1-5-21-1-2-3-1103');
    expect(impersonationLevel).toBe('impersonation');
    const enabled = groups.filter((group) => group.enabled).map(({ sid }) => sid);
    expect(enabled).toEqual([...everybody, expect.stringMatching(/^S-1-5-21-\d+-\d+-\d+-513$/), staff]);
    expect(groups.find(({ sid }) => sid === admins)).toMatchObject({ enabled: false, denyOnly: true });
  });

  test.each(['Negotiate', 'Kerberos', 'NTLM'])('is that of the client who signed on with %s', async (name) => {
    domain({ users: { alice, bob: 'Builder' } });
    const client = { identity: { user: 'bob', password: 'Builder' } };
    const { server, client: initiator } = await signOn({ package: name, client });
    const token = await server.context.accessToken();
    expect(token.groups.map(({ sid }) => sid)).not.toContain(staff);
    await Promise.all([server.dispose(), initiator.dispose()]);
  });

  test('has a SID for everybody, the same in every process', async () => {
    const sidOf = async (user: string, realm?: string): Promise<string> => {
      await using peers = await memoryPeers({ users: { [user]: 'x' }, ...(realm === undefined ? {} : { realm }) });
      return (await peers.acceptor.accessToken()).user.sid;
    };
    expect(await sidOf('alice')).toMatch(/^S-1-5-21-\d+-\d+-\d+-\d{4,}$/);
    expect(await sidOf('ALICE')).toBe(await sidOf('alice'));
    expect(await sidOf('bob')).not.toBe(await sidOf('alice'));
    expect(await sidOf('alice', 'OTHER.TEST')).not.toBe(await sidOf('alice'));
  });

  test('says how far the server may act for the client', async () => {
    const levelOf = async (...flags: readonly ('mutualAuth' | 'delegate' | 'identify')[]): Promise<unknown> => {
      await using peers = await memoryPeers({ initiate: { flags } });
      return (await peers.acceptor.accessToken()).impersonationLevel;
    };
    expect(await levelOf('mutualAuth')).toBe('impersonation');
    expect(await levelOf('mutualAuth', 'identify')).toBe('identification');
    expect(await levelOf('mutualAuth', 'delegate')).toBe('delegation');
  });

  test('is the server’s alone', async () => {
    await using peers = await memoryPeers();
    expect(await rejection(peers.initiator.accessToken())).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION' });
  });

  test('takes nothing for a group that is none', () => {
    for (const groups of [['staff'], ['S-1'], [{ sid: '' }]]) {
      const error = thrown(() => memoryProvider({ users: { alice: { password: 'x', groups } } }));
      expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
      expect(error.message).toContain('alice');
    }
  });
});
