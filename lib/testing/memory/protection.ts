import { BufferAttribute, BufferType, qopNoEncrypt } from '../../binding/constants';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Role } from '../../flags/sides';

/**
 * Message protection of an in-memory context: AES-256-GCM with a key and a sequence number for each direction.
 *
 * A token is a header of 12 bytes (mark, flags, sequence number), which is also the nonce, and the tag of 16 bytes. Messages
 * that are only signed have no ciphertext: the data is authenticated together with the header.
 */
const mark = 0x4d50;
const headerLength = 12;
const tagLength = 16;
/** The size of a token, in bytes. */
export const memoryTokenLength = headerLength + tagLength;

const flagAcceptor = 1;
const flagSealed = 2;
const flagSignature = 4;

const status = {
  ok: 0,
  invalidToken: 0x80090308,
  qopNotSupported: 0x8009030a,
  messageAltered: 0x8009030f,
  outOfSequence: 0x80090310,
  bufferTooSmall: 0x80090321,
} as const;

/** The negotiated message protection of a context. */
export interface ProtectionTerms {
  readonly key: Buffer;
  readonly role: Role;
  readonly confidentiality: boolean;
  /** A repeated or reordered message is refused. */
  readonly ordered: boolean;
}

export class MemoryProtection {
  readonly #terms: ProtectionTerms;
  readonly #keys: Readonly<Record<Role, Buffer>>;
  #sent = 0n;
  #received = 0n;

  constructor(terms: ProtectionTerms) {
    this.#terms = terms;
    const derive = (label: Role): Buffer => Buffer.from(hkdfSync('sha256', terms.key, '', label, 32));
    this.#keys = { initiator: derive('initiator'), acceptor: derive('acceptor') };
  }

