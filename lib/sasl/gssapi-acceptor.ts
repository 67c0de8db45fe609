import { checkGranted } from './start';
import { decodeChoice, encodeOffer, type LayerChoice, type SecurityLayer } from '../wire/sasl-layers';
import { handshakeTurn, type Exchange, type Turn } from './exchange';
import { layerError, messageError, saslError } from './errors';
import { layerOf } from './layer';
import { openNegotiation } from './negotiation';
import type { Handshake, SecurityContext } from '../index';
import type { Settings } from './options';

/** The server of GSSAPI (RFC 4752, section 3.2): the handshake, its offer of layers, and the client's choice. */
export class GssapiAcceptor implements Exchange {
  readonly #handshake: Handshake;
  readonly #settings: Settings;
  #next: (challenge: Buffer) => Promise<Turn> | Turn = (challenge) => this.#accept(challenge);

  constructor(handshake: Handshake, settings: Settings) {
    this.#handshake = handshake;
    this.#settings = settings;
  }

  async step(challenge: Buffer | undefined): Promise<Turn> {
    // The handshake reports a missing token better than this.
    return challenge === undefined ? handshakeTurn(this.#handshake, challenge) : this.#next(challenge);
  }

  async #accept(challenge: Buffer): Promise<Turn> {
    const turn = await handshakeTurn(this.#handshake, challenge);
    if (turn.leg.expectsReply) return turn;
    checkGranted(this.#handshake.context, this.#settings);
    if (turn.token === undefined) return this.#offer();
    this.#next = (response) => {
      if (response.length === 0) return this.#offer();
      throw messageError('The client owes an empty response, after which the security layers are offered.');
    };
    return turn;
  }

  #offer(): Turn {
    const { context } = this.#handshake;
    const layers = this.#offered(context);
    const protects = layers.some((layer) => layer !== 'none');
    const offer = encodeOffer({ layers, maxBuffer: protects ? this.#settings.maxBuffer : 0 });
    this.#next = (choice) => this.#judge(openNegotiation(context, choice, decodeChoice), layers, context);
    return { token: context.wrap(offer, { encrypt: false }) };
  }

  #offered({ flags }: SecurityContext): readonly SecurityLayer[] {
    return this.#settings.layers.filter((layer) => layer !== 'confidentiality' || flags.includes('confidentiality'));
  }

  async #judge(choice: LayerChoice, offered: readonly SecurityLayer[], context: SecurityContext): Promise<Turn> {
    const { layer: kind, maxBuffer, authzid } = choice;
    if (!offered.includes(kind)) {
      throw layerError(
        `The client chose the security layer ${kind}, which was not offered.`,
        'Set the client to one of the layers of the option `layer`, or add this one to it.',
      );
    }
    const layer = layerOf(kind, context, { send: maxBuffer, receive: this.#settings.maxBuffer });
    if (authzid !== '' && (await this.#settings.authorize?.(authzid, context)) !== true) {
      throw saslError(
        'ERR_SSPI_SASL_AUTHZID',
        'The client may not act as the authorization identity that it sent.',
        'Let the client leave it out, or allow it in the option `authorize`.',
      );
    }
    return { token: undefined, outcome: { context, layer, authzid } };
  }
}
