import type { config as PoolConfiguration } from 'mssql';
import { SspiError } from 'sspi';
import { windowsConnector, windowsSignOn, type SqlServerConfiguration } from 'sspi/mssql';
import type { ConnectionConfiguration as Tedious20 } from 'tedious';
import type { ConnectionConfiguration as Tedious19 } from 'tedious-19';

const server = 'sql.corp.test';

function refused(config: unknown, options: object = {}): string {
  try {
    windowsSignOn(config as SqlServerConfiguration, options);
  } catch (error) {
    expect(error).toBeInstanceOf(SspiError);
    expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe('windowsSignOn', () => {
  it('gives a configuration for tedious and for mssql, by their own types, and leaves the given one as it is', () => {
    const given = { server, options: { database: 'hr', encrypt: true, appName: 'app' } };
    const before = structuredClone(given);
    const made = windowsSignOn(given);
    const newest: Tedious20 = made;
    const older: Tedious19 = made;
    const pool: PoolConfiguration = windowsSignOn({ server, database: 'hr', encrypt: true, pool: { max: 50 } });
    const minimal: Tedious20 = windowsSignOn({ server });
    const strict: Tedious20 = windowsSignOn({ server, options: { encrypt: 'strict' } });
    expect(given).toEqual(before);
    expect(newest).toEqual({
      server,
      authentication: { type: 'default', options: {} },
      options: { database: 'hr', appName: 'app', encrypt: false, connector: expect.any(Function) as unknown },
    });
    expect(older).toBe(newest);
    expect(pool).toMatchObject({ database: 'hr', pool: { max: 50 }, options: { encrypt: false } });
    expect(pool).not.toHaveProperty('encrypt');
    expect(minimal.options?.encrypt).toBe(false);
    expect(strict.options?.encrypt).toBe(false);
  });

  it('keeps the types of the caller’s options', () => {
    const { options } = windowsSignOn({ server, options: { database: 'hr' } });
    const database: string | undefined = options.database;
    expect(database).toBe('hr');
  });

  it.each([
    ['user', { server, user: 'sa' }],
    ['password', { server, password: 'secret' }],
    ['domain', { server, domain: 'CORP' }],
    ['authentication_type', { server, authentication_type: 'ntlm' }],
    ['clientSecret', { server, clientSecret: 'secret' }],
    ['connectionString', { server, connectionString: 'Server=sql' }],
    ['authentication.options.userName', { server, authentication: { type: 'default', options: { userName: 'sa' } } }],
    ['authentication.options.password', { server, authentication: { options: { password: 'secret' } } }],
    ['options.connector', { server, options: { connector: () => undefined } }],
  ])('refuses %s, and names it', (name, config) => {
    const message = refused(config);
    expect(message).toContain(`"${name}"`);
    expect(message).not.toContain('secret');
  });

  it.each([
    [
      'another authentication',
      { server, authentication: { type: 'ntlm', options: {} } },
      /authentication\.type "ntlm"/,
    ],
    ['a connection string', 'Server=sql;Trusted_Connection=yes', /connection string/],
    ['nothing', undefined, /configuration must be an object/],
    ['options that are none', { server, options: 7 }, /options/],
    [
      'an encryption that is none',
      { server, options: { encrypt: 'yes' } },
      /encrypt must be true or false or "strict"/,
    ],
  ])('refuses %s', (_, config, message) => {
    expect(refused(config)).toMatch(message);
  });

  it.each([
    ['an unknown option', { spm: 'x' }, /no option "spm"; its options are spn/],
    ['encrypt, which belongs into the configuration', { encrypt: true }, /no option "encrypt"/],
    ['an empty spn', { spn: '' }, /spn/],
    [
      'an extendedProtection that is none',
      { extendedProtection: true },
      /extendedProtection must be "auto" or "required"/,
    ],
    ['credentials that were not awaited', { credentials: Promise.resolve() }, /credentials.*awaited/],
    ['credentials for accepting', { credentials: { package: 'Negotiate', use: 'inbound' } }, /outbound/],
    [
      'credentials beside an identity',
      { credentials: {}, identity: { user: 'a', password: 'b' } },
      /excludes identity/,
    ],
    [
      'an identity that can be used once',
      { identity: { user: 'a', password: Buffer.from('b'), zeroPassword: true } },
      /zeroPassword/,
    ],
    ['a signal that is none', { signal: {} }, /AbortSignal/],
    ['an onRefusal that is none', { onRefusal: 1 }, /onRefusal/],
    ['a delegate that is none', { delegate: 'yes' }, /delegate/],
    ['no object', [], /second argument/],
  ])('refuses %s', (_, options, message) => {
    expect(refused({ server }, options)).toMatch(message);
  });
});

describe('windowsConnector', () => {
  it('is what the drivers call a connector', () => {
    const connector = windowsConnector();
    const newest: NonNullable<Tedious20['options']>['connector'] = connector;
    const older: NonNullable<Tedious19['options']>['connector'] = connector;
    expect(newest).toBe(older);
  });

  it.each([
    ['connectTimeout', { connectTimeout: -1 }],
    ['cryptoCredentialsDetails', { cryptoCredentialsDetails: 'x' }],
    ['serverName', { serverName: 7 }],
    ['multiSubnetFailover', { multiSubnetFailover: 1 }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => windowsConnector(options as object)).toThrow(name);
  });

  it('says so where the driver does not tell it a place', async () => {
    const connector = windowsConnector();
    await expect(connector()).rejects.toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});
