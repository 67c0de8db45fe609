/** Kerberos with the current user's tickets, an acceptor with a keytab, and a real domain controller between them. */
import { accept, acquireCredentials, initiate, type AcceptOptions, type Handshake, type InitiateOptions } from 'sspi';
import { describeInDomain, lab } from './support/lab';
import { drive, driveLegs, type Connection } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { codeOf, rejection, thrown } from '../outcome';
import { perPlatform } from './support/platform';
import { spnegoWithoutToken } from './support/spnego';
import { useKerberosPair } from './support/kerberos';

leavesNothingAlive();

const hours = 3_600_000;
const everything = ['mutualAuth', 'confidentiality', 'integrity', 'replayDetect', 'sequenceDetect'] as const;

describeInDomain('Kerberos, the current user', () => {
  const credentials = useKerberosPair();

  const begin = (options: InitiateOptions = {}): Handshake =>
    initiate(credentials.outbound, { target: lab().services.web.spn, ...options });
  const connect = (options: InitiateOptions = {}, accepting: AcceptOptions = {}): Promise<Connection> =>
    drive(begin(options), accept(credentials.inbound, accepting));
  /** The client's only token without mutual authentication: an AP-REQ. */
  const request = async (target = lab().services.web.spn): Promise<Buffer> => {
    await using client = begin({ target });
    const { token } = await client.step();
    return token ?? Buffer.alloc(0);
  };

  describe.each([
    ['step()', drive],
    ['legs()', driveLegs],
  ])('by %s', (_, run) => {
    test('mutual authentication: the last server token verifies it', async () => {
      await using both = await run(begin({ flags: everything }), accept(credentials.inbound, { flags: everything }));
      const end = run === drive ? ['client 1 SEC_E_OK'] : []; // legs() yields only legs with something to send
      expect(both.course).toEqual(['client 0 SEC_I_CONTINUE_NEEDED', 'server 0 SEC_E_OK', ...end]);
      expect(both.tokens).toHaveLength(2);
      for (const context of [both.client, both.server]) {
        expect(context.package).toBe('Kerberos');
        expect(context.flags).toEqual(expect.arrayContaining([...everything]));
      }
    });

    test('without mutual authentication it ends on leg 1 with the AP-REQ in hand, which must still be sent', async () => {
      await using both = await run(begin({ flags: ['confidentiality'] }), accept(credentials.inbound));
      const end = run === drive ? ['server 0 SEC_E_OK'] : [];
      expect(both.course).toEqual(['client 0 SEC_E_OK', ...end]);
      expect(both.tokens).toHaveLength(1);
      expect(both.client.flags).not.toContain('mutualAuth');
      expect(both.server.flags).not.toContain('mutualAuth');
    });

    test('DCE style has a third leg of the client’s', async () => {
      const flags = ['mutualAuth', 'useDceStyle'] as const;
      await using both = await run(begin({ flags }), accept(credentials.inbound, { flags }));
      expect(both.course.slice(0, 3)).toEqual([
        'client 0 SEC_I_CONTINUE_NEEDED',
        'server 0 SEC_I_CONTINUE_NEEDED',
        'client 1 SEC_E_OK',
      ]);
      expect(both.tokens).toHaveLength(3);
    });
  });

  test('until the last server token has been verified there is no context', async () => {
    await using client = begin({ flags: everything });
    await using server = accept(credentials.inbound);
    const leg = await client.step();
    const answer = await server.step(leg.token);
    expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_NOT_ESTABLISHED' });
    const damaged = Buffer.from(answer.token ?? []);
    damaged.writeUInt8((damaged.at(-1) ?? 0) ^ 1, damaged.length - 1);
    expect((await rejection(client.step(damaged))).api).toBe('InitializeSecurityContext');
    expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
  });

  test('only the granted flags count: what was not asked for', async () => {
    await using both = await connect();
    for (const flag of ['mutualAuth', 'replayDetect', 'sequenceDetect', 'delegate'] as const) {
      expect(both.client.flags).not.toContain(flag);
      expect(both.server.flags).not.toContain(flag);
    }
    // MIT Kerberos, which Wine asks, always protects; Windows grants only what was asked for.
    expect(both.client.flags).toEqual(perPlatform({ wine8: ['confidentiality', 'integrity'], windows: [] }));
  });

  test('delegation was asked for and is not granted: what is required is named', async () => {
    await using client = begin({ flags: ['mutualAuth', 'delegate'], require: { flags: ['mutualAuth', 'delegate'] } });
    await using server = accept(credentials.inbound);
    const answer = await server.step((await client.step()).token);
    const error = await rejection(client.step(answer.token));
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['delegate'], leg: 1 });
    expect(error.hint).toContain('trusted for it');
  });

  test('require: mutualAuth without asking for it fails before anything is handed out, and carries the token', async () => {
    await using client = begin({ require: { flags: ['mutualAuth'] } });
    const error = await rejection(client.step());
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'] });
    expect(error.token?.length).toBeGreaterThan(500);
    expect(client.established).toBe(false);
  });

  test('every SPN of the account serves', async () => {
    await using both = await connect({ target: lab().services.intranet.spn });
    expect(both.server.package).toBe('Kerberos');
  });

  test('an SPN that no account owns', async () => {
    await using client = begin({ target: lab().services.unknown.spn });
    const error = await rejection(client.step());
    // Windows: SEC_E_TARGET_UNKNOWN. Wine passes no reason of the Kerberos library's on; the hint names the usual one.
    expect(error).toMatchObject({ code: 'SEC_E_INTERNAL_ERROR', api: 'InitializeSecurityContext', leg: 0 });
    expect(error.hint).toContain('no account owns the target name');
  });

  test.each(['nonsense', 'HTTP/127.0.0.1', undefined])('a target that Kerberos cannot use: %s', async (target) => {
    await using client = initiate(credentials.outbound, target === undefined ? {} : { target });
    expect(await rejection(client.step())).toMatchObject({ code: 'SEC_E_INTERNAL_ERROR', leg: 0 });
  });

  test.each([
    ['an SPN whose key is older than the account’s', () => request(lab().services.stale.spn)],
    ['another service’s account', () => request(lab().controller.spn)],
  ])('a ticket made for %s', async (_, make) => {
    await using server = accept(credentials.inbound, { flags: ['extendedError'] });
    const error = await rejection(server.step(await make()));
    // Windows: SEC_E_WRONG_PRINCIPAL, with a KRB-ERROR for the peer.
    expect(error).toMatchObject({ code: 'SEC_E_INTERNAL_ERROR', api: 'AcceptSecurityContext', leg: 0 });
    expect(error.hint).toContain('old key');
  });

  test('a token that was used before is refused', async () => {
    const token = await request();
    await using first = accept(credentials.inbound);
    expect(await first.step(token)).toMatchObject({ expectsReply: false });
    await using second = accept(credentials.inbound);
    // Windows: SEC_E_LOGON_DENIED, from its replay cache.
    expect((await rejection(second.step(token))).code).toBe('SEC_E_INTERNAL_ERROR');
    expect(second.established).toBe(false);
  });

  test('an answer meant for another context is refused', async () => {
    await using one = begin({ flags: everything });
    await using other = begin({ flags: everything });
    await using server = accept(credentials.inbound, { flags: everything });
    const leg = await one.step();
    await other.step();
    const answer = await server.step(leg.token);
    expect((await rejection(other.step(answer.token))).api).toBe('InitializeSecurityContext');
    expect(other.established).toBe(false);
    expect(await one.step(answer.token)).toMatchObject({ expectsReply: false });
  });

  test('a client’s own token that comes back to it is refused', async () => {
    await using client = begin({ flags: everything });
    const { token } = await client.step();
    expect((await rejection(client.step(token))).code).toBe('SEC_E_INVALID_TOKEN');
  });

  test('a server’s own token that comes back to it establishes nothing', async () => {
    await using client = begin({ flags: everything });
    await using server = accept(credentials.inbound, { flags: everything });
    const { token } = await client.step();
    const answer = await server.step(token);
    await using second = accept(credentials.inbound, { flags: everything });
    // Windows: SEC_E_INVALID_TOKEN. MIT Kerberos, which Wine asks, wants to go on, and cannot.
    expect(await second.step(answer.token)).toMatchObject({ expectsReply: true, token: Buffer.alloc(0) });
    expect(second.established).toBe(false);
    expect((await rejection(second.step(token))).code).toBe('SEC_E_INVALID_HANDLE');
    await client.step(answer.token);
  });

  test.each([
    ['one byte', Buffer.from([0x60]), 'SEC_E_INVALID_TOKEN'],
    ['no Kerberos', Buffer.from('garbage'), 'SEC_E_INVALID_TOKEN'],
    ['65,535 zeroes', Buffer.alloc(65_535), 'SEC_E_INVALID_TOKEN'],
    // A whole NTLM NEGOTIATE_MESSAGE. Windows: SEC_E_INVALID_TOKEN.
    [
      'NTLM',
      Buffer.from('4e544c4d535350000100000007820862000000002800000000000000280000000601000000000000', 'hex'),
      'SEC_E_SECPKG_NOT_FOUND',
    ],
  ])('a first token that is %s', async (_, token, code) => {
    await using server = accept(credentials.inbound);
    const error = await rejection(server.step(token));
    expect(error).toMatchObject({ code, api: 'AcceptSecurityContext', leg: 0 });
    expect(error.hint).toBeDefined();
  });

  test('the host’s own GSS mechanisms are kept from Wine’s Kerberos by the lab', () => {
    expect(process.env['GSS_MECH_CONFIG']).toBe('/dev/null');
  });

  test('a SPNEGO blob given to the Kerberos package: say what really happened', async () => {
    await using server = accept(credentials.inbound);
    // Windows: SEC_E_INSUFFICIENT_MEMORY, whose hint says that memory is not short. MIT Kerberos, which Wine asks, knows
    // SPNEGO, and continues.
    const outcome = await codeOf(server.step(spnegoWithoutToken));
    expect(outcome).toBe(perPlatform({ wine8: 'SEC_I_CONTINUE_NEEDED', windows: 'SEC_E_INSUFFICIENT_MEMORY' }));
  });

  test('channel bindings that differ', async () => {
    const options = { flags: everything };
    const [mine, theirs] = [Buffer.from('tls-server-end-point:mine'), Buffer.from('tls-server-end-point:theirs')];
    await using same = await connect({ ...options, channelBindings: mine }, { channelBindings: mine });
    expect(same.server.package).toBe('Kerberos');
    const client = begin({ ...options, channelBindings: mine });
    const server = accept(credentials.inbound, { ...options, channelBindings: theirs });
    // Windows refuses: SEC_E_BAD_BINDINGS. Wine's Kerberos does not look at SECBUFFER_CHANNEL_BINDINGS.
    await using different = await drive(client, server);
    expect(different.course.at(-1)).toBe('client 1 SEC_E_OK');
  });

  test('expiry is that of the ticket, in UTC; the acceptor’s is valid at its end', async () => {
    await using both = await connect({ flags: everything });
    const now = Date.now();
    for (const { expiry } of [both.client, both.server]) {
      // Ten hours, and five minutes' skew on the acceptor's side. A wrong time zone would be an hour off at least.
      expect(expiry?.getTime()).toBeGreaterThan(now + 9.2 * hours);
      expect(expiry?.getTime()).toBeLessThan(now + 10.2 * hours);
    }
    expect(credentials.outbound.expiry?.getTime()).toBeGreaterThan(now + 9.2 * hours);
    expect(credentials.outbound.expiry?.getTime()).toBeLessThan(now + 10.2 * hours);
  });

  test('what never expires has no expiry, on the inbound side too', () => {
    expect(credentials.inbound.expiry).toBeUndefined();
  });

  test('a target without a service class gets a hint', async () => {
    await using client = begin({ target: lab().services.web.spn.split('/')[1] });
    expect((await rejection(client.step())).hint).toContain('service/host');
  });

  test('whether the five minutes for clocks that differ are in the acceptor’s expiry', async () => {
    await using both = await connect({ flags: everything });
    const apart = (both.server.expiry?.getTime() ?? 0) - (both.client.expiry?.getTime() ?? 0);
    const minutes = Math.round(apart / 60_000);
    expect(perPlatform({ wine8: [5], windows: [0, 5] })).toContain(minutes);
  });

  test('the session key is the same on both sides, or the error says that there is none', async () => {
    await using both = await connect({ flags: [...everything, 'useSessionKey'] });
    const keyOf = (context: Connection['client']) => {
      try {
        return context.sessionKey().length;
      } catch (error) {
        return error as { code: string; hint: string };
      }
    };
    const none = expect.objectContaining({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      hint: expect.stringContaining('useSessionKey') as string,
    }) as unknown;
    expect(keyOf(both.client)).toEqual(perPlatform<unknown>({ wine8: none, wine10: 32, windows: 32 }));
    if (typeof keyOf(both.client) !== 'number') return;
    expect(both.client.sessionKey()).toEqual(both.server.sessionKey());
    expect(both.client.sessionKey().every((byte) => byte === 0)).toBe(false);
  });

  test('names are undefined under Wine, which has none to give; asking says so', async () => {
    await using both = await connect();
    expect(both.server.clientName).toBeUndefined();
    expect(both.server.nativeNames).toBeUndefined();
    expect(await rejection(both.server.queryAttribute('names'))).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION' });
    expect(await rejection(credentials.outbound.name())).toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      api: 'QueryCredentialsAttributes',
    });
  });

  test('impersonation that the platform refuses does not run the function', async () => {
    await using both = await connect();
    const fn = jest.fn(() => 1);
    const error = thrown(() => both.server.impersonate(fn));
    expect(error).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION', api: 'ImpersonateSecurityContext' });
    expect(error.hint).toBe('Wine has no impersonation.');
    expect(fn).not.toHaveBeenCalled();
  });

  test('twenty handshakes at once of one credential', async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect({ flags: everything })));
    for (const { client, server } of connections) {
      expect(server.unwrap(client.wrap(Buffer.from('mine')))).toEqual(Buffer.from('mine'));
    }
    const [one, other] = connections;
    const strange = one?.client.wrap(Buffer.from('for another'));
    expect(thrown(() => other?.server.unwrap(strange ?? Buffer.alloc(0))).code).toMatch(/^SEC_E_/);
    await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));
  });

  test('credentials of one use serve no other', async () => {
    expect(thrown(() => initiate(credentials.inbound))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(thrown(() => accept(credentials.outbound))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test('credentials for both uses serve both, where the package has such', async () => {
    const acquiring = acquireCredentials({ package: 'Kerberos', use: 'both' });
    if (perPlatform({ wine8: 'refused', wine10: 'given', windows: 'given' }) === 'refused') {
      expect(await rejection(acquiring)).toMatchObject({
        code: 'SEC_E_UNKNOWN_CREDENTIALS',
        api: 'AcquireCredentialsHandle',
      });
      return;
    }
    await using credentials = await acquiring;
    await using both = await drive(initiate(credentials, { target: lab().services.web.spn }), accept(credentials));
    expect(both.server.package).toBe('Kerberos');
  });

  test('a principal that there is no key for', async () => {
    const principal = lab().services.unknown.spn;
    expect(await rejection(acquireCredentials({ package: 'Kerberos', use: 'inbound', principal }))).toMatchObject({
      code: 'SEC_E_NO_CREDENTIALS',
    });
    const { spn } = lab().services.web;
    await using named = await acquireCredentials({ package: 'Kerberos', use: 'inbound', principal: spn });
    await using client = begin();
    await using server = accept(named);
    expect(await server.step((await client.step()).token)).toMatchObject({ expectsReply: false });
  });
});
