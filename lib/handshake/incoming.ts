import { invalidArgument, usageError } from '../errors/make';

/** Where a handshake's tokens come from: any iterable of byte views, synchronous or not. */
export type IncomingTokens = AsyncIterable<NodeJS.ArrayBufferView> | Iterable<NodeJS.ArrayBufferView>;

/**
 * Pulls tokens one by one. Its iterator is never closed: the stream belongs to the caller, and carries the protected messages
 * after the handshake.
 */
export class TokenSource {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;

  constructor(incoming: IncomingTokens) {
    this.#iterator = Symbol.asyncIterator in incoming ? incoming[Symbol.asyncIterator]() : incoming[Symbol.iterator]();
  }

  /** The next result, which may be a promise, and so may its value: `for await` also treats synchronous iterables like this. */
  next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>> {
    const next = this.#iterator.next();
    if (isThenable(next) || next.done === true || !isThenable(next.value)) return next;
    return next.value.then((value) => ({ done: false, value }));
  }

  /** The token in a result. */
  token(result: IteratorResult<unknown>): unknown {
    if (result.done === true) {
      throw usageError('ERR_SSPI_PEER_ENDED', 'The incoming tokens ended although the peer owed one.');
    }
    if (result.value === undefined) throw invalidArgument('incoming yielded undefined instead of a token');
    return result.value;
  }
}

export function isIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof later === 'function' || typeof now === 'function';
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
