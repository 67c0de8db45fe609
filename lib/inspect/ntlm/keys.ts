/**
 * The computations of NTLM (MS-NLMP section 3.3 and 3.4), by the names that they have there.
 */
import { des, Rc4 } from './ciphers';
import { crc32, hmacMd5, md4, md5 } from './digests';
import { ntlmFlags } from './names';
import { upperCase } from './upper-case';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** NTOWFv1, the NT hash: what a domain controller stores for a password. */
export const ntowfV1 = (password: string): Buffer => md4(utf16(password));

/** NTOWFv2, and LMOWFv2, which is the same. User and domain as the message has them; the domain's case matters. */
export function ntowfV2(ntHash: Uint8Array, user: string, domain: string): Buffer {
  return hmacMd5(ntHash, utf16(upperCase(user) + domain));
}

/** LMOWFv1: of the first 14 characters, in capitals, in the OEM character set. */
export function lmowfV1(password: string): Buffer {
  const key = Buffer.alloc(14);
  key.write(upperCase(password).slice(0, 14), 'latin1');
  const magic = Buffer.from('KGS!@#$%', 'latin1');
  return Buffer.concat([des(key.subarray(0, 7), magic), des(key.subarray(7), magic)]);
}

/** DESL: three DES encryptions of 8 bytes with the thirds of a key of 16 bytes, padded. */
export function desl(key: Uint8Array, data: Uint8Array): Buffer {
  const padded = Buffer.alloc(21);
  padded.set(key.subarray(0, 16));
  return Buffer.concat([0, 7, 14].map((at) => des(padded.subarray(at, at + 7), data)));
}

/** The challenge that NTLMv1 with extended session security answers, made from those of server and client. */
export function sessionChallenge(serverChallenge: Uint8Array, clientChallenge: Uint8Array): Buffer {
  return md5(Buffer.concat([serverChallenge, clientChallenge])).subarray(0, 8);
}

/** KXKEY of NTLMv1 (section 3.4.5.1). In NTLMv2 the session base key is the key exchange key. */
export function kxKey(
  flags: number,
  sessionBaseKey: Uint8Array,
  lmHash: Uint8Array,
  lmResponse: Uint8Array,
  serverChallenge: Uint8Array,
): Buffer {
  if ((flags & ntlmFlags.extendedSessionSecurity) !== 0) {
    return hmacMd5(sessionBaseKey, Buffer.concat([serverChallenge, lmResponse.subarray(0, 8)]));
  }
  if ((flags & ntlmFlags.lmKey) !== 0) {
    const padded = Buffer.concat([lmHash.subarray(7, 8), Buffer.alloc(6, 0xbd)]);
    const response = lmResponse.subarray(0, 8);
    return Buffer.concat([des(lmHash.subarray(0, 7), response), des(padded, response)]);
  }
  if ((flags & ntlmFlags.nonNtSessionKey) !== 0) return Buffer.concat([lmHash.subarray(0, 8), Buffer.alloc(8)]);
  return Buffer.from(sessionBaseKey);
}

export type Direction = 'client' | 'server';

const magic = (direction: Direction, what: 'signing' | 'sealing'): Buffer => {
  const way = direction === 'client' ? 'client-to-server' : 'server-to-client';
  return Buffer.from(`session key to ${way} ${what} key magic constant\0`, 'latin1');
};

/** SIGNKEY; undefined without extended session security, which has no such key. */
export function signKey(flags: number, exportedSessionKey: Uint8Array, direction: Direction): Buffer | undefined {
  if ((flags & ntlmFlags.extendedSessionSecurity) === 0) return undefined;
  return md5(Buffer.concat([exportedSessionKey, magic(direction, 'signing')]));
}

/** SEALKEY. */
export function sealKey(flags: number, exportedSessionKey: Uint8Array, direction: Direction): Buffer {
  if ((flags & ntlmFlags.extendedSessionSecurity) !== 0) {
    const size = (flags & ntlmFlags.key128) !== 0 ? 16 : (flags & ntlmFlags.key56) !== 0 ? 7 : 5;
    return md5(Buffer.concat([exportedSessionKey.subarray(0, size), magic(direction, 'sealing')]));
  }
  if ((flags & (ntlmFlags.lmKey | ntlmFlags.datagram)) === 0) return Buffer.from(exportedSessionKey);
  const [size, filler] = (flags & ntlmFlags.key56) !== 0 ? [7, 'a0'] : [5, 'e538b0'];
  return Buffer.concat([exportedSessionKey.subarray(0, size), Buffer.from(filler, 'hex')]);
}

/** One direction of an established session: signs and encrypts the messages in order (section 3.4.2 to 3.4.4). */
export class MessageSecurity {
  readonly #flags: number;
  readonly #signKey: Buffer | undefined;
  readonly #cipher: Rc4;
  #sequenceNumber = 0;

  constructor(flags: number, exportedSessionKey: Uint8Array, direction: Direction) {
    this.#flags = flags;
    this.#signKey = signKey(flags, exportedSessionKey, direction);
    this.#cipher = new Rc4(sealKey(flags, exportedSessionKey, direction));
  }

  /** The signature of the next message: 16 bytes. */
  sign(message: Uint8Array): Buffer {
    const signature = Buffer.alloc(16);
    const number = Buffer.alloc(4);
    number.writeUInt32LE(this.#sequenceNumber);
    this.#sequenceNumber += 1;
    signature.writeUInt32LE(1, 0);
    if (this.#signKey === undefined) {
      const crc = Buffer.alloc(4);
      crc.writeUInt32LE(crc32(message));
      // The random pad is encrypted first and then overwritten with zero: only its place in the stream counts.
      this.#cipher.apply(Buffer.alloc(4));
      signature.set(this.#cipher.apply(crc), 8);
      const stream = this.#cipher.apply(Buffer.alloc(4));
      stream.forEach((byte, i) => {
        signature[12 + i] = byte ^ (number[i] as number);
      });
      return signature;
    }
    const checksum = hmacMd5(this.#signKey, number, message).subarray(0, 8);
    signature.set((this.#flags & ntlmFlags.keyExchange) !== 0 ? this.#cipher.apply(checksum) : checksum, 4);
    signature.set(number, 12);
    return signature;
  }

  /** Encrypts the next message and then signs the plaintext. */
  seal(message: Uint8Array): { readonly sealed: Buffer; readonly signature: Buffer } {
    const sealed = this.#cipher.apply(message);
    return { sealed, signature: this.sign(message) };
  }
}
