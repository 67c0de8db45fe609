/**
 * No diagnosis contradicts the bytes in hand: what the evidence excludes is not offered, what it shows comes first, and the
 * hint says the same.
 */
import { accept, acquireCredentials, initiate } from 'sspi';
import { bytes, CONTINUE, drain, expectClean, INCOMPLETE_MESSAGE, rejection, script } from './support';
import { clientHello, record } from './inspect/support/tls';
import { ctx, int, octets, seq } from './inspect/support/der';
import { failedAcceptor, failedAcquire, failedInitiator, krbError } from './explain-support';
import { field, flags as ntlmFlags, message, none, u32, utf16, version } from './inspect/support/ntlm';
import { hex, knownAnswers, mitKrb5, samba } from './inspect/support/data';
import { krbError as krbErrorMessage } from './inspect/support/corpus';
import type { CauseName, Explanation, SspiError } from 'sspi';

afterEach(expectClean);

const target = 'HTTP/web.sspi.test';
const mutual = { target, flags: ['mutualAuth' as const] };
const [apReq, apRep] = mitKrb5.aes256_mutual.map(hex) as [Buffer, Buffer];
const ntlm = (name: string) => (samba.exchanges[name]?.messages ?? []).map(hex) as [Buffer, Buffer, Buffer];
const [negotiate, challenge, authenticate] = ntlm('ntlmssp_v2_mic');
const spnegoNtlm = ntlm('spnego_ntlm');
const spnegoKerberos = mitKrb5.spnego_mutual.map(hex) as [Buffer, Buffer];
const handshakeFailure = record(21, Buffer.of(2, 40));
const unspecific = ['SEC_E_INVALID_TOKEN', 'SEC_E_INTERNAL_ERROR', 'SEC_E_INVALID_HANDLE'] as const;

const first = ({ causes }: Explanation): string => `${causes[0]?.cause} ${causes[0]?.likelihood}`;
const names = ({ causes }: Explanation): CauseName[] => causes.map(({ cause }) => cause);
const because = ({ causes }: Explanation): string => causes[0]?.because.join(' ') ?? '';
const checks = ({ causes }: Explanation, cause: CauseName): string =>
  causes.find((entry) => entry.cause === cause)?.check.join('\n') ?? '';

describe('credentials', () => {
  const anHour = 3_600_000;
  const expiring = async (expiry: number, status: number, wine = true): Promise<SspiError> => {
    script({ credential: { expiry }, initiator: [{ status }], ...(wine ? { wineVersion: '8.0' } : {}) });
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    return await rejection(initiate(credentials, mutual).step());
  };

  test('expired ones are the cause, and not a service name that nobody owns', async () => {
    const error = await expiring(Date.now() - anHour, 0x80090304);
    const why = error.explain();
    expect(first(why)).toBe('credentials-expired certain');
    expect(because(why)).toMatch(/They expired on \d{4}-\d\d-\d\dT/);
    expect(names(why)).not.toContain('spn-unknown');
    expect(error.hint).toMatch(/credentials have expired/);
    expect(error.hint).not.toMatch(/account owns/);
  });

  test('expired ones come before what SEC_E_TARGET_UNKNOWN says', async () => {
    const error = await expiring(Date.now() - anHour, 0x80090303, false);
    expect(first(error.explain())).toBe('credentials-expired likely');
    expect(names(error.explain())).toContain('spn-unknown');
  });

  test('Wine’s Negotiate without tickets says that they expired when they were made: they have no expiry', async () => {
    script({ credential: { expiry: Date.now() }, initiator: [{ status: 0x80090308 }], wineVersion: '8.0' });
    await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
    expect(credentials.expiry).toBeUndefined();
    const error = await rejection(initiate(credentials, mutual).step());
    expect(names(error.explain())).not.toContain('credentials-expired');
  });

  test('valid ones are not called expired', async () => {
    const why = (await expiring(Date.now() + anHour, 0x80090304)).explain();
    expect(names(why)).toContain('spn-unknown');
    expect(names(why)).not.toContain('credentials-expired');
    expect(names(why)).not.toContain('ticket-expired');
  });

  const empty = { identity: { user: 'alice', domain: 'CORP', password: '' } };

  test('an empty password is no token of another connection', async () => {
    const failure = {
      package: 'NTLM',
      status: 'SEC_E_INVALID_TOKEN',
      sent: [negotiate],
      received: [challenge],
    } as const;
    const error = await failedInitiator(mutual, { ...failure, wine: true, credentials: empty });
    expect(first(error.explain())).toBe('empty-password certain');
    expect(names(error.explain())).not.toContain('token-of-other-connection');
    expect(error.hint).toMatch(/password is empty/);
    const given = { identity: { ...empty.identity, password: 'P4ss' } };
    const other = await failedInitiator(mutual, { ...failure, wine: true, credentials: given });
    expect(names(other.explain())).not.toContain('empty-password');
  });

  test('an empty password comes first where a logon was refused', async () => {
    const error = await failedAcquire({ package: 'Kerberos', use: 'outbound', ...empty }, 'STATUS_UNSUCCESSFUL', true);
    expect(first(error.explain())).toBe('empty-password likely');
    const denied = await failedInitiator(mutual, { package: 'NTLM', status: 'SEC_E_LOGON_DENIED', credentials: empty });
    expect(first(denied.explain())).toBe('empty-password likely');
  });

  test('without an identity under Wine, the hint does not blame the challenge', async () => {
    const failure = {
      package: 'NTLM',
      status: 'SEC_E_INVALID_TOKEN',
      sent: [negotiate],
      received: [challenge],
    } as const;
    const error = await failedInitiator(mutual, { ...failure, wine: true });
    expect(first(error.explain())).toBe('no-credentials likely');
    expect(error.hint).toMatch(/no credentials to log on with/);
  });
});

