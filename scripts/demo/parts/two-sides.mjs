/** Client and server of one process, over a TCP socket. */
import { accept, initiate } from 'sspi';
import { receiveMessages, sendMessage } from '../../../examples/framing.mjs';
import { acquire, narrated } from '../narrate.mjs';
import { connectedSockets } from '../sockets.mjs';
import { good } from '../terminal.mjs';

/** What both sides request, unless a part requests more. */
export const usualFlags = ['integrity', 'confidentiality', 'replayDetect', 'sequenceDetect'];

/**
 * One logon: acquires both credentials, connects, and runs the two sides at the same time, one by `step()` and the other by
 * `legs()`.
 *
 * @param {{
 *   client: import('sspi').AcquireCredentialsOptions,
 *   server: import('sspi').AcquireCredentialsOptions,
 *   initiate: import('sspi').InitiateOptions,
 *   accept: import('sspi').AcceptOptions,
 *   byHand: 'client' | 'server',
 * }} logon `byHand` is the side that goes by `step()`
 * @param {(contexts: Established) => Promise<void> | void} use what to do when both are established
 * @typedef {{ client: import('sspi').SecurityContext, server: import('sspi').SecurityContext, exchange: Exchange }} Established
 * @typedef {(from: 'client' | 'server', bytes: Buffer) => Promise<Buffer>} Exchange carries a message to the other side
 */
export async function logOn(logon, use) {
  const sockets = await connectedSockets();
  const held = [];
  const keep = (releasable) => (held.unshift(releasable), releasable);
  try {
    const outbound = keep(await acquire('client', { ...logon.client, use: 'outbound' }));
    const inbound = keep(await acquire('server', { ...logon.server, use: 'inbound' }));
    const client = keep(initiate(outbound, logon.initiate));
    const server = keep(accept(inbound, logon.accept));
    const [near, far] = sockets;
    const messages = { near: receiveMessages(near), far: receiveMessages(far) };

    await both(
      drive(logon.byHand === 'client')(narrated(client, 'client', 'server'), near, messages.near),
      drive(logon.byHand === 'server')(narrated(server, 'server', 'client'), far, messages.far),
      sockets,
    );

    await use({
      client: client.context,
      server: server.context,
      async exchange(from, bytes) {
        await sendMessage(from === 'client' ? near : far, bytes);
        return (await messages[from === 'client' ? 'far' : 'near'].next()).value;
      },
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const releasable of held) await releasable.dispose();
  }
}

const drive = (hand) => (hand ? byHand : byIterator);

async function byHand(handshake, socket, messages) {
  const receive = async () => {
    const { done, value } = await messages.next();
    if (done) throw new Error('the other side hung up');
    return value;
  };
  let leg = await handshake.step(handshake.role === 'acceptor' ? await receive() : undefined);
  for (;;) {
    if (leg.token !== undefined) await sendMessage(socket, leg.token);
    if (!leg.expectsReply) return;
    leg = await handshake.step(await receive());
  }
}

async function byIterator(handshake, socket, messages) {
  for await (const leg of handshake.legs(messages)) await sendMessage(socket, leg.token);
}

/**
 * Runs both sides to their ends. If one fails, it closes the connection, so that the other does not wait; the first error is
 * thrown.
 */
async function both(client, server, sockets) {
  let fault;
  const hangUp = (error) => {
    fault ??= { error };
    for (const socket of sockets) socket.destroy();
  };
  await Promise.all([client.catch(hangUp), server.catch(hangUp)]);
  if (fault !== undefined) throw fault.error;
}

/** Sends an encrypted message in each direction and opens it on the other side. */
export async function talkSealed({ client, server, exchange }) {
  const question = Buffer.from('What is the answer?');
  const sealed = client.wrap(question);
  const opened = server.unwrap(await exchange('client', sealed));
  const answer = client.unwrap(await exchange('server', server.wrap(Buffer.from('42'))));
  if (!opened.equals(question) || answer.toString() !== '42')
    throw new Error('the messages did not come back as they were');
  if (sealed.includes(question)) throw new Error('the message could be read on the wire');
  good(
    `sealed with wrap and opened with unwrap, both ways: "${opened}" (${sealed.length} bytes on the wire), "${answer}"`,
  );
}
