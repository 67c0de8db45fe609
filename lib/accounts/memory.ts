import { Status } from '../binding/constants';
import type { RawAccount } from '../binding/binding';

/** HRESULT_FROM_WIN32(ERROR_NONE_MAPPED): nobody knows the account. */
const noneMapped = 0x80070534;
/** A new account becomes visible after a minute at the latest. */
const longestUnknown = 60_000;
/** A domain that cannot be reached is tried again only after this time, and not by every request in between. */
const longestFailure = 10_000;
/** Some 3 MB. */
const most = 10_000;

interface Remembered {
  readonly account: RawAccount;
  /** performance.now() at the time of the call. */
  readonly since: number;
}

/** A cache of recent look-ups. When it is full, the least recently used entry is removed. */
export class AccountMemory {
  readonly #remembered = new Map<string, Remembered>();

  /** The cached answer, if it is not older than `maxAge` milliseconds. */
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
