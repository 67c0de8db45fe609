/** @tickets alice */
import { accept, acquireCredentials, initiate, SspiError } from 'sspi';
import { readFileSync } from 'node:fs';
import { spnegoAround } from './support/spnego';
import type { AcceptOptions, Explanation, Identity, InitiateOptions } from 'sspi';

/**
 * What real failures look like and how they explain themselves: Wine's secur32 against Samba's domain controller. Wine says
 * less than Windows: its Kerberos has SEC_E_INTERNAL_ERROR for whatever libgssapi refuses.
 */
interface LabUser {
  readonly name: string;
  readonly password: string;
}
interface Lab {
  readonly realm: string;
  readonly users: Readonly<Record<'alice' | 'disabled' | 'expired' | 'mustChangePassword', LabUser>>;
}

const file = process.env['SSPI_LAB'];
if (file === undefined) throw new Error('SSPI_LAB names no laboratory: run this with scripts/lab/wnode');
const lab = JSON.parse(readFileSync(file, 'utf8')) as Lab;
const { users, realm } = lab;

const web = 'HTTP/web.corp.test';

interface Attempt {
  readonly package: string;
  readonly identity?: Identity;
  readonly initiate?: InitiateOptions;
  readonly accept?: AcceptOptions;
}

/** Runs a sign-on that must fail. */
async function failure(attempt: Attempt): Promise<SspiError> {
  const { package: name, identity } = attempt;
  try {
    await using outbound = await acquireCredentials({
      package: name,
      use: 'outbound',
      ...(identity === undefined ? {} : { identity }),
    });
    await using inbound = await acquireCredentials({ package: name, use: 'inbound' });
    await using client = initiate(outbound, { target: web, flags: ['mutualAuth'], ...attempt.initiate });
    await using server = accept(inbound, attempt.accept);
    let leg = await client.step();
    for (;;) {
      const answer = leg.token === undefined ? undefined : await server.step(leg.token);
      if (!leg.expectsReply) break;
      leg = await client.step(answer?.token);
    }
  } catch (error) {
    if (SspiError.isSspiError(error)) return error;
    throw error;
  }
  throw new Error('It was expected to fail, and did not');
}

const names = ({ causes }: Explanation): string[] => causes.map(({ cause }) => cause);
const kinds = ({ exchange }: Explanation): (string | undefined)[] => exchange.map(({ token }) => token?.kind);
const of = ({ name: user, password }: LabUser, domain = realm): Identity => ({ user, domain, password });
const evidenceFor = ({ causes }: Explanation, cause: string): string =>
  causes.find((entry) => entry.cause === cause)?.because.join('\n') ?? '';

describe('Kerberos with alice’s tickets', () => {
  test('unknown SPN', async () => {
    const error = await failure({ package: 'Kerberos', initiate: { target: 'HTTP/unknown.corp.test' } });
    expect(error).toMatchObject({ code: 'SEC_E_INTERNAL_ERROR', api: 'InitializeSecurityContext', leg: 0 });
    const why = error.explain();
    expect(names(why)[0]).toBe('spn-unknown');
    expect(evidenceFor(why, 'spn-unknown')).toContain('HTTP/unknown.corp.test');
    expect(why.facts).toMatchObject({
      role: 'initiator',
      account: 'the current user',
      wine: expect.any(String) as string,
    });
  });

  test('a service of a realm that nobody knows', async () => {
    const why = (await failure({ package: 'Kerberos', initiate: { target: 'HTTP/web.elsewhere.test' } })).explain();
    expect(names(why)[0]).toBe('spn-unknown');
  });

  test('stale key: the ticket is shown, and named as the likely cause', async () => {
    const error = await failure({
      package: 'Kerberos',
      initiate: { target: 'HTTP/stale.corp.test', flags: ['mutualAuth'] },
    });
    expect(error).toMatchObject({ code: 'SEC_E_INTERNAL_ERROR', api: 'AcceptSecurityContext', leg: 0 });
    const why = error.explain();
    expect(names(why)[0]).toBe('stale-key');
    expect(evidenceFor(why, 'stale-key')).toContain('The ticket is for HTTP/stale.corp.test');
    expect(kinds(why)).toEqual(['krb-ap-req']);
  });

  test('an IP address, and no target at all', async () => {
    const address = await failure({ package: 'Kerberos', initiate: { target: 'HTTP/127.0.0.1' } });
    expect(address.code).toBe('SEC_E_INTERNAL_ERROR');
    expect(names(address.explain())[0]).toBe('address-as-target');
    const none = await failure({ package: 'Kerberos', initiate: { target: undefined } });
    expect(names(none.explain())[0]).toBe('no-target');
  });

  test('Negotiate without a ticket for the target has no password to go on with', async () => {
    const error = await failure({ package: 'Negotiate', initiate: { target: 'HTTP/unknown.corp.test' } });
    // Wine 8 fails at once; Wine 10 begins NTLM and has no answer to the challenge.
    expect(error.api).toBe('InitializeSecurityContext');
    expect(`${error.code} on leg ${error.leg}`).toMatch(/^SEC_E_(NO_CREDENTIALS on leg 0|INVALID_TOKEN on leg 1)$/);
    expect(names(error.explain()).slice(0, 2).sort()).toEqual(['no-credentials', 'spn-unknown']);
  });
});

