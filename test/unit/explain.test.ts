import { inspect } from 'node:util';
import { SspiError, accept, acquireCredentials, initiate, secChannelBindings } from 'sspi';
import { bytes, drain, expectClean, rejection, script, thrown, CONTINUE } from './support';
import { failedAcceptor, failedAcquire, failedInitiator, krbError } from './explain-support';
import { hex, knownAnswers, mitKrb5, samba } from './inspect/support/data';
import { ctx, enumerated, int, octets, oid, oids, seq } from './inspect/support/der';
import { certificateStatuses, ntStatuses, securityStatuses, win32Statuses } from '#lib/errors/status-table';
import { decode } from 'sspi/inspect';
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { message, none, utf16, field, flags as ntlmFlags, version, u32 } from './inspect/support/ntlm';
import type { Explanation } from 'sspi';

afterEach(expectClean);

const target = 'HTTP/web.corp.test';
const mutual = { target, flags: ['mutualAuth' as const] };
const apReq = hex(mitKrb5.aes256_mutual[0]);
const [negotiate, challenge, authenticate] = (samba.exchanges['ntlmssp_v2_mic']?.messages ?? []).map(hex) as [
  Buffer,
  Buffer,
  Buffer,
];
const v1 = (samba.exchanges['ntlmssp_v1']?.messages ?? []).map(hex) as [Buffer, Buffer, Buffer];
const spnego = hex(knownAnswers.spnego_tokens.negTokenInit_krb5);

/** The first cause by name, with its likelihood. */
const first = ({ causes }: Explanation): string => `${causes[0]?.cause} ${causes[0]?.likelihood}`;
const names = ({ causes }: Explanation): string[] => causes.map(({ cause }) => cause);
const evidenceFor = ({ causes }: Explanation, cause: string): string =>
  causes.find((entry) => entry.cause === cause)?.because.join('\n') ?? '';

describe('what an explanation puts together', () => {
  test('the call, both sides’ tokens, flags, target and causes', async () => {
    const error = await failedInitiator(
      { ...mutual, flags: ['mutualAuth', 'confidentiality', 'delegate'] },
      { package: 'Kerberos', status: 'SEC_E_WRONG_PRINCIPAL', sent: [apReq], received: [krbError(41)] },
    );
    const why = error.explain();
    expect(why.call).toEqual({ api: 'InitializeSecurityContext', leg: 1, status: 0x80090322 });
    expect(why.facts).toEqual({
      role: 'initiator',
      package: 'Kerberos',
      mechanism: 'Kerberos',
      target,
      account: 'the current user',
      requestedFlags: ['delegate', 'mutualAuth', 'replayDetect', 'sequenceDetect', 'confidentiality'],
      grantedFlags: ['delegate', 'mutualAuth', 'replayDetect', 'sequenceDetect', 'confidentiality'],
      channelBindings: 'none',
    });
    expect(why.exchange.map(({ leg, direction, token }) => [leg, direction, token?.kind])).toEqual([
      [0, 'sent', 'krb-ap-req'],
      [1, 'received', 'krb-error'],
    ]);
    for (const { cause, because, check } of why.causes) {
      expect([cause, because.length > 0, check.length > 0]).toEqual([cause, true, true]);
    }
  });

  test('is a text that says so, and plain data', async () => {
    const error = await failedInitiator(mutual, { package: 'Kerberos', status: 'SEC_E_TARGET_UNKNOWN' });
    const why = error.explain();
    const text = String(why);
    expect(text).toContain('SEC_E_TARGET_UNKNOWN (0x80090303) from InitializeSecurityContext on leg 0');
    expect(text).toContain('target      HTTP/web.corp.test');
    expect(text).toMatch(/1\. No account owns the service principal name.*\n {5}because {2}/);
    expect(inspect(why)).toBe(text);
    const data = JSON.parse(JSON.stringify(why)) as Explanation;
    expect(data.code).toBe('SEC_E_TARGET_UNKNOWN');
    expect(data.causes).toEqual(why.causes);
  });

  test('a refused call’s error token is part of it, on the error or as a last leg', async () => {
    const said = krbError(37, { ctime: '20260102030405Z', stime: '20260102031005Z' });
    const failure = { package: 'Kerberos', status: 'SEC_E_LOGON_DENIED', received: [apReq], token: said } as const;
    const error = await failedAcceptor({ flags: ['extendedError'] }, failure);
    expect(error.explain().exchange.at(-1)).toMatchObject({ direction: 'sent', token: { kind: 'krb-error' } });
    script({ acceptor: [{ status: 0x8009030c, token: said }] });
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'inbound' });
    const driven = await drain(accept(credentials).legs([apReq]));
    expect(driven.error?.token).toBeUndefined();
    expect(driven.error?.explain().exchange.at(-1)).toMatchObject({ direction: 'sent', token: { kind: 'krb-error' } });
  });

  test('a damaged token is shown as far as it goes', async () => {
    const cut = challenge.subarray(0, 60);
    const error = await failedInitiator(mutual, {
      package: 'NTLM',
      status: 'SEC_E_INVALID_TOKEN',
      sent: [negotiate],
      received: [cut],
    });
    const shown = error.explain().exchange.at(-1);
    expect(shown).toMatchObject({ direction: 'received', length: 60, token: { kind: 'ntlm-challenge' } });
    expect(shown?.problem).toMatch(/byte \d+/);
  });

  test('only the last legs are kept', async () => {
    const received = Array.from({ length: 20 }, (_, i) => Buffer.from(`token ${i}`));
    const error = await failedInitiator(mutual, { status: 'SEC_E_INVALID_TOKEN', received });
    const { exchange } = error.explain();
    expect(exchange.at(-1)?.leg).toBe(20);
    expect(exchange[0]?.leg).toBe(13);
  });

  test('a stream’s piece that is given again with more bytes is one token', async () => {
    script({ acceptor: [{ status: 0x80090318 }, { status: 0x80090318 }, { status: 0x80090326 }] });
    await using credentials = await acquireCredentials({ package: 'Schannel', use: 'inbound' });
    await using server = accept(credentials);
    await server.step(bytes('a'));
    await server.step(bytes('b'));
    const error = await rejection(server.step(bytes('c')));
    expect(error.explain().exchange.map(({ length }) => length)).toEqual([3]);
  });
});

