/** Builds NTLM messages by MS-NLMP 2.2, with any field left out, moved or damaged on purpose. */

export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

export const u16 = (value: number): Buffer => {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value);
  return out;
};
export const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0);
  return out;
};
export const u64 = (value: bigint): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value);
  return out;
};

const signature = Buffer.from('NTLMSSP\0', 'latin1');

export interface Message {
  readonly type: number;
  /**
   * The header behind the type: a Buffer stands as it is, a payload field becomes length, allocated length and offset.
   */
  readonly header: readonly (
    Buffer | { readonly payload: Buffer; readonly offset?: number; readonly length?: number }
  )[];
}

/** Lays out a message: header, then the payload fields in their order. */
export function message({ type, header }: Message): Buffer {
  const size = 12 + header.reduce((sum, part) => sum + (Buffer.isBuffer(part) ? part.length : 8), 0);
  const payload: Buffer[] = [];
  let at = size;
  const fixed = header.map((part) => {
    if (Buffer.isBuffer(part)) return part;
    const length = part.length ?? part.payload.length;
    const place = Buffer.concat([u16(length), u16(length), u32(part.offset ?? at)]);
    payload.push(part.payload);
    at += part.payload.length;
    return place;
  });
  return Buffer.concat([signature, u32(type), ...fixed, ...payload]);
}

export const field = (payload: Buffer): { readonly payload: Buffer } => ({ payload });
export const none = field(Buffer.alloc(0));

export const version = (major: number, minor: number, build: number): Buffer =>
  Buffer.concat([Buffer.from([major, minor]), u16(build), Buffer.from([0, 0, 0, 15])]);

export const avPair = (id: number, value: Buffer): Buffer => Buffer.concat([u16(id), u16(value.length), value]);
export const avEol = avPair(0, Buffer.alloc(0));

export const flags = {
  unicode: 0x1,
  oem: 0x2,
  requestTarget: 0x4,
  sign: 0x10,
  seal: 0x20,
  lmKey: 0x80,
  ntlm: 0x200,
  anonymous: 0x800,
  domainSupplied: 0x1000,
  workstationSupplied: 0x2000,
  localCall: 0x4000,
  alwaysSign: 0x8000,
  targetDomain: 0x10000,
  targetServer: 0x20000,
  ess: 0x80000,
  requestNonNtSessionKey: 0x400000,
  targetInfo: 0x800000,
  version: 0x2000000,
  key128: 0x20000000,
  keyExchange: 0x40000000,
  key56: 0x80000000,
} as const;

/** NTLMv2_RESPONSE: NTProofStr and NTLMv2_CLIENT_CHALLENGE. */
export function ntlmV2Response(proof: Buffer, time: bigint, clientChallenge: Buffer, pairs: Buffer): Buffer {
  return Buffer.concat([
    proof,
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    u64(time),
    clientChallenge,
    Buffer.alloc(4),
    pairs,
    Buffer.alloc(4),
  ]);
}