describe('Kerberos with an explicit identity', () => {
  test.each([
    ['a wrong password', { user: 'alice', domain: realm, password: 'nope' }, 'wrong-password'],
    ['an unknown user', { user: 'nobody-here', domain: realm, password: 'nope' }, 'unknown-user'],
    ['a disabled account', of(users.disabled), 'account-disabled'],
    ['an expired account', of(users.expired), 'account-expired'],
    ['a password that must be changed', of(users.mustChangePassword), 'password-expired'],
    ['a realm that nobody knows', of(users.alice, 'NOWHERE.TEST'), 'wrong-realm'],
  ] as const)('%s is among the causes of an unexplained refusal', async (_, identity, cause) => {
    const error = await failure({ package: 'Kerberos', identity });
    expect(error).toMatchObject({ code: 'STATUS_UNSUCCESSFUL', api: 'AcquireCredentialsHandle' });
    const why = error.explain();
    expect(names(why)).toContain(cause);
    expect(why.facts.account).toBe(`${identity.domain}\\${identity.user}`);
    expect(`${String(why)}${JSON.stringify(why)}`).not.toContain(identity.password);
  });

  test('a domain that is no realm comes first', async () => {
    const why = (await failure({ package: 'Kerberos', identity: of(users.alice, 'CORP') })).explain();
    expect(names(why)[0]).toBe('wrong-realm');
    expect(evidenceFor(why, 'wrong-realm')).toContain('CORP looks like a NetBIOS name');
  });
});

describe('NTLM, verified by the domain controller', () => {
  test.each([
    ['a wrong password', { user: 'alice', domain: 'CORP', password: 'nope' }, 'wrong-password'],
    ['a disabled account', of(users.disabled, 'CORP'), 'account-disabled'],
    ['an expired account', of(users.expired, 'CORP'), 'account-expired'],
    ['a password that must be changed', of(users.mustChangePassword, 'CORP'), 'password-expired'],
  ] as const)('%s', async (_, identity, cause) => {
    const error = await failure({ package: 'NTLM', identity });
    expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', api: 'AcceptSecurityContext', leg: 1 });
    const why = error.explain();
    expect(names(why)).toContain(cause);
    expect(kinds(why)).toEqual(['ntlm-negotiate', 'ntlm-challenge', 'ntlm-authenticate']);
    expect(evidenceFor(why, 'wrong-password')).toContain(`CORP\\${identity.user}`);
    expect(`${String(why)}${JSON.stringify(why)}`).not.toContain(identity.password);
  });

  test('without an identity there is nothing to answer the challenge with', async () => {
    const error = await failure({ package: 'NTLM' });
    expect(error).toMatchObject({ code: 'SEC_E_INVALID_TOKEN', api: 'InitializeSecurityContext', leg: 1 });
    expect(names(error.explain())[0]).toBe('no-credentials');
  });
});

