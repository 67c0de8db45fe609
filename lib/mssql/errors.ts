/** The errors of a sign-on to SQL Server: a closed list of codes. */
import { SspiError } from '../index';
import type { SspiErrorCode } from '../index';

type SqlCode = Extract<SspiErrorCode, `ERR_SSPI_SQL_${string}` | 'ERR_SSPI_ABORTED'>;

export function sqlError(code: SqlCode, message: string, extra: { hint?: string; cause?: unknown } = {}): SspiError {
  return new SspiError({ code, message: extra.hint === undefined ? message : `${message} ${extra.hint}`, ...extra });
}

/** The server broke a rule of TDS before the login was over. */
export function protocolError(what: string, cause?: unknown): SspiError {
  return sqlError('ERR_SSPI_SQL_PROTOCOL', `The server broke the rules of a TDS login: ${what}.`, {
    hint: 'Check that the port is that of a SQL Server, and whether it requires encrypt: "strict".',
    ...(cause !== undefined && { cause }),
  });
}

export function driverError(what: string, cause?: unknown): SspiError {
  return sqlError('ERR_SSPI_SQL_DRIVER', `The driver did not begin a login that can be signed on to: ${what}.`, {
    hint: 'Leave user, password and authentication out of its configuration.',
    ...(cause !== undefined && { cause }),
  });
}

export function encryptionError(message: string, hint: string, cause?: unknown): SspiError {
  return sqlError('ERR_SSPI_SQL_ENCRYPTION', message, { hint, ...(cause !== undefined && { cause }) });
}

export function connectionError(message: string, cause?: unknown): SspiError {
  return sqlError('ERR_SSPI_SQL_CONNECTION', message, {
    hint: 'Check the host, the port and the server’s error log.',
    ...(cause !== undefined && { cause }),
  });
}

/** How an error of Node is named in a message: its code, or its text. */
export function nameOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(nameOf).join(', ');
  const { code, message } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<NodeJS.ErrnoException>;
  return code ?? message ?? String(error);
}
