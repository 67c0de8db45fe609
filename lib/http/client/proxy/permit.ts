/** What a proxy may be shown, from how it was named and what is listed. */
import { isAddress, type ProxyServer } from './server';

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
 * A proxy that was given as a URL may be signed on to, one that a function named only if its origin is listed. NTLM must be
 * allowed in `ntlm`, and so must a proxy without a name, for which there is no Kerberos.
 */
export function permit(proxy: ProxyServer, { origins, ntlm }: OriginLists): ProxyChoice {
  const listed = proxy.named || origins.has(proxy.origin);
  const withNtlm = ntlm.has(proxy.origin);
  const credential = listed && (withNtlm || !isAddress(proxy.host));
  return Object.freeze({ ...proxy, credential, ntlm: credential && withNtlm });
}
