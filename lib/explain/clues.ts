import { decode, summarize, InspectError } from '../inspect';
import { isIP } from 'node:net';
import { failingLeg } from '../errors/diagnosis';
import type { ChannelBindings, Decoded, DecodedToken, TlsAlert } from '../inspect';
import type { Evidence, LegRecord } from '../errors/evidence';
import type { ExplainedToken } from './explanation';
import type { Failure } from '../errors/failure';

type OfKind<Kind extends DecodedToken['kind']> = Extract<DecodedToken, { readonly kind: Kind }>;

/** The parts of a target name. */
export interface TargetParts {
  readonly service: string | undefined;
  readonly host: string;
  readonly isAddress: boolean;
}

/** A token that was passed to a call. */
export interface Input extends ExplainedToken {
  /** True if it can be read to its last byte, including the tokens inside it. */
  readonly whole: boolean;
  /** The nested tokens, outermost first. */
  readonly parts: readonly DecodedToken[];
}

/** What an exchange shows, however it ended: what was kept of it, and its tokens decoded. */
export interface ExchangeClues {
  readonly evidence: Evidence;
  readonly exchange: readonly ExplainedToken[];
  readonly target: TargetParts | undefined;
  /** The mechanism of the tokens: `'Kerberos'`, `'NTLM'`, … */
  readonly mechanism: string | undefined;
  readonly wine: boolean;
  /** The last token of a kind, including nested tokens. */
  readonly last: <Kind extends DecodedToken['kind']>(kind: Kind) => OfKind<Kind> | undefined;
}

/** Everything that the rules look at: the exchange, the error that ended it, and the leg that failed. */
export interface Clues extends ExchangeClues {
  readonly error: Failure;
  /** The leg that failed. */
  readonly failing: LegRecord | undefined;
  /** Its input, decoded. */
  readonly input: Input | undefined;
  /** The same as bytes. */
  readonly inputBytes: Uint8Array | undefined;
  /** A message in which the peer says why it refuses, if it is the input of the failing call. */
  readonly refusal: OfKind<'krb-error'> | TlsAlert | undefined;
}

export function gatherClues(error: Failure, evidence: Evidence): Clues {
  const clues = readExchange(evidence);
  const failing = failingLeg(error.leg, evidence);
  const inputBytes = failing?.received;
  const received = clues.exchange.filter(({ direction }) => direction === 'received').at(-1);
  const input = inputBytes === undefined || received === undefined ? undefined : inputOf(received);
  return { ...clues, error, failing, input, inputBytes, refusal: input && refusalIn(input) };
}

/** Decodes the tokens of an exchange. */
export function readExchange(evidence: Evidence): ExchangeClues {
  const exchange = (evidence.legs ?? []).flatMap(explainLeg);
  const flat = exchange.flatMap(({ token, problem }) =>
    token === undefined || problem !== undefined ? [] : nested(token as Decoded),
  );
  return {
    evidence,
    exchange,
    target: evidence.target === undefined ? undefined : partsOfTarget(evidence.target),
    mechanism: evidence.negotiated ?? mechanismOf(flat) ?? plainPackage(evidence.package),
    wine: evidence.wineVersion !== undefined,
    last: <Kind extends DecodedToken['kind']>(kind: Kind) =>
      flat.filter((token): token is OfKind<Kind> => token.kind === kind).at(-1),
  };
}

function inputOf(token: ExplainedToken): Input {
  const parts = token.token === undefined || token.problem !== undefined ? [] : nested(token.token as Decoded);
  const whole = parts.length > 0 && parts.every(({ kind, trailing }) => kind !== 'opaque' && trailing === undefined);
  return { ...token, whole, parts };
}

function refusalIn({ parts }: Input): OfKind<'krb-error'> | TlsAlert | undefined {
  for (const part of parts) {
    if (part.kind === 'krb-error') return part;
    const alert = part.kind === 'tls' ? fatalAlert(part) : undefined;
    if (alert !== undefined) return alert;
  }
  return undefined;
}

/** The alert that ends a connection; close_notify is one of them (RFC 8446 section 6.1). */
export function fatalAlert({ records }: OfKind<'tls'>): TlsAlert | undefined {
  const ends = ({ level, description }: TlsAlert): boolean => level.value === 2 || description.value === 0;
  return records.flatMap(({ alert }) => (alert !== undefined && ends(alert) ? [alert] : [])).at(-1);
}

function explainLeg({ index, received, sent }: LegRecord): ExplainedToken[] {
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
    const summary = partial === undefined ? 'not a known token' : summarize(partial);
    return { ...facts, summary, ...(partial === undefined ? {} : { token: partial }), problem: error.message };
  }
}

/** A token and those inside it, outermost first. */
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

/** The package, unless it only chooses among others. */
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

/** The decoded channel bindings of this side. */
export function bindingsOf(evidence: Evidence): ChannelBindings | undefined {
  if (evidence.channelBindings === undefined) return undefined;
  try {
    const decoded = decode(evidence.channelBindings);
    return decoded.kind === 'channel-bindings' ? decoded : undefined;
  } catch {
    return undefined;
  }
}
