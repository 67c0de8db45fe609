import { elementSize, tags } from './ber';
import { WireError } from './wire-error';

/** Cuts LDAP messages (RFC 4511, section 4.1.1) out of chunks of any size. */
export class LdapMessageParser {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #available = 0;

  /** @param limit The largest accepted message, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bytes have arrived that belong to no complete message yet. */
  get pending(): number {
    return this.#available;
  }

  /** Adds the next bytes of the stream. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
  }

  /**
   * Takes the next complete message; undefined while there is none.
   * @throws {WireError} for bytes that begin no message, and for a message over the limit, as soon as its length has arrived.
   */
  next(): Buffer | undefined {
    if (this.#available === 0) return undefined;
    const [first] = this.#chunks as [Buffer];
    if (first[0] !== tags.sequence) throw new WireError('bytes that are no LDAP message');
    const all = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const size = elementSize(all);
    if (size === undefined) return undefined;
    if (size > this.#limit) throw new WireError(`an LDAP message of ${size} bytes`);
    if (size > all.length) return undefined;
    this.#available -= size;
    this.#chunks = this.#available === 0 ? [] : [all.subarray(size)];
    return all.subarray(0, size);
  }
}