describe('nothing secret, nothing in the way', () => {
  test('no password, response or ticket is in the error or its explanation', async () => {
    const identity = { user: 'alice', domain: 'CORP', password: 'S3cret-Passphrase' };
    const error = await failedInitiator(mutual, {
      package: 'NTLM',
      status: 'SEC_E_LOGON_DENIED',
      credentials: { identity },
      sent: [negotiate, authenticate],
      received: [challenge, hex('a1073005a0030a0102')],
    });
    const why = error.explain();
    const all = [
      inspect(error, { showHidden: true, depth: 9 }),
      JSON.stringify(error),
      String(why),
      JSON.stringify(why),
      inspect(why, { showHidden: true, customInspect: false, depth: 20 }),
    ].join('\n');
    expect(all).not.toContain('S3cret');
    expect(why.facts.account).toBe('CORP\\alice');
    // The NT proof and the encrypted session key of the AUTHENTICATE message.
    const proofAt = authenticate.readUInt32LE(24);
    expect(all).not.toContain(authenticate.toString('hex', proofAt, proofAt + 16));
    expect(JSON.stringify(why)).toContain('"masked":true');
  });

  test('the error shows nothing of what it keeps', async () => {
    const error = await failedInitiator(mutual, { package: 'Kerberos', status: 'SEC_E_TARGET_UNKNOWN' });
    const shown = inspect(error, { showHidden: true, depth: 9 });
    expect(shown).not.toMatch(/evidence|legs|Buffer/);
    expect(Object.keys(error).sort()).toEqual(['api', 'code', 'leg', 'status']);
    expect(Reflect.ownKeys(error).map(String)).not.toContain('explain');
    expect(String(structuredClone(error))).toContain('SEC_E_TARGET_UNKNOWN');
  });

  test('tokens are kept by reference, and decoded only when somebody asks', () => {
    const program = `
      const { acquireCredentials, initiate } = require('sspi');
      const { scriptedProvider } = require('./dist/testing/scripted-provider');
      require('./dist/binding/load').useBinding(scriptedProvider({ initiator: [{ status: 0x90312 }, { status: 0x80090308 }] }));
      const loaded = () => Object.keys(require.cache).some((path) => /dist.(inspect|errors.explain)/.test(path));
      (async () => {
        const client = initiate(await acquireCredentials({ package: 'NTLM', use: 'outbound' }));
        await client.step();
        const error = await client.step(Buffer.from('x')).catch((error) => error);
        const before = loaded();
        console.log(JSON.stringify([before, error.explain().exchange.length, loaded()]));
      })();`;
    const shown = execFileSync(process.execPath, ['-e', program], {
      cwd: join(__dirname, '..', '..'),
      encoding: 'utf8',
    });
    expect(JSON.parse(shown)).toEqual([false, 1, true]);
  });

  test('an established handshake lets go of its tokens, and a context explains without them', async () => {
    script({
      initiator: [{ status: CONTINUE, token: negotiate }, { token: authenticate }],
      protectionFunctions: { decrypt: () => 0x8009030f },
      clientName: 'CORP\\alice',
    });
    await using credentials = await acquireCredentials({ package: 'NTLM', use: 'outbound' });
    await using client = initiate(credentials, { target, flags: ['confidentiality'] });
    await client.step();
    await client.step(challenge);
    // An initiator asks for names when they are read, and what it knows then is known to an explanation.
    expect(client.context.clientName).toBe('CORP\\alice');
    const why = thrown(() => client.context.unwrap(Buffer.alloc(40))).explain();
    expect(first(why)).toBe('message-altered likely');
    expect(why.exchange).toEqual([]);
    expect(why.facts).toMatchObject({
      target,
      mechanism: 'NTLM',
      clientName: 'CORP\\alice',
      grantedFlags: ['replayDetect', 'sequenceDetect', 'confidentiality'],
    });
  });

  test('an error that this class only made explains itself, too', () => {
    expect(first(new SspiError({ code: 'SEC_E_TIME_SKEW', message: 'm', status: 0x80090324 }).explain())).toBe(
      'clock-skew certain',
    );
    const odd = new SspiError({ code: 'SSPI_0x8009FFFF', message: 'odd', status: 0x8009ffff }).explain();
    expect(odd.causes).toMatchObject([{ cause: 'other', likelihood: 'possible', because: ['odd'] }]);
  });

  test('what failed before explains what failed', async () => {
    script({ initiator: [{ status: 0x80090324 }] });
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    const client = initiate(credentials, mutual);
    await rejection(client.step());
    const again = await rejection(client.step());
    expect(again.code).toBe('ERR_SSPI_HANDSHAKE_FAILED');
    expect(again.explain().code).toBe('SEC_E_TIME_SKEW');
  });
});

