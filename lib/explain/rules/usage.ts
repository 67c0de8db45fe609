import type { CauseName } from '../../errors/catalogue/causes';
import type { Clues } from '../clues';
import type { Finding } from '../../errors/finding';
import type { SspiErrorCode } from '../../errors/codes';

const byCode: Partial<Record<SspiErrorCode, CauseName>> = {
  ERR_SSPI_UNSUPPORTED_PLATFORM: 'platform',
  ERR_SSPI_BINARY_UNAVAILABLE: 'addon-refused',
  ERR_SSPI_PEER_TIMEOUT: 'peer-silent',
  ERR_SSPI_PEER_ENDED: 'peer-closed',
  ERR_SSPI_ABORTED: 'aborted',
  ERR_SSPI_DISPOSED: 'aborted',
  ERR_SSPI_NOT_ENCRYPTED: 'not-protected',
  ERR_SSPI_EXTENDED_PROTECTION: 'channel-bindings',
  ERR_SSPI_EMPTY_TOKEN: 'damaged-token',
  ERR_SSPI_TOKEN_TOO_LARGE: 'damaged-token',
  ERR_SSPI_SQL_CONNECTION: 'sql-unreachable',
  ERR_SSPI_SQL_ENCRYPTION: 'sql-encryption',
  ERR_SSPI_SQL_PROTOCOL: 'sql-protocol',
  ERR_SSPI_SQL_TIMEOUT: 'peer-silent',
  ERR_SSPI_SQL_UNTRUSTED: 'sql-untrusted',
  ERR_SSPI_SQL_LOGIN_FAILED: 'sql-no-login',
};

/** The messages of usage errors say what is wrong; the explanation only classifies them. */
export function usageRule({ error, evidence }: Clues): readonly Finding[] {
  if (evidence.loading !== undefined) return evidence.loading;
  if (error.status !== undefined || error.code === 'ERR_SSPI_REQUIREMENT_NOT_MET') return [];
  // The error's own cause says how the binding failed.
  if (error.code === 'ERR_SSPI_INTERNAL') return [];
  const weight = error.code === 'ERR_SSPI_TOKEN_TOO_LARGE' ? 60 : 90;
  return [{ cause: byCode[error.code] ?? 'misuse', ground: 'said', weight, because: [error.message] }];
}
