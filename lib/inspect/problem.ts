/**
 * What went wrong, for programs to match on.
 *
 * - `ERR_SSPI_INSPECT_ARGUMENT`: the input is neither bytes nor text, or an option has the wrong type.
 * - `ERR_SSPI_INSPECT_ENCODING`: the text is not hex, not base64 and not an authentication header.
 * - `ERR_SSPI_INSPECT_UNKNOWN_TOKEN`: the bytes do not start like any known token.
 * - `ERR_SSPI_INSPECT_TRUNCATED`: the token ends before something it announces.
 * - `ERR_SSPI_INSPECT_MALFORMED`: a length, tag or value contradicts the format.
 * - `ERR_SSPI_INSPECT_LIMIT`: the input nests deeper, or holds more items or bytes, than this module accepts.
 */
export type InspectErrorCode =
  | 'ERR_SSPI_INSPECT_ARGUMENT'
  | 'ERR_SSPI_INSPECT_ENCODING'
  | 'ERR_SSPI_INSPECT_UNKNOWN_TOKEN'
  | 'ERR_SSPI_INSPECT_TRUNCATED'
  | 'ERR_SSPI_INSPECT_MALFORMED'
  | 'ERR_SSPI_INSPECT_LIMIT';

/** The facts of an InspectError, inside its `partial`. */
export interface Problem {
  readonly code: InspectErrorCode;
  readonly reason: string;
  readonly offset: number;
  readonly path: string;
}
