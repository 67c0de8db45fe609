import { describe } from '../arguments';
import { invalidArgument } from '../errors/make';
import type { TLSSocket } from 'node:tls';

/** Recognised by its methods: the socket may be from another realm, or a wrapper. */
export function isTlsSocket(value: unknown): value is TLSSocket {
  if (typeof value !== 'object' || value === null) return false;
  const { getPeerCertificate, getCertificate } = value as Partial<TLSSocket>;
  return typeof getPeerCertificate === 'function' && typeof getCertificate === 'function';
}

/** @throws ERR_SSPI_INVALID_ARGUMENT for anything else. */
export function checkedTlsSocket(value: unknown): void {
  if (!isTlsSocket(value)) throw invalidArgument(`socket must be a tls.TLSSocket, not ${describe(value)}`);
}