describe('a ticket that was sent', () => {
  test.each([
    ['SEC_E_INTERNAL_ERROR', true],
    ['SEC_E_INVALID_TOKEN', true],
    ['SEC_E_INVALID_TOKEN', false],
    ['SEC_E_MUTUAL_AUTH_FAILED', false],
  ] as const)(
    'shows that the service name is known, when the AP-REP is refused: %s, Wine: %s',
    async (status, wine) => {
      const error = await failedInitiator(mutual, {
        package: 'Kerberos',
        status,
        wine,
        sent: [apReq],
        received: [apRep],
      });
      const why = error.explain();
      expect(first(why)).toBe('token-of-other-connection likely');
      expect(because(why)).toContain('A ticket for HTTP/web.sspi.test was sent');
      for (const excluded of [
        'spn-unknown',
        'stale-key',
        'no-target',
        'damaged-token',
        'wrong-password',
        'no-credentials',
      ]) {
        expect(names(why)).not.toContain(excluded);
      }
      expect(error.hint).not.toMatch(/account owns|old key/);
    },
  );

  test('excludes an unknown name inside of SPNEGO, too', async () => {
    const failure = {
      status: 'SEC_E_INTERNAL_ERROR',
      sent: [spnegoKerberos[0]],
      received: [spnegoKerberos[1]],
      wine: true,
    } as const;
    const error = await failedInitiator(mutual, failure);
    expect(names(error.explain())).not.toContain('spn-unknown');
    expect(error.hint).not.toMatch(/account owns/);
  });

  test('shows that a target without a service class was found, too', async () => {
    const failure = { package: 'Kerberos', status: 'SEC_E_INTERNAL_ERROR', wine: true } as const;
    const error = await failedInitiator({ target: 'web' }, { ...failure, sent: [apReq], received: [apRep] });
    expect(error.hint).not.toMatch(/service class/);
    const before = await failedInitiator({ target: 'web' }, failure);
    expect(before.hint).toMatch(/service class/);
    expect(because(before.explain())).toContain('not a service principal name');
  });

  test('does not silence what the peer says', async () => {
    const failure = {
      package: 'Kerberos',
      status: 'SEC_E_INTERNAL_ERROR',
      sent: [apReq],
      received: [krbError(7)],
      wine: true,
    } as const;
    const error = await failedInitiator(mutual, failure);
    expect(first(error.explain())).toBe('spn-unknown likely');
    expect(error.hint).toMatch(/says why/);
  });

  test('a replayed AP-REQ is a replay, and no stale key', async () => {
    const replayed = Buffer.concat([apReq.subarray(0, -8), Buffer.from('replayed')]);
    script({
      acceptor: ({ context }) => ({ status: context === 1 ? 0 : 0x80090304 }),
      wineVersion: '8.0',
    });
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'inbound' });
    await using once = accept(credentials);
    await once.step(replayed);
    const error = await rejection(accept(credentials).step(replayed));
    const why = error.explain();
    expect(first(why)).toBe('token-of-other-connection certain');
    expect(because(why)).toContain('replay');
    expect(names(why)).not.toContain('stale-key');
    expect(error.hint).toMatch(/passed twice/);
    const another = Buffer.concat([apReq.subarray(0, -8), Buffer.from('another.')]);
    const other = await rejection(accept(credentials).step(another));
    expect(first(other.explain())).toBe('stale-key likely');
  });
});

