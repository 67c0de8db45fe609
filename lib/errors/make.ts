import { hintFor } from './hints';
import { hexStatus, statusCode } from './status-code';
import { SspiError } from './sspi-error';
import type { FailedCall } from './failed-call';
import type { SspiUsageCode } from './codes';

/** A usage error: it has no status of SSPI. */
export function usageError(
  code: SspiUsageCode,
  message: string,
  extra: { hint?: string; cause?: unknown; leg?: number; token?: Buffer | undefined; missing?: readonly string[] } = {},
): SspiError {
  return new SspiError({ code, message: extra.hint === undefined ? message : `${message} ${extra.hint}`, ...extra });
}

export function invalidArgument(message: string): SspiError {
  return usageError('ERR_SSPI_INVALID_ARGUMENT', message);
}

export function disposedError(what: string): SspiError {
  return usageError('ERR_SSPI_DISPOSED', `${what} was disposed.`);
}

export function abortedError(signal: { readonly reason: unknown }, hint?: string): SspiError {
  return usageError('ERR_SSPI_ABORTED', 'The operation was aborted.', {
    cause: signal.reason,
    ...(hint !== undefined && { hint }),
  });
}

/** The error for a status that SSPI returned. */
export function statusError(
  status: number,
  call: FailedCall,
  extra: { leg?: number; token?: Buffer | undefined; hint?: string } = {},
): SspiError {
  const code = statusCode(status);
  const hint = extra.hint ?? hintFor(code, extra.leg === undefined ? call : { ...call, leg: extra.leg });
  const leg = extra.leg === undefined ? '' : ` on leg ${extra.leg}`;
  const message = `${call.api} failed${leg}: ${code} (${hexStatus(status)}).${hint === undefined ? '' : ` ${hint}`}`;
  return new SspiError({ code, message, status, api: call.api, leg: extra.leg, hint, token: extra.token });
}

/**
 * An error for what the binding threw: ERR_SSPI_BUSY is kept, and anything else is a bug of this package, which is reported
 * completely.
 */
export function bindingError(error: unknown): SspiError {
  if (SspiError.isSspiError(error)) return error;
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return code === 'ERR_SSPI_BUSY'
    ? usageError('ERR_SSPI_BUSY', 'Another call is running on this context.', { cause: error })
    : usageError('ERR_SSPI_INTERNAL', 'The native binding failed.', { cause: error });
}
