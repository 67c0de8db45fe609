import { bytesOf } from '../arguments';
import { inputLimit } from './input-limit';
import { usageError } from '../errors/make';
import type { CredentialsCore } from '../credentials/credentials';
import type { Role } from '../flags/sides';
import type { SspiError } from '../errors/sspi-error';

const noBytes = Buffer.alloc(0);

/** The peer's bytes that a leg processes: those that it was given, those still unread, and those kept for the next leg. */
export class LegInput {
  readonly #role: Role;
  readonly #credentials: CredentialsCore;
  /** The input of the running call; between legs, what must be given again followed by what the peer sends next. */
  #bytes: Buffer | undefined;
  #whole: Buffer | undefined;
  #begun = false;
  #awaited: boolean;

  constructor(role: Role, credentials: CredentialsCore) {
    this.#role = role;
    this.#credentials = credentials;
    this.#awaited = role === 'acceptor';
  }

  /** True while the next leg needs a token of the peer. */
  get awaited(): boolean {
    return this.#awaited;
  }

  /** True once a leg has begun. */
  get begun(): boolean {
    return this.#begun;
  }

  get bytes(): Buffer | undefined {
    return this.#bytes;
  }

  /** Everything that the leg was given. */
  get whole(): Buffer | undefined {
    return this.#whole;
  }

  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  /** The whole input of the next leg: what was kept, and a copy of what the peer sent. Changes nothing when it refuses. */
  admit(token: unknown): Buffer | undefined {
    if (token === undefined) {
      if (this.#awaited) throw tokenRequired(this.#role);
      return undefined;
    }
    const bytes = bytesOf(token, 'token');
    if (this.#role === 'acceptor' && !this.#begun && bytes.length === 0) {
      throw usageError('ERR_SSPI_EMPTY_TOKEN', 'The client’s first token is empty.');
    }
    const kept = this.#bytes;
    const limit = inputLimit(this.#credentials);
    const size = bytes.length + (kept?.length ?? 0);
    if (size > limit) {
      throw usageError(
        'ERR_SSPI_TOKEN_TOO_LARGE',
        `The token has ${size} bytes; those of this package have at most ${limit}.`,
        {
          hint: 'Check the framing: the token may include what follows it.',
        },
      );
    }
    if (kept !== undefined) return Buffer.concat([kept, bytes]);
    return bytes.length === 0 ? noBytes : Buffer.from(bytes);
  }

  /** A leg starts with the accepted bytes. */
  begin(input: Buffer | undefined): void {
    this.#begun = true;
    this.#bytes = this.#whole = input;
  }

  /** The bytes that a call left unread: the last ones of its input, wherever SSPI's pointer points. */
  unread(count: number): Buffer | undefined {
    const bytes = this.#bytes;
    if (bytes === undefined || count === 0) return undefined;
    return bytes.subarray(Math.max(0, bytes.length - count));
  }

  /** The leg continues with the bytes that its last call left unread. */
  skipTo(unread: Buffer | undefined): void {
    this.#bytes = unread;
  }

  /**
   * The leg has ended, and the next one needs a token; with `keep`, the input of this one must be passed again together with
   * it.
   */
  end(keep: boolean): void {
    this.#awaited = true;
    this.#whole = undefined;
    if (!keep) this.#bytes = undefined;
  }
}

export function tokenRequired(role: Role): SspiError {
  return usageError('ERR_SSPI_TOKEN_REQUIRED', 'The peer’s token is needed for this leg.', {
    hint:
      role === 'acceptor'
        ? 'Every leg of a server needs a token of the client.'
        : 'Pass the answer of the server; for an answer of zero bytes, pass a view of zero bytes.',
  });
}
