/**
 * RC4, and DES for one block (FIPS 46-3), which OpenSSL 3 has only in its legacy provider. For checking captured exchanges, not
 * for protecting anything.
 */

/** An RC4 stream: each call continues where the last one ended. Encryption and decryption are the same. */
export class Rc4 {
  readonly #state: Uint8Array;
  #i = 0;
  #j = 0;

  constructor(key: Uint8Array) {
    const s = Uint8Array.from({ length: 256 }, (_, n) => n);
    for (let i = 0, j = 0; i < 256; i += 1) {
      j = (j + (s[i] as number) + (key[i % key.length] as number)) & 0xff;
      [s[i], s[j]] = [s[j] as number, s[i] as number];
    }
    this.#state = s;
  }

  apply(data: Uint8Array): Buffer {
    const s = this.#state;
    const out = Buffer.alloc(data.length);
    for (let n = 0; n < data.length; n += 1) {
      this.#i = (this.#i + 1) & 0xff;
      this.#j = (this.#j + (s[this.#i] as number)) & 0xff;
      [s[this.#i], s[this.#j]] = [s[this.#j] as number, s[this.#i] as number];
      const key = s[((s[this.#i] as number) + (s[this.#j] as number)) & 0xff] as number;
      out[n] = (data[n] as number) ^ key;
    }
    return out;
  }
}

export const rc4 = (key: Uint8Array, data: Uint8Array): Buffer => new Rc4(key).apply(data);

// The tables of FIPS 46-3. Bits are numbered from 1, the highest of the first byte.
const initialPermutation = [58, 60, 62, 64, 57, 59, 61, 63].flatMap((n) =>
  Array.from({ length: 8 }, (_, i) => n - 8 * i),
);
const finalPermutation = Array.from({ length: 64 }, (_, i) => initialPermutation.indexOf(i + 1) + 1);
const expansion = Array.from({ length: 48 }, (_, i) => ((Math.floor(i / 6) * 4 + (i % 6) + 31) % 32) + 1);
const permutation = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const permutedChoice1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55,
  47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const permutedChoice2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const keyShifts = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** One hexadecimal digit for each entry, four rows of sixteen. */
const boxes = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

type Bits = readonly number[];

const toBits = (data: Uint8Array): Bits =>
  [...data].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
const pick = (bits: Bits, table: readonly number[]): Bits => table.map((n) => bits[n - 1] as number);
const xor = (a: Bits, b: Bits): Bits => a.map((bit, i) => bit ^ (b[i] as number));

function toBytes(bits: Bits): Buffer {
  const out = Buffer.alloc(bits.length / 8);
  bits.forEach((bit, i) => {
    out[i >> 3] = (out[i >> 3] as number) | (bit << (7 - (i & 7)));
  });
  return out;
}

function substitute(bits: Bits): Bits {
  return boxes.flatMap((box, n) => {
    const [b0, b1, b2, b3, b4, b5] = bits.slice(6 * n, 6 * n + 6) as [number, number, number, number, number, number];
    const row = (b0 << 1) | b5;
    const column = (b1 << 3) | (b2 << 2) | (b3 << 1) | b4;
    const value = parseInt(box.charAt(16 * row + column), 16);
    return [(value >> 3) & 1, (value >> 2) & 1, (value >> 1) & 1, value & 1];
  });
}

/** Encrypts one block of 8 bytes with a key of 7 bytes, which NTLM has without parity bits. */
export function des(key: Uint8Array, block: Uint8Array): Buffer {
  const keyBits = toBits(key);
  const withParity = Array.from({ length: 64 }, (_, i) => (i % 8 === 7 ? 0 : (keyBits[i - (i >> 3)] as number)));
  let halves = pick(withParity, permutedChoice1);
  let c = halves.slice(0, 28);
  let d = halves.slice(28);
  const bits = pick(toBits(block), initialPermutation);
  let left = bits.slice(0, 32);
  let right = bits.slice(32);
  for (const shift of keyShifts) {
    c = [...c.slice(shift), ...c.slice(0, shift)];
    d = [...d.slice(shift), ...d.slice(0, shift)];
    halves = [...c, ...d];
    const mixed = xor(pick(right, expansion), pick(halves, permutedChoice2));
    [left, right] = [right, [...xor(left, pick(substitute(mixed), permutation))]];
  }
  return toBytes(pick([...right, ...left], finalPermutation));
}
