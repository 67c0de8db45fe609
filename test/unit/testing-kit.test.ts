import {
  expectNoLeaks,
  memoryProvider,
  scriptedProvider,
  useProvider,
  watchLeaks,
  type Provider,
  type ProviderInUse,
} from 'sspi/testing';
import { accept, acquireCredentials, initiate, listPackages, type Credentials } from 'sspi';
import { bytes, drain, rejection, thrown } from './support';

const outbound = (): Promise<Credentials> => acquireCredentials({ package: 'Negotiate', use: 'outbound' });

describe('a provider in use', () => {
  const names = async (): Promise<string> => {
    try {
      return (await listPackages()).map(({ comment }) => comment).join();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const one = (comment: string) =>
    scriptedProvider({ packages: [{ name: 'Own', comment, capabilities: 0, version: 1, rpcId: 1, maxToken: 100 }] });

  test('takes the place of secur32 until it is restored', async () => {
    const before = await names();
    const inUse = useProvider(one('first'));
    expect(await names()).toBe('first');
    inUse.restore();
    inUse.restore();
    expect(await names()).toBe(before);
  });

  test('stacks, and restoring one takes out that one only', async () => {
    const before = await names();
    const first = useProvider(one('first'));
    const second = useProvider(one('second'));
    first.restore();
    expect(await names()).toBe('second');
    second.restore();
    expect(await names()).toBe(before);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an object', {}],
    ['a function that makes one', memoryProvider],
  ])('is none of %s', (_, provider) => {
    expect(thrown(() => useProvider(provider as Provider))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test('ends with its scope', async () => {
    const before = await names();
    {
      using inUse: ProviderInUse = useProvider(one('scoped'));
      expect(inUse).toBeDefined();
      expect(await names()).toBe('scoped');
    }
    expect(await names()).toBe(before);
  });
});

describe('a scripted provider', () => {
  test('plays statuses and flags by name, on both sides', async () => {
    const provider = scriptedProvider({
      initiator: [
        { status: 'SEC_I_CONTINUE_NEEDED', token: bytes('one') },
        { status: 'SEC_E_OK', flags: ['mutualAuth', 'integrity'] },
      ],
      acceptor: [{ status: 'SEC_E_OK', token: bytes('two'), flags: ['mutualAuth', 'integrity'] }],
      clientName: 'CORP\\alice',
      negotiated: 'Kerberos',
    });
    using inUse = useProvider(provider);
    expect(inUse).toBeDefined();
    await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'both' });
    await using client = initiate(credentials);
    await using server = accept(credentials);
    const { token } = await client.step();
    const answer = await server.step(token);
    await client.step(answer.token);
    expect(client.context).toMatchObject({ package: 'Kerberos', flags: ['mutualAuth', 'integrity'] });
    expect(server.context).toMatchObject({ clientName: 'CORP\\alice', flags: ['mutualAuth', 'integrity'] });
    expect(provider.callsOf('InitializeSecurityContext').map(({ input }) => input?.toString())).toEqual([
      undefined,
      'two',
    ]);
  });

  test('plays failures, an error token and numbers without a name', async () => {
    const provider = scriptedProvider({
      initiator: ({ index }) => ({ status: index === 0 ? 'SEC_E_LOGON_DENIED' : 'SEC_E_OK', token: bytes('sorry') }),
      credential: ({ package: name }) => (name === 'NTLM' ? { status: 'NTSTATUS_0xC0001234' } : {}),
    });
    using inUse = useProvider(provider);
    expect(inUse).toBeDefined();
    await using credentials = await outbound();
    const { legs, error } = await drain(initiate(credentials).legs());
    expect(legs).toMatchObject([{ failed: true, token: bytes('sorry'), code: 'SEC_E_LOGON_DENIED' }]);
    expect(error?.code).toBe('SEC_E_LOGON_DENIED');
    const refused = await rejection(acquireCredentials({ package: 'NTLM', use: 'inbound' }));
    expect(refused).toMatchObject({ code: 'NTSTATUS_0xC0001234', status: 0xc0001234 });
  });

  test('refuses a status and a flag that do not exist', async () => {
    const provider = scriptedProvider({
      initiator: ({ index }) => (index === 0 ? { status: 'SEC_E_NOPE' as never } : {}),
    });
    using inUse = useProvider(provider);
    expect(inUse).toBeDefined();
    await using credentials = await outbound();
    const error = await rejection(initiate(credentials).step());
    expect(String(error.cause)).toContain('SEC_E_NOPE is no status');
  });
});

describe('leaks', () => {
  let inUse: ProviderInUse;
  beforeEach(() => {
    inUse = useProvider(memoryProvider());
  });
  afterEach(() => inUse.restore());

  test('are named', async () => {
    const leaks = watchLeaks({ patience: 20 });
    const credentials = await outbound();
    const client = initiate(credentials, { target: 'HTTP/web.example.test', flags: ['mutualAuth'] });
    await client.step();
    expect((await rejection(leaks.check())).message).toBe('Left over: 1 credential, 1 context.');
    await client.dispose();
    await credentials.dispose();
    await leaks.check();
  });

  test('are none of what was alive before', async () => {
    const credentials = await outbound();
    await expectNoLeaks(async () => {
      await using client = initiate(credentials, { target: 'HTTP/web.example.test' });
      await client.step();
    });
    await credentials.dispose();
  });

  test('are looked for in providers put in use later, restored or not', async () => {
    const leaks = watchLeaks({ patience: 20 });
    let credentials: Credentials;
    {
      using later = useProvider(memoryProvider());
      expect(later).toBeDefined();
      credentials = await outbound();
    }
    expect((await rejection(leaks.check())).message).toContain('1 credential');
    await credentials.dispose();
  });

  test('wait for what is under way', async () => {
    const result = await expectNoLeaks(async () => {
      const credentials = await outbound();
      setTimeout(() => void credentials.dispose(), 30);
      return 'done';
    });
    expect(result).toBe('done');
  });

  test('a breach of the contract counts, and what the work throws passes through', async () => {
    using other = useProvider(scriptedProvider({ initiator: [] }));
    expect(other).toBeDefined();
    const leaks = watchLeaks();
    await using credentials = await outbound();
    await rejection(initiate(credentials).step());
    await credentials.dispose();
    expect((await rejection(leaks.check())).message).toContain('beyond the script');
    const failure = new Error('mine');
    await expect(expectNoLeaks(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});
