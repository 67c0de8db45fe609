import { X509Certificate } from 'node:crypto';
import { problemText } from '../protocols/connect';
import { tlsServerEndPoint } from '../../channel-bindings/end-point';
import { SspiError } from '../../errors/sspi-error';
import type { CertificateFacts } from './findings';
import type { TLSSocket } from 'node:tls';

const prefixLength = 'tls-server-end-point:'.length;

/** The facts about a TLS server's certificate. */
export function certificateOf(socket: TLSSocket, bindingGiven: boolean): CertificateFacts {
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  const binding = bindingOf(certificate);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    trusted: socket.authorized,
    ...(socket.authorized ? {} : { problem: problemText(socket.authorizationError) }),
    ...(binding === undefined ? {} : { channelBinding: binding }),
    bindingGiven: bindingGiven && binding !== undefined,
  };
}

function bindingOf(certificate: X509Certificate): string | undefined {
  try {
    const data = tlsServerEndPoint(certificate);
    return data.toString('latin1', 0, prefixLength) + data.toString('hex', prefixLength);
  } catch (error) {
    if (SspiError.isSspiError(error, 'ERR_SSPI_CHANNEL_BINDINGS')) return undefined;
    throw error;
  }
}

const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ');
