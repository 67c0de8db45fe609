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

/**
 * The scheme to answer with: Negotiate, or else NTLM where it is permitted; undefined for nothing that can be answered.
 *
 * @param fieldValues The values of the challenge field.
 */
export function chooseScheme(fieldValues: readonly string[], ntlm: boolean): Scheme | undefined {
  const offered = challengesOf(fieldValues).map(({ scheme }) => scheme);
  const has = (name: Scheme): boolean => offered.some((scheme) => isScheme(scheme, name));
  if (has('Negotiate')) return 'Negotiate';
  return ntlm && has('NTLM') ? 'NTLM' : undefined;
}
