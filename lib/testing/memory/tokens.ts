import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The tokens of the in-memory packages: the GSS-API framing of RFC 2743 section 3.1 around a type, a MAC and JSON. They do not
 * look like those of any real mechanism, so that nobody confuses them; with the framing they are accepted where a GSS token is
 * expected.
 */
export type MemoryToken =
  | {
      readonly type: 'ap-req';
      readonly user: string;
      readonly target: string;
      readonly nonce: string;
      readonly flags: Names;
      readonly bindings: string;
    }
  | { readonly type: 'ap-rep'; readonly nonce: string }
  | { readonly type: 'negotiate'; readonly nonce: string }
  | { readonly type: 'challenge'; readonly nonce: string; readonly domain: string }
  | {
      readonly type: 'authenticate';
      readonly user: string;
      readonly target: string;
      readonly flags: Names;
      readonly bindings: string;
    };

type Names = readonly string[];

/** 2.25.190392976614201288228525034012088945251: an OID made from a UUID (ITU-T X.667), which nobody else uses. */
const oid = Buffer.from('061469829ebcad9fc2adcaaddda1e09fa5e5dcfd9463', 'hex');
const macLength = 16;
const types = ['ap-req', 'ap-rep', 'negotiate', 'challenge', 'authenticate'] as const;

/** The content of each type. Before the MAC can be checked, the token must be read to find out whose key is needed. */
const fields: Readonly<Record<MemoryToken['type'], readonly string[]>> = {
  'ap-req': ['user', 'target', 'nonce', 'flags', 'bindings'],
  'ap-rep': ['nonce'],
  negotiate: ['nonce'],
  challenge: ['nonce', 'domain'],
  authenticate: ['user', 'target', 'flags', 'bindings'],
};

function isSound(token: object, field: string): boolean {
  const value = (token as Readonly<Record<string, unknown>>)[field];
  if (field !== 'flags') return typeof value === 'string';
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** A token as bytes, authenticated with a key that both sides have. */
export function encodeToken(token: MemoryToken, key: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(token));
  return frame(Buffer.concat([Buffer.of(types.indexOf(token.type)), mac(key, json), json]));
}

/** A token as it was received; `genuine` tells whether its MAC was made with a key. */
export interface ReceivedToken {
  readonly token: MemoryToken;
  genuine(key: Buffer): boolean;
}

/** Undefined for bytes that are not a complete token of these packages. */
export function decodeToken(bytes: Uint8Array): ReceivedToken | undefined {
  const body = unframed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const type = body?.[0] === undefined ? undefined : types[body[0]];
  if (body === undefined || type === undefined || body.length < 1 + macLength + 2) return undefined;
  const seal = body.subarray(1, 1 + macLength);
  const json = body.subarray(1 + macLength);
  try {
    const token = JSON.parse(json.toString()) as MemoryToken;
    if (token.type !== type || !fields[type].every((field) => isSound(token, field))) return undefined;
    return { token, genuine: (key) => timingSafeEqual(seal, mac(key, json)) };
  } catch {
    return undefined;
  }
}

function mac(key: Buffer, json: Buffer): Buffer {
  return createHmac('sha256', key).update(json).digest().subarray(0, macLength);
}

function frame(body: Buffer): Buffer {
  const length = oid.length + body.length;
  const header = length < 0x80 ? Buffer.of(0x60, length) : Buffer.of(0x60, 0x82, length >> 8, length & 0xff);
  return Buffer.concat([header, oid, body]);
}

function unframed(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== 0x60 || bytes.length < 4) return undefined;
  const long = bytes[1] === 0x82;
  const start = long ? 4 : 2;
  const length = long ? bytes.readUInt16BE(2) : (bytes[1] as number);
  if (length !== bytes.length - start) return undefined;
  const inner = bytes.subarray(start);
  return inner.subarray(0, oid.length).equals(oid) ? inner.subarray(oid.length) : undefined;
}
