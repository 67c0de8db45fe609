import { memoryProvider, useProvider, type ProviderInUse } from 'sspi/testing';
import { windowsSignOn } from 'sspi/mssql';
import { SspiError } from 'sspi';
import { closed, connect, drivers, inDomain, newest, plainTo, query, refusal, startServer } from './support';
import type mssqlModule from 'mssql';

const mssql = require('mssql') as typeof mssqlModule;

inDomain();

describe.each(drivers)('%s', (_, driver) => {
  it('signs on as the current user by Kerberos, and queries', async () => {
    await using server = await startServer();
    const connection = await connect(driver, windowsSignOn(plainTo(server.port)));
    expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\alice', 'FALSE']]);
    const rows = await query(driver, connection, 'rows 20000');
    expect(rows).toHaveLength(20_000);
    expect(rows.at(-1)).toEqual(['19999', 'row 19999']);
    await closed(connection);
    const [seen] = server.seen;
    expect(seen?.login7).toMatchObject({ user: '', password: '', integrated: true });
    expect(seen?.tokens).toEqual([]);
  });

  it('signs on by NTLM in three legs, as another user', async () => {
    await using server = await startServer();
    const identity = { user: 'bob', password: 'Builder' };
    const config = windowsSignOn(plainTo(server.port), { identity, packages: { allow: ['NTLM'] } });
    const connection = await connect(driver, config);
    expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\bob', 'FALSE']]);
    expect(server.seen[0]?.tokens).toHaveLength(1);
    await closed(connection);
  });

  it('takes a last token that comes before LOGINACK, in a message of its own', async () => {
    await using server = await startServer({ lastToken: 'separate' });
    const connection = await connect(driver, windowsSignOn(plainTo(server.port)));
    expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\alice', 'FALSE']]);
    await closed(connection);
  });

  it('takes what comes one byte a segment', async () => {
    await using server = await startServer({ dribble: true });
    const connection = await connect(driver, windowsSignOn(plainTo(server.port)));
    expect(await query(driver, connection, 'rows 20')).toHaveLength(20);
    await closed(connection);
  });

  it.each([512, 4096, 32_767])('changes to packets of %d bytes after the login', async (packetSize) => {
    await using server = await startServer({ packetSize });
    const connection = await connect(
      driver,
      windowsSignOn({ server: 'localhost', options: { port: server.port, encrypt: false, packetSize: 32_767 } }),
    );
    expect(server.seen[0]?.packets?.every((size) => size <= 4096)).toBe(true);
    expect(await query(driver, connection, `rows 100 -- ${'x'.repeat(10_000)}`)).toHaveLength(100);
    await closed(connection);
  });

  it('cancels a request, and goes on', async () => {
    await using server = await startServer();
    const connection = await connect(driver, windowsSignOn(plainTo(server.port)));
    const waiting = query(driver, connection, 'waitfor');
    setTimeout(() => connection.cancel(), 50);
    await expect(waiting).rejects.toMatchObject({ code: 'ECANCEL' });
    expect(await query(driver, connection, 'rows 3')).toHaveLength(3);
    expect(server.seen[0]?.attention).toBe(true);
    await closed(connection);
  });

  it('follows a redirection, with the SPN of the other place', async () => {
    await using other = await startServer();
    await using server = await startServer({ route: { host: 'localhost', port: other.port } });
    const places: string[] = [];
    const spn = (host: string, port: number): string => {
      places.push(`${host}:${port}`);
      return `MSSQLSvc/${host}:${port}`;
    };
    const connection = await connect(driver, windowsSignOn(plainTo(server.port), { spn }));
    expect(places).toEqual([`localhost:${server.port}`, `localhost:${other.port}`]);
    expect(await query(driver, connection, 'who')).toEqual([['EXAMPLE\\alice', 'FALSE']]);
    await closed(connection);
  });

  it('leaves a failing query to the driver', async () => {
    await using server = await startServer();
    const connection = await connect(driver, windowsSignOn(plainTo(server.port)));
    await expect(query(driver, connection, 'raise 50001')).rejects.toMatchObject({ code: 'EREQUEST', number: 50_001 });
    await closed(connection);
  });

  it('tells the driver of a connection that breaks after the login', async () => {
    await using server = await startServer();
    const connection = await connect(driver, windowsSignOn(plainTo(server.port)));
    const ended = new Promise<void>((resolve) => connection.once('end', resolve));
    await expect(query(driver, connection, 'die')).rejects.toMatchObject({
      code: expect.stringMatching(/^(ESOCKET|ECONNRESET)$/) as string,
    });
    await ended;
  });

  it('reports 18456 as the driver’s own, with the cause beside it', async () => {
    await using server = await startServer({ denied: ['EXAMPLE\\alice'] });
    const told: SspiError[] = [];
    const onRefusal = (error: SspiError): void => {
      told.push(error);
      throw new Error('an observer that fails');
    };
    const error = await refusal(driver, windowsSignOn(plainTo(server.port), { onRefusal }));
    expect(error.code).toBe('ELOGIN');
    expect(error.message).toMatch(
      /^Login failed for user 'EXAMPLE\\alice'\. \[sspi: .*MSSQLSvc\/localhost:\d+.*CREATE LOGIN/,
    );
    expect(told.map(({ code }) => code)).toEqual(['ERR_SSPI_SQL_LOGIN_FAILED']);
    expect(told[0]?.explain().causes[0]).toMatchObject({ cause: 'sql-no-login', likelihood: 'certain' });
  });

  it('reports 18452 as the driver’s own, with the cause beside it', async () => {
    const authenticate = () =>
      Promise.resolve({
        user: undefined,
        step: () => Promise.reject(new Error('refused')),
        dispose: () => Promise.resolve(),
      });
    await using server = await startServer({ authenticate });
    const told: SspiError[] = [];
    const config = windowsSignOn(plainTo(server.port), { onRefusal: (error) => void told.push(error) });
    const error = await refusal(driver, config);
    expect(error.code).toBe('ELOGIN');
    expect(error.message).toMatch(/untrusted domain.*\[sspi: .*MSSQLSvc\/localhost:\d+.*setspn/);
    expect(told.map(({ code }) => code)).toEqual(['ERR_SSPI_SQL_UNTRUSTED']);
    expect(told[0]?.explain().causes[0]).toMatchObject({ cause: 'sql-untrusted' });
  });
});

describe('the SPN', () => {
  const refusedServices = (services: readonly string[]): ProviderInUse =>
    useProvider(memoryProvider({ users: { alice: 'Wonderland' }, services }));

  it('without port is tried after the one with it', async () => {
    using known = refusedServices(['MSSQLSvc/localhost']);
    expect(known).toBeDefined();
    await using server = await startServer();
    const config = windowsSignOn(plainTo(server.port), { packages: { deny: ['NTLM'] } });
    await closed(await connect(newest, config));
  });

  it('that nobody knows is an error of this side, before the driver says anything', async () => {
    using unknown = refusedServices(['HTTP/localhost']);
    expect(unknown).toBeDefined();
    await using server = await startServer();
    const config = windowsSignOn(plainTo(server.port), { packages: { deny: ['NTLM'] } });
    const error = await refusal(newest, config);
    expect(error.code).toBe('ESOCKET');
    expect(error.cause).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN', api: 'InitializeSecurityContext' });
    expect(SspiError.isSspiError(error.cause)).toBe(true);
    expect(server.seen[0]?.login7).toBeUndefined();
  });

  it('of the caller is the only one', async () => {
    using unknown = refusedServices(['MSSQLSvc/localhost']);
    expect(unknown).toBeDefined();
    await using server = await startServer();
    const config = windowsSignOn(plainTo(server.port), { packages: { deny: ['NTLM'] }, spn: 'MSSQLSvc/other' });
    expect((await refusal(newest, config)).cause).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
  });
});

describe('mssql', () => {
  it('has a pool of 50 with one credential, and replaces a connection that was killed', async () => {
    const inMemory = memoryProvider({ users: { alice: 'Wonderland' } });
    using counted = useProvider(inMemory);
    expect(counted).toBeDefined();
    await using server = await startServer();
    const pool = new mssql.ConnectionPool(
      windowsSignOn({
        server: 'localhost',
        port: server.port,
        encrypt: false,
        database: 'hr',
        pool: { max: 50, min: 50 },
      }),
    );
    pool.on('error', () => undefined);
    await pool.connect();
    const answers = await Promise.all(Array.from({ length: 100 }, () => pool.request().query<{ who: string }>('who')));
    expect(new Set(answers.map(({ recordset }) => recordset[0]?.who))).toEqual(new Set(['EXAMPLE\\alice']));
    while (server.open < 50) await Promise.all(Array.from({ length: 200 }, () => pool.request().query('who')));
    // One for the connection that mssql tries first and closes, and one for the pool.
    const acquired = inMemory.calls.filter((call) => call.api === 'AcquireCredentialsHandle' && call.use === 2);
    expect(acquired.length).toBeLessThanOrEqual(2);
    expect(server.seen[0]?.login7).toMatchObject({ database: 'hr' });
    server.killAll();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await pool.request().query('rows 5')).recordset).toHaveLength(5);
    await pool.close();
  });

  it('has 18456 as its own error', async () => {
    await using server = await startServer({ denied: ['EXAMPLE\\alice'] });
    const config = windowsSignOn({ server: 'localhost', port: server.port, encrypt: false });
    await expect(new mssql.ConnectionPool(config).connect()).rejects.toMatchObject({
      code: 'ELOGIN',
      message: expect.stringContaining('Login failed for user') as string,
    });
  });
});