describe('user-to-user', () => {
  const typed = (type: number): Buffer => seq(seq(ctx(0, int(type)), ctx(1, octets(''))));

  test('TD-MUST-USE-USER2USER beside code 7 is the cause, and the name is known', async () => {
    const received = [krbErrorMessage(7, typed(-128))];
    const why = (
      await failedInitiator(mutual, { package: 'Kerberos', status: 'SEC_E_INVALID_TOKEN', sent: [apReq], received })
    ).explain();
    expect(first(why)).toBe('user-to-user certain');
    expect(names(why)).not.toContain('spn-unknown');
  });

  test('TD-EXTENDED-ERROR beside code 7 holds the domain controller’s own reason', async () => {
    const disabled = seq(seq(ctx(0, int(-129)), ctx(1, octets(hex('720000c00000000001000000')))));
    const received = [krbErrorMessage(7, disabled)];
    const error = await failedInitiator(mutual, { package: 'Kerberos', status: 'SEC_E_INVALID_TOKEN', received });
    expect(first(error.explain())).toBe('account-disabled certain');
    expect(because(error.explain())).toContain('STATUS_ACCOUNT_DISABLED');
  });

  test('KDC_ERR_MUST_USE_USER2USER says so itself', async () => {
    const failure = {
      package: 'Kerberos',
      status: 'SEC_E_INVALID_TOKEN',
      sent: [apReq],
      received: [krbError(27)],
    } as const;
    expect(first((await failedInitiator(mutual, failure)).explain())).toBe('user-to-user certain');
  });
});

