import { diagnose, failingLeg, ticketWasSent } from './diagnosis';
import { lacksServiceClass, serviceClassHint } from './target-shape';
import { remedyOf } from './catalogue';
import { shapeOf } from './token-shape';
import type { Evidence } from './evidence';
import type { SspiApi, SspiStatusCode } from './codes';

/** What is known about the call that failed: the same status asks for different remedies in different places. */
export interface FailedCall {
  readonly api: SspiApi;
  /** The package the credential was acquired for. */
  readonly package?: string | undefined;
  /** The target of an initiator, where the package asks for a ticket for it. */
  readonly target?: string | undefined;
  /** The index of the leg, from 0. */
  readonly leg?: number | undefined;
  /** True under Wine. */
  readonly wine?: boolean | undefined;
  readonly evidence?: Evidence | undefined;
}

const hints: Partial<Record<SspiStatusCode, string>> = {
  SEC_E_NO_CREDENTIALS:
    'This side has nothing to log on with: pass an identity, or run as a user who has a logon session or Kerberos tickets.',
  SEC_E_LOGON_DENIED:
    'The logon was refused: check the password, whether the account is locked, disabled or expired, and the channel bindings; on one and the same machine an alias name is also refused by the loopback check.',
  SEC_E_NO_AUTHENTICATING_AUTHORITY:
    'No domain controller answered: check the network, DNS and the realm or domain name.',
  SEC_E_TARGET_UNKNOWN:
    'No account owns this service principal name: check its spelling and register it on the account the service runs as.',
  SEC_E_WRONG_PRINCIPAL:
    'The ticket was made for another account: look for a duplicate service principal name, or for a keytab or password that is older than the account’s.',
  SEC_E_TIME_SKEW: 'The clocks differ by more than five minutes: synchronise both machines with the domain controller.',
  SEC_E_BAD_BINDINGS:
    'The channel bindings differ: something between the two ends terminates TLS, or one side used another certificate.',
  SEC_E_INSUFFICIENT_MEMORY: 'The package could not use the token, or memory is short.',
  SEC_E_OUT_OF_SEQUENCE: 'A leg or message was repeated, lost or reordered: give every token exactly once, in order.',
  SEC_E_INVALID_TOKEN:
    'The token belongs to another connection or package, or was damaged on its way: check framing and base64.',
  SEC_E_SECPKG_NOT_FOUND: 'No security package of this name exists here: `listPackages()` names those that do.',
  SEC_E_UNKNOWN_CREDENTIALS:
    'The package does not accept these credentials for this use: check `use` and the identity.',
  SEC_E_UNSUPPORTED_FUNCTION: 'The security package does not offer this function.',
  SEC_E_QOP_NOT_SUPPORTED:
    'The context cannot protect messages this way: ask for the flags confidentiality and integrity in the handshake.',
  SEC_E_MESSAGE_ALTERED:
    'The message is not what the peer protected: it was changed, belongs to another context, or its bytes are not one whole message.',
  SEC_E_DECRYPT_FAILURE: 'The message could not be decrypted: check that it is whole and belongs to this context.',
  SEC_E_CONTEXT_EXPIRED: 'The context’s lifetime is over: make a new handshake.',
  SEC_E_INCOMPLETE_MESSAGE:
    'The bytes end before the message does: of a stream package read more and pass all of them again; otherwise the message was cut or damaged.',
  SEC_E_BUFFER_TOO_SMALL: 'A buffer is too small for what the package writes: give the token or padding more room.',
  SEC_E_DELEGATION_REQUIRED: 'The target asks for delegation: add the flags delegate and mutualAuth.',
  SEC_E_SMARTCARD_LOGON_REQUIRED: 'The account may log on with a smart card only.',
  SEC_E_DOWNGRADE_DETECTED:
    'A stronger package was expected than the one the peer or the network left over: check the domain controller and the service principal name.',
  SEC_E_UNTRUSTED_ROOT: 'The peer’s certificate chain ends in a root that this machine does not trust.',
  SEC_E_CERT_EXPIRED: 'The peer’s certificate is outside its validity period.',
  SEC_E_ALGORITHM_MISMATCH: 'The two sides share no algorithm or protocol version.',
  SEC_E_KDC_UNKNOWN_ETYPE:
    'The account has no key of an encryption type that the domain controller accepts: set its password anew or enable AES for it.',
  SEC_E_POLICY_NLTM_ONLY: 'Policy allows this machine NTLM only for outgoing logons.',
  SEC_E_MUTUAL_AUTH_FAILED: 'The server could not prove its identity: check the target name.',
  SEC_E_MULTIPLE_ACCOUNTS: 'More than one account matches: look for duplicate principal names in the directory.',
  SEC_E_NO_KERB_KEY: 'The service has no Kerberos key for this principal: check its keytab or account.',
  SEC_E_INVALID_PARAMETER: 'SSPI refused an argument: check the identity’s form and the target name.',
  SEC_E_ONLY_HTTPS_ALLOWED: 'Policy allows this authentication over HTTPS only.',
  SEC_E_INTERNAL_ERROR: 'The security package failed inside; the security authority or its helper may not be running.',
  SEC_E_INVALID_HANDLE: 'SSPI does not know this credential or context for this call: check that `use` fits the side.',
  SEC_I_INCOMPLETE_CREDENTIALS:
    'The peer asks for a credential that was not given, such as a client certificate: pass `onIncompleteCredentials`.',
  SEC_I_CONTEXT_EXPIRED: 'The peer has closed the session.',
  STATUS_LOGON_FAILURE: 'The user name or the password is wrong.',
  STATUS_WRONG_PASSWORD: 'The password is wrong.',
  STATUS_NO_SUCH_USER: 'No account of this name exists in the domain.',
  STATUS_ACCOUNT_DISABLED: 'The account is disabled.',
  STATUS_ACCOUNT_EXPIRED: 'The account has expired.',
  STATUS_ACCOUNT_LOCKED_OUT: 'The account is locked after too many wrong passwords.',
  STATUS_ACCOUNT_RESTRICTION: 'A restriction of the account forbids this logon, such as an empty password.',
  STATUS_PASSWORD_EXPIRED: 'The password has expired: the user must set a new one.',
  STATUS_PASSWORD_MUST_CHANGE: 'The user must change the password before logging on.',
  STATUS_INVALID_LOGON_HOURS: 'The account may not log on at this time.',
  STATUS_INVALID_WORKSTATION: 'The account may not log on from this machine.',
  STATUS_LOGON_TYPE_NOT_GRANTED: 'The account lacks the right for a logon of this kind on this machine.',
  STATUS_NO_LOGON_SERVERS: 'No domain controller answered: check the network, DNS and the domain name.',
  STATUS_DOMAIN_CONTROLLER_NOT_FOUND: 'No domain controller was found for this domain.',
  STATUS_TIME_DIFFERENCE_AT_DC: 'The clock differs from the domain controller’s by more than five minutes.',
  STATUS_ACCESS_DENIED: 'This process may not do that.',
  STATUS_UNSUCCESSFUL: 'The package failed without saying why.',
  STATUS_NO_SUCH_LOGON_SESSION: 'The calling user’s logon session is gone: log on again.',
  STATUS_TRUSTED_RELATIONSHIP_FAILURE: 'The trust between this machine and its domain is broken: join it anew.',
  STATUS_NTLM_BLOCKED: 'Policy blocks NTLM here: use Kerberos, or allow this server by policy.',
  ERROR_LOGON_FAILURE: 'The user name or the password is wrong.',
  ERROR_ACCOUNT_DISABLED: 'The account is disabled.',
  ERROR_ACCOUNT_EXPIRED: 'The account has expired.',
  ERROR_ACCOUNT_LOCKED_OUT: 'The account is locked after too many wrong passwords.',
  ERROR_PASSWORD_EXPIRED: 'The password has expired: the user must set a new one.',
  ERROR_PASSWORD_MUST_CHANGE: 'The user must change the password before logging on.',
  ERROR_ACCESS_DENIED: 'This process may not do that.',
  ERROR_BAD_IMPERSONATION_LEVEL:
    'The client’s token only says who the client is: this process’s account needs the privilege SeImpersonatePrivilege (“Impersonate a client after authentication”), and the client must not ask for the flag identify.',
  ERROR_NO_LOGON_SERVERS: 'No domain controller answered: check the network, DNS and the domain name.',
  ERROR_NO_SUCH_LOGON_SESSION: 'The calling user’s logon session is gone: log on again.',
};

