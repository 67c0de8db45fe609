/** Why a sign-on to a server or proxy failed, in words that say what to do. */
import { SspiError, type SspiErrorCode } from '../../../index';
import type { ChallengeKind } from './challenge';

interface Party {
  readonly kind: ChallengeKind;
  readonly origin: string;
}

const logonDenied = 0x8009030c; // SEC_E_LOGON_DENIED

/** The party has refused the tokens: it does not say why in HTTP. */
export function denied(target: Party, cause?: unknown): SspiError {
  const { kind } = target;
  const because = cause instanceof Error ? ` Its last token: ${cause.message}` : '';
  return failure(
    'SEC_E_LOGON_DENIED',
    `${subject(target)} refused the sign-on (HTTP ${kind.status}).${because}`,
    'HTTP does not transmit the reason: see its log. Usual reasons: the user is not allowed there, the service runs as another account than the one that owns the service principal name, or it requires channel bindings.',
    { status: logonDenied, ...(cause !== undefined && { cause }) },
  );
}

/** The party has not proved its identity, which was required. */
export function unproved(target: Party, status: number): SspiError {
  return failure(
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    `${subject(target)} answered HTTP ${status} and did not prove its identity; the answer was not handed on.`,
    'Look at what answers under this name. mutualAuth: false hands on answers of parties that cannot prove their identity.',
    { missing: ['mutualAuth'] },
  );
}

/** The party has ended the sign-on while this side still has something to say. */
export function lastTokenMissing(target: Party, status: number): SspiError {
  return failure(
    'ERR_SSPI_PEER_ENDED',
    `${subject(target)} ended the sign-on with HTTP ${status} while this side was not done.`,
    'The answer was not handed on. See the log of the party.',
  );
}

export function ntlmNotListed(target: Party): SspiError {
  return failure(
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    `${subject(target)} can only be signed on to by NTLM, which is not permitted there.`,
    `Register its service principal name, so that Kerberos is possible (setspn -S), or list "${target.origin}" in the option ntlm.`,
    { missing: ['package'] },
  );
}

export function tooManyLegs(target: Party, limit: number): SspiError {
  return failure(
    'ERR_SSPI_BAD_ANSWER',
    `${subject(target)} asks for more than ${limit} legs.`,
    'No package needs so many: look at what answers under this name.',
  );
}

export function badAnswer(target: Party, what: string, cause?: unknown): SspiError {
  return failure(
    'ERR_SSPI_BAD_ANSWER',
    `During the sign-on to ${target.origin}, ${what}.`,
    'Look at what answers under this name and port.',
    { ...(cause !== undefined && { cause }) },
  );
}

export function connectionLost(target: Party, cause?: unknown): SspiError {
  return failure(
    'ERR_SSPI_CONNECTION_LOST',
    `${subject(target)} closed the connection in the middle of the sign-on, which belongs to its connection.`,
    'Look for a load balancer that does not keep connections open, and for keep-alive disabled on the server.',
    { ...(cause !== undefined && { cause }) },
  );
}

export function answerLate(target: Party, timeout: number): SspiError {
  return failure(
    'ERR_SSPI_PEER_TIMEOUT',
    `${subject(target)} did not answer within ${timeout} ms during the sign-on.`,
    'Check why it stalled; see the option handshakeTimeout.',
  );
}

export function bodySent(target: Party): SspiError {
  return failure(
    'ERR_SSPI_BODY_SENT',
    `${subject(target)} asks for another leg, and the body of the request has been sent and cannot be sent again.`,
    'Sign on first with a request without a body on the same agent, or pass the body as a string or Buffer.',
  );
}

export function otherOrigin(target: Party, location: string): SspiError {
  return failure(
    'ERR_SSPI_ORIGIN_REFUSED',
    `${subject(target)} sent the sign-on on to ${location} before it was complete.`,
    'Ask that origin itself, and list it in origins if it may have the credential.',
  );
}

const subject = ({ kind, origin }: Party): string => `The ${kind.party} ${origin}`;

function failure(
  code: SspiErrorCode,
  message: string,
  hint: string,
  extra: { readonly status?: number; readonly missing?: readonly string[]; readonly cause?: unknown } = {},
): SspiError {
  return new SspiError({ code, message: `${message} ${hint}`, hint, ...extra });
}
