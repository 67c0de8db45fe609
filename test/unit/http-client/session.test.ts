/** The tokens of one sign-on, without a connection. */
import { accept, acquireCredentials, type Handshake } from 'sspi';
import { cleanUp, domain, onCleanUp, scripted } from '../http/support';
import { ClientCredentials } from '#lib/http/client/credentials';
import { proxyChallenge, serverChallenge } from '#lib/http/client/sign-on/challenge';
import { SignOnSession, type SignOnTarget } from '#lib/http/client/sign-on/session';

afterEach(cleanUp);

const origin = 'https://web.example.test';
const bytes = (text: string): string => Buffer.from(text).toString('base64');

function session(
  target: Partial<SignOnTarget> = {},
  signal?: AbortSignal,
  credentials = new ClientCredentials(),
): SignOnSession {
  const all: SignOnTarget = {
    kind: serverChallenge,
    origin,
    spns: ['HTTP/web.example.test'],
    ntlm: false,
    delegate: false,
    mutualAuth: true,
    ...target,
  };
  const made = new SignOnSession(all, credentials, signal);
  onCleanUp(async () => {
    await made.dispose();
    await credentials.dispose();
  });
  return made;
}

async function acceptor(): Promise<Handshake> {
  const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
  const server = accept(credentials);
  onCleanUp(async () => {
    await server.dispose();
    await credentials.dispose();
  });
  return server;
}

const tokenOf = (value: string): Buffer => Buffer.from(value.split(' ')[1] ?? '', 'base64');

test.each(['Kerberos', 'Negotiate', 'NTLM'] as const)(
  'credentials of %s that were passed, where only NTLM is offered',
  async (name) => {
    const provider = domain();
    const given = await acquireCredentials({ package: name, use: 'outbound' });
    onCleanUp(() => given.dispose());
    const client = session({ ntlm: true }, undefined, new ClientCredentials({ credentials: given }));
    const begun = client.begin(['NTLM']);
    if (name === 'NTLM') {
      expect(await begun).toMatchObject({ value: expect.stringMatching(/^NTLM /) as string });
      return;
    }
    await expect(begun).rejects.toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
      message: expect.stringContaining(
        `credentials are those of ${name}, and only the scheme NTLM is offered`,
      ) as string,
    });
    expect(provider.liveCounts().contexts).toBe(0);
  },
);

test('Kerberos: one leg, and the server’s token is fed in', async () => {
  domain();
  const [client, server] = [session(), await acceptor()];
  const leg = await client.begin(['Negotiate']);
  expect(leg).toMatchObject({ field: 'Authorization', expectsReply: true });
  const { token } = await server.step(tokenOf(leg.value));
  const challenges = [`Negotiate ${token?.toString('base64') ?? ''}`];
  expect(await client.answered({ status: 200, challenges })).toBeUndefined();
  expect(client.package).toBe('Kerberos');
});

test('NTLM: two legs, to a proxy', async () => {
  domain();
  const client = session({ kind: proxyChallenge, spns: ['HTTP/127.0.0.1'], ntlm: true });
  const server = await acceptor();
  const first = await client.begin(['Negotiate', 'NTLM']);
  expect(first.field).toBe('Proxy-Authorization');
  const { token } = await server.step(tokenOf(first.value));
  const second = await client.answered({ status: 407, challenges: [`Negotiate ${token?.toString('base64') ?? ''}`] });
  expect(second?.expectsReply).toBe(false);
  await server.step(tokenOf(second?.value ?? ''));
  expect(server.context.clientName).toBe('EXAMPLE\\alice');
  expect(await client.answered({ status: 200, challenges: [] })).toBeUndefined();
  expect(client.byNtlm).toBe(true);
});

test.each([
  [['Negotiate'], true],
  [['negotiate, Basic realm="a"'], true],
  [['Basic realm="Negotiate"'], false],
  [['NTLM'], false],
  [[], false],
])('%j can be answered: %s', (challenges, can) => {
  expect(session().accepts(challenges)).toBe(can);
});

test('NTLM as a scheme only where NTLM is permitted', async () => {
  domain();
  const client = session({ ntlm: true });
  expect(client.accepts(['Basic', 'NTLM'])).toBe(true);
  expect((await client.begin(['Basic', 'NTLM'])).value).toMatch(/^NTLM /);
});

