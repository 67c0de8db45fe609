import { credentialsOf, refusal, type BindDialogue } from './bind-dialogue';
import { Failure } from '../failure';
import { largestFrame } from '../../wire/sasl-frames';
import type { SecurityLayer } from '../protocols/ldap-connection';
import { resultCodes } from '../../wire/ldap-messages';
import type { Handshake } from '../../handshake/handshake';
import type { SecurityContext } from '../../context/security-context';

/** The security layers of RFC 4752, section 3.1, as bits. */
const layers = { none: 1, integrity: 2, confidentiality: 4 } as const;
type Layer = keyof typeof layers;

/**
 * GSS-SPNEGO (MS-ADTS, section 5.1.1.1.2): only the tokens of the handshake; its flags determine the layer.
 * @returns The layer that protects what follows; undefined for none.
 */
export async function bindSpnego(dialogue: BindDialogue, handshake: Handshake): Promise<SecurityLayer | undefined> {
  let leg = await handshake.step();
  for (;;) {
    if (leg.token === undefined) break;
    const answer = await dialogue.bind(leg.token, !leg.expectsReply);
    if (!leg.expectsReply) break;
    if (answer.credentials === undefined) throw refusal(answer);
    leg = await handshake.step(answer.credentials);
    if (answer.code === resultCodes.success) break;
  }
  return layerOf(handshake.context, layerGranted(handshake.context), largestFrame);
}

/**
 * GSSAPI (RFC 4752): Kerberos, then the negotiation of a layer.
 * @returns The layer that protects what follows; undefined for none.
 */
export async function bindGssapi(
  dialogue: BindDialogue,
  handshake: Handshake,
  tls: boolean,
): Promise<SecurityLayer | undefined> {
  let leg = await handshake.step();
  let answer = await dialogue.bind(leg.token, false);
  while (leg.expectsReply) {
    leg = await handshake.step(credentialsOf(answer));
    // Credentials of zero bytes mean that the exchange continues; a missing field would not.
    answer = await dialogue.bind(leg.token ?? Buffer.alloc(0), false);
  }
  const { context } = handshake;
  const offer = context.unwrap(credentialsOf(answer), { allowUnencrypted: true });
  if (offer.length !== 4)
    throw new Failure('ERR_SSPI_CLI_LDAP', 'The server’s offer of a security layer is malformed.');
  // Active Directory accepts no layer inside TLS.
  const layer = tls ? 'none' : layerGranted(context);
  if ((offer.readUInt8(0) & layers[layer]) === 0) {
    throw new Failure('ERR_SSPI_CLI_LDAP', `The server does not offer the security layer "${layer}".`);
  }
  const choice = Buffer.alloc(4);
  choice.writeUInt8(layers[layer], 0);
  choice.writeUIntBE(layer === 'none' ? 0 : largestFrame, 1, 3);
  await dialogue.chooseLayer(context.wrap(choice, { encrypt: false }));
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
