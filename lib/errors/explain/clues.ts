import { decode, summarize, InspectError } from '../../inspect';
import { isIP } from 'node:net';
import type { ChannelBindings, Decoded, DecodedToken } from '../../inspect';
import type { Evidence, TracedLeg } from '../evidence';
import type { ExplainedToken } from './explanation';
import type { SspiError } from '../sspi-error';

type OfKind<Kind extends DecodedToken['kind']> = Extract<DecodedToken, { readonly kind: Kind }>;

/** A target name taken apart. */
export interface TargetParts {
  readonly service: string | undefined;
  readonly host: string;
  readonly isAddress: boolean;
}

/** Everything that the rules look at: the error, what was kept around it, and the tokens decoded. */
export interface Clues {
  readonly error: SspiError;
  readonly evidence: Evidence;
  readonly exchange: readonly ExplainedToken[];
  readonly target: TargetParts | undefined;
  /** What the tokens are of: `'Kerberos'`, `'NTLM'`, … */
  readonly mechanism: string | undefined;
  readonly wine: boolean;
  /** The input of the failing call, decoded. */
  readonly input: ExplainedToken | undefined;
  /** The same as bytes. */
  readonly inputBytes: Uint8Array | undefined;
  /** The last token of a kind, tokens inside of tokens included. */
  readonly last: <Kind extends DecodedToken['kind']>(kind: Kind) => OfKind<Kind> | undefined;
}

export function gatherClues(error: SspiError, evidence: Evidence): Clues {
  const exchange = (evidence.legs ?? []).flatMap(explainLeg);
  const flat = exchange.flatMap(({ token, problem }) =>
    token === undefined || problem !== undefined ? [] : nested(token as Decoded),
  );
  const failing = evidence.legs?.at(-1);
  const inputBytes = failing !== undefined && failing.index === error.leg ? failing.received : undefined;
  const input = inputBytes && exchange.filter(({ direction }) => direction === 'received').at(-1);
  return {
    error,
    evidence,
    exchange,
    target: evidence.target === undefined ? undefined : partsOfTarget(evidence.target),
    mechanism: evidence.negotiated ?? mechanismOf(flat) ?? plainPackage(evidence.package),
    wine: evidence.wineVersion !== undefined,
    input,
    inputBytes,
    last: <Kind extends DecodedToken['kind']>(kind: Kind) =>
      flat.filter((token): token is OfKind<Kind> => token.kind === kind).at(-1),
  };
}

function explainLeg({ index, received, sent }: TracedLeg): ExplainedToken[] {
  const tokens: ExplainedToken[] = [];
  if (received !== undefined) tokens.push(explainToken(index, 'received', received));
  if (sent !== undefined) tokens.push(explainToken(index, 'sent', sent));
  return tokens;
}

function explainToken(leg: number, direction: 'received' | 'sent', bytes: Uint8Array): ExplainedToken {
  const { length } = bytes;
  const facts = { leg, direction, length };
  if (length === 0) return { ...facts, summary: 'zero bytes' };
  try {
    const token = decode(bytes);
    return { ...facts, summary: summarize(token), token };
  } catch (error) {
    if (!(error instanceof InspectError)) throw error;
    const { partial } = error;
    const summary = partial === undefined ? 'no known token' : summarize(partial);
    return { ...facts, summary, ...(partial === undefined ? {} : { token: partial }), problem: error.message };
  }
}

/** A token and those inside of it, outermost first. */
function nested(token: Decoded): DecodedToken[] {
  switch (token.kind) {
    case 'http':
      return token.entries.flatMap((entry) => (entry.token === undefined ? [] : nested(entry.token)));
    case 'spnego-init':
      return token.mechToken === undefined ? [token] : [token, ...nested(token.mechToken)];
    case 'spnego-response':
      return token.responseToken === undefined ? [token] : [token, ...nested(token.responseToken)];
    default:
      return [token];
  }
}

function mechanismOf(tokens: readonly DecodedToken[]): string | undefined {
  const kinds = tokens.map(({ kind }) => kind).filter((kind) => /^(krb|ntlm|tls)/.test(kind));
  const last = kinds.at(-1);
  if (last === undefined) return undefined;
  return last.startsWith('ntlm') ? 'NTLM' : last.startsWith('krb') ? 'Kerberos' : 'TLS';
}

/** The package itself, unless it only chooses among others. */
function plainPackage(name: string | undefined): string | undefined {
  return name === undefined || /^(negotiate|credssp)/i.test(name) ? undefined : name;
}

export function partsOfTarget(target: string): TargetParts {
  const slash = target.indexOf('/');
  const service = slash < 0 ? undefined : target.slice(0, slash);
  const instance = (slash < 0 ? target : target.slice(slash + 1)).split('/')[0] as string;
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(instance)?.[1];
  const host = bracketed ?? (isIP(instance) !== 0 ? instance : instance.replace(/:[^:]*$/, ''));
  return { service, host, isAddress: isIP(host) !== 0 };
}

/** This side's channel bindings, taken apart. */
export function bindingsOf(evidence: Evidence): ChannelBindings | undefined {
  if (evidence.channelBindings === undefined) return undefined;
  try {
    const decoded = decode(evidence.channelBindings);
    return decoded.kind === 'channel-bindings' ? decoded : undefined;
  } catch {
    return undefined;
  }
}