describe('NTLM where mutual authentication was required', () => {
  const required: InitiateOptions = { require: { flags: ['mutualAuth'] } };

  test('the package is NTLM', async () => {
    const error = await failure({ package: 'NTLM', identity: of(users.alice, 'CORP'), initiate: required });
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'] });
    const why = error.explain();
    expect(names(why)[0]).toBe('ntlm-instead-of-kerberos');
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain('for the package NTLM itself');
    expect(why.facts).toMatchObject({ missing: ['mutualAuth'], requestedFlags: ['mutualAuth'] });
  });

  test('Negotiate fell back, as the identity’s domain is no realm', async () => {
    const error = await failure({ package: 'Negotiate', identity: of(users.alice, 'CORP'), initiate: required });
    const why = error.explain();
    expect(names(why)[0]).toBe('ntlm-instead-of-kerberos');
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain('domain CORP is no realm in full');
  });

  test('Negotiate fell back for an IP address', async () => {
    const initiateOptions = { ...required, target: 'HTTP/127.0.0.1' };
    const error = await failure({ package: 'Negotiate', identity: of(users.alice), initiate: initiateOptions });
    const why = error.explain();
    expect(names(why)[0]).toBe('ntlm-instead-of-kerberos');
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain('is an IP address');
  });
});

describe('tokens for somebody else', () => {
  /** What an acceptor ends with for a first token. */
  async function refusal(packageName: string, token: Buffer): Promise<SspiError> {
    await using credentials = await acquireCredentials({ package: packageName, use: 'inbound' });
    await using server = accept(credentials);
    const error: unknown = await server.step(token).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (SspiError.isSspiError(error)) return error;
    throw new Error('It was expected to be refused, and was not');
  }

  async function apReq(): Promise<Buffer> {
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    await using client = initiate(credentials, { target: web });
    return (await client.step()).token as Buffer;
  }

  test('SPNEGO to Kerberos: libgssapi beneath Wine opens a good one, and a damaged one is named', async () => {
    const whole = spnegoAround(await apReq());
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'inbound' });
    await using server = accept(credentials);
    expect((await server.step(whole)).status).toBeLessThan(0x80000000);
    const error = await refusal('Kerberos', whole.subarray(0, 700));
    expect(error.code).toMatch(/^SEC_E_(INTERNAL_ERROR|INVALID_TOKEN)$/); // Wine 8, Wine 10
    expect(names(error.explain())[0]).toBe('spnego-to-kerberos');
  });

  test('the end of SPNEGO to Kerberos', async () => {
    const error = await refusal('Kerberos', Buffer.from('a1073005a0030a0100', 'hex'));
    expect(error.code).toBe('SEC_E_INVALID_TOKEN');
    expect(names(error.explain())[0]).toBe('spnego-to-kerberos');
  });

  test('NTLM to Kerberos', async () => {
    const ntlm = Buffer.from('4e544c4d5353500001000000978208e2000000000000000000000000000000000a00ba470000000f', 'hex');
    const error = await refusal('Kerberos', ntlm);
    expect(error.code).toBe('SEC_E_SECPKG_NOT_FOUND');
    expect(names(error.explain())[0]).toBe('token-of-other-package');
  });

  test('half a ticket to Kerberos', async () => {
    const whole = await apReq();
    const error = await refusal('Kerberos', whole.subarray(0, 700));
    expect(names(error.explain())[0]).toBe('damaged-token');
  });
});

