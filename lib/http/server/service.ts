/** What the server signs clients on with: its credentials, and the resolved names. */
import { acquireCredentials, SspiError, type Credentials } from '../../index';
import { invalidOption } from '../check';
import { resolveAllowed, type Allowed } from './allowed';
import type { Scheme, Settings } from './options';

interface Acquired {
  /** Negotiate that refuses NTLM inside. */
  readonly withoutNtlm: Credentials | undefined;
  /** Negotiate that takes NTLM, too. */
  readonly withNtlm: Credentials | undefined;
  /** For the scheme NTLM. */
  readonly ntlm: Credentials | undefined;
  readonly allowed: Allowed;
}

export class Service {
  readonly #settings: Settings;
  #acquired: Acquired | undefined;
  #acquiring: Promise<void> | undefined;
  #closed = false;
  /** Does this process end TLS, as far as servers are attached? */
  #endsTls = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isReady(): boolean {
    return this.#acquired !== undefined;
  }

  /** Undefined until `ready()` is done. */
  get allowed(): Allowed | undefined {
    return this.#acquired?.allowed;
  }

  noteTls(): void {
    this.#endsTls = true;
  }

  /** Acquires and resolves; a failure is not kept, so that the next call tries again. */
  ready(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#acquired !== undefined) return Promise.resolve();
    this.#acquiring ??= this.#acquire().finally(() => {
      this.#acquiring = undefined;
    });
    return this.#acquiring;
  }

  /** The credential for a token of this scheme; undefined where none takes it. */
  credential(scheme: Scheme, ntlm: boolean): Credentials | undefined {
    const { credentials } = this.#settings;
    if (credentials !== undefined) return credentials;
    if (scheme === 'NTLM') return this.#acquired?.ntlm;
    return ntlm ? this.#acquired?.withNtlm : this.#acquired?.withoutNtlm;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#acquiring?.catch(() => undefined);
    const acquired = this.#acquired;
    this.#acquired = undefined;
    if (acquired !== undefined) await release(acquired);
  }

  async #acquire(): Promise<void> {
    this.#checkProtection();
    const allowed = await resolveAllowed(this.#settings);
    const acquired = { ...(await this.#credentials()), allowed };
    if (this.#closed) {
      await release(acquired);
      throw closedError();
    }
    this.#acquired = acquired;
  }

  async #credentials(): Promise<Omit<Acquired, 'allowed'>> {
    const { credentials, schemes, ntlm } = this.#settings;
    if (credentials !== undefined) {
      if (credentials.disposed) {
        throw new SspiError({ code: 'ERR_SSPI_DISPOSED', message: 'The credentials of authenticate() were disposed.' });
      }
      return { withoutNtlm: undefined, withNtlm: undefined, ntlm: undefined };
    }
    const negotiates = schemes.includes('Negotiate');
    const wanted = [
      negotiates && acquireCredentials({ package: 'Negotiate', use: 'inbound', packages: { deny: ['NTLM'] } }),
      negotiates && ntlm !== 'never' && acquireCredentials({ package: 'Negotiate', use: 'inbound' }),
      schemes.includes('NTLM') && ntlm !== 'never' && acquireCredentials({ package: 'NTLM', use: 'inbound' }),
    ];
    const results = await Promise.allSettled(wanted.map(async (each) => (await each) || undefined));
    const [withoutNtlm, withNtlm, ofNtlm] = results.map((each) =>
      each.status === 'fulfilled' ? each.value : undefined,
    );
    const failure = results.find((each) => each.status === 'rejected');
    if (failure !== undefined) {
      await release({ withoutNtlm, withNtlm, ntlm: ofNtlm });
      throw failure.reason;
    }
    return { withoutNtlm, withNtlm, ntlm: ofNtlm };
  }

  #checkProtection(): void {
    const { policy, bindings, serviceNames } = this.#settings.protection;
    if (policy !== 'always' || this.#endsTls || bindings !== undefined || serviceNames !== undefined) return;
    throw invalidOption(
      "extendedProtection: 'always' has nothing to hold a client to: attach(server) an https server before ready(), or, where a proxy in front ends TLS, give its certificate or the serviceNames",
    );
  }
}

async function release({ withoutNtlm, withNtlm, ntlm }: Omit<Acquired, 'allowed'>): Promise<void> {
  await Promise.all([withoutNtlm, withNtlm, ntlm].map(async (each) => each?.dispose()));
}

export function closedError(): SspiError {
  return new SspiError({
    code: 'ERR_SSPI_DISPOSED',
    message: 'This sign-on was closed: make another with authenticate().',
  });
}
