/**
 * Messages over a TCP socket: four bytes of length, big-endian, then the message. TCP keeps no boundaries and SSPI wants whole
 * tokens, so every protocol frames them in some way; this is the simplest. A token of zero bytes is a message too.
 */

/**
 * Sends one message; resolves when the socket has taken it.
 * @param {import('node:net').Socket} socket
 * @param {Uint8Array} message
 * @returns {Promise<void>}
 */
export function sendMessage(socket, message) {
  const frame = Buffer.allocUnsafe(4 + message.length);
  frame.writeUInt32BE(message.length);
  frame.set(message, 4);
  return new Promise((resolve, reject) => {
    socket.write(frame, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * The messages that come in, until the peer ends the connection. Make one of these for each socket and keep it: bytes that
 * have been read and not yielded are in here.
 * @param {import('node:net').Socket} socket
 * @param {number} [maxLength] a peer that has not proved who it is should not make us keep more than this
 */
export function receiveMessages(socket, maxLength = 1 << 20) {
  // The iteration tells of errors; without a listener one that comes before it would end the process.
  socket.on('error', () => undefined);
  return messagesOf(socket, maxLength);
}

/** @param {import('node:net').Socket} socket @param {number} maxLength */
async function* messagesOf(socket, maxLength) {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4) {
      const length = received.readUInt32BE();
      if (length > maxLength) throw new Error(`A message of ${length} bytes is too long.`);
      if (received.length < 4 + length) break;
      yield received.subarray(4, 4 + length);
      received = received.subarray(4 + length);
    }
  }
  if (received.length > 0) throw new Error('The connection ended inside a message.');
}
