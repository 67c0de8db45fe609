import { decode, InspectError, summarize, type Decoded, type DecodedFragment } from '../../inspect';
import { printable } from '../../inspect/render/text';
import { SspiError } from '../../errors/sspi-error';
import { statusCode } from '../../errors/status-code';
import type { EndedLeg } from '../../events/observer';

/** One token that was sent, or a call that made none. */
export interface ProbedLeg {
  /** Counts the legs of both sides from 1. */
  readonly number: number;
  /** The side that made the call and sends the token. */
  readonly from: 'client' | 'server';
  /** Absent if the call of the other side is not visible. */
  readonly call?: string;
  /** The status by name, or what the protocol says. */
  readonly status?: string;
  readonly failed: boolean;
  /** Milliseconds: of the call, or of the round trip that brought the token. */
  readonly duration: number;
  /** What transported the token, such as `HTTP/1.1 401`. */
  readonly note?: string;
  /** Absent: nothing is sent. */
  readonly token?: Buffer;
  /** What the token is, in one line that is safe for a terminal. */
  readonly summary?: string;
  readonly decoded?: Decoded | DecodedFragment;
}

/** The arguments of `Trace.add`, which determines the rest. */
export type LegFacts = Omit<ProbedLeg, 'number' | 'summary' | 'decoded' | 'token'> & {
  readonly token?: Buffer | undefined;
};

/** The legs of one exchange, in order; each is shown when it happens. */
export class Trace {
  readonly legs: ProbedLeg[] = [];
  readonly #onLeg: (leg: ProbedLeg) => void;

  constructor(onLeg: (leg: ProbedLeg) => void = () => undefined) {
    this.#onLeg = onLeg;
  }

  add({ token, ...facts }: LegFacts): void {
    const number = this.legs.length + 1;
    const leg: ProbedLeg = { number, ...facts, ...(token === undefined ? {} : { token, ...describe(token) }) };
    this.legs.push(leg);
    this.#onLeg(leg);
  }

  /** Records a leg of a handshake in this process when it has ended. */
  legEnded({ handshake, begun, outcome, call, status, error, sent, duration = 0 }: EndedLeg): void {
    // A handshake that ends between two legs made no call.
    if (!begun) return;
    const code = status === undefined || outcome === 'failed' ? codeOf(error) : statusCode(status);
    // What the command's own code threw is shown as its failure.
    if (code === undefined) return;
    this.add({
      from: handshake.role === 'initiator' ? 'client' : 'server',
      call,
      status: code,
      failed: outcome === 'failed',
      duration,
      token: sent,
    });
  }
}

/** The number of the leg that ended the exchange, as the list and the diagram count. */
export function failedLeg(legs: readonly ProbedLeg[]): number | undefined {
  return legs.find(({ failed, call }) => failed && call !== undefined)?.number;
}

function codeOf(error: unknown): string | undefined {
  return SspiError.isSspiError(error) ? error.code : undefined;
}

function describe(token: Buffer): { readonly summary: string; readonly decoded?: Decoded | DecodedFragment } {
  if (token.length === 0) return { summary: 'a token of zero bytes' };
  try {
    const decoded = decode(token);
    return { summary: summarize(decoded), decoded };
  } catch (error) {
    if (!(error instanceof InspectError)) throw error;
    const { partial } = error;
    return partial === undefined
      ? { summary: `not readable: ${printable(error.message)}` }
      : { summary: `${summarize(partial)}: ${printable(error.message)}`, decoded: partial };
  }
}