describe('the token that was given', () => {
  test.each(unspecific)('two tokens joined are not whole: %s', async (status) => {
    for (const [packageName, token] of [
      ['Kerberos', Buffer.concat([apReq, apReq])],
      ['NTLM', Buffer.concat([negotiate, authenticate])],
      ['Negotiate', Buffer.concat([spnegoNtlm[0], spnegoNtlm[2]])],
    ] as const) {
      const error = await failedAcceptor({}, { package: packageName, status, received: [token] });
      const why = error.explain();
      expect(first(why)).toBe('damaged-token certain');
      expect(because(why)).toMatch(/ends at byte \d+: \d+ bytes more were joined to it/);
      expect(names(why)).not.toContain('token-of-other-connection');
    }
  });

  test('padding is not called a joined token', async () => {
    const token = Buffer.concat([negotiate, Buffer.alloc(8)]);
    const why = (
      await failedAcceptor({}, { package: 'NTLM', status: 'SEC_E_INVALID_TOKEN', received: [token] })
    ).explain();
    expect(first(why)).toBe('damaged-token likely');
    expect(because(why)).toContain('8 bytes more are padding');
  });

  test.each(unspecific)('a whole one is not damaged: %s', async (status) => {
    const why = (
      await failedAcceptor({}, { package: 'NTLM', status, sent: [challenge], received: [negotiate, authenticate] })
    ).explain();
    expect(names(why)).not.toContain('damaged-token');
  });

  test.each(unspecific)(
    'an AUTHENTICATE on a fresh acceptor is of another connection, and not malformed: %s',
    async (status) => {
      for (const [packageName, token] of [
        ['NTLM', authenticate],
        ['Negotiate', authenticate],
        ['Negotiate', spnegoNtlm[2]],
      ] as const) {
        const error = await failedAcceptor({}, { package: packageName, status, received: [token] });
        expect(first(error.explain())).toBe('token-of-other-connection likely');
        expect(because(error.explain())).toContain('not a first token');
        expect(names(error.explain())).not.toContain('damaged-token');
        expect(error.hint).toMatch(/another handshake/);
        expect(error.hint).not.toMatch(/malformed/);
      }
    },
  );

  test.each(unspecific)('its own one fed back is its own, and of no other handshake: %s', async (status) => {
    for (const [packageName, token] of [
      ['NTLM', negotiate],
      ['Negotiate', spnegoNtlm[0]],
      ['Kerberos', apReq],
    ] as const) {
      const error = await failedInitiator(mutual, { package: packageName, status, sent: [token], received: [token] });
      expect(first(error.explain())).toBe('token-of-this-side certain');
      expect(because(error.explain())).toContain('exactly these bytes');
      expect(names(error.explain())).not.toContain('token-of-other-connection');
      expect(error.hint).toMatch(/its own token came back/);
    }
  });

  test('a client’s to a client and a server’s to a server are of the same side', async () => {
    const client = await failedInitiator(mutual, {
      package: 'NTLM',
      status: 'SEC_E_INVALID_TOKEN',
      received: [authenticate],
    });
    expect(first(client.explain())).toBe('token-of-this-side certain');
    const server = await failedAcceptor({}, { package: 'NTLM', status: 'SEC_E_INVALID_TOKEN', received: [challenge] });
    expect(first(server.explain())).toBe('token-of-this-side certain');
  });

  test.each([
    ['Kerberos', 'SEC_E_INTERNAL_ERROR', 'spnego-to-kerberos certain', /SPNEGO.*Negotiate/],
    ['Kerberos', 'SEC_E_INVALID_TOKEN', 'spnego-to-kerberos certain', /SPNEGO.*Negotiate/],
    ['NTLM', 'SEC_E_INVALID_TOKEN', 'token-of-other-package certain', /belongs to another package/],
    ['NTLM', 'SEC_E_INTERNAL_ERROR', 'token-of-other-package certain', /belongs to another package/],
  ] as const)(
    'SPNEGO given to %s, %s: the hint says what the explanation says',
    async (packageName, status, expected, hint) => {
      for (const wine of [true, false]) {
        const error = await failedAcceptor({}, { package: packageName, status, wine, received: [spnegoKerberos[0]] });
        expect(first(error.explain())).toBe(expected);
        expect(error.hint).toMatch(hint);
        expect(error.hint).not.toMatch(/old key|damaged/);
      }
    },
  );

  test('nothing was cut where no token went in', async () => {
    for (const status of ['SEC_E_INVALID_TOKEN', 'SEC_E_INSUFFICIENT_MEMORY', 'SEC_E_INVALID_HANDLE'] as const) {
      const error = await failedInitiator(mutual, { status });
      const none: CauseName[] = ['damaged-token', 'token-of-other-connection', 'token-of-other-package'];
      expect(names(error.explain()).filter((cause) => none.includes(cause))).toEqual([]);
      expect(error.hint).not.toMatch(/was damaged|could not use the token|another connection/);
    }
  });

  test('SEC_E_SECPKG_NOT_FOUND for a token is about its mechanism, and the package is there', async () => {
    const error = await failedAcceptor({}, { status: 'SEC_E_SECPKG_NOT_FOUND', received: [spnegoNtlm[0]] });
    expect(names(error.explain())).not.toContain('package-missing');
    expect(first(error.explain())).toBe('token-of-other-package likely');
  });
});

