import { checkedFunction, checkedRecord, checkedSignal, invalidOption } from '../adapters/check';
import type { AnyIdentity, Credentials, PackageBounds, SspiError } from '../index';
import type { SecureContextOptions } from 'node:tls';

/** Who signs on, and how: the second argument of {@link windowsSignOn}. */
export interface SignOnOptions {
  /**
   * The service principal name, or a function that makes it for each connection (also those of an instance or a redirection).
   * Default: `MSSQLSvc/` with the server's full name and port; if the domain does not know that name, the name without port.
   */
  readonly spn?: string | ((host: string, port: number) => string) | undefined;
  /**
   * Extended Protection: binds the sign-on to the TLS connection by *tls-unique*, which SQL Server checks. `'auto'` (the
   * default) binds where that is possible, which it is up to TLS 1.2; `'required'` fails otherwise, and limits TLS to 1.2;
   * `false` never binds.
   */
  readonly extendedProtection?: 'auto' | 'required' | false | undefined;
  /** Whom to sign on as. Default: the user that the process runs as. Not with `zeroPassword`: each reconnection needs it. */
  readonly identity?: AnyIdentity | undefined;
  /** Limits on what Negotiate may choose: `{ deny: ['NTLM'] }` is Kerberos or failure. */
  readonly packages?: PackageBounds | undefined;
  /** Credentials with use 'outbound' or 'both', in place of `identity` and `packages`. They stay the caller's to dispose of. */
  readonly credentials?: Credentials | undefined;
  /** True asks for delegation, so that the server may act as this user on other servers. The domain decides. Default false. */
  readonly delegate?: boolean | undefined;
  /** Ends sign-ons that are not over. Connections that have been let in are the driver's. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Told why the server refused a sign-on (18452 and 18456). The driver reports the refusal itself; this error has `explain()`.
   * What it throws is ignored.
   */
  readonly onRefusal?: ((error: SspiError) => void) | undefined;
}

/** Options of {@link windowsConnector}. */
export interface ConnectorOptions extends SignOnOptions {
  /**
   * `true` (the default) encrypts everything; `false` encrypts the login, if the server can, and the rest if the server demands
   * it; `'strict'` is TDS 8: TLS from the first byte.
   */
  readonly encrypt?: boolean | 'strict' | undefined;
  /** True does not check the server's certificate. It is ignored with `'strict'`. Default false. */
  readonly trustServerCertificate?: boolean | undefined;
  /** The name that the certificate must have. Default: the server's. */
  readonly serverName?: string | undefined;
  /** Certificate authorities, versions and ciphers of TLS: options of `tls.createSecureContext`. */
  readonly cryptoCredentialsDetails?: SecureContextOptions | undefined;
  /** Connects to all addresses of the server at once, for listeners of availability groups. Default false. */
  readonly multiSubnetFailover?: boolean | undefined;
  /**
   * How long connecting and signing on may take, in milliseconds; 0 for no limit. Default: 15,000, and no limit of its own where
   * the driver passes a signal, which ends with the driver's own limit.
   */
  readonly connectTimeout?: number | undefined;
}

export const signOnNames: readonly (keyof SignOnOptions)[] = [
  'spn',
  'extendedProtection',
  'identity',
  'packages',
  'credentials',
  'delegate',
  'signal',
  'onRefusal',
];

const connectorNames: readonly (keyof ConnectorOptions)[] = [
  ...signOnNames,
  'encrypt',
  'trustServerCertificate',
  'serverName',
  'cryptoCredentialsDetails',
  'multiSubnetFailover',
  'connectTimeout',
];

/** The options, checked. */
export interface Settings {
  readonly spn: SignOnOptions['spn'];
  readonly extendedProtection: 'auto' | 'required' | false;
  readonly identity: AnyIdentity | undefined;
  readonly packages: PackageBounds | undefined;
  readonly credentials: Credentials | undefined;
  readonly delegate: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onRefusal: ((error: SspiError) => void) | undefined;
  readonly encrypt: boolean | 'strict';
  readonly trustServerCertificate: boolean;
  readonly serverName: string | undefined;
  readonly tls: SecureContextOptions;
  readonly multiSubnetFailover: boolean;
  readonly connectTimeout: number | undefined;
}

/** @throws ERR_SSPI_INVALID_ARGUMENT, naming the option. */
export function checkedSettings(options: ConnectorOptions): Settings {
  checkedRecord(options, 'options', connectorNames);
  const { identity, packages, credentials, spn, signal, onRefusal, cryptoCredentialsDetails: tls = {} } = options;
  if (credentials !== undefined && (identity !== undefined || packages !== undefined)) {
    throw invalidOption('credentials excludes identity and packages: pass those to acquireCredentials');
  }
  if (credentials !== undefined && (typeof credentials !== 'object' || typeof credentials?.package !== 'string')) {
    throw invalidOption('credentials must come from acquireCredentials, and be awaited');
  }
  if (credentials?.use === 'inbound') {
    throw invalidOption("credentials are for accepting: acquire them with use 'outbound' or 'both'");
  }
  if (typeof identity === 'object' && 'zeroPassword' in identity && identity.zeroPassword === true) {
    throw invalidOption('identity.zeroPassword would erase what the next connection needs: pass credentials instead');
  }
  if (spn !== undefined && typeof spn !== 'function' && (typeof spn !== 'string' || spn === '')) {
    throw invalidOption('spn must be a string that is not empty, or a function');
  }
  if (typeof tls !== 'object' || tls === null) throw invalidOption('cryptoCredentialsDetails must be an object');
  return {
    spn,
    extendedProtection: oneOf(options, 'extendedProtection', ['auto', 'required', false], 'auto'),
    identity,
    packages,
    credentials,
    delegate: oneOf(options, 'delegate', [true, false], false),
    signal: checkedSignal(signal),
    onRefusal: checkedFunction(onRefusal, 'onRefusal'),
    encrypt: oneOf(options, 'encrypt', [true, false, 'strict'], true),
    trustServerCertificate: oneOf(options, 'trustServerCertificate', [true, false], false),
    serverName: checkedServerName(options.serverName),
    tls,
    multiSubnetFailover: oneOf(options, 'multiSubnetFailover', [true, false], false),
    connectTimeout: checkedTimeout(options.connectTimeout),
  };
}

function oneOf<const Choice>(
  options: ConnectorOptions,
  name: keyof ConnectorOptions,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const value: unknown = options[name];
  if (value === undefined) return fallback;
  if ((choices as readonly unknown[]).includes(value)) return value as Choice;
  throw invalidOption(`${name} must be ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`);
}

function checkedServerName(value: unknown): string | undefined {
  // mssql and connection settings leave it empty for "none".
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalidOption('serverName must be a string');
}

function checkedTimeout(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= 0x7fffffff) return value;
  throw invalidOption('connectTimeout must be a number of milliseconds, or 0 for no limit');
}
