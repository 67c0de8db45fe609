/** How failures are answered: the one table of statuses. The reasons are for the log and the events, never for the client. */
import { SspiError } from '../../index';

export interface Refusal {
  readonly status: 400 | 401 | 403 | 431 | 500 | 503;
  /** An SspiError's code, or {@link refused}. */
  readonly code: string;
  readonly reason: string;
  readonly package?: string | undefined;
  /** Who it was, where that is known. */
  readonly name?: string | undefined;
  /** What an explanation can be had of. */
  readonly error?: SspiError | undefined;
}

/** The code of refusals that no error has caused. */
export const refused = 'ERR_SSPI_HTTP_REFUSED';

const statusOfCode: Readonly<Record<string, Refusal['status']>> = {
  SEC_E_INVALID_TOKEN: 400,
  ERR_SSPI_EMPTY_TOKEN: 400,
  ERR_SSPI_TOKEN_TOO_LARGE: 400,
  SEC_E_INTERNAL_ERROR: 500,
  SEC_E_INSUFFICIENT_MEMORY: 500,
  SEC_E_NO_CREDENTIALS: 500,
  SEC_E_NO_AUTHENTICATING_AUTHORITY: 503,
  ERR_SSPI_EXTENDED_PROTECTION: 401,
  ERR_SSPI_REQUIREMENT_NOT_MET: 401,
};

/** For what a leg has thrown. Statuses of SSPI that the table does not name are 401, errors of this package 500. */
export function refusalOfError(thrown: unknown): Refusal {
  if (!SspiError.isSspiError(thrown)) {
    const reason = thrown instanceof Error ? thrown.message : 'Something other than an Error was thrown.';
    return { status: 500, code: 'ERR_SSPI_INTERNAL', reason };
  }
  const { code, message, status } = thrown;
  return {
    status: statusOfCode[code] ?? (status === undefined ? 500 : 401),
    code,
    reason: message,
    error: thrown,
  };
}

/** For a failure of this server itself, whatever its code says. */
export function ownFailure(thrown: unknown): Refusal {
  return { ...refusalOfError(thrown), status: 500 };
}

export function refusal(status: Refusal['status'], reason: string, more: Partial<Refusal> = {}): Refusal {
  return { code: refused, ...more, status, reason };
}
