/** Something outside SSPI went wrong: the network, the service, a file. */
export class Failure extends Error {
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(code: `ERR_SSPI_CLI_${string}`, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
