/**
 * Messages over a TCP socket: four bytes of length, big-endian, then the message. TCP does not preserve boundaries and SSPI
 * needs complete tokens, so every protocol frames them in some way; this is the simplest one. A token of zero bytes is also a
 * message.
 */

/**
 * Sends one message; resolves when the socket has accepted it.
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
 * The incoming messages, until the peer ends the connection. Make one of these for each socket and keep it, because it contains
 * bytes that have been read and not yielded.
 * @param {import('node:net').Socket} socket
 * @param {number} [maxLength] do not store more than this for a peer that has not proved who it is
 */
export function receiveMessages(socket, maxLength = 1 << 20) {
  // The iteration reports errors; without a listener, an error before it would crash the process.
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
