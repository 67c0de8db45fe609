/** The command line is wrong. */
export class UsageError extends Error {
  readonly code = 'ERR_SSPI_CLI_USAGE';
  /** What may have been meant, or what to do instead. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }

  static is(error: unknown): error is UsageError {
    return error instanceof UsageError;
  }
}
