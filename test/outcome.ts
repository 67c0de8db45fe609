import type { Leg, SspiError } from 'sspi';

/** The error that a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<SspiError> {
  try {
    await promise;
  } catch (error) {
    return error as SspiError;
  }
  throw new Error('It was expected to reject, and did not');
}

/** The code that a leg came with, or that it failed with. */
export async function codeOf(leg: PromiseLike<Leg>): Promise<string> {
  try {
    return (await leg).code;
  } catch (error) {
    return (error as SspiError).code;
  }
}

/** The error that a function throws. */
export function thrown(work: () => unknown): SspiError {
  try {
    work();
  } catch (error) {
    return error as SspiError;
  }
  throw new Error('It was expected to throw, and did not');
}

/** What an iteration over legs yields, and returns or throws. */
export async function drain<Leg, Result>(
  legs: AsyncGenerator<Leg, Result, void>,
): Promise<{ legs: Leg[]; result?: Result; error?: SspiError }> {
  const yielded: Leg[] = [];
  try {
    for (;;) {
      const next = await legs.next();
      if (next.done === true) return { legs: yielded, result: next.value };
      yielded.push(next.value);
    }
  } catch (error) {
    return { legs: yielded, error: error as SspiError };
  }
}