describe('Kerberos', () => {
  const kerberos = (status: string, extra: object = {}) =>
    failedInitiator(mutual, { package: 'Kerberos', status: status as never, ...extra });

  test('SPN unknown, or duplicate', async () => {
    const why = (await kerberos('SEC_E_TARGET_UNKNOWN')).explain();
    expect(names(why).slice(0, 2)).toEqual(['spn-unknown', 'spn-duplicate']);
    expect(evidenceFor(why, 'spn-unknown')).toContain(target);
    expect(first((await kerberos('SEC_E_MULTIPLE_ACCOUNTS')).explain())).toBe('spn-duplicate certain');
  });

  test('a target outside the account’s domain', async () => {
    const identity = { user: 'alice', domain: 'OTHER.TEST', password: 'p' };
    const why = (await kerberos('SEC_E_TARGET_UNKNOWN', { credentials: { identity } })).explain();
    expect(evidenceFor(why, 'wrong-realm')).toContain('not in the domain other.test');
    const home = { user: 'alice', domain: 'CORP.TEST', password: 'p' };
    const same = (await kerberos('SEC_E_TARGET_UNKNOWN', { credentials: { identity: home } })).explain();
    expect(evidenceFor(same, 'wrong-realm')).not.toContain('not in the domain');
  });

  test.each([
    ['no target', undefined, 'no-target certain'],
    ['an IPv4 address', 'HTTP/10.1.2.3', 'address-as-target certain'],
    ['an IPv4 address and a port', 'HTTP/10.1.2.3:8080', 'address-as-target certain'],
    ['an IPv6 address', 'HTTP/[fe80::1]:80', 'address-as-target certain'],
    ['a bare IPv6 address', 'HTTP/fe80::1', 'address-as-target certain'],
    ['a name like an address', 'HTTP/10.1.2.3.example.test', 'spn-unknown likely'],
  ])('%s as the target', async (_, named, expected) => {
    const error = await failedInitiator({ target: named }, { package: 'Kerberos', status: 'SEC_E_TARGET_UNKNOWN' });
    expect(first(error.explain())).toBe(expected);
  });

  test.each([
    ['SEC_E_WRONG_PRINCIPAL', 'stale-key likely'],
    ['SEC_E_TIME_SKEW', 'clock-skew certain'],
    ['SEC_E_NO_AUTHENTICATING_AUTHORITY', 'no-domain-controller likely'],
    ['SEC_E_KDC_UNKNOWN_ETYPE', 'encryption-type certain'],
    ['SEC_E_SMARTCARD_LOGON_REQUIRED', 'smart-card-required certain'],
    ['SEC_E_DELEGATION_POLICY', 'delegation-refused certain'],
    ['SEC_E_NO_CREDENTIALS', 'no-credentials likely'],
    ['SEC_E_LOGON_DENIED', 'wrong-password likely'],
  ])('%s', async (status, expected) => {
    expect(first((await kerberos(status)).explain())).toBe(expected);
  });

  test('a KRB-ERROR 7 that asks for user-to-user says nothing of the SPN', async () => {
    const eData = seq(seq(ctx(0, int(-128))));
    const why = (await kerberos('SEC_E_TARGET_UNKNOWN', { received: [krbError(7, { eData })] })).explain();
    const because = why.causes.flatMap((cause) => cause.because).join('\n');
    expect(because).toContain('accepts only user-to-user tickets');
    expect(because).not.toContain('no account owns this');
  });

  test.each([
    [6, 'unknown-user likely'],
    [7, 'spn-unknown likely'],
    [8, 'spn-duplicate certain'],
    [14, 'encryption-type certain'],
    [18, 'account-disabled likely'],
    [23, 'password-expired certain'],
    [24, 'wrong-password certain'],
    [29, 'no-domain-controller certain'],
    [32, 'ticket-expired likely'],
    [33, 'clock-skew certain'],
    [37, 'clock-skew certain'],
    [41, 'stale-key likely'],
    [44, 'stale-key certain'],
    [45, 'stale-key certain'],
    [68, 'wrong-realm certain'],
    [60, 'peer-refused likely'],
  ])('a KRB-ERROR %i says its cause itself', async (code, expected) => {
    const why = (await kerberos('SEC_E_INVALID_TOKEN', { sent: [apReq], received: [krbError(code)] })).explain();
    expect(first(why)).toBe(expected);
    expect(why.causes[0]?.because.join()).toMatch(new RegExp(`The KRB-ERROR says \\w+ \\(${code}\\)`));
  });

  test.each([
    [0xc0000072, 'account-disabled'],
    [0xc0000193, 'account-expired'],
    [0xc0000234, 'account-locked'],
    [0xc0000071, 'password-expired'],
    [0xc0000224, 'password-expired'],
    [0xc000006f, 'logon-restricted'],
    [0xc0000070, 'logon-restricted'],
    [0xc0000413, 'logon-restricted'],
    [0xc000006a, 'wrong-password'],
    [0xc0000133, 'clock-skew'],
    [0xc000035b, 'channel-bindings'],
  ])('the NTSTATUS 0x%s in its e-data is the KDC’s own reason', async (ntStatus, expected) => {
    const why = (
      await kerberos('SEC_E_LOGON_DENIED', { sent: [apReq], received: [krbError(18, { ntStatus })] })
    ).explain();
    expect(first(why)).toBe(`${expected} certain`);
    expect(evidenceFor(why, expected)).toMatch(/e-data contains the exact reason: STATUS_/);
  });

  test('how far the clocks are apart', async () => {
    const skewed = krbError(37, { ctime: '20260102030405Z', stime: '20260102031005Z' });
    const why = (await kerberos('SEC_E_TIME_SKEW', { sent: [apReq], received: [skewed] })).explain();
    expect(evidenceFor(why, 'clock-skew')).toContain('360 s ahead of the client’s');
  });

  test('an error inside of SPNEGO is found', async () => {
    const inner = krbError(41);
    const wrapped = ctx(1, seq(ctx(0, enumerated(1)), ctx(1, oid(oids.kerberos)), ctx(2, octets(inner))));
    const error = await failedInitiator(mutual, {
      status: 'SEC_E_WRONG_PRINCIPAL',
      sent: [spnego],
      received: [wrapped],
    });
    expect(evidenceFor(error.explain(), 'stale-key')).toContain('KRB_AP_ERR_MODIFIED');
  });

  test.each(['SEC_E_INSUFFICIENT_MEMORY', 'SEC_E_INVALID_TOKEN', 'SEC_E_INTERNAL_ERROR'] as const)(
    'a SPNEGO blob given to the Kerberos package, %s',
    async (status) => {
      for (const token of [spnego, spnego.subarray(0, 100), hex('a1073005a0030a0100')]) {
        const why = (await failedAcceptor({}, { package: 'Kerberos', status, received: [token] })).explain();
        expect(first(why)).toBe('spnego-to-kerberos certain');
      }
    },
  );

  test('a stale key on Wine, which has one status for everything', async () => {
    const failure = { package: 'Kerberos', status: 'SEC_E_INTERNAL_ERROR', received: [apReq], wine: true } as const;
    const why = (await failedAcceptor({}, failure)).explain();
    expect(first(why)).toBe('stale-key likely');
    expect(evidenceFor(why, 'stale-key')).toMatch(/The ticket is for \w+\/\S+\./);
    const elsewhere = (await failedAcceptor({}, { ...failure, wine: false })).explain();
    expect(first(elsewhere)).toBe('security-authority possible');
  });
});

