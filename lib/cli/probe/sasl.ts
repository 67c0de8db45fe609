import { Failure } from '../failure';
import { ldapReason } from './ldap-reason';
import { largestFrame } from '../../wire/sasl-frames';
import type { LdapConnection, SecurityLayer } from '../protocols/ldap-connection';
import { resultCodes, type BindResult } from '../../wire/ldap-messages';
import type { Handshake } from '../../handshake/handshake';
import type { SecurityContext } from '../../context/security-context';
import type { Trace } from './trace';

/** The security layers of RFC 4752, section 3.1, as bits. */
const layers = { none: 1, integrity: 2, confidentiality: 4 } as const;
type Layer = keyof typeof layers;

/**
 * GSS-SPNEGO (MS-ADTS, section 5.1.1.1.2): the handshake's tokens and nothing else; the layer is what its flags say.
 * @returns The layer that protects what follows; undefined for none.
 */
export async function bindSpnego(
  connection: LdapConnection,
  handshake: Handshake,
  trace: Trace,
): Promise<SecurityLayer | undefined> {
  let leg = await trace.step(handshake);
  for (;;) {
    if (leg.token === undefined) break;
    const answer = await bind(connection, 'GSS-SPNEGO', leg.token, trace, !leg.expectsReply);
    if (!leg.expectsReply) break;
    if (answer.credentials === undefined) throw refusal(answer);
    leg = await trace.step(handshake, answer.credentials);
    if (answer.code === resultCodes.success) break;
  }
  return layerOf(handshake.context, layerGranted(handshake.context), largestFrame);
}

/**
 * GSSAPI (RFC 4752): Kerberos, then an agreement on the layer.
 * @returns The layer that protects what follows; undefined for none.
 */
export async function bindGssapi(
  connection: LdapConnection,
  handshake: Handshake,
  trace: Trace,
  tls: boolean,
): Promise<SecurityLayer | undefined> {
  const mechanism = 'GSSAPI';
  let leg = await trace.step(handshake);
  let answer = await bind(connection, mechanism, leg.token, trace, false);
  while (leg.expectsReply) {
    leg = await trace.step(handshake, credentialsOf(answer));
    // Credentials of zero bytes say "go on"; a missing field would not.
    answer = await bind(connection, mechanism, leg.token ?? Buffer.alloc(0), trace, false);
  }
  const { context } = handshake;
  const offer = context.unwrap(credentialsOf(answer), { allowUnencrypted: true });
  if (offer.length !== 4)
    throw new Failure('ERR_SSPI_CLI_LDAP', 'The server’s offer of a security layer is malformed.');
  // Active Directory takes no layer inside of TLS.
  const layer = tls ? 'none' : layerGranted(context);
  if ((offer.readUInt8(0) & layers[layer]) === 0) {
    throw new Failure('ERR_SSPI_CLI_LDAP', `The server does not offer the security layer "${layer}".`);
  }
  const choice = Buffer.alloc(4);
  choice.writeUInt8(layers[layer], 0);
  choice.writeUIntBE(layer === 'none' ? 0 : largestFrame, 1, 3);
  const last = await connection.saslBind(mechanism, context.wrap(choice, { encrypt: false }));
  if (last.code !== resultCodes.success) throw refusal(last);
  return layerOf(context, layer, offer.readUIntBE(1, 3));
}

function layerGranted({ flags }: SecurityContext): Layer {
  if (flags.includes('confidentiality')) return 'confidentiality';
  return flags.includes('integrity') ? 'integrity' : 'none';
}

function layerOf(context: SecurityContext, layer: Layer, maxSend: number): SecurityLayer | undefined {
  if (layer === 'none') return undefined;
  const encrypt = layer === 'confidentiality';
  return {
    wrap: (bytes) => context.wrap(bytes, { encrypt }),
    unwrap: (bytes) => context.unwrap(bytes, { allowUnencrypted: !encrypt }),
    maxSend,
  };
}

/** One request and its answer, which the trace shows as the server's leg. */
async function bind(
  connection: LdapConnection,
  mechanism: string,
  token: Buffer | undefined,
  trace: Trace,
  last: boolean,
): Promise<BindResult> {
  const start = performance.now();
  const answer = await connection.saslBind(mechanism, token);
  const good = answer.code === resultCodes.success || (answer.code === resultCodes.saslBindInProgress && !last);
  trace.add({
    from: 'server',
    status: answer.name,
    failed: !good,
    duration: performance.now() - start,
    // What GSSAPI's agreement on the layer carries is a protected message, and a token none the less.
    token: answer.credentials,
    note: `bindResponse, ${mechanism}`,
  });
  if (!good) throw refusal(answer);
  return answer;
}

function refusal(answer: BindResult): Failure {
  const { name, diagnostic } = answer;
  const reason = layerReason(diagnostic) ?? ldapReason(diagnostic);
  const text = diagnostic === '' ? '' : `: ${diagnostic}`;
  return new Failure('ERR_SSPI_CLI_REFUSED', `The server refused the bind (${name})${text}`, reason);
}

/** What Samba says of signing and sealing inside of TLS, and what to do. */
function layerReason(diagnostic: string): string | undefined {
  if (/sign or seal are not allowed/i.test(diagnostic)) {
    return 'The server accepts no signing or encryption inside TLS: use --package Kerberos (GSSAPI), which negotiates none.';
  }
  return /sign or seal are required/i.test(diagnostic)
    ? 'The server requires signing or encryption, but accepts neither inside TLS: use ldap://, or set “ldap server require strong auth” of Samba.'
    : undefined;
}

function credentialsOf(answer: BindResult): Buffer {
  if (answer.credentials === undefined) throw refusal(answer);
  return answer.credentials;
}
