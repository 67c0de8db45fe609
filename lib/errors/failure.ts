import type { SspiApi, SspiErrorCode } from './codes';

/** An error as far as its explanation reads it. The fields are those of {@link SspiError}. */
export interface Failure {
  readonly code: SspiErrorCode;
  readonly message: string;
  readonly status: number | undefined;
  readonly api: SspiApi | undefined;
  readonly leg: number | undefined;
  readonly hint: string | undefined;
  readonly missing: readonly string[] | undefined;
  readonly cause?: unknown;
}
