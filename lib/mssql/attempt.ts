import { sqlError } from './errors';
import type { SspiError } from '../index';

/** What ends a sign-on from outside: signals, and a limit of time. */
export class Attempt {
  readonly #controller = new AbortController();
  readonly #cleanups: (() => void)[] = [];

  /** @param limit In milliseconds; undefined and 0 for none. */
  constructor(signals: readonly (AbortSignal | undefined)[], limit: number | undefined) {
    for (const signal of signals) if (signal !== undefined) this.#follow(signal);
    if (limit === undefined || limit === 0) return;
    const timer = setTimeout(() => {
      this.#abort(
        sqlError('ERR_SSPI_SQL_TIMEOUT', `The sign-on to SQL Server took longer than ${limit} ms.`, {
          hint: 'Check that the server and a domain controller answer, or raise connectTimeout.',
        }),
      );
    }, limit);
    this.#cleanups.push(() => {
      clearTimeout(timer);
    });
  }

  /** Aborted with an SspiError as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The result of `work`, unless the attempt ends first; a result that comes too late is passed to `release`. */
  async unlessOver<T>(work: Promise<T>, release?: (late: T) => void): Promise<T> {
    const { signal } = this;
    let onAbort!: () => void;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => {
        reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([aborted, work]);
    } catch (error) {
      work.then(release, () => undefined);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** From now on nothing ends it. */
  end(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  #follow(signal: AbortSignal): void {
    const onAbort = (): void => {
      this.#abort(
        sqlError('ERR_SSPI_ABORTED', 'The sign-on to SQL Server was aborted.', { cause: signal.reason as unknown }),
      );
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#cleanups.push(() => {
      signal.removeEventListener('abort', onAbort);
    });
  }

  #abort(reason: SspiError): void {
    this.end();
    this.#controller.abort(reason);
  }
}