describe('explicit identities', () => {
  const acquire = (identity: { user: string; domain?: string }, status: string, wine = false) =>
    failedAcquire(
      { package: 'Kerberos', use: 'outbound', identity: { ...identity, password: 'S3cret' } },
      status as never,
      wine,
    );

  test.each([
    ['STATUS_ACCOUNT_DISABLED', 'account-disabled certain'],
    ['STATUS_ACCOUNT_EXPIRED', 'account-expired certain'],
    ['STATUS_ACCOUNT_LOCKED_OUT', 'account-locked certain'],
    ['STATUS_PASSWORD_MUST_CHANGE', 'password-expired certain'],
    ['STATUS_NO_SUCH_USER', 'unknown-user certain'],
    ['STATUS_WRONG_PASSWORD', 'wrong-password certain'],
    ['STATUS_LOGON_FAILURE', 'wrong-password likely'],
    ['STATUS_NO_LOGON_SERVERS', 'no-domain-controller certain'],
    ['STATUS_NTLM_BLOCKED', 'ntlm-refused certain'],
    ['ERROR_ACCOUNT_DISABLED', 'account-disabled certain'],
    ['ERROR_TIME_SKEW', 'clock-skew certain'],
  ])('%s carries its reason', async (status, expected) => {
    expect(first((await acquire({ user: 'alice', domain: 'CORP.TEST' }, status)).explain())).toBe(expected);
  });

  test.each([
    ['CORP.TEST', 'wrong-password likely'],
    ['corp.test', 'wrong-password likely'],
    ['CORP', 'wrong-realm likely'],
    [undefined, 'wrong-realm likely'],
  ])('Wine’s unexplained refusal, in the realm %s', async (domain, expected) => {
    const error = await acquire(
      { user: 'alice', ...(domain === undefined ? {} : { domain }) },
      'STATUS_UNSUCCESSFUL',
      true,
    );
    const why = error.explain();
    expect(first(why)).toBe(expected);
    expect(names(why)).toEqual(expect.arrayContaining(['unknown-user', 'account-disabled']));
    expect(String(why)).not.toContain('S3cret');
  });

  test('nothing to log on with', async () => {
    const why = (await failedAcquire({ package: 'Kerberos', use: 'outbound' }, 'SEC_E_NO_CREDENTIALS')).explain();
    expect(first(why)).toBe('no-credentials likely');
    expect(evidenceFor(why, 'no-credentials')).toContain('logon session');
    const wine = (
      await failedAcquire({ package: 'Kerberos', use: 'outbound' }, 'SEC_E_NO_CREDENTIALS', true)
    ).explain();
    expect(evidenceFor(wine, 'no-credentials')).toContain('KRB5CCNAME');
  });

  test('an unknown package', async () => {
    script({ packages: [] });
    const error = await rejection(acquireCredentials({ package: 'Nope', use: 'outbound' }));
    expect(first(error.explain())).toBe('package-missing likely');
  });
});

