import { checkedFlag, checkedRecord, checkedTime, describe, invalidOption } from '../check';
import { checkedOrigins, isAddress } from './origin';
import type { AnyIdentity, Credentials } from '../../index';
import type { ConnectionOptions } from 'node:tls';

/** Options of {@link SspiAgent}, {@link createFetch} and {@link createDispatcher}: which credential goes where. */
export interface SignOnOptions {
  /**
   * The origins that may be signed on to, such as `https://web.corp.test`; no patterns. Any other origin is served without a
   * token, and its 401 is handed on. Default: none.
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * The origins, and proxies, that may also be signed on to by NTLM. An IP address is signed on to only if it is listed here. A
   * server must be in `origins` as well. Default: none.
   */
  readonly ntlm?: readonly string[] | undefined;
  /** The origins, out of `origins`, that may act for the user elsewhere (Kerberos delegation). Default: none. */
  readonly delegate?: readonly string[] | undefined;
  /**
   * The proxy: its URL, or a function of the URL that is asked for, whose answer is a URL or the text of a PAC script (`PROXY
   * proxy.corp.test:3128; DIRECT`), such as Electron's `session.resolveProxy`. A proxy given as a URL gets the credential; one
   * that a function names only if its origin is in `origins`. By default there is none, and the environment is not read.
   */
  readonly proxy?: string | URL | ((url: string) => string | Promise<string>) | undefined;
  /** Must the server prove its identity before its answer is handed on? NTLM, where it is permitted, is exempt. Default: true. */
  readonly mutualAuth?: boolean | undefined;
  /** True sends a Kerberos token with the first request, before the server asks for it. Default: false. */
  readonly preemptive?: boolean | undefined;
  /**
   * The service principal names to ask for, instead of `HTTP/` and the host as typed: one, or several in their order, or a
   * function of the origin; undefined from it means the usual name. The next one is tried only when this machine knows no
   * account for the one before it (SEC_E_TARGET_UNKNOWN), before any token has left.
   */
  readonly spn?: string | readonly string[] | ((origin: string) => string | readonly string[] | undefined) | undefined;
  /** True asks for `HTTP/host:port` where the port is not the scheme's own. Default: false. */
  readonly spnPort?: boolean | undefined;
  /**
   * True also tries the canonical name that DNS gives for the host, after the host as typed. DNS is usually not protected:
   * whoever can forge its answers chooses the service. Default: false.
   */
  readonly canonicalNames?: boolean | undefined;
  /** Credentials to sign on with (use 'outbound' or 'both'), which stay the caller's. Default: the current user. */
  readonly credentials?: Credentials | undefined;
  /** Whom to sign on as, instead of the current user. */
  readonly identity?: AnyIdentity | undefined;
  /** How long opening a connection may take, TLS included, in milliseconds. Default: 30,000; Infinity for no limit. */
  readonly connectTimeout?: number | undefined;
  /**
   * How long a server or proxy may take to answer a leg that is followed by another one, in milliseconds. The last leg is the
   * request itself: the client's own time limits apply to it. Default: 30,000; Infinity for no limit.
   */
  readonly handshakeTimeout?: number | undefined;
}

/** TLS to servers, as Node's `tls.connect` takes it. It does not apply to TLS to a proxy itself. */
export interface ServerTlsOptions extends Pick<
  ConnectionOptions,
  'ca' | 'checkServerIdentity' | 'ciphers' | 'crl' | 'maxVersion' | 'minVersion' | 'rejectUnauthorized'
> {
  /** The client's certificate in PEM. It is shown only to the origins that are listed in `origins`, as is that of `pfx`. */
  readonly cert?: ConnectionOptions['cert'];
  /** Its private key in PEM. */
  readonly key?: ConnectionOptions['key'];
  /** What `key` or `pfx` is encrypted with. */
  readonly passphrase?: ConnectionOptions['passphrase'];
  /** The client's certificate and key in one file of PKCS #12. */
  readonly pfx?: ConnectionOptions['pfx'];
  /** The name that is asked for, and expected in the certificate, of every server. Default: the host of the URL. */
  readonly servername?: string | undefined;
}