describe('ends in a coded error', () => {
  const later = { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('leg') } as const;

  test('for a server that asks again without a token', async () => {
    scripted({ initiator: [later] });
    const client = session();
    await client.begin();
    await expect(client.answered({ status: 401, challenges: ['Negotiate'] })).rejects.toMatchObject({
      code: 'SEC_E_LOGON_DENIED',
      status: 0x8009030c,
      message: expect.stringContaining('refused the sign-on (HTTP 401)') as string,
    });
  });

  test('for a 401 after success, token or not', async () => {
    scripted({ initiator: [{ status: 'SEC_E_OK', token: Buffer.from('all'), flags: ['mutualAuth'] }] });
    const client = session();
    await client.begin();
    for (const challenges of [['Negotiate'], [`Negotiate ${bytes('x')}`]]) {
      await expect(client.answered({ status: 401, challenges })).rejects.toMatchObject({ code: 'SEC_E_LOGON_DENIED' });
    }
  });

  test('for a change of scheme in the middle', async () => {
    scripted({ initiator: [later, later] });
    const client = session({ ntlm: true });
    await client.begin(['Negotiate']);
    await expect(client.answered({ status: 401, challenges: [`NTLM ${bytes('x')}`] })).rejects.toMatchObject({
      code: 'SEC_E_LOGON_DENIED',
    });
  });

  test('for success without the server’s token', async () => {
    domain();
    const client = session();
    await client.begin();
    await expect(client.answered({ status: 200, challenges: [] })).rejects.toMatchObject({
      code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
      missing: ['mutualAuth'],
    });
  });

  test('but not if the caller does not require it', async () => {
    domain();
    const client = session({ mutualAuth: false });
    expect((await client.begin()).expectsReply).toBe(false);
    expect(await client.answered({ status: 200, challenges: [] })).toBeUndefined();
  });

  test('for a token that the package refuses', async () => {
    domain();
    const client = session();
    await client.begin();
    await expect(client.answered({ status: 200, challenges: [`Negotiate ${bytes('garbage')}`] })).rejects.toMatchObject(
      { code: 'SEC_E_INVALID_TOKEN' },
    );
  });

  test('for success while this side still owes a leg', async () => {
    scripted({ initiator: [later, later] });
    const client = session();
    await client.begin();
    await expect(client.answered({ status: 200, challenges: [`Negotiate ${bytes('x')}`] })).rejects.toMatchObject({
      code: 'ERR_SSPI_PEER_ENDED',
    });
  });

  test('for legs without end', async () => {
    scripted({ initiator: () => later });
    const client = session();
    await client.begin();
    const endless = async (): Promise<void> => {
      for (;;) await client.answered({ status: 401, challenges: [`Negotiate ${bytes('x')}`] });
    };
    await expect(endless()).rejects.toMatchObject({ code: 'ERR_SSPI_BAD_ANSWER' });
  });

  test('when it is aborted, also while the credential is acquired', async () => {
    domain();
    await expect(session({}, AbortSignal.abort('reason')).begin()).rejects.toMatchObject({
      code: 'ERR_SSPI_ABORTED',
      cause: 'reason',
    });
  });
});

describe('NTLM that is not permitted never leaves', () => {
  test('the credential excludes it', async () => {
    domain();
    await expect(session({ spns: ['HTTP/10.0.0.1'] }).begin()).rejects.toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
  });

  test('by the signature of the token', async () => {
    scripted({ initiator: [{ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('NTLMSSP\0\x01\0\0\0', 'latin1') }] });
    await expect(session().begin()).rejects.toMatchObject({
      code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
      message: expect.stringContaining(origin) as string,
    });
  });

  test('by what was negotiated', async () => {
    scripted({ initiator: [{ status: 'SEC_E_OK', token: Buffer.from('all') }], negotiated: 'NTLM' });
    await expect(session().begin()).rejects.toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET' });
  });
});

describe('candidates', () => {
  const spns = ['HTTP/alias.example.test', 'HTTP/web.example.test', 'HTTP/other.example.test'];

  test('the next one only after SEC_E_TARGET_UNKNOWN', async () => {
    const provider = domain({ services: ['HTTP/web.example.test'] });
    await session({ spns, ntlm: true }).begin();
    expect(provider.callsOf('InitializeSecurityContext').map(({ target }) => target)).toEqual(spns.slice(0, 2));
  });

  test('NTLM only when no name is known', async () => {
    const provider = domain({ services: ['HTTP/nobody.example.test'] });
    await session({ spns, ntlm: true }).begin();
    const targets = provider.callsOf('InitializeSecurityContext').map(({ target }) => target);
    expect(targets).toEqual([...spns, spns[0]]);
  });

  test('no other one after another failure', async () => {
    const provider = scripted({ initiator: [{ status: 'SEC_E_NO_AUTHENTICATING_AUTHORITY' }] });
    await expect(session({ spns }).begin()).rejects.toMatchObject({ code: 'SEC_E_NO_AUTHENTICATING_AUTHORITY' });
    expect(provider.callsOf('InitializeSecurityContext')).toHaveLength(1);
  });
});

test('delegation and mutual authentication are requested as the target says', async () => {
  const provider = domain();
  await session({ delegate: true, mutualAuth: false }).begin();
  await session({ mutualAuth: false }).begin();
  const [delegating, plain] = provider.callsOf('InitializeSecurityContext').map(({ flags }) => flags);
  expect((delegating ?? 0) & 3).toBe(3); // ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH
  expect((plain ?? 0) & 3).toBe(0);
});
