/** The result of a check. `skip`: there was nothing to check, and `detail` says why. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** One thing that was checked. */
export interface CheckResult {
  /** A stable name for programs. */
  readonly id: string;
  readonly title: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Turns an unexpected error in a check into a result. */
export function failed(id: string, title: string, error: unknown, advice?: string): CheckResult {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return { id, title, status: 'fail', detail: text, ...(advice === undefined ? {} : { advice }) };
}