describe('NTLM', () => {
  const denied = (status: string, received: readonly Buffer[], options = {}) =>
    failedAcceptor(options, { package: 'NTLM', status: status as never, sent: [challenge], received });

  test('a refused logon names the account', async () => {
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, authenticate])).explain();
    expect(first(why)).toBe('wrong-password likely');
    expect(evidenceFor(why, 'wrong-password')).toContain('DOMAIN\\User');
    expect(names(why)).toEqual(expect.arrayContaining(['account-disabled', 'account-locked']));
    expect(names(why)).not.toContain('channel-bindings');
  });

  test('NTLMv1 is refused by policy', async () => {
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, v1[2]])).explain();
    expect(evidenceFor(why, 'ntlm-refused')).toContain('NTLMv1');
  });

  const authenticateFrom = (workstation: string, user = 'alice'): Buffer =>
    message({
      type: 3,
      header: [
        none,
        none,
        field(utf16(user === '' ? '' : 'CORP')),
        field(utf16(user)),
        field(utf16(workstation)),
        none,
        u32(ntlmFlags.unicode),
        version(10, 0, 17763),
        Buffer.alloc(16),
      ],
    });

  test('an anonymous client', async () => {
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, authenticateFrom('PC', '')])).explain();
    expect(first(why)).toBe('anonymous-client certain');
  });

  test('the loopback check', async () => {
    const here = hostname().split('.')[0] as string;
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, authenticateFrom(here.toUpperCase())])).explain();
    expect(evidenceFor(why, 'loopback-check')).toContain('on this machine');
    const elsewhere = (await denied('SEC_E_LOGON_DENIED', [negotiate, authenticateFrom(`${here}-not`)])).explain();
    expect(names(elsewhere)).not.toContain('loopback-check');
  });

  test('an answer to another challenge', async () => {
    const other = hex(knownAnswers.freerdp_ntlm_http.authenticate);
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, other])).explain();
    expect(first(why)).toBe('token-of-other-connection likely');
    expect(evidenceFor(why, 'token-of-other-connection')).toContain('another challenge');
  });

  test('a client that answers with the time of its own clock has a wrong password, not another challenge', async () => {
    const sentTime = decode(challenge);
    if (sentTime.kind !== 'ntlm-challenge') throw new Error(sentTime.kind);
    expect(sentTime.targetInfo?.map(({ name }) => name)).toContain('MsvAvTimestamp');
    const ownClock = Buffer.from(authenticate);
    // NTLMv2_CLIENT_CHALLENGE has its time behind the 16 bytes of the proof and 8 bytes of versions.
    const time = ownClock.readUInt32LE(24) + 16 + 8;
    ownClock.writeBigUInt64LE(ownClock.readBigUInt64LE(time) + 1_234_567n, time);
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, ownClock])).explain();
    expect(first(why)).toBe('wrong-password likely');
    expect(evidenceFor(why, 'token-of-other-connection')).not.toContain('another challenge');
  });

  test('an echoed timestamp that differs by less than a millisecond is that of another challenge', async () => {
    const other = Buffer.from(authenticate);
    const pair = other.indexOf(hex('07000800'), other.readUInt32LE(24));
    other.writeBigUInt64LE(other.readBigUInt64LE(pair + 4) ^ 1n, pair + 4);
    const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, other])).explain();
    expect(first(why)).toBe('token-of-other-connection likely');
  });

  describe('channel bindings (EPA)', () => {
    const ours = secChannelBindings(bytes('tls-server-end-point:0123456789abcdef0123456789abcdef'));

    test.each(['SEC_E_BAD_BINDINGS', 'SEC_E_LOGON_DENIED'])(
      'this side has some and the client sent none, %s',
      async (status) => {
        const why = (await denied(status, [negotiate, authenticate], { channelBindings: ours })).explain();
        expect(first(why)).toMatch(/^channel-bindings/);
        expect(evidenceFor(why, 'channel-bindings')).toContain('the client sent none');
        expect(why.facts.channelBindings).toBe('tls-server-end-point');
      },
    );

    const bound = (digest: string): Buffer => {
      const changed = Buffer.from(authenticate);
      // MsvAvChannelBindings (10), 16 bytes, all zero in the sample.
      const at = changed.indexOf(hex('0a001000' + '00'.repeat(16)));
      hex(digest).copy(changed, at + 4);
      return changed;
    };

    test('the two differ, in hashes that can be compared', async () => {
      const theirs = 'ab'.repeat(16);
      const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, bound(theirs)], { channelBindings: ours })).explain();
      expect(first(why)).toBe('channel-bindings certain');
      expect(evidenceFor(why, 'channel-bindings')).toContain(theirs);
    });

    test('are no cause where they fit', async () => {
      const own = decode(ours);
      const digest = own.kind === 'channel-bindings' ? own.ntlmChannelBindings : '';
      const why = (await denied('SEC_E_LOGON_DENIED', [negotiate, bound(digest)], { channelBindings: ours })).explain();
      expect(names(why)).not.toContain('channel-bindings');
    });
  });

  test('a server whose clock differs', async () => {
    const error = await failedInitiator(mutual, {
      package: 'NTLM',
      status: 'SEC_E_LOGON_DENIED',
      sent: [negotiate],
      received: [challenge],
    });
    expect(evidenceFor(error.explain(), 'clock-skew')).toMatch(/\d+ s behind the clock of this machine/);
  });

  test('a refusal by the peer', async () => {
    const reject = hex('a1073005a0030a0102');
    const error = await failedInitiator(mutual, { status: 'SEC_E_INVALID_TOKEN', sent: [spnego], received: [reject] });
    expect(evidenceFor(error.explain(), 'peer-refused')).toContain('reject');
  });
});

