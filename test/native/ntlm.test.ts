/**
 * NTLM with explicit identities, verified by the domain controller (through winbind under Wine).
 * @tickets none
 */
import {
  accept,
  acquireCredentials,
  initiate,
  type AcceptOptions,
  type Credentials,
  type Identity,
  type InitiateOptions,
} from 'sspi';
import { describeInDomain, lab, type LabUser } from './support/lab';
import { drive, driveLegs, driveOwning, type Connection } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { rejection, thrown } from '../outcome';
import { spnegoWithoutToken } from './support/spnego';
import { perPlatform } from './support/platform';

leavesNothingAlive();

const identityOf = (user: LabUser): Identity => ({
  user: user.name,
  domain: lab().workgroup,
  password: user.password,
});

const acquire = (identity?: Identity): Promise<Credentials> =>
  acquireCredentials({ package: 'NTLM', use: 'outbound', ...(identity && { identity }) });

const course = [
  'client 0 SEC_I_CONTINUE_NEEDED',
  'server 0 SEC_I_CONTINUE_NEEDED',
  'client 1 SEC_E_OK',
  'server 1 SEC_E_OK',
];

describeInDomain('NTLM', () => {
  let inbound: Credentials;
  beforeAll(async () => {
    inbound = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
  });
  afterAll(() => inbound.dispose());

  async function logOn(
    identity: Identity,
    options: InitiateOptions = {},
    accepting: AcceptOptions = {},
    run = drive,
  ): Promise<Connection> {
    const outbound = await acquire(identity);
    const client = initiate(outbound, options);
    const server = accept(inbound, accepting);
    return driveOwning(outbound, client, server, run);
  }

  test.each(['alice', 'bob', 'nonAscii'] as const)('the right password of %s', async (role) => {
    await using both = await logOn(identityOf(lab().users[role]));
    expect(both.course).toEqual(course);
    expect(both.tokens.map((token) => token.toString('latin1', 0, 7))).toEqual(['NTLMSSP', 'NTLMSSP', 'NTLMSSP']);
    expect([both.client.package, both.server.package]).toEqual(['NTLM', 'NTLM']);
  });

  test('legs(): three legs to send, and the server’s last has no token', async () => {
    await using both = await logOn(identityOf(lab().users.alice), {}, {}, driveLegs);
    expect(both.course).toEqual(course.slice(0, 3));
  });

  test.each<[string, () => Identity]>([
    ['user@domain', () => ({ user: `alice@${lab().dnsDomain}`, password: lab().users.alice.password })],
    ['DOMAIN\\user', () => ({ user: `${lab().workgroup}\\alice`, password: lab().users.alice.password })],
    ['no domain', () => ({ user: 'alice', password: lab().users.alice.password })],
    ['the DNS domain', () => ({ ...identityOf(lab().users.alice), domain: lab().dnsDomain })],
  ])('%s', async (_, identity) => {
    await using both = await logOn(identity());
    expect(both.course).toEqual(course);
  });

  // All of these are one status for the server. Windows' LSASS tells disabled, expired and must-change apart in its log only.
  test.each<[string, () => Identity]>([
    ['a wrong password', () => ({ ...identityOf(lab().users.alice), password: 'not-the-password' })],
    ['an unknown user', () => ({ ...identityOf(lab().users.alice), user: 'nobody' })],
    ['an unknown domain', () => ({ ...identityOf(lab().users.alice), domain: 'NOWHERE' })],
    ['a disabled account', () => identityOf(lab().users.disabled)],
    ['an expired account', () => identityOf(lab().users.expired)],
    ['a password that must be changed first', () => identityOf(lab().users.mustChangePassword)],
    ['a wrong password outside ASCII', () => ({ ...identityOf(lab().users.nonAscii), password: 'Paßwörd' })],
  ])('%s: SEC_E_LOGON_DENIED, which only the server learns, on its second leg', async (_, identity) => {
    const error = await rejection(logOn(identity(), {}, { flags: ['extendedError'] }));
    expect(error).toMatchObject({
      code: 'SEC_E_LOGON_DENIED',
      status: 0x8009030c,
      api: 'AcceptSecurityContext',
      leg: 1,
    });
    expect(error.hint).toContain('password');
    expect(error.token).toBeUndefined();
  });

  test.each<[string, Identity | undefined]>([
    ['no identity', undefined],
    ['an empty password', { user: 'alice', domain: 'CORP', password: '' }],
  ])('%s: Wine has nothing to answer the challenge with', async (_, identity) => {
    await using outbound = await acquire(identity);
    await using client = initiate(outbound);
    await using server = accept(inbound);
    const challenge = await server.step((await client.step()).token);
    // Windows uses the logged-on user, and takes an empty password for one.
    expect(await rejection(client.step(challenge.token))).toMatchObject({
      code: 'SEC_E_INVALID_TOKEN',
      api: 'InitializeSecurityContext',
      leg: 1,
    });
  });

  test('requirements not met: NTLM is never mutual; what is missing is named, and no context is handed out', async () => {
    await using outbound = await acquire(identityOf(lab().users.alice));
    await using client = initiate(outbound, {
      target: lab().services.web.spn,
      flags: ['mutualAuth', 'confidentiality'],
      require: { flags: ['mutualAuth', 'confidentiality'] },
    });
    await using server = accept(inbound);
    const challenge = await server.step((await client.step()).token);
    const error = await rejection(client.step(challenge.token));
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'], leg: 1 });
    expect(error.hint).toContain('NTLM never proves the server’s identity');
    expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error });
    // The token is on the error: the caller decides whether the server may finish.
    expect(await server.step(error.token)).toMatchObject({ expectsReply: false });
  });

  test('only the granted flags count', async () => {
    const flags = ['confidentiality', 'integrity', 'mutualAuth', 'delegate'] as const;
    await using both = await logOn(identityOf(lab().users.alice), { flags }, { flags });
    expect(both.client.flags).toEqual(['confidentiality', 'integrity']);
    await using plain = await logOn(identityOf(lab().users.alice));
    expect(plain.client.flags).toEqual([]);
    expect(thrown(() => plain.client.wrap(Buffer.from('x')))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
  });

  test('Wine’s acceptor has no keys: it grants no protection, and wrap refuses rather than send plain text', async () => {
    const flags = ['confidentiality', 'integrity'] as const;
    await using both = await logOn(identityOf(lab().users.alice), { flags }, { flags });
    // Windows grants both; so does Wine after version 10, going by its source.
    expect(both.server.flags).toEqual([]);
    expect(thrown(() => both.server.wrap(Buffer.from('secret')))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
    for (const work of [
      () => both.server.unwrap(both.client.wrap(Buffer.from('hello'))),
      () => both.server.wrap(Buffer.from('hello'), { encrypt: false }),
      () => both.server.sign(Buffer.from('hello')),
      () => both.server.verify(Buffer.from('hello'), both.client.sign(Buffer.from('hello'))),
    ]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_NOT_PROTECTED' });
    }
    const error = await rejection(
      logOn(identityOf(lab().users.alice), { flags }, { flags, require: { flags: ['confidentiality'] } }),
    );
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['confidentiality'] });
  });

  test('a client that asked for no protection gets none: no dummy signature, and none is taken', async () => {
    await using both = await logOn(identityOf(lab().users.alice), { flags: [] }, { flags: [] });
    expect(both.client.flags).not.toContain('integrity');
    const dummy = Buffer.from('01000000000000000000000000000000', 'hex'); // MS-NLMP 3.4.4
    for (const work of [
      () => both.client.sign(Buffer.from('hello')),
      () => both.client.verify(Buffer.from('hello'), dummy),
      () => both.client.wrap(Buffer.from('hello'), { encrypt: false }),
      () => both.client.unwrap(Buffer.concat([dummy, Buffer.from('hello')])),
    ]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_NOT_PROTECTED' });
    }
  });

  test('the client seals: TOKEN of 16 bytes, then DATA; signing alone shows the data', async () => {
    const flags = ['confidentiality', 'integrity'] as const;
    await using both = await logOn(identityOf(lab().users.alice), { flags }, { flags });
    for (const size of [0, 1, 1000, 65_536]) {
      const data = Buffer.alloc(size, 'data');
      const sealed = both.client.wrap(data);
      expect(sealed).toHaveLength(size + 16);
      if (size > 0) expect(sealed.subarray(16).equals(data)).toBe(false);
      expect(both.client.sign(data)).toHaveLength(16);
    }
  });

  test('bytes that are no message of NTLM’s', async () => {
    const flags = ['confidentiality', 'integrity'] as const;
    await using both = await logOn(identityOf(lab().users.alice), { flags }, { flags });
    for (const size of [0, 1, 15]) {
      // Windows: SEC_E_INVALID_TOKEN.
      expect(thrown(() => both.client.unwrap(Buffer.alloc(size)))).toMatchObject({ code: 'SEC_E_BUFFER_TOO_SMALL' });
    }
    for (const size of [16, 17, 100]) {
      expect(thrown(() => both.client.unwrap(Buffer.alloc(size)))).toMatchObject({ code: 'SEC_E_MESSAGE_ALTERED' });
    }
  });

  test('the session key', async () => {
    const flags = ['confidentiality', 'integrity'] as const;
    await using both = await logOn(identityOf(lab().users.alice), { flags }, { flags });
    const none = { code: 'SEC_E_UNSUPPORTED_FUNCTION', api: 'QueryContextAttributes' };
    const has = perPlatform({ wine8: false, wine10: true, windows: true });
    if (has) expect(both.client.sessionKey()).toEqual(both.server.sessionKey());
    else expect(thrown(() => both.client.sessionKey())).toMatchObject(none);
    if (has) expect(both.client.sessionKey()).toHaveLength(16);
  });

  test('a challenge meant for another context: the server does not let it in', async () => {
    await using outbound = await acquire(identityOf(lab().users.alice));
    await using one = initiate(outbound);
    await using other = initiate(outbound);
    await using serverOne = accept(inbound);
    await using serverOther = accept(inbound);
    const challengeOne = await serverOne.step((await one.step()).token);
    await serverOther.step((await other.step()).token);
    const answer = await one.step(challengeOne.token);
    expect((await rejection(serverOther.step(answer.token))).code).toBe('SEC_E_LOGON_DENIED');
    expect(serverOther.established).toBe(false);
    expect(await serverOne.step(answer.token)).toMatchObject({ expectsReply: false });
  });

  test.each([
    ['garbage', Buffer.from('garbage'), 'SEC_E_INTERNAL_ERROR'],
    ['one byte', Buffer.from([0x4e]), 'SEC_E_INTERNAL_ERROR'],
    ['the beginning of SPNEGO', spnegoWithoutToken.subarray(0, 10), 'SEC_E_INTERNAL_ERROR'],
  ])('a first token that is %s', async (_, token, code) => {
    await using server = accept(inbound, { flags: ['extendedError'] });
    // Windows: SEC_E_INVALID_TOKEN for each.
    const error = await rejection(server.step(token));
    expect(error).toMatchObject({ code, api: 'AcceptSecurityContext', leg: 0 });
    expect(error.token).toBeUndefined();
  });

  test('a first token that is 60,000 bytes', async () => {
    await using server = accept(inbound);
    const error = await rejection(server.step(Buffer.alloc(60_000)));
    const invalid = 'SEC_E_INVALID_TOKEN';
    expect(error.code).toBe(perPlatform({ wine8: 'ERR_SSPI_TOKEN_TOO_LARGE', wine10: invalid, windows: invalid }));
    expect(server.established).toBe(false);
  });

  test('names that are too long for a token', async () => {
    for (const identity of [
      { ...identityOf(lab().users.alice), user: 'x'.repeat(3000) },
      { ...identityOf(lab().users.alice), domain: 'X'.repeat(30_000) },
    ]) {
      // The token does not fit cbMaxToken, and the leg cannot be had again.
      expect(await rejection(logOn(identity))).toMatchObject({ code: 'SEC_E_BUFFER_TOO_SMALL', leg: 1 });
    }
  });

  test('a password that Wine’s NTLM would crash over is refused before', async () => {
    const error = await rejection(acquire({ ...identityOf(lab().users.alice), password: 'x'.repeat(1025) }));
    // Windows takes it, and answers SEC_E_LOGON_DENIED.
    expect(error.code).toBe('ERR_SSPI_INVALID_ARGUMENT');
    expect(await rejection(logOn({ ...identityOf(lab().users.alice), password: 'x'.repeat(1024) }))).toMatchObject({
      code: 'SEC_E_LOGON_DENIED',
    });
  });

  test('line breaks in names and passwords reach no helper’s command line', async () => {
    const identity = { user: 'alice\n--help', domain: 'CORP\n', password: 'x\ny' };
    expect(await rejection(logOn(identity))).toMatchObject({ code: 'SEC_E_LOGON_DENIED', leg: 1 });
  });
});
