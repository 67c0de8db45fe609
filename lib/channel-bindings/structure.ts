import { bytesOf } from '../arguments';
import { usageError } from '../errors/make';

/**
 * SEC_CHANNEL_BINDINGS (Windows SDK, sspi.h): eight 32-bit little-endian numbers, then the data they point to. Not the
 * 20-byte structure that RFC 4121 hashes.
 */
const headerSize = 32;
const fields = [
  { length: 4, offset: 8 }, // cbInitiatorLength, dwInitiatorOffset
  { length: 16, offset: 20 }, // cbAcceptorLength, dwAcceptorOffset
  { length: 24, offset: 28 }, // cbApplicationDataLength, dwApplicationDataOffset
] as const;

/** See `secChannelBindings` in index.ts. */
export function secChannelBindings(applicationData: NodeJS.ArrayBufferView): Buffer {
  const data = bytesOf(applicationData, 'applicationData');
  if (data.length === 0) {
    throw usageError('ERR_SSPI_CHANNEL_BINDINGS', 'Channel bindings must not be empty.');
  }
  const structure = Buffer.alloc(headerSize + data.length);
  structure.writeUInt32LE(data.length, 24);
  structure.writeUInt32LE(headerSize, 28);
  data.copy(structure, headerSize);
  return structure;
}

/** True for bytes that are a whole, consistent SEC_CHANNEL_BINDINGS structure. */
export function isSecChannelBindings(bytes: Buffer): boolean {
  if (bytes.length <= headerSize) return false;
  let end = headerSize;
  for (const field of fields) {
    const length = bytes.readUInt32LE(field.length);
    const offset = bytes.readUInt32LE(field.offset);
    if (length === 0) continue;
    if (offset < headerSize || offset + length > bytes.length) return false;
    end = Math.max(end, offset + length);
  }
  return end === bytes.length;
}
