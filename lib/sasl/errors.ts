/** The errors of `sspi/sasl`: a closed list, beside those of the handshake. */
import { SspiError } from '../index';

export type SaslErrorCode =
  'ERR_SSPI_SASL_MESSAGE' | 'ERR_SSPI_SASL_LAYER' | 'ERR_SSPI_SASL_FRAME' | 'ERR_SSPI_SASL_AUTHZID';

export function saslError(code: SaslErrorCode, message: string, hint?: string, cause?: unknown): SspiError {
  const text = hint === undefined ? message : `${message} ${hint}`;
  return new SspiError({
    code,
    message: text,
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
  });
}

/** What the peer sent does not belong at this place of the exchange. */
export const messageError = (message: string, cause?: unknown): SspiError =>
  saslError(
    'ERR_SSPI_SASL_MESSAGE',
    message,
    'Close the connection; check that both sides use the same SASL mechanism.',
    cause,
  );

/** The two sides have no security layer in common. */
export const layerError = (message: string, hint: string): SspiError => saslError('ERR_SSPI_SASL_LAYER', message, hint);

/** The bytes on the connection are not the frames that were agreed on. */
export const frameError = (message: string, cause?: unknown): SspiError =>
  saslError(
    'ERR_SSPI_SASL_FRAME',
    message,
    'The connection was closed; connect again. Check for proxies that change or cut the stream.',
    cause,
  );

/** The option or argument of the caller is wrong. */
export const abortedError = (signal: AbortSignal): SspiError =>
  new SspiError({ code: 'ERR_SSPI_ABORTED', message: 'The operation was aborted.', cause: signal.reason });

export const disposedError = (): SspiError =>
  new SspiError({ code: 'ERR_SSPI_DISPOSED', message: 'The mechanism was disposed.' });