const sameName = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** Statuses of a target that nobody answers to; Wine's Kerberos has one for all failures. */
function isOfTheTarget(code: SspiStatusCode, { package: name, wine }: FailedCall): boolean {
  if (!sameName(name, 'Kerberos') && !sameName(name, 'Negotiate')) return false;
  if (code === 'SEC_E_INTERNAL_ERROR') return wine === true;
  return code === 'SEC_E_TARGET_UNKNOWN' || code === 'SEC_E_WRONG_PRINCIPAL' || code === 'SEC_E_MUTUAL_AUTH_FAILED';
}

/** One sentence that says what to do about a status, as exactly as the call allows. */
export function hintFor(code: SspiStatusCode, call: FailedCall): string | undefined {
  const { api, leg, target, evidence = {} } = call;
  const cause = diagnose(code, leg, evidence);
  if (cause !== undefined) {
    const remedy = remedyOf(cause);
    return code === 'SEC_E_INSUFFICIENT_MEMORY' ? `${remedy} Whatever the status says, memory is not short.` : remedy;
  }
  const input = failingLeg(leg, evidence)?.received;
  // A token of the service's shows that its name was found.
  if (target !== undefined && lacksServiceClass(target) && input === undefined && isOfTheTarget(code, call)) {
    return serviceClassHint;
  }
  if (input !== undefined && shapeOf(input)?.refusal === true) {
    return 'The peer refused, and its token says why: read error.explain().';
  }
  const inHandshake = leg === undefined ? undefined : hintForLeg(code, call, input !== undefined);
  if (inHandshake !== undefined) return inHandshake;
  if (code === 'STATUS_UNSUCCESSFUL' && api === 'AcquireCredentialsHandle') {
    return call.wine === true
      ? 'Usually the user name, the password or the realm is wrong: Wine’s Kerberos says no more than this; a domain controller out of reach looks the same.'
      : 'The package failed without saying why: check user name, password and realm.';
  }
  if (code === 'SEC_E_UNSUPPORTED_FUNCTION' && api === 'ImpersonateSecurityContext' && call.wine === true) {
    return 'Wine has no impersonation.';
  }
  return hints[code];
}

