import { acquireCredentials } from '../index';
import type { Attempt } from './attempt';
import type { Credentials } from '../index';
import type { Settings } from './options';

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
 * The credentials of a connector: one for all its connections, acquired with the first, renewed when it expires, and disposed of
 * with the last connection that uses it. So nothing is left when a pool is closed, and nobody has to dispose of the connector.
 */
export class SharedCredentials {
  readonly #settings: Settings;
  #current: Entry | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async lease(attempt: Attempt): Promise<Lease> {
    const { credentials } = this.#settings;
    if (credentials !== undefined) return { credentials, release: () => undefined };
    const entry = this.#usable();
    entry.users += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      this.#leave(entry);
    };
    try {
      return { credentials: await attempt.unlessOver(entry.acquiring), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #usable(): Entry {
    if (this.#current === undefined || this.#current.failed || expiresSoon(this.#current.acquired)) {
      this.#current = this.#acquire();
    }
    return this.#current;
  }

  #acquire(): Entry {
    const { identity, packages } = this.#settings;
    const acquiring = acquireCredentials({ package: 'Negotiate', use: 'outbound', identity, packages });
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
