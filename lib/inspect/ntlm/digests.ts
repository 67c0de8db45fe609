/**
 * MD4 (RFC 1320), MD5 (RFC 1321) and HMAC-MD5 (RFC 2104). They are here because OpenSSL 3 does not offer MD4, nor MD5 in FIPS
 * mode. For checking captured exchanges, not for protecting anything.
 */

type State = [number, number, number, number];

type Compress = (state: State, words: Uint32Array) => void;

const initial: Readonly<State> = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

function digest(data: Uint8Array, compress: Compress): Buffer {
  const size = data.length;
  const padded = Buffer.alloc((Math.floor((size + 8) / 64) + 1) * 64);
  padded.set(data);
  padded[size] = 0x80;
  padded.writeUInt32LE((size << 3) >>> 0, padded.length - 8);
  padded.writeUInt32LE(Math.floor(size / 0x20000000), padded.length - 4);
  const state: State = [...initial];
  const words = new Uint32Array(16);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = padded.readUInt32LE(block + 4 * i);
    compress(state, words);
  }
  const out = Buffer.alloc(16);
  state.forEach((word, i) => out.writeUInt32LE(word >>> 0, 4 * i));
  return out;
}

const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));

const md4Rotations = [
  [3, 7, 11, 19],
  [3, 5, 9, 13],
  [3, 9, 11, 15],
] as const;
const md4Constants = [0, 0x5a827999, 0x6ed9eba1] as const;
/** The order in which the third round takes the words: the bits of the index reversed. */
const reversed4 = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15] as const;

function compressMd4(state: State, x: Uint32Array): void {
  let [a, b, c, d] = state;
  for (let step = 0; step < 48; step += 1) {
    const round = step >> 4;
    const i = step & 15;
    const word = round === 0 ? i : round === 1 ? ((i & 3) << 2) | (i >> 2) : (reversed4[i] as number);
    const mixed = round === 0 ? (b & c) | (~b & d) : round === 1 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
    const sum = (a + mixed + (x[word] as number) + (md4Constants[round] as number)) | 0;
    const rotated = rotate(sum, (md4Rotations[round] as readonly number[])[i & 3] as number);
    [a, b, c, d] = [d, rotated, b, c];
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
}

const md5Rotations = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;
const md5Constants = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

function compressMd5(state: State, x: Uint32Array): void {
  let [a, b, c, d] = state;
  for (let step = 0; step < 64; step += 1) {
    const round = step >> 4;
    let word = step;
    let mixed: number;
    if (round === 0) {
      mixed = (b & c) | (~b & d);
    } else if (round === 1) {
      word = 5 * step + 1;
      mixed = (d & b) | (~d & c);
    } else if (round === 2) {
      word = 3 * step + 5;
      mixed = b ^ c ^ d;
    } else {
      word = 7 * step;
      mixed = c ^ (b | ~d);
    }
    const sum = (a + mixed + (x[word & 15] as number) + (md5Constants[step] as number)) | 0;
    const rotated = (b + rotate(sum, (md5Rotations[round] as readonly number[])[step & 3] as number)) | 0;
    [a, b, c, d] = [d, rotated, b, c];
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
}

export const md4 = (data: Uint8Array): Buffer => digest(data, compressMd4);
export const md5 = (data: Uint8Array): Buffer => digest(data, compressMd5);

export function hmacMd5(key: Uint8Array, ...data: readonly Uint8Array[]): Buffer {
  const block = Buffer.alloc(64);
  block.set(key.length > 64 ? md5(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return md5(Buffer.concat([outer, md5(Buffer.concat([inner, ...data]))]));
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of ISO 3309, which signs messages without extended session security. */
export function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}
