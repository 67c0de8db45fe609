import { windowsSignOn } from 'sspi/mssql';
import { sspiAuthenticator } from '../../support/tds/authenticators';
import {
  certificate,
  closed,
  connect,
  connectTo,
  drivers,
  inDomain,
  newest,
  query,
  refusal,
  startServer,
  trusting,
} from './support';

inDomain();

describe.each(drivers)('%s', (_, driver) => {
  it.each(['on', 'required', 'login'] as const)(
    'encrypts everything by default (the server says %s)',
    async (encrypt) => {
      await using server = await startServer({ encrypt });
      const connection = await connect(driver, windowsSignOn(connectTo(server.port, trusting)));
      expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\alice', 'TRUE']]);
      expect(await query(driver, connection, 'rows 20000')).toHaveLength(20_000);
      expect(server.seen[0]).toMatchObject({ prelogin: 1, tlsVersion: 'TLSv1.2' });
      await closed(connection);
    },
  );

  it('encrypts the first packet of LOGIN7 alone, where both sides want the login only', async () => {
    await using server = await startServer({ encrypt: 'login' });
    const options = { encrypt: false, appName: 'x'.repeat(100), database: 'y'.repeat(100) };
    const spn = (host: string, port: number): string => `MSSQLSvc/${host}:${port}`;
    const connection = await connect(driver, windowsSignOn(connectTo(server.port, options), { spn }));
    expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\alice', 'FALSE']]);
    expect(server.seen[0]).toMatchObject({ prelogin: 0, answered: 0, tlsVersion: 'TLSv1.2' });
    await closed(connection);
  });

  it('is TDS 8 where that is asked for', async () => {
    await using server = await startServer({ encrypt: 'strict', tls13: true });
    const connection = await connect(driver, windowsSignOn(connectTo(server.port, { ...trusting, encrypt: 'strict' })));
    expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\alice', 'TRUE']]);
    expect(server.seen[0]).toMatchObject({ tlsVersion: 'TLSv1.3', alpn: 'tds/8.0' });
    await closed(connection);
  });

  it.each(['on', 'login', 'strict'] as const)('takes what comes one byte a segment (%s)', async (encrypt) => {
    await using server = await startServer({ encrypt, dribble: true });
    const mode = { on: true, login: false, strict: 'strict' }[encrypt];
    const connection = await connect(driver, windowsSignOn(connectTo(server.port, { ...trusting, encrypt: mode })));
    expect(await query(driver, connection, 'rows 3')).toHaveLength(3);
    await closed(connection);
  });
});

it('encrypts without asking who the server is, where encryption is the server’s wish', async () => {
  await using server = await startServer({ encrypt: 'required' });
  const connection = await connect(newest, windowsSignOn(connectTo(server.port, { encrypt: false })));
  expect(await query(newest, connection, 'who')).toEqual([['EXAMPLE\\alice', 'TRUE']]);
  await closed(connection);
});

it('takes trustServerCertificate over, of tedious and of mssql', async () => {
  await using server = await startServer({ encrypt: 'on' });
  await closed(await connect(newest, windowsSignOn(connectTo(server.port, { trustServerCertificate: true }))));
  const likeMssql = { ...connectTo(server.port), encrypt: true, trustServerCertificate: true };
  await closed(await connect(newest, windowsSignOn(likeMssql)));
});

