import { checkedRecord, invalidOption } from '../adapters/check';
import { signOnNames, type ConnectorOptions, type SignOnOptions } from './options';
import { makeConnector, type WindowsConnector } from './connector';
import type { SecureContextOptions } from 'node:tls';

/** What {@link windowsSignOn} reads of a configuration: of tedious' `Connection`, or of mssql's pool. */
export interface SqlServerConfiguration {
  readonly server: string;
  /** mssql's. */
  readonly encrypt?: boolean | undefined;
  /** mssql's. */
  readonly trustServerCertificate?: boolean | undefined;
  /** With any other option of the driver's. */
  readonly options?:
    | (object & {
        readonly encrypt?: boolean | 'strict' | undefined;
        readonly trustServerCertificate?: boolean | undefined;
        readonly serverName?: string | undefined;
        readonly cryptoCredentialsDetails?: SecureContextOptions | undefined;
        readonly multiSubnetFailover?: boolean | undefined;
      })
    | undefined;
}

/** A configuration with Windows sign-on: see {@link windowsSignOn}. */
export type WindowsSignOnConfiguration<Configuration extends SqlServerConfiguration> = Omit<
  Configuration,
  'options' | 'authentication' | 'encrypt' | 'trustServerCertificate'
> & {
  authentication: { type: 'default'; options: Record<string, never> };
  options: Omit<NonNullable<Configuration['options']>, 'encrypt' | 'connector'> & {
    encrypt: false;
    connector: WindowsConnector;
  };
};

/** Settings of another kind of login, of tedious and of mssql. */
const excluded = [
  'user',
  'userName',
  'password',
  'domain',
  'authentication_type',
  'clientId',
  'clientSecret',
  'tenantId',
  'token',
  'msiEndpoint',
  'msiSecret',
  'connectionString',
];

/** See `windowsSignOn` in index.ts. */
export function withWindowsSignOn<const Configuration extends SqlServerConfiguration>(
  configuration: Configuration,
  signOn: SignOnOptions,
): WindowsSignOnConfiguration<Configuration> {
  const { options = {}, encrypt, trustServerCertificate, ...rest } = checkedConfiguration(configuration);
  checkedRecord(signOn, 'the second argument', signOnNames);
  const own: ConnectorOptions = {
    encrypt: options.encrypt ?? encrypt,
    trustServerCertificate: options.trustServerCertificate ?? trustServerCertificate,
    serverName: options.serverName,
    cryptoCredentialsDetails: options.cryptoCredentialsDetails,
    multiSubnetFailover: options.multiSubnetFailover,
  };
  const connector = makeConnector({ ...own, ...signOn });
  return {
    ...rest,
    authentication: { type: 'default', options: {} },
    // The driver leaves encryption to the connector.
    options: { ...options, encrypt: false, connector },
  } as unknown as WindowsSignOnConfiguration<Configuration>;
}

function checkedConfiguration(configuration: SqlServerConfiguration): SqlServerConfiguration {
  if (typeof configuration === 'string') {
    throw invalidOption(
      'A connection string cannot be used with Windows sign-on: pass an object with server and options',
    );
  }
  if (typeof configuration !== 'object' || configuration === null) {
    throw invalidOption('the configuration must be an object with server and options');
  }
  const { options, authentication } = configuration as {
    readonly options?: unknown;
    readonly authentication?: { readonly type?: unknown; readonly options?: unknown };
  };
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw invalidOption('options of the configuration must be an object');
  }
  refuseAny(configuration, excluded, '');
  refuseAny(options, ['connector'], 'options.');
  refuseAny(authentication?.options, excluded, 'authentication.options.');
  const type = authentication?.type;
  if (type !== undefined && type !== 'default') {
    throw invalidOption(`authentication.type ${JSON.stringify(type)} is another kind of login: leave it out`);
  }
  return configuration;
}

function refuseAny(record: unknown, names: readonly string[], prefix: string): void {
  if (typeof record !== 'object' || record === null) return;
  const found = names.find((name) => (record as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (found === undefined) return;
  throw invalidOption(`"${prefix}${found}" cannot be combined with Windows sign-on: leave it out`);
}
