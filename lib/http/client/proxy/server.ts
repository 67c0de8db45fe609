/** A proxy: where it is, and how it was named. */
export interface ProxyServer {
  /** `http://proxy.corp.test:3128`: what the options `origins` and `ntlm` are compared with. */
  readonly origin: string;
  /** In lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The connection to the proxy itself is TLS. */
  readonly secure: boolean;
  /** True for a proxy that the option gave as a URL, false for one that a function named. */
  readonly named: boolean;
}

/** A proxy, and which credential it may be shown. */
export interface ProxyChoice extends ProxyServer {
  /** It may be signed on to. */
  readonly credential: boolean;
  /** NTLM may be used for it. */
  readonly ntlm: boolean;
}

/** One way to a server: through a proxy, or to the server itself. */
export type Route = 'direct' | ProxyChoice;

/** The lists of origins that a client's options name. */
export interface OriginLists {
  readonly origins: ReadonlySet<string>;
  readonly ntlm: ReadonlySet<string>;
}

/**
 * Is this host, as a URL has it, an IP address? URL writes an IPv4 address in whichever notation as four numbers, and no name ends in
 * a number (https://url.spec.whatwg.org/#host-parsing). Node's `isIP` would compile regular expressions of several milliseconds in
 * every process that loads `sspi/register`.
 */
export const isAddress = (host: string): boolean => host.includes(':') || /\.\d+$/.test(host);

/** The proxy of an `http:` or `https:` URL without a path; undefined for any other text. Userinfo is not kept. */
export function proxyOfUrl(text: string, named: boolean): ProxyServer | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const { protocol, hostname, port, pathname, search, hash, origin } = url;
  if ((protocol !== 'http:' && protocol !== 'https:') || hostname === '') return undefined;
  if (pathname !== '/' || search !== '' || hash !== '') return undefined;
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return Object.freeze({ origin, host, port: port === '' ? (secure ? 443 : 80) : Number(port), secure, named });
}

/**
 * A proxy that was given as a URL may be signed on to, one that a function named only if its origin is listed. NTLM must be
 * allowed in `ntlm`, and so must a proxy without a name, for which there is no Kerberos.
 */
export function permit(proxy: ProxyServer, { origins, ntlm }: OriginLists): ProxyChoice {
  const listed = proxy.named || origins.has(proxy.origin);
  const withNtlm = ntlm.has(proxy.origin);
  const credential = listed && (withNtlm || !isAddress(proxy.host));
  return Object.freeze({ ...proxy, credential, ntlm: credential && withNtlm });
}