describe('what the bytes in hand show', () => {
  const outbound = (packageName: string, identity?: Identity) =>
    acquireCredentials({ package: packageName, use: 'outbound', ...(identity === undefined ? {} : { identity }) });
  const inbound = (packageName: string) => acquireCredentials({ package: packageName, use: 'inbound' });
  const alice = of(users.alice, 'CORP');

  /** The error of the last of some steps. */
  async function refused(steps: () => Promise<unknown>): Promise<SspiError> {
    const error: unknown = await steps().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (SspiError.isSspiError(error)) return error;
    throw new Error('It was expected to be refused, and was not');
  }

  test.each([
    ['SEAL', ['integrity'], ['integrity', 'confidentiality']],
    ['SIGN', [], ['integrity']],
  ] as const)('mandatory feature %s is no wrong password', async (feature, offered, wanted) => {
    const attempt = { package: 'NTLM', identity: alice, initiate: { flags: offered }, accept: { flags: wanted } };
    const error = await failure(attempt);
    expect(error.code).toBe('SEC_E_LOGON_DENIED');
    expect(names(error.explain())).toEqual(['protection-not-offered']);
    expect(evidenceFor(error.explain(), 'protection-not-offered')).toContain(`NTLMSSP_NEGOTIATE_${feature}`);
    expect(error.hint).toContain('does not offer it');
  });

  test.each(['NTLM', 'Negotiate'])('an empty password given to %s is no token of another connection', async (name) => {
    const error = await failure({ package: name, identity: { ...alice, password: '' } });
    expect(names(error.explain())).toEqual(['empty-password']);
    expect(error.hint).toContain('password is empty');
  });

  test('a replayed AP-REQ is no stale key', async () => {
    await using client = await outbound('Kerberos');
    await using server = await inbound('Kerberos');
    const { token } = await initiate(client, { target: web }).step();
    await accept(server).step(token);
    const error = await refused(() => accept(server).step(token));
    expect(names(error.explain())).toEqual(['token-of-other-connection']);
    expect(evidenceFor(error.explain(), 'token-of-other-connection')).toContain('replay');
  });

  test('an AP-REP for another ticket is no unknown name', async () => {
    await using client = await outbound('Kerberos');
    await using server = await inbound('Kerberos');
    const first = initiate(client, { target: web, flags: ['mutualAuth'] });
    const second = initiate(client, { target: web, flags: ['mutualAuth'] });
    const { token } = await first.step();
    await second.step();
    const { token: answer } = await accept(server).step(token);
    const error = await refused(() => second.step(answer));
    expect(names(error.explain())[0]).toBe('token-of-other-connection');
    expect(names(error.explain())).not.toContain('spn-unknown');
    expect(error.hint).not.toContain('account owns');
  });

  test.each(['NTLM', 'Kerberos'])('a token of %s fed back is this side’s own', async (name) => {
    await using client = await outbound(name, name === 'NTLM' ? alice : undefined);
    const handshake = initiate(client, { target: web, flags: ['mutualAuth'] });
    const { token } = await handshake.step();
    const error = await refused(() => handshake.step(token));
    expect(names(error.explain())[0]).toBe('token-of-this-side');
  });

  test.each(['NTLM', 'Negotiate'])(
    'an AUTHENTICATE on a fresh acceptor of %s is of another connection',
    async (name) => {
      await using client = await outbound('NTLM', alice);
      await using server = await inbound('NTLM');
      await using fresh = await inbound(name);
      const initiator = initiate(client, { target: web });
      const { token: negotiate } = await initiator.step();
      const { token: challenge } = await accept(server).step(negotiate);
      const { token: authenticate } = await initiator.step(challenge);
      const error = await refused(() => accept(fresh).step(authenticate));
      expect(names(error.explain())[0]).toBe('token-of-other-connection');
      expect(names(error.explain())).not.toContain('damaged-token');
    },
  );

  test('two tokens joined are not whole', async () => {
    await using client = await outbound('Kerberos');
    await using server = await inbound('Kerberos');
    const { token } = await initiate(client, { target: web }).step();
    const error = await refused(() => accept(server).step(Buffer.concat([token as Buffer, token as Buffer])));
    expect(names(error.explain())).toEqual(['damaged-token']);
  });

  test('an HTTP answer on a TLS port is another protocol', async () => {
    await using client = await outbound('Schannel');
    const handshake = initiate(client, { target: 'web.corp.test' });
    const error = await refused(async () => {
      for await (const leg of handshake.legs([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]))
        expect(leg.token).toBeDefined();
    });
    expect(names(error.explain())[0]).toBe('other-protocol');
  });

  test('a TLS alert says why, and Schannel is no Kerberos', async () => {
    await using client = await outbound('Schannel');
    const handshake = initiate(client, { target: 'web.corp.test' });
    await handshake.step();
    const error = await refused(() => handshake.step(Buffer.from('15030300020246', 'hex')));
    expect(evidenceFor(error.explain(), 'no-common-protocol')).toContain('protocol_version');
    expect(`${error.hint}${JSON.stringify(error.explain().causes)}`).not.toContain('Kerberos');
  });
});
