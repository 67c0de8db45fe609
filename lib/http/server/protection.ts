import { checkedFunction, checkedRecord, checkedTexts, checkedChoice, describe, invalidOption } from '../check';
import { tlsServerEndPoint } from '../../index';
import type {
  AcceptOptions,
  ExtendedProtectionOptions,
  ExtendedProtectionPolicy,
  ExtendedProtectionRecord,
} from '../../index';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { X509Certificate } from 'node:crypto';

/** Extended Protection for Authentication over HTTP: see docs/extended-protection.md. */
export interface HttpExtendedProtection {
  readonly policy: ExtendedProtectionPolicy;
  /**
   * The certificate of the proxy that ends TLS in front: DER bytes, or node:crypto's X509Certificate. Clients are held to it
   * on connections that this process does not encrypt itself.
   */
  readonly certificate?: NodeJS.ArrayBufferView | X509Certificate | undefined;
  /**
   * The service principal names that clients may ask for. Where a proxy ends TLS and its certificate is not given, they are
   * mandatory: clients may then be bound to any channel, but not to another service.
   */
  readonly serviceNames?: readonly string[] | undefined;
  /** Told, under any policy, whom `'always'` would have refused. */
  readonly audit?: ((record: ExtendedProtectionRecord) => void) | undefined;
}

export interface CheckedHttpProtection {
  readonly policy: ExtendedProtectionPolicy;
  /** The bindings of the given certificate. */
  readonly bindings: Buffer | undefined;
  readonly serviceNames: readonly string[] | undefined;
  readonly audit: ((record: ExtendedProtectionRecord) => void) | undefined;
}

/** What `accept` is given for one connection. */
export type ProtectionTerms = Pick<AcceptOptions, 'channelBindings' | 'extendedProtection'>;

export function checkedProtection(
  option: ExtendedProtectionPolicy | HttpExtendedProtection | undefined,
): CheckedHttpProtection {
  const given = typeof option === 'object' && option !== null ? option : { policy: option ?? 'whenSupported' };
  checkedRecord(given, 'extendedProtection', ['policy', 'certificate', 'serviceNames', 'audit']);
  const { certificate, serviceNames, audit } = given;
  const policy = checkedChoice(
    given.policy,
    'extendedProtection',
    ['never', 'whenSupported', 'always'],
    'whenSupported',
  );
  const names = checkedTexts(serviceNames, 'extendedProtection.serviceNames');
  const wrong = names.find((name) => !/^[^/\s]+\/[^/\s]+(\/\S+)?$/.test(name));
  if (wrong !== undefined) {
    throw invalidOption(
      `extendedProtection.serviceNames: "${wrong}" is no service principal name; write service/host, such as HTTP/web.corp.test`,
    );
  }
  return {
    policy,
    bindings: certificate === undefined ? undefined : bindingsOf(certificate),
    serviceNames: names.length === 0 ? undefined : names,
    audit: checkedFunction(audit, 'extendedProtection.audit'),
  };
}

function bindingsOf(certificate: NodeJS.ArrayBufferView | X509Certificate): Buffer {
  if (typeof certificate !== 'object' || certificate === null) {
    throw invalidOption(
      `extendedProtection.certificate must be DER bytes or an X509Certificate, not ${describe(certificate)}`,
    );
  }
  return tlsServerEndPoint(certificate);
}

/**
 * What a handshake on this connection is held to.
 * @param bound True for a handshake that must be bound to this TLS channel, whatever the policy: NTLM under 'tls'.
 * @returns Undefined where that, or the policy 'always', has nothing to hold a client to.
 */
export function protectionTerms(
  protection: CheckedHttpProtection,
  socket: Socket,
  bound: boolean,
): ProtectionTerms | undefined {
  const { serviceNames, audit } = protection;
  const policy = bound ? 'always' : protection.policy;
  const channelBindings = isEncrypted(socket) ? socket : protection.bindings;
  if (channelBindings === undefined && (bound || serviceNames === undefined)) {
    return policy === 'always' ? undefined : {};
  }
  const extendedProtection: ExtendedProtectionOptions = { policy, serviceNames, audit };
  return { channelBindings, extendedProtection };
}

/** Does this process itself end TLS on the connection? */
export function isEncrypted(socket: Socket): socket is TLSSocket {
  return (socket as { readonly encrypted?: unknown }).encrypted === true;
}