describe('NTLM where Kerberos was meant', () => {
  const required = { flags: ['mutualAuth' as const], require: { flags: ['mutualAuth' as const] } };
  const ended = (target: string | undefined, extra: object = {}) =>
    failedInitiator(
      { ...required, target },
      { negotiated: 'NTLM', sent: [negotiate, authenticate], received: [challenge], ...extra },
    );

  test.each([
    ['an IP address', 'HTTP/192.0.2.1', 'is an IP address'],
    ['no target', undefined, 'No target was passed'],
    ['not a service principal name', 'web.corp.test', 'is not a service principal name'],
    ['a short name', 'HTTP/web', 'is a short name'],
  ])('because of %s', async (_, named, reason) => {
    const why = (await ended(named)).explain();
    expect(why.code).toBe('ERR_SSPI_REQUIREMENT_NOT_MET');
    expect(first(why)).toBe('ntlm-instead-of-kerberos certain');
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain(reason);
    expect(why.facts).toMatchObject({ missing: ['mutualAuth'], mechanism: 'NTLM', requestedFlags: ['mutualAuth'] });
    expect(why.facts.grantedFlags).not.toContain('mutualAuth');
  });

  test('because the package is NTLM, or the identity has no realm', async () => {
    expect(evidenceFor((await ended(target, { package: 'NTLM' })).explain(), 'ntlm-instead-of-kerberos')).toContain(
      'package NTLM itself',
    );
    const identity = { user: 'alice', password: 'p' };
    const why = (await ended(target, { credentials: { identity } })).explain();
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain('no realm');
  });

  test('because Kerberos was not among the offers', async () => {
    const offer = hex((samba.exchanges['spnego_ntlm']?.messages as readonly string[])[0] as string);
    const why = (await ended(target, { sent: [offer, authenticate] })).explain();
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain('not among the mechanisms offered');
  });

  test('on the server, when the client chose it', async () => {
    const error = await failedAcceptor(
      { require: { packages: ['Kerberos'] } },
      { negotiated: 'NTLM', sent: [challenge], received: [negotiate, authenticate] },
    );
    const why = error.explain();
    expect(names(why).slice(0, 2).sort()).toEqual(['ntlm-instead-of-kerberos', 'package-not-allowed']);
    expect(evidenceFor(why, 'package-not-allowed')).toContain('require.packages allows Kerberos');
    expect(evidenceFor(why, 'ntlm-instead-of-kerberos')).toContain('The client chose it');
  });
});

