/** Messages of a context, whole, or as header and data in DCE style. */
import type { SecurityContext } from 'sspi';
import type { Cell, Outcome } from '../cells';

export interface Messages {
  readonly protect: (data: Buffer) => Buffer;
  readonly open: (message: Buffer) => Buffer;
}

export function messagesOf(cell: Cell, context: SecurityContext): Messages {
  const encrypt = cell.layer === 'confidentiality';
  return cell.style === 'DCE' ? inDceStyle(context, encrypt) : whole(context, encrypt);
}

function whole(context: SecurityContext, encrypt: boolean): Messages {
  return {
    protect: (data) => context.wrap(data, { encrypt }),
    open: (message) => context.unwrap(message, { allowUnencrypted: !encrypt }),
  };
}

/** Four bytes of the header's length, header, data. */
function inDceStyle(context: SecurityContext, encrypt: boolean): Messages {
  return {
    protect(data) {
      const { buffers } = context.encrypt([{ type: 'token' }, { type: 'data', data }], { encrypt });
      const [token, body] = buffers.map((buffer) => buffer.data) as [Buffer, Buffer];
      const length = Buffer.alloc(4);
      length.writeUInt32BE(token.length);
      return Buffer.concat([length, token, body]);
    },
    open(message) {
      const end = 4 + message.readUInt32BE();
      const opened = context.decrypt([
        { type: 'token', data: message.subarray(4, end) },
        { type: 'data', data: message.subarray(end) },
      ]);
      if (opened.encrypted !== encrypt) throw new Error(`a message arrived with encrypted=${opened.encrypted}`);
      return opened.buffers[1]?.data ?? Buffer.alloc(0);
    },
  };
}

/** Which key protected a message: RFC 4121 (4.2.6) is AES, RFC 4757 RC4. */
export function formOf(cell: Cell, message: Buffer): NonNullable<Outcome['form']> {
  if (cell.key === undefined) return 'MS-NLMP';
  const start = cell.style === 'DCE' ? 4 : 0;
  return message.readUInt16BE(start) === 0x0504 ? 'RFC 4121' : 'RFC 4757';
}

/** The last byte is data, a checksum, or padding that the checksum covers. */
export function altered(message: Buffer): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1);
  return copy;
}

export function mustEqual(received: Buffer, expected: Buffer): void {
  if (!received.equals(expected)) throw new Error(`${expected.length} bytes came back as ${received.length} others`);
}
