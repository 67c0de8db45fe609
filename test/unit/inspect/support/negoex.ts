/** Builds NegoEx messages by MS-NEGOEX 2.2.6. */
import { u16, u32, u64 } from './ntlm';

export const conversation = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
export const pku2u = Buffer.from('ad695f23fb73bc4d82030629e739339b', 'hex');

function message(type: number, sequence: number, header: Buffer, payload: Buffer): Buffer {
  const headerLength = 40 + header.length;
  return Buffer.concat([
    Buffer.from('NEGOEXTS', 'latin1'),
    u32(type),
    u32(sequence),
    u32(headerLength),
    u32(headerLength + payload.length),
    conversation,
    header,
    payload,
  ]);
}

export function nego(
  type: 0 | 1,
  sequence: number,
  schemes: readonly Buffer[],
  extensions: readonly [number, Buffer][] = [],
): Buffer {
  const headerLength = 96;
  const schemesLength = 16 * schemes.length;
  let valueAt = headerLength + schemesLength + 12 * extensions.length;
  const entries = extensions.map(([extensionType, value]) => {
    const entry = Buffer.concat([u32(extensionType), u32(valueAt), u32(value.length)]);
    valueAt += value.length;
    return entry;
  });
  const header = Buffer.concat([
    Buffer.alloc(32, 0x5a),
    u64(0n),
    u32(headerLength),
    u16(schemes.length),
    u16(0),
    u32(headerLength + schemesLength),
    u16(extensions.length),
    u16(0),
  ]);
  return message(
    type,
    sequence,
    header,
    Buffer.concat([...schemes, ...entries, ...extensions.map(([, value]) => value)]),
  );
}

export function exchange(type: 2 | 3 | 4 | 5, sequence: number, data: Buffer): Buffer {
  return message(type, sequence, Buffer.concat([pku2u, u32(64), u32(data.length)]), data);
}

export function verify(sequence: number, checksumType: number, checksum: Buffer): Buffer {
  const header = Buffer.concat([pku2u, u32(20), u32(1), u32(checksumType), u32(80), u32(checksum.length), u32(0)]);
  return message(6, sequence, header, checksum);
}

export function alert(sequence: number, status: number, reason: number): Buffer {
  const header = Buffer.concat([pku2u, u32(status), u32(72), u16(1), u16(0), u32(0)]);
  const pulse = Buffer.concat([u32(8), u32(reason)]);
  return message(7, sequence, header, Buffer.concat([u32(1), u32(84), u32(8), pulse]));
}
