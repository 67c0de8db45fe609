import { causeOfReason } from './reasons';
import { failingLeg, ticketWasSent } from '../diagnosis';
import type { CauseName } from './causes';
import type { Circumstances } from '../failed-call';
import type { SspiErrorCode } from '../codes';

/** Causes with the weight of the evidence for each (0 to 100), the likeliest first. */
export type WeightedCauses = readonly (readonly [cause: CauseName, weight: number])[];

/** What a status means. */
export interface StatusEntry {
  /** What to do, if that differs from the remedy for the likeliest cause. */
  readonly remedy?: string;
  readonly causes?: WeightedCauses;
}

const statuses: Readonly<Partial<Record<SspiErrorCode, StatusEntry>>> = {
  SEC_E_NO_CREDENTIALS: {
    remedy:
      'There are no credentials to log on with: pass an identity, or run as a user who has a logon session or Kerberos tickets.',
    causes: [['no-credentials', 75]],
  },
  SEC_E_LOGON_DENIED: {
    remedy:
      'The logon was refused: check the password, whether the account is locked, disabled or expired, and the channel bindings; if client and server are on the same machine, the loopback check also refuses alias names.',
    causes: [
      ['wrong-password', 65],
      ['account-disabled', 45],
      ['account-locked', 40],
      ['account-expired', 38],
      ['password-expired', 36],
      ['unknown-user', 30],
    ],
  },
  SEC_E_NO_AUTHENTICATING_AUTHORITY: {
    causes: [
      ['no-domain-controller', 80],
      ['wrong-realm', 55],
    ],
  },
  SEC_E_TARGET_UNKNOWN: {
    remedy:
      'No account owns this service principal name: check its spelling and register it on the account the service runs as.',
    causes: [
      ['spn-unknown', 85],
      ['spn-duplicate', 35],
      ['wrong-realm', 30],
    ],
  },
  SEC_E_WRONG_PRINCIPAL: {
    remedy:
      'The ticket was made for another account: look for a duplicate service principal name, or for a keytab or password older than that of the account.',
    causes: [
      ['stale-key', 85],
      ['spn-duplicate', 60],
    ],
  },
  SEC_E_TIME_SKEW: { causes: [['clock-skew', 95]] },
  SEC_E_BAD_BINDINGS: { causes: [['channel-bindings', 95]] },
  SEC_E_INSUFFICIENT_MEMORY: {
    remedy: 'The package could not use the token, or memory is short.',
    causes: [
      ['damaged-token', 40],
      ['memory-short', 20],
    ],
  },
  SEC_E_OUT_OF_SEQUENCE: {
    remedy: 'A leg or message was repeated, lost or reordered: pass every token exactly once, in order.',
    causes: [['message-order', 70]],
  },
  SEC_E_INVALID_TOKEN: {
    remedy: 'The token belongs to another connection or package, or was damaged in transit: check framing and base64.',
    causes: [
      ['damaged-token', 45],
      ['token-of-other-connection', 40],
    ],
  },
  SEC_E_SECPKG_NOT_FOUND: { causes: [['package-missing', 80]] },
  SEC_E_UNKNOWN_CREDENTIALS: { causes: [['credential-use', 75]] },
  SEC_E_UNSUPPORTED_FUNCTION: { causes: [['unsupported-function', 90]] },
  SEC_E_QOP_NOT_SUPPORTED: { causes: [['not-protected', 85]] },
  SEC_E_MESSAGE_ALTERED: { causes: [['message-altered', 85]] },
  SEC_E_DECRYPT_FAILURE: { causes: [['message-altered', 75]] },
  SEC_E_CONTEXT_EXPIRED: { causes: [['context-expired', 90]] },
  SEC_E_INCOMPLETE_MESSAGE: {
    remedy:
      'The bytes end before the message does: with a stream package, read more and pass all of them again; otherwise the message was cut or damaged.',
    causes: [['damaged-token', 80]],
  },
  SEC_E_BUFFER_TOO_SMALL: {
    remedy: 'A buffer is too small for what the package writes: make the token or padding buffer larger.',
  },
  SEC_E_DELEGATION_REQUIRED: {
    remedy: 'The target requires delegation: add the flags delegate and mutualAuth.',
    causes: [['delegation-refused', 80]],
  },
  SEC_E_SMARTCARD_LOGON_REQUIRED: { causes: [['smart-card-required', 95]] },
  SEC_E_DOWNGRADE_DETECTED: {
    remedy:
      'A stronger package was expected than the one that was possible: check the domain controller and the service principal name.',
    causes: [
      ['no-domain-controller', 65],
      ['ntlm-instead-of-kerberos', 55],
    ],
  },
  SEC_E_UNTRUSTED_ROOT: { remedy: 'The peer’s certificate chain ends in a root that this machine does not trust.' },
  SEC_E_CERT_EXPIRED: { remedy: 'The peer’s certificate is outside its validity period.' },
  SEC_E_ALGORITHM_MISMATCH: {
    causes: [
      ['no-common-protocol', 75],
      ['encryption-type', 40],
    ],
  },
  SEC_E_KDC_UNKNOWN_ETYPE: { causes: [['encryption-type', 95]] },
  SEC_E_POLICY_NLTM_ONLY: {
    remedy: 'Policy allows this machine only NTLM for outgoing logons.',
    causes: [['ntlm-refused', 60]],
  },
  SEC_E_MUTUAL_AUTH_FAILED: {
    remedy: 'The server could not prove its identity: check the target name.',
    causes: [
      ['stale-key', 60],
      ['spn-duplicate', 50],
    ],
  },
  SEC_E_MULTIPLE_ACCOUNTS: {
    remedy: 'More than one account matches: look for duplicate principal names in the directory.',
    causes: [['spn-duplicate', 95]],
  },
  SEC_E_NO_KERB_KEY: {
    remedy: 'The service has no Kerberos key for this principal: check its keytab or account.',
    causes: [
      ['stale-key', 70],
      ['encryption-type', 50],
    ],
  },
  SEC_E_INVALID_PARAMETER: {
    remedy: 'SSPI refused an argument: check the identity’s form and the target name.',
    causes: [['credential-use', 50]],
  },
  SEC_E_ONLY_HTTPS_ALLOWED: {
    remedy: 'Policy allows this authentication only over HTTPS.',
    causes: [['ntlm-refused', 60]],
  },
  SEC_E_INTERNAL_ERROR: {
    remedy: 'The security package had an internal failure; the security authority or its helper may not be running.',
    causes: [['security-authority', 40]],
  },
  SEC_E_INVALID_HANDLE: {
    remedy: 'SSPI does not know this credential or context for this call: check that `use` matches the side.',
    causes: [['credential-use', 45]],
  },
  SEC_I_INCOMPLETE_CREDENTIALS: {
    remedy:
      'The peer asks for a credential that was not passed, such as a client certificate: pass `onIncompleteCredentials`.',
    causes: [['no-credentials', 85]],
  },
  SEC_I_CONTEXT_EXPIRED: { causes: [['context-expired', 90]] },
  STATUS_LOGON_FAILURE: { remedy: 'The user name or the password is wrong.' },
  STATUS_ACCOUNT_RESTRICTION: { remedy: 'A restriction of the account forbids this logon, such as an empty password.' },
  STATUS_INVALID_LOGON_HOURS: { remedy: 'The account may not log on at this time.' },
  STATUS_INVALID_WORKSTATION: { remedy: 'The account may not log on from this machine.' },
  STATUS_LOGON_TYPE_NOT_GRANTED: {
    remedy: 'The account does not have the right for this kind of logon on this machine.',
  },
  STATUS_ACCESS_DENIED: { remedy: 'This process does not have permission to do that.' },
  STATUS_UNSUCCESSFUL: { remedy: 'The package failed without saying why.' },
  STATUS_NO_SUCH_LOGON_SESSION: { remedy: 'The calling user’s logon session is gone: log on again.' },
  STATUS_TRUSTED_RELATIONSHIP_FAILURE: {
    remedy: 'The trust between this machine and its domain is broken: join the domain again.',
  },
  ERROR_LOGON_FAILURE: { remedy: 'The user name or the password is wrong.' },
  ERROR_ACCESS_DENIED: { remedy: 'This process does not have permission to do that.' },
  ERROR_BAD_IMPERSONATION_LEVEL: {
    remedy:
      'The client’s token only identifies the client: the account of this process needs the privilege SeImpersonatePrivilege (“Impersonate a client after authentication”), and the client must not request the flag identify.',
  },
  ERROR_NO_SUCH_LOGON_SESSION: { remedy: 'The calling user’s logon session is gone: log on again.' },
  SEC_E_UNSUPPORTED_PREAUTH: { causes: [['encryption-type', 60]] },
  SEC_E_STRONG_CRYPTO_NOT_SUPPORTED: { causes: [['encryption-type', 80]] },
  SEC_E_DELEGATION_POLICY: { causes: [['delegation-refused', 95]] },
  SEC_E_NO_S4U_PROT_SUPPORT: { causes: [['delegation-refused', 80]] },
  SEC_E_CROSSREALM_DELEGATION_FAILURE: { causes: [['delegation-refused', 90]] },
  SEC_E_MAX_REFERRALS_EXCEEDED: { causes: [['wrong-realm', 70]] },
  SEC_E_KDC_UNABLE_TO_REFER: { causes: [['wrong-realm', 80]] },
  SEC_E_INVALID_UPN_NAME: { causes: [['unknown-user', 70]] },
  SEC_E_WRONG_CREDENTIAL_HANDLE: { causes: [['credential-use', 80]] },
  SEC_E_NOT_OWNER: { causes: [['credential-use', 70]] },
  SEC_E_ILLEGAL_MESSAGE: {
    causes: [
      ['no-common-protocol', 60],
      ['damaged-token', 40],
    ],
  },
  SEC_E_APPLICATION_PROTOCOL_MISMATCH: { causes: [['no-common-protocol', 90]] },
};