describe('Wine', () => {
  const inSpnego = { wine: true, status: 'SEC_E_INVALID_TOKEN' } as const;

  test('reads no NTLM in SPNEGO, unless it has just done so', async () => {
    const refused = (await failedAcceptor({}, { ...inSpnego, received: [spnegoNtlm[0]] })).explain();
    expect(first(refused)).toBe('unsupported-function likely');
    const later = (
      await failedAcceptor({}, { ...inSpnego, sent: [spnegoNtlm[1]], received: [spnegoNtlm[0], spnegoNtlm[2]] })
    ).explain();
    expect(names(later)).not.toContain('unsupported-function');
    expect(first(later)).toBe('token-of-other-connection likely');
  });

  test('reads Kerberos in SPNEGO', async () => {
    const why = (await failedAcceptor({}, { ...inSpnego, received: [spnegoKerberos[0]] })).explain();
    expect(names(why)).not.toContain('unsupported-function');
  });

  test('says nothing of Kerberos where Schannel failed', async () => {
    const client = await failedInitiator(
      { target: 'web.corp.test' },
      { package: 'Schannel', status: 'SEC_E_INTERNAL_ERROR', wine: true },
    );
    const received = [record(22, clientHello([0x1301]), 0x0301)];
    const server = await failedAcceptor(
      {},
      { package: 'Schannel', status: 'SEC_E_INTERNAL_ERROR', wine: true, received },
    );
    for (const error of [client, server]) {
      expect(error.hint).not.toMatch(/Kerberos/);
      expect(JSON.stringify(error.explain().causes)).not.toMatch(/libgssapi gives|Wine’s Kerberos/);
      expect(names(error.explain())).not.toContain('spn-unknown');
    }
  });

  const authenticateWith = (bits: number): Buffer =>
    message({
      type: 3,
      header: [
        none,
        field(Buffer.alloc(24, 1)),
        field(utf16('CORP')),
        field(utf16('alice')),
        none,
        none,
        u32(bits),
        version(10, 0, 17763),
        Buffer.alloc(16),
      ],
    });
  const signing = ntlmFlags.unicode | 0x10;
  const denied = (options: object, bits: number, wine = true) =>
    failedAcceptor(options, {
      package: 'NTLM',
      status: 'SEC_E_LOGON_DENIED',
      wine,
      sent: [challenge],
      received: [negotiate, authenticateWith(bits)],
    });

  test('refuses a client that does not offer SEAL: no wrong password', async () => {
    const why = (await denied({ flags: ['integrity', 'confidentiality'] }, signing)).explain();
    expect(first(why)).toBe('protection-not-offered certain');
    expect(because(why)).toContain('NTLMSSP_NEGOTIATE_SEAL');
    expect(names(why)).not.toContain('wrong-password');
    const sealing = (await denied({ flags: ['integrity', 'confidentiality'] }, signing | 0x20)).explain();
    expect(first(sealing)).toBe('wrong-password likely');
    const windows = (await denied({ flags: ['confidentiality'] }, signing, false)).explain();
    expect(names(windows)).not.toContain('protection-not-offered');
  });
});

describe('TLS', () => {
  const html = bytes('HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n');

  test('an HTTP answer on a TLS port is another protocol, and the peer’s end is not the cause', async () => {
    script({
      initiator: [{ status: CONTINUE, token: record(22, clientHello([0x1301])) }, { status: INCOMPLETE_MESSAGE }],
    });
    await using credentials = await acquireCredentials({ package: 'Schannel', use: 'outbound' });
    const { error } = await drain(initiate(credentials, { target: 'web.corp.test' }).legs([html]));
    const why = (error as SspiError).explain();
    expect(why.code).toBe('ERR_SSPI_PEER_ENDED');
    expect(first(why)).toBe('other-protocol certain');
    expect(because(why)).toContain('begins like HTTP: “HTTP/1.1 400 Bad Request”');
    expect(why.exchange.at(-1)).toMatchObject({ direction: 'received', length: html.length });
  });

  test('an HTTP answer that a call refuses is another protocol, too', async () => {
    for (const packageName of ['Schannel', 'Negotiate'] as const) {
      const error = await failedInitiator(
        { target },
        { package: packageName, status: 'SEC_E_INVALID_TOKEN', received: [html] },
      );
      expect(first(error.explain())).toBe('other-protocol certain');
      expect(error.hint).toMatch(/another protocol/);
    }
  });

  test('a request in the clear to a TLS server is another protocol', async () => {
    const received = [bytes('GET / HTTP/1.1\r\nHost: web\r\n\r\n')];
    const error = await failedAcceptor({}, { package: 'Schannel', status: 'SEC_E_ILLEGAL_MESSAGE', received });
    expect(first(error.explain())).toBe('other-protocol certain');
  });

  const alerted = (description: number) =>
    failedInitiator(
      { target: 'web.corp.test' },
      { package: 'Schannel', status: 'SEC_E_ILLEGAL_MESSAGE', received: [record(21, Buffer.of(2, description))] },
    );

  test.each([
    [40, 'no-common-protocol likely', 'handshake_failure'],
    [42, 'certificate certain', 'bad_certificate'],
    [48, 'certificate certain', 'unknown_ca'],
    [70, 'no-common-protocol certain', 'protocol_version'],
    [80, 'peer-refused certain', 'internal_error'],
    [112, 'wrong-host-name certain', 'unrecognized_name'],
    [116, 'no-credentials certain', 'certificate_required'],
    [120, 'no-common-protocol certain', 'no_application_protocol'],
  ])('the alert %i says its cause itself', async (description, expected, name) => {
    const error = await alerted(description);
    expect(first(error.explain())).toBe(expected);
    expect(because(error.explain())).toContain(`The peer sent the TLS alert ${name} (${description}, fatal)`);
    expect(names(error.explain())).not.toContain('damaged-token');
    expect(error.hint).toMatch(/says why/);
  });

  test('an alert of this side is read, too', async () => {
    const received = [record(22, clientHello([0x1301]), 0x0301)];
    const failure = {
      package: 'Schannel',
      status: 'SEC_E_ALGORITHM_MISMATCH',
      received,
      token: handshakeFailure,
    } as const;
    const why = (await failedAcceptor({}, failure)).explain();
    expect(names(why)[0]).toBe('no-common-protocol');
    expect(because(why)).toContain('This side refused with the TLS alert handshake_failure');
  });
});

