/** How a check came out. `skip`: there was nothing to check, and `detail` says why. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** One thing that was checked. */
export interface CheckResult {
  /** A name for programs, which stays. */
  readonly id: string;
  readonly title: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Everything that went wrong in a check which is no finding of its own becomes one. */
export function failed(id: string, title: string, error: unknown, advice?: string): CheckResult {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return { id, title, status: 'fail', detail: text, ...(advice === undefined ? {} : { advice }) };
}