describe('requirements', () => {
  test('a flag that was never asked for', async () => {
    const error = await failedInitiator(
      { target, require: { flags: ['integrity'] } },
      { package: 'Kerberos', flags: 0 },
    );
    const why = error.explain();
    expect(first(why)).toBe('flag-not-requested certain');
    expect(evidenceFor(why, 'flag-not-requested')).toContain('integrity');
  });

  test('a flag that was asked for and not granted', async () => {
    const options = { target, flags: ['delegate' as const], require: { flags: ['delegate' as const] } };
    const why = (await failedInitiator(options, { package: 'Kerberos', flags: 0 })).explain();
    expect(names(why).slice(0, 2)).toEqual(['delegation-refused', 'flag-not-granted']);
  });
});

describe('tokens that do not fit', () => {
  test.each([
    ['NTLM to Kerberos', 'Kerberos', negotiate, 'token-of-other-package certain'],
    ['Kerberos to NTLM', 'NTLM', apReq, 'token-of-other-package certain'],
    ['SPNEGO to NTLM', 'NTLM', spnego, 'token-of-other-package certain'],
    ['TLS to Negotiate', 'Negotiate', hex('160301000501000001fc'), 'token-of-other-package certain'],
    ['half a token', 'Negotiate', spnego.subarray(0, 300), 'damaged-token certain'],
    ['base64 that was not decoded', 'Negotiate', bytes(spnego.toString('base64')), 'damaged-token certain'],
    ['a whole token of the right package', 'NTLM', authenticate, 'token-of-other-connection likely'],
  ])('%s', async (_, packageName, token, expected) => {
    const why = (
      await failedAcceptor({}, { package: packageName, status: 'SEC_E_INVALID_TOKEN', received: [token] })
    ).explain();
    expect(first(why)).toBe(expected);
  });

  test('a leg twice', async () => {
    const error = await failedAcceptor({}, { package: 'NTLM', status: 'SEC_E_OUT_OF_SEQUENCE', received: [negotiate] });
    expect(first(error.explain())).toBe('token-of-other-connection likely');
  });
});

