/** Who asks for a sign-on: a server (RFC 9110, section 11.6) or a proxy (section 11.7). */
import { challengesOf, isScheme } from '../../../wire/authentication-headers';
import type { Scheme } from '../credentials';

export interface ChallengeKind {
  readonly status: 401 | 407;
  /** The field of the challenge, in lower case. */
  readonly challenge: 'www-authenticate' | 'proxy-authenticate';
  /** The field that carries the client's token. */
  readonly credentials: 'Authorization' | 'Proxy-Authorization';
  /** What messages call the party. */
  readonly party: 'server' | 'proxy';
}

export const serverChallenge: ChallengeKind = {
  status: 401,
  challenge: 'www-authenticate',
  credentials: 'Authorization',
  party: 'server',
};

export const proxyChallenge: ChallengeKind = {
  status: 407,
  challenge: 'proxy-authenticate',
  credentials: 'Proxy-Authorization',
  party: 'proxy',
};

/** What decides on the scheme. */
export interface SchemeRules {
  /** May NTLM be used? */
  readonly ntlm: boolean;
  /** The schemes to answer with, in order of preference. Default: Negotiate, then NTLM where it is permitted. */
  readonly schemes?: readonly Scheme[] | undefined;
}

/**
 * The scheme to answer with; undefined for nothing that can be answered.
 *
 * @param fieldValues The values of the challenge field.
 */
export function chooseScheme(fieldValues: readonly string[], { ntlm, schemes }: SchemeRules): Scheme | undefined {
  const preferred = schemes ?? (ntlm ? (['Negotiate', 'NTLM'] as const) : (['Negotiate'] as const));
  const offered = challengesOf(fieldValues);
  return preferred.find((name) => offered.some(({ scheme }) => isScheme(scheme, name)));
}
