import { WireError } from './wire-error';

/** The messages with which GSSAPI agrees on a security layer (RFC 4752, sections 3.1 and 3.3), inside their protection. */

/** How messages are protected after a SASL exchange. */
export type SecurityLayer = 'none' | 'integrity' | 'confidentiality';

const bits: Readonly<Record<SecurityLayer, number>> = { none: 1, integrity: 2, confidentiality: 4 };
const names = Object.keys(bits) as SecurityLayer[];

const headerLength = 4;

/** The server's offer. */
export interface LayerOffer {
  readonly layers: readonly SecurityLayer[];
  /** The largest protected message that the server can receive, in bytes: three bytes on the wire. */
  readonly maxBuffer: number;
}

/** The client's choice. */
export interface LayerChoice {
  readonly layer: SecurityLayer;
  /** The largest protected message that the client can receive, in bytes. */
  readonly maxBuffer: number;
  /** Whom the client wants to act as, in UTF-8; empty for the one who has authenticated. */
  readonly authzid: string;
}

export function encodeOffer({ layers, maxBuffer }: LayerOffer): Buffer {
  return header(
    layers.reduce((mask, layer) => mask | bits[layer], 0),
    maxBuffer,
  );
}

/** @throws {WireError} for anything but four bytes. Bits without a meaning are ignored. */
export function decodeOffer(bytes: Buffer): LayerOffer {
  if (bytes.length !== headerLength) throw new WireError(`an offer of security layers of ${bytes.length} bytes`);
  const mask = bytes.readUInt8(0);
  return { layers: names.filter((layer) => (mask & bits[layer]) !== 0), maxBuffer: bytes.readUIntBE(1, 3) };
}

export function encodeChoice({ layer, maxBuffer, authzid }: LayerChoice): Buffer {
  return Buffer.concat([header(bits[layer], maxBuffer), Buffer.from(authzid, 'utf8')]);
}

/** @throws {WireError} for less than four bytes, not exactly one known layer, and an authzid that is not UTF-8 or contains NUL. */
export function decodeChoice(bytes: Buffer): LayerChoice {
  if (bytes.length < headerLength) throw new WireError(`a choice of a security layer of ${bytes.length} bytes`);
  const chosen = bytes.readUInt8(0);
  const layer = names.find((name) => bits[name] === chosen);
  if (layer === undefined) throw new WireError(`a choice of the security layers 0x${chosen.toString(16)}`);
  return { layer, maxBuffer: bytes.readUIntBE(1, 3), authzid: textOf(bytes.subarray(headerLength)) };
}

function textOf(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WireError('an authorization identity that is not UTF-8');
  }
  if (text.includes('\0')) throw new WireError('an authorization identity with a NUL character');
  return text;
}

function header(mask: number, maxBuffer: number): Buffer {
  const bytes = Buffer.alloc(headerLength);
  bytes.writeUInt8(mask, 0);
  bytes.writeUIntBE(maxBuffer, 1, 3);
  return bytes;
}
