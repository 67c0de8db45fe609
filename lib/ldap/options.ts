import { checkedChoice, checkedRecord, checkedSignal, checkedText, describe, invalidOption } from '../sasl/check';
import { securityLayers, type MechanismName } from '../sasl/options';
import type tls from 'node:tls';
import type { AnyIdentity, Credentials } from '../index';
import type { SecurityLayer } from '../wire/sasl-layers';

/** Options of {@link sspiConnection}. */
export interface LdapConnectionOptions {
  /** The service principal name of the directory. Default: `ldap/` and the host that is connected to, which must be a name. */
  readonly target?: string | undefined;
  /** Whom to sign on as. Default: the current user. Connections that are open at the same time share one credential. */
  readonly identity?: AnyIdentity | undefined;
  /** Credentials for all connections, instead of `identity`: of the package Kerberos for GSSAPI, Negotiate for GSS-SPNEGO. */
  readonly credentials?: Credentials | undefined;
  /**
   * `'never'` (the default) is Kerberos or a failure, by GSSAPI unless `mechanism` says otherwise. `'allow'` lets Negotiate choose
   * NTLM where Kerberos is not possible, and is GSS-SPNEGO.
   */
  readonly ntlm?: 'never' | 'allow' | undefined;
  /** The SASL mechanism. Default: `'GSSAPI'`, and `'GSS-SPNEGO'` with `ntlm: 'allow'`. */
  readonly mechanism?: MechanismName | undefined;
  /**
   * How the connection is protected after the bind. Default: `'confidentiality'`, and inside TLS `'none'`, because Active Directory
   * accepts no other there.
   */
  readonly layer?: SecurityLayer | undefined;
  /** `'ldaps'` begins with TLS, `'startTLS'` upgrades the connection before the bind. Default: false. */
  readonly tls?: false | 'ldaps' | 'startTLS' | undefined;
  /** For Node's TLS: `ca`, `servername` and others. */
  readonly tlsOptions?: tls.ConnectionOptions | undefined;
  /** Whether the bind is bound to the TLS connection (tls-server-end-point). Default: true with TLS. */
  readonly channelBindings?: boolean | undefined;
  /** GSSAPI: whom to act as, such as `dn:cn=other,dc=corp,dc=test` (RFC 4513, section 5.2.1.8). */
  readonly authzid?: string | undefined;
  /** How long connecting and binding may take together, in milliseconds. Default: 30,000; Infinity for no limit. */
  readonly timeout?: number | undefined;
  /** Aborting ends connections that are not bound yet, and refuses new ones. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, checked. */
export interface Settings {
  readonly target: string | undefined;
  readonly identity: AnyIdentity | undefined;
  readonly credentials: Credentials | undefined;
  readonly mechanism: MechanismName;
  readonly ntlm: boolean;
  readonly layer: SecurityLayer;
  readonly tls: false | 'ldaps' | 'startTLS';
  readonly tlsOptions: tls.ConnectionOptions;
  readonly channelBindings: boolean;
  readonly authzid: string | undefined;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const names: readonly (keyof LdapConnectionOptions)[] = [
  'target',
  'identity',
  'credentials',
  'ntlm',
  'mechanism',
  'layer',
  'tls',
  'tlsOptions',
  'channelBindings',
  'authzid',
  'timeout',
  'signal',
];

/** @throws ERR_SSPI_INVALID_ARGUMENT, naming the option. */
export function checkedSettings(options: LdapConnectionOptions): Settings {
  checkedRecord(options, 'options', names);
  const ntlm = checkedChoice(options.ntlm ?? 'never', 'ntlm', ['never', 'allow']) === 'allow';
  const mechanism = checkedChoice(options.mechanism ?? (ntlm ? 'GSS-SPNEGO' : 'GSSAPI'), 'mechanism', [
    'GSSAPI',
    'GSS-SPNEGO',
  ]);
  if (ntlm && mechanism === 'GSSAPI') throw invalidOption("ntlm: 'allow' needs the mechanism GSS-SPNEGO");
  const secure = options.tls === false ? false : checkedTls(options.tls);
  if (secure === false && options.tlsOptions !== undefined) {
    throw invalidOption("tlsOptions need tls: 'ldaps' or 'startTLS'");
  }
  const layer = checkedChoice(
    options.layer ?? (secure === false ? 'confidentiality' : 'none'),
    'layer',
    securityLayers,
  );
  return {
    target: checkedText(options.target, 'target'),
    ...checkedAccount(options),
    mechanism,
    ntlm,
    layer,
    tls: secure,
    tlsOptions: { ...options.tlsOptions },
    channelBindings: checkedBindings(options.channelBindings, secure),
    authzid: checkedText(options.authzid, 'authzid'),
    timeout: checkedTime(options.timeout),
    signal: checkedSignal(options.signal),
  };
}

function checkedTls(value: unknown): false | 'ldaps' | 'startTLS' {
  return value === undefined ? false : checkedChoice(value, 'tls', ['ldaps', 'startTLS'] as const);
}

function checkedAccount({ identity, credentials }: LdapConnectionOptions): Pick<Settings, 'identity' | 'credentials'> {
  if (identity !== undefined && credentials !== undefined) {
    throw invalidOption('identity and credentials exclude each other');
  }
  if (typeof identity === 'object' && 'zeroPassword' in identity && identity.zeroPassword === true) {
    throw invalidOption(
      'identity.zeroPassword erases what the next connection needs: use credentials, which acquire it once',
    );
  }
  return { identity, credentials };
}

function checkedBindings(value: unknown, secure: Settings['tls']): boolean {
  if (value === undefined) return secure !== false;
  if (typeof value !== 'boolean') throw invalidOption(`channelBindings must be true or false, not ${describe(value)}`);
  if (value && secure === false) throw invalidOption("channelBindings need tls: 'ldaps' or 'startTLS'");
  return value;
}

function checkedTime(value: unknown): number {
  const usual = 30_000;
  const longest = 0x7fffffff;
  if (value === undefined) return usual;
  if (value === Infinity || (typeof value === 'number' && value > 0 && value <= longest)) return value;
  throw invalidOption(`timeout must be a number of milliseconds from 1 to ${longest}, or Infinity`);
}
