/** Negotiate: what it chooses, what it emits, and what an acceptor takes. */
import { accept, acquireCredentials, initiate, type Credentials, type Identity, type PackageBounds } from 'sspi';
import { describeInDomain, lab } from './support/lab';
import { drive, driveLegs, driveOwning, type Connection } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { codeOf, rejection } from '../outcome';
import { perPlatform } from './support/platform';
import { gssKerberos, gssSpnego, spnegoAround, spnegoWithoutToken } from './support/spnego';

leavesNothingAlive();

const hello = Buffer.from('hello');
describeInDomain('Negotiate', () => {
  let inbound: Credentials;
  beforeAll(async () => {
    inbound = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
  });
  afterAll(() => inbound.dispose());

  const alice = (domain: string): Identity => ({ user: 'alice', domain, password: lab().users.alice.password });

  async function connect(
    target: string | undefined,
    identity?: Identity,
    packages?: PackageBounds,
    run = drive,
  ): Promise<Connection> {
    const options = { ...(identity && { identity }), ...(packages && { packages }) };
    const outbound = await acquireCredentials({ package: 'Negotiate', use: 'outbound', ...options });
    const flags = ['confidentiality', 'integrity'] as const;
    const client = initiate(outbound, { flags, ...(target !== undefined && { target }) });
    const server = accept(inbound, { flags });
    return driveOwning(outbound, client, server, run);
  }

  test.each([
    ['step()', drive],
    ['legs()', driveLegs],
  ])('chooses Kerberos for an SPN of the domain, by %s', async (_, run) => {
    await using both = await connect(lab().services.web.spn, undefined, undefined, run);
    expect([both.client.package, both.server.package]).toEqual(['Kerberos', 'Kerberos']);
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
    expect(both.client.unwrap(both.server.wrap(hello))).toEqual(hello);
  });

  test('often emits the raw mechanism’s token rather than SPNEGO: Kerberos', async () => {
    await using both = await connect(lab().services.web.spn);
    const [first] = both.tokens;
    expect(first?.toString('hex', 4, 4 + gssKerberos.length / 2)).toBe(
      perPlatform({ wine8: gssKerberos, windows: gssSpnego + gssKerberos.slice(gssSpnego.length) }),
    );
  });

  test('often emits the raw mechanism’s token rather than SPNEGO: NTLM', async () => {
    await using both = await connect(undefined, alice(lab().workgroup));
    expect([both.client.package, both.server.package]).toEqual(['NTLM', 'NTLM']);
    expect(both.tokens.map((token) => token.toString('latin1', 0, 7))).toEqual(['NTLMSSP', 'NTLMSSP', 'NTLMSSP']);
    // The package that was negotiated decides how messages are opened, not the credential's.
    expect(both.client.wrap(hello)).toHaveLength(16 + hello.length);
  });

  test('SPNs are service/host; IP addresses mean NTLM', async () => {
    await using both = await connect('HTTP/127.0.0.1', alice(lab().realm));
    expect(both.client.package).toBe('NTLM');
  });

  test('an SPN that nobody owns means NTLM, where there is a password', async () => {
    await using both = await connect(lab().services.unknown.spn, alice(lab().realm));
    expect(both.client.package).toBe('NTLM');
  });

  test('an explicit identity of the realm gets Kerberos', async () => {
    await using both = await connect(lab().services.web.spn, alice(lab().realm));
    expect(both.client.package).toBe('Kerberos');
    await using upn = await connect(lab().services.web.spn, {
      user: `bob@${lab().dnsDomain}`,
      password: lab().users.bob.password,
    });
    expect(upn.client.package).toBe('Kerberos');
  });

  test('a wrong password is refused by the server', async () => {
    const error = await rejection(
      connect(lab().services.web.spn, { ...alice(lab().workgroup), password: 'not-the-password' }),
    );
    expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', api: 'AcceptSecurityContext', leg: 1 });
  });

  describe('accept all three: raw NTLM, raw Kerberos, SPNEGO', () => {
    const kerberosToken = async (packageName: string): Promise<Buffer> => {
      await using outbound = await acquireCredentials({ package: packageName, use: 'outbound' });
      await using client = initiate(outbound, { target: lab().services.web.spn });
      return (await client.step()).token ?? Buffer.alloc(0);
    };

    test('raw Kerberos', async () => {
      await using server = accept(inbound);
      expect(await server.step(await kerberosToken('Kerberos'))).toMatchObject({ expectsReply: false });
      expect(server.context.package).toBe('Kerberos');
    });

    test('raw NTLM', async () => {
      await using outbound = await acquireCredentials({
        package: 'NTLM',
        use: 'outbound',
        identity: alice(lab().workgroup),
      });
      await using both = await drive(initiate(outbound), accept(inbound));
      expect(both.server.package).toBe('NTLM');
    });

    test('Kerberos inside SPNEGO; the answer is a final accept-completed', async () => {
      await using server = accept(inbound);
      const leg = await server.step(spnegoAround(await kerberosToken('Kerberos')));
      expect(leg).toMatchObject({ code: 'SEC_E_OK', expectsReply: false });
      // NegTokenResp: accept-completed, the mechanism, no token of its own. It must still be sent.
      expect(leg.token?.toString('hex')).toBe('a1143012a0030a0100a10b' + gssKerberos);
      expect(server.context.package).toBe('Kerberos');
    });

    test('SPNEGO that offers Kerberos without a token: the server asks for one', async () => {
      await using server = accept(inbound);
      const outcome = await codeOf(server.step(spnegoWithoutToken));
      expect(outcome).toBe('SEC_I_CONTINUE_NEEDED');
    });

    test.each([
      ['garbage', Buffer.from('garbage')],
      ['one byte', Buffer.from([0x60])],
      ['65,535 zeroes', Buffer.alloc(65_535)],
    ])('a malformed first blob (%s): say what really happened', async (_, token) => {
      await using server = accept(inbound, { flags: ['extendedError'] });
      // Windows: SEC_E_INVALID_HANDLE, whose hint says that no handle is wrong; Wine asks all mechanisms, and the last
      // one's failure is told.
      const error = await rejection(server.step(token));
      expect(error).toMatchObject({ api: 'AcceptSecurityContext', leg: 0 });
      expect(error.code).toMatch(/^SEC_E_(INTERNAL_ERROR|INVALID_TOKEN)$/);
      expect(error.hint).toBeDefined();
    });
  });

  describe('package bounds', () => {
    test('deny NTLM: Kerberos is left, and serves', async () => {
      await using both = await connect(lab().services.web.spn, undefined, { deny: ['NTLM'] });
      expect(both.client.package).toBe('Kerberos');
    });

    test('deny NTLM where only NTLM is left: refused before a context is handed out', async () => {
      const error = await rejection(connect('HTTP/127.0.0.1', alice(lab().workgroup), { deny: ['NTLM'] }));
      // Windows leaves NTLM out of what it offers, and has no credentials then. Wine takes no package list: it begins NTLM, and
      // the server's CHALLENGE is refused by its signature.
      expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['package'], leg: 1 });
      expect(error.message).toContain('NTLM');
    });

    test('allow Kerberos', async () => {
      await using both = await connect(lab().services.web.spn, alice(lab().realm), { allow: ['kerberos'] });
      expect(both.client.package).toBe('Kerberos');
      const error = await rejection(connect(undefined, alice(lab().workgroup), { allow: ['Kerberos'] }));
      expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['package'] });
    });

    test('on the server’s side: a client that comes with NTLM is refused at its first token', async () => {
      await using bounded = await acquireCredentials({
        package: 'Negotiate',
        use: 'inbound',
        packages: { deny: ['NTLM'] },
      });
      await using outbound = await acquireCredentials({
        package: 'NTLM',
        use: 'outbound',
        identity: alice(lab().workgroup),
      });
      const client = initiate(outbound);
      const server = accept(bounded);
      expect(await rejection(drive(client, server))).toMatchObject({
        code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
        missing: ['package'],
        leg: 0,
      });
      await Promise.all([client.dispose(), server.dispose()]);
    });
  });
});