  encrypt(memory: Uint8Array, layout: Uint32Array, qop: number): number {
    const seal = qop !== qopNoEncrypt;
    if (seal && !this.#terms.confidentiality) return status.qopNotSupported;
    const parts = new Parts(memory, layout);
    const token = parts.token();
    if (token === undefined) return status.invalidToken;
    if (parts.lengthOf(token) < memoryTokenLength) return status.bufferTooSmall;
    this.#protect(parts, token, seal ? flagSealed : 0);
    parts.empty(BufferType.padding);
    return status.ok;
  }

  sign(memory: Uint8Array, layout: Uint32Array): number {
    const parts = new Parts(memory, layout);
    const token = parts.token();
    if (token === undefined) return status.invalidToken;
    if (parts.lengthOf(token) < memoryTokenLength) return status.bufferTooSmall;
    this.#protect(parts, token, flagSignature);
    return status.ok;
  }

  decrypt(memory: Uint8Array, layout: Uint32Array): number {
    const parts = new Parts(memory, layout);
    const token = parts.openStream() ?? parts.token();
    if (token === undefined || parts.lengthOf(token) < memoryTokenLength) return status.invalidToken;
    const header = parts.bytesOf(token).subarray(0, headerLength);
    const flags = header[2] as number;
    if ((flags & flagSignature) !== 0) return status.invalidToken;
    const outcome = this.#open(parts, token);
    if (outcome === status.ok) layout[layout.length - 1] = (flags & flagSealed) === 0 ? qopNoEncrypt : 0;
    return outcome;
  }

  verify(memory: Uint8Array, layout: Uint32Array): number {
    const parts = new Parts(memory, layout);
    const token = parts.token();
    if (token === undefined || parts.lengthOf(token) < memoryTokenLength) return status.invalidToken;
    const flags = parts.bytesOf(token)[2] as number;
    return (flags & flagSignature) === 0 ? status.invalidToken : this.#open(parts, token);
  }

  #protect(parts: Parts, token: number, kind: number): void {
    const { role } = this.#terms;
    const target = parts.bytesOf(token);
    const header = Buffer.alloc(headerLength);
    header.writeUInt16BE(mark, 0);
    header[2] = kind | (role === 'acceptor' ? flagAcceptor : 0);
    header.writeBigUInt64BE(this.#sent++, 4);
    const cipher = createCipheriv('aes-256-gcm', this.#keys[role], header);
    const sealed = kind === flagSealed;
    cipher.setAAD(Buffer.concat([header, ...parts.authenticated(sealed)]));
    for (const data of sealed ? parts.sealed() : []) data.set(cipher.update(data));
    cipher.final();
    target.set(header, 0);
    target.set(cipher.getAuthTag(), headerLength);
    parts.shorten(token, memoryTokenLength);
  }

  #open(parts: Parts, token: number): number {
    const { role, ordered } = this.#terms;
    const peer: Role = role === 'initiator' ? 'acceptor' : 'initiator';
    const bytes = parts.bytesOf(token);
    const header = Buffer.from(bytes.subarray(0, headerLength));
    const flags = header[2] as number;
    if (header.readUInt16BE(0) !== mark) return status.invalidToken;
    if (((flags & flagAcceptor) !== 0) !== (peer === 'acceptor')) return status.messageAltered;
    const sealed = (flags & flagSealed) !== 0;
    const decipher = createDecipheriv('aes-256-gcm', this.#keys[peer], header, { authTagLength: tagLength });
    decipher.setAAD(Buffer.concat([header, ...parts.authenticated(sealed)]));
    decipher.setAuthTag(bytes.subarray(headerLength, memoryTokenLength));
    const plain = sealed ? parts.sealed().map((data) => [data, decipher.update(data)] as const) : [];
    try {
      decipher.final();
    } catch {
      return status.messageAltered;
    }
    const sequence = header.readBigUInt64BE(4);
    if (ordered && sequence !== this.#received) return status.outOfSequence;
    this.#received = sequence + 1n;
    for (const [data, text] of plain) data.set(text);
    return status.ok;
  }
}

/** The buffers of a message: views into its memory, found by type. */
class Parts {
  readonly #memory: Uint8Array;
  readonly #layout: Uint32Array;

  constructor(memory: Uint8Array, layout: Uint32Array) {
    this.#memory = memory;
    this.#layout = layout;
  }

  token(): number | undefined {
    return this.#find(BufferType.token)[0];
  }

  lengthOf(at: number): number {
    return this.#layout[at + 2] as number;
  }

  bytesOf(at: number): Uint8Array {
    const start = this.#layout[at + 1] as number;
    return this.#memory.subarray(start, start + this.lengthOf(at));
  }

  shorten(at: number, length: number): void {
    this.#layout[at + 2] = length;
  }

  empty(type: number): void {
    for (const at of this.#find(type)) this.shorten(at, 0);
  }

  /** A STREAM contains token and data: DATA is set to point to the data. Returns the location of the token. */
  openStream(): number | undefined {
    const [stream] = this.#find(BufferType.stream);
    const [data] = this.#find(BufferType.data);
    if (stream === undefined || data === undefined) return undefined;
    const start = this.#layout[stream + 1] as number;
    this.#layout[data + 1] = start + memoryTokenLength;
    this.#layout[data + 2] = Math.max(0, this.lengthOf(stream) - memoryTokenLength);
    return stream;
  }

  /** The data that is encrypted: everything that is not marked as read-only. */
  sealed(): Uint8Array[] {
    return this.#data((attributes) => attributes === 0);
  }

  /** The data that is authenticated and left readable. SECBUFFER_READONLY is neither. */
  authenticated(sealing: boolean): Uint8Array[] {
    return this.#data(
      (attributes) => attributes === BufferAttribute.readOnlyWithChecksum || (attributes === 0 && !sealing),
    );
  }

  #data(wanted: (attributes: number) => boolean): Uint8Array[] {
    return this.#find(BufferType.data)
      .filter((at) => wanted(((this.#layout[at] as number) & BufferAttribute.mask) >>> 0))
      .map((at) => this.bytesOf(at));
  }

  #find(type: number): number[] {
    const found: number[] = [];
    for (let at = 0; at + 3 < this.#layout.length; at += 3) {
      if (((this.#layout[at] as number) & ~BufferAttribute.mask) === type) found.push(at);
    }
    return found;
  }
}