test('a token that is refused before SSPI has seen it is shown', async () => {
  const failure = { received: [negotiate], credentials: { packages: { deny: ['NTLM'] } } } as const;
  const why = (await failedAcceptor({}, failure)).explain();
  expect(names(why)).toContain('package-not-allowed');
  expect(why.exchange).toMatchObject([{ direction: 'received', token: { kind: 'ntlm-negotiate' } }]);
});

describe('what there is to check', () => {
  const ended = (packages: { deny: string[] } | undefined) =>
    failedInitiator(
      { ...mutual, require: { flags: ['mutualAuth'] } },
      {
        negotiated: 'NTLM',
        sent: [negotiate, authenticate],
        received: [challenge],
        ...(packages === undefined ? {} : { credentials: { packages } }),
      },
    );

  test('does not advise to deny NTLM where it is denied', async () => {
    expect(checks((await ended(undefined)).explain(), 'ntlm-instead-of-kerberos')).toContain("deny: ['NTLM']");
    const denied = checks((await ended({ deny: ['NTLM'] })).explain(), 'ntlm-instead-of-kerberos');
    expect(denied).not.toBe('');
    expect(denied).not.toContain('deny');
  });

  test('does not advise to pass an identity where one was passed', async () => {
    const identity = { user: 'alice', domain: 'CORP.TEST', password: 'p' };
    const failure = { package: 'Kerberos', status: 'SEC_E_NO_CREDENTIALS' } as const;
    expect(checks((await failedInitiator(mutual, failure)).explain(), 'no-credentials')).toContain('pass `identity`');
    const given = await failedInitiator(mutual, { ...failure, credentials: { identity } });
    expect(names(given.explain())).toContain('no-credentials');
    expect(checks(given.explain(), 'no-credentials')).not.toContain('pass `identity`');
  });
});

test('a response to another challenge shows in the echoed target information, not in clocks', async () => {
  const denied = (received: readonly Buffer[]) =>
    failedAcceptor({}, { package: 'NTLM', status: 'SEC_E_LOGON_DENIED', sent: [challenge], received });
  // The response's own time, 8 bytes into NTLMv2_CLIENT_CHALLENGE behind NTProofStr: some clients take it from their clocks.
  const ownClock = Buffer.from(authenticate);
  const response = ownClock.readUInt32LE(24);
  ownClock.writeUInt8((ownClock.readUInt8(response + 24) + 1) & 0xff, response + 24);
  expect(names((await denied([negotiate, ownClock])).explain())).not.toContain('token-of-other-connection');
  const other = hex(knownAnswers.freerdp_ntlm_http.authenticate);
  expect(first((await denied([negotiate, other])).explain())).toBe('token-of-other-connection likely');
});
