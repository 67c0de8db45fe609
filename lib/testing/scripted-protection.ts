import { BufferType, qopNoEncrypt } from '../binding/constants';

/**
 * Simulated message protection: reversible, position-independent and good at detecting damage, but not cryptography.
 *
 * A token is `tokenSize` bytes: a mark, the QOP, the data's length and a sum over the plaintext, then filler. Data is XORed
 * with one byte unless the QOP says signed only.
 */
export interface ProtectionScript {
  /** How many bytes a token has, at least 16; sizes may report more. Default 16. */
  readonly tokenSize?: number | undefined;
  /** How many bytes of the padding buffer are used. Default 0. */
  readonly paddingSize?: number | undefined;
}

const mark = 0x50524353; // "SCRP"
const mask = 0x5c;
const minTokenSize = 16;

const status = {
  ok: 0,
  invalidToken: 0x80090308,
  messageAltered: 0x8009030f,
  bufferTooSmall: 0x80090321,
} as const;

export class ScriptedProtection {
  readonly #tokenSize: number;
  readonly #paddingSize: number;

  constructor({ tokenSize = minTokenSize, paddingSize = 0 }: ProtectionScript = {}) {
    this.#tokenSize = Math.max(minTokenSize, tokenSize);
    this.#paddingSize = paddingSize;
  }

  encrypt(memory: Uint8Array, layout: Uint32Array, qop: number): number {
    const token = find(layout, BufferType.token);
    const data = find(layout, BufferType.data);
    if (token === undefined || data === undefined) return status.invalidToken;
    if (length(layout, token) < this.#tokenSize) return status.bufferTooSmall;
    this.#writeToken(memory, layout, token, bytes(memory, layout, data), qop);
    if (qop !== qopNoEncrypt) xor(bytes(memory, layout, data));
    const padding = find(layout, BufferType.padding);
    if (padding !== undefined) {
      bytes(memory, layout, padding).subarray(0, this.#paddingSize).fill(this.#paddingSize);
      layout[padding + 2] = this.#paddingSize;
    }
    return status.ok;
  }

  decrypt(memory: Uint8Array, layout: Uint32Array): number {
    const data = find(layout, BufferType.data);
    if (data === undefined) return status.invalidToken;
    const stream = find(layout, BufferType.stream);
    let token = find(layout, BufferType.token);
    if (stream !== undefined) {
      if (length(layout, stream) < this.#tokenSize) return status.invalidToken;
      const start = layout[stream + 1] as number;
      layout[data + 1] = start + this.#tokenSize;
      layout[data + 2] = length(layout, stream) - this.#tokenSize - this.#paddingSize;
      token = stream;
    }
    if (token === undefined) return status.invalidToken;
    const view = viewOf(bytes(memory, layout, token));
    if (view.byteLength < minTokenSize || view.getUint32(0, true) !== mark) return status.invalidToken;
    const qop = view.getUint32(4, true);
    const plain = bytes(memory, layout, data);
    if (qop !== qopNoEncrypt) xor(plain);
    if (view.getUint32(8, true) !== plain.length || view.getUint32(12, true) !== sum(plain)) {
      return status.messageAltered;
    }
    layout[layout.length - 1] = qop;
    return status.ok;
  }

  sign(memory: Uint8Array, layout: Uint32Array): number {
    const token = find(layout, BufferType.token);
    const data = find(layout, BufferType.data);
    if (token === undefined || data === undefined) return status.invalidToken;
    if (length(layout, token) < this.#tokenSize) return status.bufferTooSmall;
    this.#writeToken(memory, layout, token, bytes(memory, layout, data), 0);
    return status.ok;
  }

  verify(memory: Uint8Array, layout: Uint32Array): number {
    const token = find(layout, BufferType.token);
    const data = find(layout, BufferType.data);
    if (token === undefined || data === undefined || length(layout, token) < minTokenSize) return status.invalidToken;
    const view = viewOf(bytes(memory, layout, token));
    const plain = bytes(memory, layout, data);
    const fits =
      view.getUint32(0, true) === mark &&
      view.getUint32(8, true) === plain.length &&
      view.getUint32(12, true) === sum(plain);
    return fits ? status.ok : status.messageAltered;
  }

  #writeToken(memory: Uint8Array, layout: Uint32Array, token: number, data: Uint8Array, qop: number): void {
    const target = bytes(memory, layout, token).subarray(0, this.#tokenSize).fill(0xee);
    const view = viewOf(target);
    view.setUint32(0, mark, true);
    view.setUint32(4, qop, true);
    view.setUint32(8, data.length, true);
    view.setUint32(12, sum(data), true);
    layout[token + 2] = this.#tokenSize;
  }
}

/** The index of the first triple of a type, attribute bits aside. */
function find(layout: Uint32Array, type: number): number | undefined {
  for (let i = 0; i + 3 < layout.length; i += 3) {
    if (((layout[i] as number) & 0x0fffffff) === type) return i;
  }
  return undefined;
}

function length(layout: Uint32Array, triple: number): number {
  return layout[triple + 2] as number;
}

function bytes(memory: Uint8Array, layout: Uint32Array, triple: number): Uint8Array {
  const start = layout[triple + 1] as number;
  return memory.subarray(start, start + length(layout, triple));
}

function viewOf(part: Uint8Array): DataView {
  return new DataView(part.buffer, part.byteOffset, part.byteLength);
}

function xor(part: Uint8Array): void {
  for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) ^ mask;
}

function sum(part: Uint8Array): number {
  let total = 7;
  for (const byte of part) total = (total * 31 + byte) >>> 0;
  return total;
}
