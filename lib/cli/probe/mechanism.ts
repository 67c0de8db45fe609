import type { Decoded, DecodedFragment, SpnegoInit, SpnegoResponse } from '../../inspect';
import type { ProbedLeg } from './trace';

/** What the tokens of an exchange show of the choice of a mechanism. */
export interface Seen {
  /** The mechanisms whose tokens were sent, in order of appearance. */
  readonly mechanisms: readonly string[];
  /** What the client's SPNEGO token offered; undefined if it sent none. */
  readonly offered: readonly string[] | undefined;
  /** What the server's SPNEGO token chose. */
  readonly chosen: string | undefined;
  /** The service that the client's ticket is for. */
  readonly ticketFor: string | undefined;
}

/** Reads the tokens of both sides, tokens inside tokens included. */
export function seenIn(legs: readonly ProbedLeg[]): Seen {
  const mechanisms = new Set<string>();
  let offered: readonly string[] | undefined;
  let chosen: string | undefined;
  let ticketFor: string | undefined;
  for (const { decoded } of legs) {
    for (const token of tokensIn(decoded)) {
      if (token.kind.startsWith('ntlm-')) mechanisms.add('NTLM');
      if (token.kind.startsWith('krb-')) mechanisms.add('Kerberos');
      if (token.kind === 'spnego-init') offered ??= (token as Partial<SpnegoInit>).mechTypes?.map(nameOf);
      if (token.kind === 'spnego-response') {
        const { supportedMech } = token as Partial<SpnegoResponse>;
        if (supportedMech !== undefined) chosen = nameOf(supportedMech);
      }
      if (token.kind === 'krb-ap-req') {
        ticketFor ??= (token as { ticket?: { sname?: { name?: string } } }).ticket?.sname?.name;
      }
    }
  }
  return { mechanisms: [...mechanisms], offered, chosen, ticketFor };
}

const nameOf = ({ name, oid }: { readonly name?: string; readonly oid: string }): string => name ?? oid;

function* tokensIn(decoded: Decoded | DecodedFragment | undefined): Generator<Decoded | DecodedFragment> {
  if (decoded === undefined) return;
  yield decoded;
  const { mechToken, responseToken } = decoded as { mechToken?: DecodedFragment; responseToken?: DecodedFragment };
  yield* tokensIn(mechToken);
  yield* tokensIn(responseToken);
}