describe('errors of use', () => {
  test('explain themselves shortly', async () => {
    const error = thrown(() => initiate(undefined as never));
    const why = error.explain();
    expect(why.causes).toMatchObject([{ cause: 'misuse', likelihood: 'certain', because: [error.message] }]);
    expect(String(why).split('\n').length).toBeLessThan(8);
  });

  test.each([
    ['ERR_SSPI_PEER_ENDED', 'peer-closed'],
    ['ERR_SSPI_PEER_TIMEOUT', 'peer-silent'],
    ['ERR_SSPI_ABORTED', 'aborted'],
    ['ERR_SSPI_UNSUPPORTED_PLATFORM', 'platform'],
    ['ERR_SSPI_NOT_ENCRYPTED', 'not-protected'],
    ['ERR_SSPI_TOKEN_TOO_LARGE', 'damaged-token'],
    ['ERR_SSPI_BUSY', 'misuse'],
    ['ERR_SSPI_SQL_CONNECTION', 'sql-unreachable'],
    ['ERR_SSPI_SQL_ENCRYPTION', 'sql-encryption'],
    ['ERR_SSPI_SQL_PROTOCOL', 'sql-protocol'],
    ['ERR_SSPI_SQL_TIMEOUT', 'peer-silent'],
    ['ERR_SSPI_SQL_UNTRUSTED', 'sql-untrusted'],
    ['ERR_SSPI_SQL_LOGIN_FAILED', 'sql-no-login'],
    ['ERR_SSPI_SQL_DRIVER', 'misuse'],
  ] as const)('%s', (code, cause) => {
    expect(new SspiError({ code, message: 'm' }).explain().causes[0]?.cause).toBe(cause);
  });

  test('a peer that hung up leaves the tokens so far', async () => {
    script({ initiator: [{ status: CONTINUE, token: negotiate }] });
    await using credentials = await acquireCredentials({ package: 'NTLM', use: 'outbound' });
    const { error } = await drain(initiate(credentials, mutual).legs([]));
    const why = (error as SspiError).explain();
    expect(first(why)).toBe('peer-closed certain');
    expect(why.exchange).toMatchObject([{ direction: 'sent', token: { kind: 'ntlm-negotiate' } }]);
  });
});

test('every status has a cause of its own, and every explanation a text', async () => {
  const all = Object.entries({ ...securityStatuses, ...certificateStatuses, ...ntStatuses, ...win32Statuses });
  for (const [code, status] of all) {
    const why = new SspiError({ code: code as never, message: 'm', status }).explain();
    expect(why.causes.length).toBeGreaterThan(0);
    expect(String(why)).toContain(code);
  }
});
