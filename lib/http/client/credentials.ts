/** What a client signs on with: each credential is acquired when it is first needed. */
import {
  acquireCredentials,
  SspiError,
  type AcquireCredentialsOptions,
  type AnyIdentity,
  type Credentials,
} from '../../index';

/** A scheme of HTTP that carries tokens. */
export type Scheme = 'Negotiate' | 'NTLM';

/** What a sign-on may use. */
export interface CredentialNeed {
  readonly scheme: Scheme;
  /** True if NTLM may be chosen. */
  readonly ntlm: boolean;
}

/** Where sign-ons get their credentials. */
export interface CredentialSource {
  get(need: CredentialNeed): Promise<Credentials>;
}

/** The credentials of one agent. */
export class ClientCredentials implements CredentialSource {
  readonly #given: Credentials | undefined;
  readonly #identity: AnyIdentity | undefined;
  readonly #acquired = new Map<string, Promise<Credentials>>();
  #closed = false;

  /** @param source Without credentials and identity: the user that the process runs as. */
  constructor(
    source: { readonly credentials?: Credentials | undefined; readonly identity?: AnyIdentity | undefined } = {},
  ) {
    this.#given = source.credentials;
    this.#identity = source.identity;
  }

  /**
   * @throws {SspiError} those of `acquireCredentials`; ERR_SSPI_INVALID_ARGUMENT if those that were passed in have no tokens for the
   * scheme; ERR_SSPI_DISPOSED after `dispose()`.
   */
  get({ scheme, ntlm }: CredentialNeed): Promise<Credentials> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#given !== undefined) return forScheme(this.#given, scheme);
    const key = scheme === 'NTLM' ? 'NTLM' : ntlm ? 'Negotiate' : 'Negotiate without NTLM';
    const known = this.#acquired.get(key);
    if (known !== undefined) return known;
    const options: AcquireCredentialsOptions = {
      package: scheme,
      use: 'outbound',
      ...(this.#identity !== undefined && { identity: this.#identity }),
      ...(key === 'Negotiate without NTLM' && { packages: { deny: ['NTLM'] } }),
    };
    const acquiring = acquireCredentials(options);
    this.#acquired.set(key, acquiring);
    // A failure is not kept: the next request tries again.
    acquiring.catch(() => this.#acquired.delete(key));
    return acquiring;
  }

  /** Frees what was acquired here; credentials that were passed in belong to the caller. */
  async dispose(): Promise<void> {
    this.#closed = true;
    const acquired = [...this.#acquired.values()];
    this.#acquired.clear();
    await Promise.all(acquired.map((each) => each.then((credentials) => credentials.dispose()).catch(() => undefined)));
  }
}

/** The scheme NTLM carries NTLM's own tokens only; Negotiate carries those of any package (MS-NTHT, RFC 4559). */
async function forScheme(given: Credentials, scheme: Scheme): Promise<Credentials> {
  if (scheme === 'Negotiate' || given.package.toLowerCase() === 'ntlm') return given;
  const hint = 'Acquire them with the package NTLM, or pass an identity instead.';
  throw new SspiError({
    code: 'ERR_SSPI_INVALID_ARGUMENT',
    message: `credentials are those of ${given.package}, and only the scheme NTLM is offered. ${hint}`,
    hint,
  });
}

function closedError(): SspiError {
  return new SspiError({ code: 'ERR_SSPI_DISPOSED', message: 'The agent was closed: make another one.' });
}
