import { checkGranted } from './start';
import { decodeOffer, encodeChoice, type LayerOffer, type SecurityLayer } from '../wire/sasl-layers';
import { handshakeTurn, type Exchange, type Turn } from './exchange';
import { layerError, messageError } from './errors';
import { layerOf } from './layer';
import { openNegotiation } from './negotiation';
import type { Handshake, SecurityContext } from '../index';
import type { Settings } from './options';

const noBytes = Buffer.alloc(0);

/** The client of GSSAPI (RFC 4752, section 3.1): the handshake, then its choice of the layers that the server offers. */
export class GssapiInitiator implements Exchange {
  readonly #handshake: Handshake;
  readonly #settings: Settings;
  #negotiating = false;

  constructor(handshake: Handshake, settings: Settings) {
    this.#handshake = handshake;
    this.#settings = settings;
  }

  async step(challenge: Buffer | undefined): Promise<Turn> {
    if (this.#negotiating) return this.#choose(challenge);
    const turn = await handshakeTurn(this.#handshake, challenge);
    if (turn.leg.expectsReply) return turn;
    checkGranted(this.#handshake.context, this.#settings);
    this.#negotiating = true;
    // The server speaks next: an empty response asks it to.
    return { ...turn, token: turn.token ?? noBytes };
  }

  #choose(challenge: Buffer | undefined): Turn {
    if (challenge === undefined) throw messageError('The server’s offer of security layers is missing.');
    const { context } = this.#handshake;
    const offer = openNegotiation(context, challenge, decodeOffer);
    const { maxBuffer, authzid } = this.#settings;
    const kind = this.#preferred(offer, context);
    const layer = layerOf(kind, context, { send: offer.maxBuffer, receive: maxBuffer });
    const choice = encodeChoice({ layer: kind, maxBuffer: layer === undefined ? 0 : maxBuffer, authzid });
    return { token: context.wrap(choice, { encrypt: false }), outcome: { context, layer, authzid } };
  }

  #preferred({ layers: offered }: LayerOffer, { flags }: SecurityContext): SecurityLayer {
    const able = (layer: SecurityLayer): boolean => layer !== 'confidentiality' || flags.includes('confidentiality');
    const { layers: wanted } = this.#settings;
    const layer = wanted.find((each) => offered.includes(each) && able(each));
    if (layer !== undefined) return layer;
    throw layerError(
      `The server offers the security layers ${offered.join(', ') || '(nothing)'}, and not ${wanted.join(' or ')}.`,
      'Require signing or encryption in the settings of the server, or accept one of its layers inside TLS.',
    );
  }
}
