/**
 * SASL binds by a handshake of the package `sspi`: each leg's token travels in a BindRequest and is answered in its response.
 */
import { LdapError, maxFrame } from './connection.mjs';
import { resultCodes } from './messages.mjs';

/** @typedef {Pick<import('sspi').Handshake, 'step' | 'context'>} Handshake */
/** @typedef {import('./connection.mjs').LdapConnection} LdapConnection */

/** What both binds ask of the handshake: a sealed connection to a server that has proved who it is. */
export const bindFlags = /** @type {const} */ (['integrity', 'confidentiality', 'replayDetect', 'sequenceDetect']);

/**
 * GSSAPI (RFC 4752): Kerberos, then an agreement on the security layer. Needs credentials of the package Kerberos and the
 * flag mutualAuth.
 * @param {LdapConnection} connection
 * @param {Handshake} handshake
 */
export async function bindGssapi(connection, handshake) {
  let leg = await handshake.step();
  let response = await continued(connection, 'GSSAPI', leg.token);
  while (leg.expectsReply) {
    leg = await handshake.step(credentialsOf(response));
    // Credentials of zero bytes say: go on. A missing field would not.
    response = await continued(connection, 'GSSAPI', leg.token ?? Buffer.alloc(0));
  }

  // Four bytes, signed but not encrypted (section 3.3): the layers that the server offers, and the size of its buffer.
  const { context } = handshake;
  const offer = context.unwrap(credentialsOf(response), { allowUnencrypted: true });
  if (offer.length !== 4) throw new Error('The offer of a security layer is malformed.');
  const confidentialityLayer = 4;
  if ((offer.readUInt8(0) & confidentialityLayer) === 0) throw new Error('The server offers no confidentiality.');
  const maxSend = offer.readUIntBE(1, 3);

  // No authorization identity behind the four bytes: we want to act as whom we have authenticated as.
  const choice = Buffer.alloc(4);
  choice.writeUInt8(confidentialityLayer, 0);
  choice.writeUIntBE(maxFrame, 1, 3);
  const last = await connection.saslBind('GSSAPI', context.wrap(choice, { encrypt: false }));
  if (last.code !== resultCodes.success) throw new LdapError('bind', last);
  connection.protect(context, maxSend);
  return context;
}

/**
 * GSS-SPNEGO (MS-ADTS, section 5.1.1.1.2): whatever Negotiate chooses, and no agreement afterwards: the layer is what the
 * handshake's flags say. Works with the packages Negotiate and NTLM.
 * @param {LdapConnection} connection
 * @param {Handshake} handshake
 */
export async function bindSpnego(connection, handshake) {
  let leg = await handshake.step();
  let response = await connection.saslBind('GSS-SPNEGO', leg.token);
  while (leg.expectsReply) {
    if (response.credentials === undefined) throw new LdapError('bind', response);
    leg = await handshake.step(response.credentials);
    if (leg.token !== undefined) response = await connection.saslBind('GSS-SPNEGO', leg.token);
  }
  if (response.code !== resultCodes.success) throw new LdapError('bind', response);
  connection.protect(handshake.context);
  return handshake.context;
}

/** A step of a bind that the server must want to continue with. @param {LdapConnection} connection */
async function continued(connection, /** @type {string} */ mechanism, /** @type {Buffer | undefined} */ token) {
  const response = await connection.saslBind(mechanism, token);
  if (response.code !== resultCodes.saslBindInProgress) throw new LdapError('bind', response);
  return response;
}

function credentialsOf(/** @type {{ credentials: Buffer | undefined }} */ { credentials }) {
  if (credentials === undefined) throw new Error('The server sent no credentials where it owes some.');
  return credentials;
}
