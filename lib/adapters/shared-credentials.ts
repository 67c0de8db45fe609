import type { Credentials } from '../index';

/** Credentials until `release` is called. */
export interface Lease {
  readonly credentials: Credentials;
  /** Idempotent. */
  release(): void;
}

interface Entry {
  readonly acquiring: Promise<Credentials>;
  acquired: Credentials | undefined;
  failed: boolean;
  users: number;
}

/** Credentials that end within this time, in milliseconds, are not used for new sign-ons. */
const margin = 60_000;

/**
 * One credential for all connections that are open at the same time: acquired with the first, renewed when it expires, and disposed
 * of with the last one that uses it. So nothing is left when the connections are closed, and nobody has to dispose of a connector.
 */
export class SharedCredentials {
  readonly #given: Credentials | undefined;
  readonly #acquire: () => Promise<Credentials>;
  #current: Entry | undefined;

  /** @param given The caller's, which are used instead and stay theirs. */
  constructor(given: Credentials | undefined, acquire: () => Promise<Credentials>) {
    this.#given = given;
    this.#acquire = acquire;
  }

  /** @param within Waits for the credential no longer than the sign-on lasts, by rejecting. */
  async lease(within: (acquiring: Promise<Credentials>) => Promise<Credentials>): Promise<Lease> {
    if (this.#given !== undefined) return { credentials: this.#given, release: () => undefined };
    const entry = this.#usable();
    entry.users += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      this.#leave(entry);
    };
    try {
      return { credentials: await within(entry.acquiring), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #usable(): Entry {
    if (this.#current === undefined || this.#current.failed || expiresSoon(this.#current.acquired)) {
      this.#current = this.#begin();
    }
    return this.#current;
  }

  #begin(): Entry {
    const acquiring = this.#acquire();
    const entry: Entry = { acquiring, acquired: undefined, failed: false, users: 0 };
    acquiring.then(
      (credentials) => {
        entry.acquired = credentials;
        if (entry.users === 0) credentials[Symbol.dispose]();
      },
      () => {
        entry.failed = true;
      },
    );
    return entry;
  }

  #leave(entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (this.#current === entry) this.#current = undefined;
    entry.acquired?.[Symbol.dispose]();
  }
}

function expiresSoon(credentials: Credentials | undefined): boolean {
  const expiry = credentials?.expiry;
  return expiry !== undefined && expiry.getTime() < Date.now() + margin;
}
