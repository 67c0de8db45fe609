/** Records of an established stream context, such as Schannel's. */
import { Duplex, Readable, Writable } from 'node:stream';
import { SspiError } from 'sspi';

/**
 * A stream of plain bytes over records.
 * @param {import('sspi').SecurityContext} context
 * @param {import('sspi').StreamSizes} sizes
 * @param {import('node:net').Socket} socket
 * @param {AsyncIterator<Buffer>} chunks what the socket receives
 */
export function recordStream(context, sizes, socket, chunks) {
  const writable = new Writable({
    write(/** @type {Buffer} */ data, _, done) {
      /** @type {Buffer[]} */
      const records = [];
      for (let start = 0; start < data.length; start += sizes.maxMessage) {
        records.push(sealedRecord(context, sizes, data.subarray(start, start + sizes.maxMessage)));
      }
      socket.write(Buffer.concat(records), done);
    },
  });
  return Duplex.from({ writable, readable: Readable.from(openedRecords(context, chunks)) });
}

/**
 * One TLS record around at most `sizes.maxMessage` bytes.
 * @param {import('sspi').SecurityContext} context
 * @param {import('sspi').StreamSizes} sizes
 * @param {Buffer} data
 */
export function sealedRecord(context, sizes, data) {
  const { buffers } = context.encrypt([
    { type: 'streamHeader', room: sizes.header },
    { type: 'data', data },
    { type: 'streamTrailer', room: sizes.trailer },
    { type: 'empty' },
  ]);
  return Buffer.concat(buffers.map((buffer) => buffer.data));
}

/**
 * The contents of the records, until the server closes the session.
 * @param {import('sspi').SecurityContext} context
 * @param {AsyncIterator<Buffer>} chunks
 */
export async function* openedRecords(context, chunks) {
  let received = context.unreadInput ?? Buffer.alloc(0);
  for (;;) {
    const opened = received.length === 0 ? undefined : openOne(context, received);
    if (opened === undefined) {
      const next = await chunks.next();
      if (next.done) return;
      received = Buffer.concat([received, next.value]);
      continue;
    }
    for (const { type, data } of opened.buffers) if (type === 'data' && data.length > 0) yield data;
    if (opened.code === 'SEC_I_CONTEXT_EXPIRED') return;
    if (opened.code !== 'SEC_E_OK') throw new Error(`The server wants what this example does not know: ${opened.code}`);
    received = opened.buffers.find(({ type }) => type === 'extra')?.data ?? Buffer.alloc(0);
  }
}

/** The first record; undefined while it is incomplete. @param {import('sspi').SecurityContext} context @param {Buffer} bytes */
function openOne(context, bytes) {
  try {
    return context.decrypt([{ type: 'data', data: bytes }, { type: 'empty' }, { type: 'empty' }, { type: 'empty' }]);
  } catch (error) {
    if (SspiError.isSspiError(error, 'SEC_E_INCOMPLETE_MESSAGE')) return undefined;
    throw error;
  }
}
