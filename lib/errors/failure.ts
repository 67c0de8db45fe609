import type { SspiApi, SspiErrorCode } from './codes';

/** The parts of an error that its explanation reads. The fields are those of {@link SspiError}. */
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