/** What a status means, as precisely as the call that returned it allows without decoding a token. */
export function meaningOf(code: SspiErrorCode, call: Circumstances): StatusEntry {
  const general = statuses[code] ?? {};
  const causes = general.causes ?? ofReason(code) ?? ofCertificate(code);
  return { ...general, ...(causes === undefined ? {} : { causes }), ...inThisCall(code, call) };
}

/** A reason given by the security authority, as an NTSTATUS or a Win32 error. */
function ofReason(code: SspiErrorCode): WeightedCauses | undefined {
  const cause = causeOfReason(code);
  if (cause === undefined) return undefined;
  // STATUS_LOGON_FAILURE deliberately hides which of the two it is.
  const isHidden = cause === 'wrong-password' && code.endsWith('LOGON_FAILURE');
  return isHidden
    ? [
        [cause, 80],
        ['unknown-user', 60],
      ]
    : [[cause, 95]];
}

const certificateStatuses =
  /^(CERT|TRUST|CRYPT)_E_|^SEC_E_(CERT|UNTRUSTED|ISSUING|REVOCATION|KDC_CERT|SMARTCARD_CERT|PKINIT|PKU2U)/;

function ofCertificate(code: SspiErrorCode): WeightedCauses | undefined {
  return certificateStatuses.test(code) ? [['certificate', 90]] : undefined;
}