/** Options of {@link createFetch} and {@link createDispatcher}. */
export interface SspiFetchOptions extends SignOnOptions {
  /** TLS to servers, such as `{ ca }`. Default: what Node trusts. */
  readonly tls?: ServerTlsOptions | undefined;
}

/** The options, checked. */
export interface ClientSettings {
  readonly origins: ReadonlySet<string>;
  readonly ntlm: ReadonlySet<string>;
  readonly delegate: ReadonlySet<string>;
  readonly proxy: SignOnOptions['proxy'];
  readonly mutualAuth: boolean;
  readonly preemptive: boolean;
  readonly spn: SignOnOptions['spn'];
  readonly spnPort: boolean;
  readonly canonicalNames: boolean;
  readonly credentials: Credentials | undefined;
  readonly identity: AnyIdentity | undefined;
  readonly connectTimeout: number;
  readonly handshakeTimeout: number;
}

export const signOnOptionNames: readonly (keyof SignOnOptions)[] = [
  'origins',
  'ntlm',
  'delegate',
  'proxy',
  'mutualAuth',
  'preemptive',
  'spn',
  'spnPort',
  'canonicalNames',
  'credentials',
  'identity',
  'connectTimeout',
  'handshakeTimeout',
];

const defaultTimeout = 30_000;

/** @throws ERR_SSPI_INVALID_ARGUMENT, naming the option. */
export function checkedSignOnOptions(options: SignOnOptions): ClientSettings {
  checkedRecord(options, 'options', signOnOptionNames);
  const { credentials, identity, mutualAuth } = options;
  if (credentials !== undefined && identity !== undefined) {
    throw invalidOption('credentials and identity cannot be combined: acquire the credentials for the identity');
  }
  const ntlm = checkedOrigins(options.ntlm, 'ntlm');
  const delegate = checkedOrigins(options.delegate, 'delegate');
  const address = [...delegate].find(isAddress);
  if (address !== undefined) {
    throw invalidOption(`delegate: "${address}" is an IP address; delegation needs Kerberos, and a name`);
  }
  return {
    origins: checkedOrigins(options.origins, 'origins'),
    ntlm,
    delegate,
    proxy: options.proxy,
    mutualAuth: mutualAuth === undefined || checkedFlag(mutualAuth, 'mutualAuth'),
    preemptive: checkedFlag(options.preemptive, 'preemptive'),
    spn: checkedSpn(options.spn),
    spnPort: checkedFlag(options.spnPort, 'spnPort'),
    canonicalNames: checkedFlag(options.canonicalNames, 'canonicalNames'),
    credentials: checkedCredentials(credentials),
    identity,
    connectTimeout: checkedTime(options.connectTimeout, 'connectTimeout', defaultTimeout),
    handshakeTimeout: checkedTime(options.handshakeTimeout, 'handshakeTimeout', defaultTimeout),
  };
}

function checkedSpn(value: SignOnOptions['spn']): SignOnOptions['spn'] {
  if (value === undefined || typeof value === 'function') return value;
  checkedNames(value);
  return value;
}

/** @throws ERR_SSPI_INVALID_ARGUMENT for anything but service principal names. */
export function checkedNames(value: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (names.length === 0) throw invalidOption('spn must not be empty');
  for (const name of names) {
    if (typeof name !== 'string' || !/^[^/\s]+\/[^/\s]+(\/[^/\s]+)?$/.test(name)) {
      const got = typeof name === 'string' ? `"${name}"` : describe(name);
      throw invalidOption(`spn must be a service principal name, such as HTTP/web.corp.test, not ${got}`);
    }
  }
  return names as readonly string[];
}

function checkedCredentials(value: Credentials | undefined): Credentials | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || typeof value.package !== 'string') {
    throw invalidOption(`credentials must come from acquireCredentials, and be awaited; got ${describe(value)}`);
  }
  if (value.use === 'inbound') {
    throw invalidOption("credentials are for accepting: acquire them with use 'outbound' or 'both'");
  }
  return value;
}
