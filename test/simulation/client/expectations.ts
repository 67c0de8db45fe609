/** What has to succeed: where everybody on the way is honest and nothing goes wrong, a sign-on that is permitted comes about. */
import { knownServices, type Origin } from './places';
import { mayHaveToken, proxyMayHaveToken, wayOf, type ProgramFacts } from './programs';
import type { RequestFacts } from './truth';

/** @returns What is wrong with the outcome; undefined where it is right, or where anything is. */
export function objection(request: RequestFacts, origins: readonly Origin[]): string | undefined {
  const { id, program, url, streams, outcome } = request;
  const place = origins.find(({ origin }) => origin === url.origin) as Origin;
  const way = wayOf(program, url);
  if (place.conduct !== 'sspi' || outcome === undefined) return undefined;
  if (way !== undefined && way.conduct !== 'open' && way.conduct !== 'asks') return undefined;
  const code = outcome.error?.code;
  const got = `request ${id} ended with ${String(code ?? outcome.status)}`;
  if (way?.conduct === 'asks') {
    const permitted = proxyMayHaveToken(program, way) && isPossible(program, way);
    if (!permitted) return outcome.status === 200 ? `${got}, and its proxy may have no token` : undefined;
  }
  // Another leg may come too late for a stream.
  if (streams && code === 'ERR_SSPI_BODY_SENT') return undefined;
  if (!mayHaveToken(program, place)) return outcome.status === 401 ? undefined : `${got}, and not with 401`;
  if (!isPossible(program, place)) return typeof code === 'string' ? undefined : `${got}, and not with an error`;
  if (outcome.status !== 200 || outcome.error !== undefined)
    return `${got}, and not with 200: ${String(outcome.error)}`;
  if (outcome.user === program.account.name) return undefined;
  return `${got} for ${outcome.user ?? 'nobody'}, and not for ${program.account.name}`;
}

function isPossible(
  { ntlm }: ProgramFacts,
  { origin, host }: { readonly origin: string; readonly host: string },
): boolean {
  return knownServices.has(`HTTP/${host}`) || ntlm.includes(origin);
}