describe('is refused', () => {
  const { ca } = { ca: certificate.cert };

  it.each([
    ['an authority that nobody trusts', 'on', {}, /DEPTH_ZERO_SELF_SIGNED_CERT/],
    ['another name', 'on', { cryptoCredentialsDetails: { ca } }, /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['another name, with TDS 8', 'strict', { encrypt: 'strict', cryptoCredentialsDetails: { ca } }, /ALTNAME_INVALID/],
    [
      'an authority that nobody trusts, with TDS 8',
      'strict',
      { encrypt: 'strict', trustServerCertificate: true },
      /SELF_SIGNED/,
    ],
    ['no encryption, where it was asked for', 'none', {}, /does not encrypt/],
    ['another encryption than PRELOGIN knows', 8, {}, /encrypt: 'strict'/],
  ] as const)('%s', async (_, encrypt, options, message) => {
    const odd =
      encrypt === 8
        ? ({ kind: 'prelogin', payload: Buffer.from('010006000 1ff08'.replace(' ', ''), 'hex') } as const)
        : undefined;
    await using server = await startServer({ encrypt: encrypt === 8 ? 'none' : encrypt, fault: odd });
    const error = await refusal(newest, windowsSignOn(connectTo(server.port, options)));
    expect(error.code).toBe('ESOCKET');
    expect(error.cause).toMatchObject({
      code: 'ERR_SSPI_SQL_ENCRYPTION',
      message: expect.stringMatching(message) as string,
    });
    expect(server.seen[0]?.login7).toBeUndefined();
  });

  it('encryption of the login alone, where all was asked for', async () => {
    const payload = Buffer.from('0100060001ff00', 'hex');
    await using server = await startServer({ fault: { kind: 'prelogin', payload } });
    const error = await refusal(newest, windowsSignOn(connectTo(server.port)));
    expect(error.cause).toMatchObject({ code: 'ERR_SSPI_SQL_PROTOCOL' });
  });

  it.each(['none', 'on'] as const)('bytes after PRELOGIN (%s)', async (encrypt) => {
    const bytes = Buffer.from('0401000a00000000ffff', 'hex');
    await using server = await startServer({ encrypt, fault: { kind: 'after-prelogin', bytes } });
    const options = encrypt === 'on' ? trusting : { encrypt: false };
    const error = await refusal(newest, windowsSignOn(connectTo(server.port, options)));
    expect(error.cause).toMatchObject({
      code: 'ERR_SSPI_SQL_PROTOCOL',
      message: expect.stringContaining('PRELOGIN') as string,
    });
  });
});

describe('Extended Protection', () => {
  const bound = { authenticate: sspiAuthenticator({ epa: 'required' }) };

  it.each([
    ['on', {}],
    ['login', { encrypt: false }],
    ['strict', { encrypt: 'strict' }],
  ] as const)('binds to tls-unique of TLS 1.2 (%s)', async (encrypt, options) => {
    await using server = await startServer({ ...bound, encrypt });
    const connection = await connect(newest, windowsSignOn(connectTo(server.port, { ...trusting, ...options })));
    expect(await query(newest, connection, 'rows 1')).toHaveLength(1);
    await closed(connection);
  });

  it('that the server requires refuses a client that does not bind', async () => {
    await using server = await startServer({ ...bound, encrypt: 'on' });
    const error = await refusal(newest, windowsSignOn(connectTo(server.port, trusting), { extendedProtection: false }));
    expect(error).toMatchObject({
      code: 'ELOGIN',
      message: expect.stringMatching(/without channel bindings/) as string,
    });
  });

  it('"required" keeps strict at TLS 1.2, and "auto" does not', async () => {
    await using server = await startServer({
      encrypt: 'strict',
      tls13: true,
      authenticate: sspiAuthenticator({ epa: 'allowed' }),
    });
    const config = connectTo(server.port, { ...trusting, encrypt: 'strict' });
    await closed(await connect(newest, windowsSignOn(config, { extendedProtection: 'required' })));
    await closed(await connect(newest, windowsSignOn(config)));
    expect(server.seen.map(({ tlsVersion }) => tlsVersion)).toEqual(['TLSv1.2', 'TLSv1.3']);
  });

  it('"required" needs TLS', async () => {
    await using server = await startServer();
    const config = windowsSignOn(connectTo(server.port, { encrypt: false }), { extendedProtection: 'required' });
    expect((await refusal(newest, config)).cause).toMatchObject({ code: 'ERR_SSPI_SQL_ENCRYPTION' });
  });

  it('never resumes a session: each connection has a tls-unique of its own', async () => {
    await using server = await startServer({ ...bound, encrypt: 'on' });
    const config = windowsSignOn(connectTo(server.port, trusting));
    for (let count = 0; count < 3; count += 1) await closed(await connect(newest, config));
    expect(server.seen.map(({ refused }) => refused)).not.toContain('nothing to bind to');
    expect(server.seen.map(({ user }) => user)).toEqual(Array.from({ length: 3 }, () => 'EXAMPLE\\alice'));
  });
});