/** Where the same status means another thing in a leg, with or without a token of the peer's. */
function hintForLeg(code: SspiStatusCode, call: FailedCall, tokenGiven: boolean): string | undefined {
  const { api, leg, wine, evidence = {} } = call;
  const accepts = api === 'AcceptSecurityContext';
  const isKerberos = sameName(call.package, 'Kerberos');
  switch (code) {
    case 'SEC_E_INCOMPLETE_MESSAGE':
      return tokenGiven
        ? 'The token is cut short or damaged: pass each token whole, and check framing and base64.'
        : undefined;
    case 'SEC_E_INVALID_TOKEN':
      return tokenGiven
        ? undefined
        : 'No token went in, so no framing is at fault: look at the credentials, the target and the flags.';
    case 'SEC_E_INSUFFICIENT_MEMORY':
      if (!tokenGiven) return 'Memory is short: no token went in that could be at fault.';
      return isKerberos
        ? 'The Kerberos package could not use the token: usually it is damaged, or no Kerberos token; memory is seldom short.'
        : undefined;
    case 'SEC_E_INVALID_HANDLE':
      if (!accepts || leg !== 0) return undefined;
      return sameName(call.package, 'Negotiate')
        ? 'The first token is malformed or of no mechanism that Negotiate offers, and no context came of it (no handle is wrong): check framing and base64.'
        : 'The package made no context of the first token: check that the credential’s `use` is inbound and that the token is whole.';
    case 'SEC_E_SECPKG_NOT_FOUND':
      return accepts
        ? 'The token is of a mechanism that this package does not offer: Negotiate offers NTLM and Kerberos.'
        : undefined;
    case 'SEC_E_INTERNAL_ERROR':
      if (wine !== true || !(isKerberos || sameName(call.package, 'Negotiate'))) {
        return tokenGiven
          ? 'The security package failed inside: the token is damaged, or the security authority or its helper is not running.'
          : undefined;
      }
      if (accepts) {
        return 'Wine’s Kerberos says no more than this: usually the token was made for another service or an old key, was used before or is damaged; KRB5_TRACE=/dev/stderr tells.';
      }
      return tokenGiven || ticketWasSent(evidence)
        ? 'Wine’s Kerberos says no more than this: the peer’s token is of another handshake or damaged; KRB5_TRACE=/dev/stderr tells.'
        : 'Wine’s Kerberos says no more than this: usually no account owns the target name; KRB5_TRACE=/dev/stderr tells.';
    default:
      return undefined;
  }
}
