import { WireError } from '../wire-error';

/** PRELOGIN ([MS-TDS], 2.2.6.5): options as a table of offsets, then their values. */

/** B_FENCRYPTION: what a side says about encryption. */
export const encryption = { off: 0, on: 1, notSupported: 2, required: 3 } as const;

const option = { version: 0, encryption: 1, instance: 2, threadId: 3, mars: 4, traceId: 5, terminator: 0xff } as const;
const entrySize = 5;

export interface PreloginOption {
  readonly id: number;
  readonly value: Buffer;
}

/** The client's PRELOGIN. The version is that of a client and of no consequence; there is no instance to check, and no MARS. */
export function preloginRequest(wanted: number): Buffer {
  return encodePrelogin([
    { id: option.version, value: Buffer.from([16, 0, 0, 0, 0, 0]) },
    { id: option.encryption, value: Buffer.from([wanted]) },
    { id: option.instance, value: Buffer.from([0]) },
    { id: option.threadId, value: Buffer.alloc(4) },
    { id: option.mars, value: Buffer.from([0]) },
  ]);
}

export function encodePrelogin(options: readonly PreloginOption[]): Buffer {
  const table = Buffer.alloc(options.length * entrySize + 1, option.terminator);
  let offset = table.length;
  options.forEach(({ id, value }, index) => {
    const at = index * entrySize;
    table[at] = id;
    table.writeUInt16BE(offset, at + 1);
    table.writeUInt16BE(value.length, at + 3);
    offset += value.length;
  });
  return Buffer.concat([table, ...options.map(({ value }) => value)]);
}

/** @throws {WireError} for a table without an end, an option outside of the message, or one that occurs twice. */
export function decodePrelogin(payload: Buffer): PreloginOption[] {
  const options: PreloginOption[] = [];
  for (let at = 0; payload[at] !== option.terminator; at += entrySize) {
    if (at + entrySize >= payload.length) throw new WireError('a PRELOGIN whose table of options does not end');
    const id = payload[at] as number;
    const offset = payload.readUInt16BE(at + 1);
    const length = payload.readUInt16BE(at + 3);
    if (offset + length > payload.length) throw new WireError(`a PRELOGIN option (${id}) outside of its message`);
    if (options.some((known) => known.id === id)) throw new WireError(`a PRELOGIN option (${id}) that occurs twice`);
    options.push({ id, value: payload.subarray(offset, offset + length) });
  }
  return options;
}

/** What the server says about encryption. @throws {WireError} if it says nothing. */
export function encryptionOf(options: readonly PreloginOption[]): number {
  const value = options.find(({ id }) => id === option.encryption)?.value;
  if (value?.length !== 1) throw new WireError('a PRELOGIN that does not say whether to encrypt');
  return value[0] as number;
}

/** The options as for a client that has nothing to encrypt, and no federated authentication to offer. */
export function withoutEncryption(options: readonly PreloginOption[]): PreloginOption[] {
  return options
    .filter(({ id }) => id <= option.traceId)
    .map(({ id, value }) => ({ id, value: id === option.encryption ? Buffer.from([encryption.notSupported]) : value }));
}