const sameName = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** The meaning of a status that depends on the call. */
function inThisCall(code: SspiErrorCode, call: Circumstances): StatusEntry | undefined {
  if (call.leg !== undefined) return inLeg(code, call);
  if (code === 'SEC_E_INSUFFICIENT_MEMORY' && call.api === 'AcquireCredentialsHandle') {
    return {
      remedy: 'Memory is short: this call has no token that could be the cause.',
      causes: [['memory-short', 60]],
    };
  }
  if (code === 'STATUS_UNSUCCESSFUL' && call.api === 'AcquireCredentialsHandle') {
    const remedy =
      call.wine === true
        ? 'Usually the user name, the password or the realm is wrong: Wine’s Kerberos gives no details; a domain controller that cannot be reached looks the same.'
        : 'The package failed without saying why: check user name, password and realm.';
    return { remedy };
  }
  if (code === 'SEC_E_UNSUPPORTED_FUNCTION' && call.api === 'ImpersonateSecurityContext' && call.wine === true) {
    return { remedy: 'Wine has no impersonation.' };
  }
  return undefined;
}

/** The meaning in a leg, with or without a token of the peer. */
function inLeg(code: SspiErrorCode, call: Circumstances): StatusEntry | undefined {
  const { api, leg, wine, evidence = {} } = call;
  const tokenGiven = failingLeg(leg, evidence)?.received !== undefined;
  const accepts = api === 'AcceptSecurityContext';
  const isKerberos = sameName(call.package, 'Kerberos');
  switch (code) {
    case 'SEC_E_OUT_OF_SEQUENCE':
      return { causes: [['token-of-other-connection', 80]] };
    case 'SEC_E_INCOMPLETE_MESSAGE':
      return tokenGiven
        ? { remedy: 'The token is incomplete or damaged: pass each token as a whole, and check framing and base64.' }
        : undefined;
    case 'SEC_E_INVALID_TOKEN':
      return tokenGiven
        ? undefined
        : {
            remedy:
              'No token was passed, so framing is not the cause: check the credentials, the target and the flags.',
          };
    case 'SEC_E_INSUFFICIENT_MEMORY':
      if (!tokenGiven) {
        return {
          remedy: 'Memory is short: no token was passed that could be the cause.',
          causes: [['memory-short', 60]],
        };
      }
      return {
        ...(isKerberos && {
          remedy:
            'The Kerberos package could not use the token: usually it is damaged or not a Kerberos token; memory is rarely short.',
        }),
        causes: [
          ['damaged-token', 40],
          ['token-of-other-package', 35],
          ['memory-short', 20],
        ],
      };
    case 'SEC_E_INVALID_HANDLE':
      // The first token created no context, so no handle is wrong.
      if (!accepts || leg !== 0) return undefined;
      return {
        remedy: sameName(call.package, 'Negotiate')
          ? 'The first token is malformed, or of a mechanism that Negotiate does not offer, so no context was created (no handle is wrong): check framing and base64.'
          : 'The package created no context from the first token: check that the credential’s `use` is inbound and that the token is complete.',
        causes: [
          ['damaged-token', 55],
          ['token-of-other-package', 45],
          ['credential-use', 35],
        ],
      };
    case 'SEC_E_SECPKG_NOT_FOUND':
      return {
        ...(accepts && {
          remedy: 'The token is of a mechanism that this package does not offer: Negotiate offers NTLM and Kerberos.',
        }),
        ...(tokenGiven && { causes: [['token-of-other-package', 60]] }),
      };
    case 'SEC_E_INTERNAL_ERROR':
      return internalErrorRemedy(
        call,
        tokenGiven,
        wine === true && (isKerberos || sameName(call.package, 'Negotiate')),
      );
    default:
      return undefined;
  }
}

/** @param ofWine True if it is the one status that Wine's Kerberos has for all failures. */
function internalErrorRemedy(call: Circumstances, tokenGiven: boolean, ofWine: boolean): StatusEntry | undefined {
  if (!ofWine) {
    return tokenGiven
      ? {
          remedy:
            'The security package had an internal failure: the token is damaged, or the security authority or its helper is not running.',
        }
      : undefined;
  }
  if (call.api === 'AcceptSecurityContext') {
    return {
      remedy:
        'Wine’s Kerberos gives no details: usually the token was made for another service or an old key, was used before or is damaged; KRB5_TRACE=/dev/stderr shows more.',
    };
  }
  return {
    remedy:
      tokenGiven || ticketWasSent(call.evidence ?? {})
        ? 'Wine’s Kerberos gives no details: the peer’s token is of another handshake or damaged; KRB5_TRACE=/dev/stderr shows more.'
        : 'Wine’s Kerberos gives no details: usually no account owns the target name; KRB5_TRACE=/dev/stderr shows more.',
  };
}
