/** Message protection between the two sides of an established connection. */
import { expectSeen } from './claim.mjs';

const text = Buffer.from('What one side says, the other hears.');

/** @param {import('./handshake.mjs').Established} established */
export function sealBothWays({ client, server }) {
  const there = sealed(client, server, 'from the client');
  const back = sealed(server, client, 'from the server');
  return `${text.length} bytes became ${there} from the client, ${back} from the server`;
}

/** @param {import('./handshake.mjs').Established} established */
export function signBothWays({ client, server }) {
  const there = signed(client, server);
  const back = signed(server, client);
  return `signatures of ${there} bytes from the client, ${back} from the server`;
}

/** @param {import('./handshake.mjs').Established} established */
export function sameSessionKeys({ client, server }) {
  const [theirs, ours] = [client.sessionKey(), server.sessionKey()];
  expectSeen(theirs.equals(ours), `two different keys, of ${theirs.length} and ${ours.length} bytes`);
  return `${ours.length} bytes, equal`;
}

function sealed(sender, receiver, whence) {
  const message = sender.wrap(text);
  expectSeen(!message.includes(text), `the message ${whence} can be read on the wire`);
  expectSeen(receiver.unwrap(message).equals(text), `the message ${whence} did not come back as it was`);
  return message.length;
}

function signed(sender, receiver) {
  const signature = sender.sign(text);
  receiver.verify(text, signature);
  return signature.length;
}
