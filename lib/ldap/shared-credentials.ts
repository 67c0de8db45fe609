import { acquireCredentials, type Credentials } from '../index';
import type { Settings } from './options';

/** A share in a credential, until it is released. */
export interface Lease {
  readonly credentials: Credentials;
  release(): void;
}

interface Acquired {
  readonly credentials: Promise<Credentials>;
  users: number;
}

/** A credential that is about to expire is not handed out again. */
const margin = 60_000;

/** One credential for the connections that are open at the same time: acquired with the first and freed with the last of them. */
export class SharedCredentials {
  readonly #settings: Settings;
  #current: Acquired | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async lease(): Promise<Lease> {
    const { credentials: given } = this.#settings;
    if (given !== undefined) return { credentials: given, release: () => undefined };
    const fresh = this.#current === undefined;
    const acquired = (this.#current ??= { credentials: this.#acquire(), users: 0 });
    acquired.users += 1;
    try {
      const credentials = await acquired.credentials;
      // What was acquired just now is used, however short it lives.
      if (fresh || !expires(credentials)) return { credentials, release: () => this.#release(acquired) };
    } catch (error) {
      this.#forget(acquired);
      throw error;
    }
    this.#forget(acquired);
    this.#release(acquired);
    return this.lease();
  }

  #acquire(): Promise<Credentials> {
    const { mechanism, identity, ntlm } = this.#settings;
    const kerberos = mechanism === 'GSSAPI';
    return acquireCredentials({
      package: kerberos ? 'Kerberos' : 'Negotiate',
      use: 'outbound',
      identity,
      ...(!kerberos && !ntlm && { packages: { deny: ['NTLM'] } }),
    });
  }

  #release(acquired: Acquired): void {
    acquired.users -= 1;
    if (acquired.users > 0) return;
    this.#forget(acquired);
    void acquired.credentials.then((credentials) => credentials.dispose());
  }

  /** The next connection acquires anew. */
  #forget(acquired: Acquired): void {
    if (this.#current === acquired) this.#current = undefined;
  }
}

const expires = ({ expiry }: Credentials): boolean => {
  const left = expiry === undefined ? Infinity : expiry.getTime() - Date.now();
  return left < margin;
};
