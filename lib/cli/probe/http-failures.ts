import { Failure } from '../failure';
import { schemesOf } from '../../wire/authentication-headers';
import { serverChallenge } from '../../http/client/sign-on/challenge';
import { SspiError } from '../../errors/sspi-error';
import { WireError } from '../../wire/wire-error';
import type { HttpLegs } from './http-legs';
import type { Session } from './session';

/** What the probe says about an error of the request. */
export function failureOf(error: unknown, { refused, answer }: HttpLegs, signal: AbortSignal): unknown {
  if (refused !== undefined) return refusal(refused);
  if (error instanceof Failure || signal.aborted) return error;
  // A redirection to another origin without a token.
  if (answer !== undefined && SspiError.isSspiError(error, 'ERR_SSPI_ORIGIN_REFUSED')) return unfinished(answer.status);
  const { cause } = error as Error;
  if (SspiError.isSspiError(error, 'ERR_SSPI_CONNECTION_LOST')) {
    return new Failure(
      'ERR_SSPI_CLI_CONNECTION_LOST',
      'The server closed the connection between two legs, and a handshake belongs to one connection.',
      'Look for a proxy or load balancer that does not keep connections open, and for keep-alive disabled on the server.',
      error,
    );
  }
  if (SspiError.isSspiError(error) && !(cause instanceof WireError)) return error;
  const { message } = cause instanceof WireError ? cause : (error as Error);
  return new Failure('ERR_SSPI_CLI_HTTP', `The server did not answer with HTTP: ${message}.`, undefined, error);
}

/** Why no token was sent. */
export function notAsked(status: number, { settings, findings }: Session): Failure {
  if (status !== serverChallenge.status) {
    return new Failure(
      'ERR_SSPI_CLI_NO_CHALLENGE',
      `The server answered HTTP ${status} without asking for a sign-on.`,
      'Use the URL of a page that needs one.',
    );
  }
  const { offers = [] } = findings;
  const wanted = settings.package.toLowerCase() === 'ntlm' ? 'NTLM' : 'Negotiate';
  return new Failure(
    'ERR_SSPI_CLI_NOT_OFFERED',
    `The server does not offer ${wanted}, only ${offers.join(', ') || 'nothing'}.`,
    offers.some((offer) => offer.toLowerCase() === 'ntlm')
      ? 'Try --package NTLM.'
      : 'Enable Windows authentication on the server.',
  );
}

function refusal(challenges: readonly string[]): Failure {
  const offers = challenges.length === 0 ? '' : `, and offers ${schemesOf(challenges).join(', ')}`;
  return new Failure(
    'ERR_SSPI_CLI_REFUSED',
    `The server refused the sign-on (HTTP ${serverChallenge.status})${offers}.`,
    'HTTP does not transmit the reason: see the server’s log. Usual reasons: the service runs as another account than the one that owns the name, its keytab is old, or it requires channel bindings.',
  );
}

/** The server has left out the token that this side waited for. */
export function unfinished(status: number): Failure {
  return new Failure(
    'ERR_SSPI_CLI_UNFINISHED',
    `The server answered HTTP ${status} without its last token: it has not proved its identity.`,
    status < 400
      ? 'It still accepted the sign-on. A probe with --flags integrity (without mutualAuth) does not require the proof.'
      : 'See the server’s log.',
  );
}
