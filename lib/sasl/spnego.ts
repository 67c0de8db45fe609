import { checkGranted } from './start';
import { handshakeTurn, type Exchange, type Turn } from './exchange';
import { layerError } from './errors';
import { largestFrame } from '../wire/sasl-frames';
import { layerOf } from './layer';
import type { Handshake, SecurityContext } from '../index';
import type { SecurityLayer } from '../wire/sasl-layers';
import type { Settings } from './options';

/** GSS-SPNEGO, on both sides: only the handshake's tokens, whose flags determine the layer (MS-ADTS, section 5.1.1.1.2). */
export class Spnego implements Exchange {
  readonly #handshake: Handshake;
  readonly #settings: Settings;

  constructor(handshake: Handshake, settings: Settings) {
    this.#handshake = handshake;
    this.#settings = settings;
  }

  async step(challenge: Buffer | undefined): Promise<Turn> {
    const turn = await handshakeTurn(this.#handshake, challenge);
    if (turn.leg.expectsReply) return turn;
    const { context } = this.#handshake;
    checkGranted(context, this.#settings);
    const kind = this.#determined(context);
    // Nothing announces what the peer accepts.
    const layer = layerOf(kind, context, { send: largestFrame, receive: this.#settings.maxBuffer });
    return { ...turn, outcome: { context, layer, authzid: '' } };
  }

  /**
   * What was granted is what the peer uses, even if it is more than was requested: MIT Kerberos, and so Wine, requests
   * confidentiality for every client.
   */
  #determined({ flags }: SecurityContext): SecurityLayer {
    const kind = (['confidentiality', 'integrity'] as const).find((flag) => flags.includes(flag)) ?? 'none';
    const { layers } = this.#settings;
    if (layers.includes(kind)) return kind;
    throw layerError(
      `The handshake granted the security layer ${kind}, and not ${layers.join(' or ')}.`,
      'Accept it in the option `layer`, or request other flags in the handshake.',
    );
  }
}
