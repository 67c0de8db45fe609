import { WireError } from '../wire-error';

/** Packets and messages of TDS ([MS-TDS], 2.2.3): a message is a payload in one or more packets. */

export const packetType = {
  reply: 0x04,
  login7: 0x10,
  sspi: 0x11,
  prelogin: 0x12,
} as const;

/** The packet size until the server announces another with ENVCHANGE ([MS-TDS], 2.2.3.1.3), whatever LOGIN7 asks for. */
export const loginPacketSize = 4096;

const headerSize = 8;
const endOfMessage = 0x01;

/** One complete message. */
export interface TdsMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** A message in packets of the size that holds during the login. */
export function packets(type: number, payload: Uint8Array): Buffer[] {
  const room = loginPacketSize - headerSize;
  const count = Math.max(1, Math.ceil(payload.length / room));
  return Array.from({ length: count }, (_, index) => {
    const part = payload.subarray(index * room, (index + 1) * room);
    const packet = Buffer.alloc(headerSize + part.length);
    packet[0] = type;
    packet[1] = index === count - 1 ? endOfMessage : 0;
    packet.writeUInt16BE(packet.length, 2);
    packet[6] = (index + 1) & 0xff;
    packet.set(part, headerSize);
    return packet;
  });
}

/** Cuts messages out of chunks of any size. */
export class TdsMessageParser {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #available = 0;
  /** The packets of the current message so far. */
  #parts: Buffer[] = [];
  #size = 0;
  #header: Buffer | undefined;

  /** @param limit The largest accepted message, and the most bytes that are kept, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds the next bytes of the stream. @throws {WireError} if the peer sends more than the limit without being asked to. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    if (this.#available > this.#limit) throw new WireError(`more than ${this.#limit} bytes without a break`);
  }

  /** The next message if it is complete. @throws {WireError} for a packet shorter than its header, and above the limit. */
  next(): TdsMessage | undefined {
    for (;;) {
      if (this.#header === undefined) {
        if (this.#available < headerSize) return undefined;
        this.#header = this.#take(headerSize);
      }
      const length = this.#header.readUInt16BE(2);
      if (length < headerSize) throw new WireError(`a packet of ${length} bytes`);
      if (this.#size + length > this.#limit) throw new WireError(`a message of more than ${this.#limit} bytes`);
      if (this.#available < length - headerSize) return undefined;
      const [type = 0, status = 0] = this.#header;
      this.#parts.push(this.#take(length - headerSize));
      this.#size += length;
      this.#header = undefined;
      if ((status & endOfMessage) === 0) continue;
      const payload = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#size = 0;
      return { type, payload };
    }
  }

  /** True if the bytes so far end inside of a message. */
  get partial(): boolean {
    return this.#available > 0 || this.#header !== undefined || this.#parts.length > 0;
  }

  /** Takes the bytes after the last message, for whoever reads the stream from here on. */
  takeRest(): Buffer {
    return this.#take(this.#available);
  }

  #take(count: number): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#available -= count;
    this.#chunks = this.#available === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}
