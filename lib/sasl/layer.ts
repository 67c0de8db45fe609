import { frameError, layerError } from './errors';
import type { SecurityContext } from '../index';
import type { SecurityLayer } from '../wire/sasl-layers';

/** What a token of any package adds to a message at most, where sizes report less (Wine's Kerberos does). */
const leastOverhead = 64;
/** Protection is synchronous: larger messages would keep the event loop busy, and smaller ones cost a token each. */
const largestPlain = 65_536;

/** The largest protected messages that the two sides accept, in bytes. */
export interface BufferLimits {
  readonly send: number;
  readonly receive: number;
}

/** A security layer that protects messages: integrity or confidentiality. */
export class ProtectingLayer {
  readonly kind: Exclude<SecurityLayer, 'none'>;
  readonly limits: BufferLimits;
  readonly #context: SecurityContext;
  readonly #encrypt: boolean;
  #overhead: number;

  constructor(kind: Exclude<SecurityLayer, 'none'>, context: SecurityContext, limits: BufferLimits) {
    this.kind = kind;
    this.limits = limits;
    this.#context = context;
    this.#encrypt = kind === 'confidentiality';
    this.#overhead = overheadOf(context);
  }

  /** How many bytes fit into one protected message that the peer accepts. */
  get room(): number {
    return Math.min(largestPlain, this.limits.send - this.#overhead);
  }

  wrap(data: Buffer): Buffer {
    const message = this.#context.wrap(data, { encrypt: this.#encrypt });
    this.#overhead = Math.max(this.#overhead, message.length - data.length);
    if (message.length > this.limits.send) {
      throw frameError(
        `A protected message of ${message.length} bytes, although the peer accepts ${this.limits.send}.`,
      );
    }
    return message;
  }

  unwrap(message: Buffer): Buffer {
    if (message.length > this.limits.receive) {
      throw frameError(
        `A protected message of ${message.length} bytes, although ${this.limits.receive} were announced.`,
      );
    }
    if (message.length === 0) throw frameError('A protected message of no bytes.');
    return this.#context.unwrap(message, { allowUnencrypted: !this.#encrypt });
  }
}

function overheadOf({ sizes }: SecurityContext): number {
  return Math.max(leastOverhead, sizes.securityTrailer + sizes.blockSize);
}

/** The layer that was agreed on; undefined for none. */
export function layerOf(
  kind: SecurityLayer,
  context: SecurityContext,
  limits: BufferLimits,
): ProtectingLayer | undefined {
  if (kind === 'none') return undefined;
  const layer = new ProtectingLayer(kind, context, limits);
  if (layer.room >= 1) return layer;
  throw layerError(
    `The peer accepts protected messages of ${limits.send} bytes at most, which is too little for one.`,
    'Raise the maximum buffer size of the peer, or agree on the layer none inside TLS.',
  );
}
