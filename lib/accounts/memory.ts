import { Status } from '../binding/constants';
import type { RawAccount } from '../binding/binding';

/** HRESULT_FROM_WIN32(ERROR_NONE_MAPPED): nobody knows the account. */
const noneMapped = 0x80070534;
/** A new account shows after a minute at the latest. */
const longestUnknown = 60_000;
/** A domain that is out of reach is waited for again after this, and not by every request in between. */
const longestFailure = 10_000;
/** Some 3 MB. */
const most = 10_000;

interface Remembered {
  readonly account: RawAccount;
  /** performance.now() when it was asked for. */
  readonly since: number;
}

/** What was looked up lately. When it is full, what was asked for least recently goes. */
export class AccountMemory {
  readonly #remembered = new Map<string, Remembered>();

  /** What is remembered and not older than `maxAge` milliseconds. */
  find(key: string, maxAge: number): RawAccount | undefined {
    const found = this.#remembered.get(key);
    if (found === undefined) return undefined;
    if (performance.now() - found.since >= Math.min(maxAge, longestAge(found.account.status))) return undefined;
    this.#remembered.delete(key);
    this.#remembered.set(key, found);
    return found.account;
  }

  keep(key: string, account: RawAccount, since: number): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, { account, since });
    if (this.#remembered.size <= most) return;
    const [oldest] = this.#remembered.keys();
    this.#remembered.delete(oldest as string);
  }
}

function longestAge(status: number): number {
  if (status === Status.ok) return Infinity;
  return status === noneMapped ? longestUnknown : longestFailure;
}
