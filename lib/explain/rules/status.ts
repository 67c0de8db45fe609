import type { CauseName } from '../../errors/catalogue';
import type { Clues } from '../clues';
import type { Finding } from '../finding';
import type { SspiError } from '../../errors/sspi-error';
import type { SspiErrorCode } from '../../errors/codes';

/** Statuses that leave no choice, and those that stand for several things: the weight says which. */
type Weighted = readonly (readonly [cause: CauseName, weight: number])[];

/** What a status means by itself. What the rest of the evidence says is weighed by the other rules. */
const byStatus: Partial<Record<SspiErrorCode, Weighted>> = {
  SEC_E_TARGET_UNKNOWN: [
    ['spn-unknown', 85],
    ['spn-duplicate', 35],
    ['wrong-realm', 30],
  ],
  SEC_E_WRONG_PRINCIPAL: [
    ['stale-key', 85],
    ['spn-duplicate', 60],
  ],
  SEC_E_TIME_SKEW: [['clock-skew', 95]],
  SEC_E_NO_AUTHENTICATING_AUTHORITY: [
    ['no-domain-controller', 80],
    ['wrong-realm', 55],
  ],
  SEC_E_BAD_BINDINGS: [['channel-bindings', 95]],
  SEC_E_NO_CREDENTIALS: [['no-credentials', 75]],
  SEC_E_LOGON_DENIED: [
    ['wrong-password', 65],
    ['account-disabled', 45],
    ['account-locked', 40],
    ['account-expired', 38],
    ['password-expired', 36],
    ['unknown-user', 30],
  ],
  SEC_E_MULTIPLE_ACCOUNTS: [['spn-duplicate', 95]],
  SEC_E_NO_KERB_KEY: [
    ['stale-key', 70],
    ['encryption-type', 50],
  ],
  SEC_E_KDC_UNKNOWN_ETYPE: [['encryption-type', 95]],
  SEC_E_ALGORITHM_MISMATCH: [
    ['no-common-protocol', 75],
    ['encryption-type', 40],
  ],
  SEC_E_UNSUPPORTED_PREAUTH: [['encryption-type', 60]],
  SEC_E_STRONG_CRYPTO_NOT_SUPPORTED: [['encryption-type', 80]],
  SEC_E_DELEGATION_REQUIRED: [['delegation-refused', 80]],
  SEC_E_DELEGATION_POLICY: [['delegation-refused', 95]],
  SEC_E_NO_S4U_PROT_SUPPORT: [['delegation-refused', 80]],
  SEC_E_CROSSREALM_DELEGATION_FAILURE: [['delegation-refused', 90]],
  SEC_E_SMARTCARD_LOGON_REQUIRED: [['smart-card-required', 95]],
  SEC_E_DOWNGRADE_DETECTED: [
    ['no-domain-controller', 65],
    ['ntlm-instead-of-kerberos', 55],
  ],
  SEC_E_POLICY_NLTM_ONLY: [['ntlm-refused', 60]],
  SEC_E_ONLY_HTTPS_ALLOWED: [['ntlm-refused', 60]],
  SEC_E_MUTUAL_AUTH_FAILED: [
    ['stale-key', 60],
    ['spn-duplicate', 50],
  ],
  SEC_E_MAX_REFERRALS_EXCEEDED: [['wrong-realm', 70]],
  SEC_E_KDC_UNABLE_TO_REFER: [['wrong-realm', 80]],
  SEC_E_INVALID_UPN_NAME: [['unknown-user', 70]],
  SEC_E_SECPKG_NOT_FOUND: [['package-missing', 80]],
  SEC_E_UNKNOWN_CREDENTIALS: [['credential-use', 75]],
  SEC_E_WRONG_CREDENTIAL_HANDLE: [['credential-use', 80]],
  SEC_E_NOT_OWNER: [['credential-use', 70]],
  SEC_E_UNSUPPORTED_FUNCTION: [['unsupported-function', 90]],
  SEC_E_INSUFFICIENT_MEMORY: [
    ['damaged-token', 40],
    ['memory-short', 20],
  ],
  SEC_E_INVALID_TOKEN: [
    ['damaged-token', 45],
    ['token-of-other-connection', 40],
  ],
  SEC_E_INVALID_HANDLE: [['credential-use', 45]],
  SEC_E_INVALID_PARAMETER: [['credential-use', 50]],
  SEC_E_OUT_OF_SEQUENCE: [['message-order', 70]],
  SEC_E_MESSAGE_ALTERED: [['message-altered', 85]],
  SEC_E_DECRYPT_FAILURE: [['message-altered', 75]],
  SEC_E_INCOMPLETE_MESSAGE: [['damaged-token', 80]],
  SEC_E_QOP_NOT_SUPPORTED: [['not-protected', 85]],
  SEC_E_CONTEXT_EXPIRED: [['context-expired', 90]],
  SEC_I_CONTEXT_EXPIRED: [['context-expired', 90]],
  SEC_E_INTERNAL_ERROR: [['security-authority', 40]],
  SEC_I_INCOMPLETE_CREDENTIALS: [['no-credentials', 85]],
  SEC_E_ILLEGAL_MESSAGE: [
    ['no-common-protocol', 60],
    ['damaged-token', 40],
  ],
  SEC_E_APPLICATION_PROTOCOL_MISMATCH: [['no-common-protocol', 90]],
};

export function statusRule({ error, evidence, input }: Clues): Finding[] {
  const { code } = error;
  const weighted = inHandshake(error, input !== undefined) ?? byStatus[code] ?? certificates(code);
  const whose = code === 'SEC_E_LOGON_DENIED' && evidence.role === 'acceptor' ? ' of the peer’s account' : '';
  return weighted.map(([cause, weight], i) => ({
    cause,
    ground: weight >= 90 ? 'said' : 'usual',
    weight,
    because: [i === 0 ? `${code} says so${whose}.` : `${code} covers this, too.`],
  }));
}

/** Statuses that mean something else when a leg ends with them. */
function inHandshake({ code, leg, api }: SspiError, tokenGiven: boolean): Weighted | undefined {
  if (leg === undefined) return undefined;
  const isFirst = api === 'AcceptSecurityContext' && leg === 0;
  switch (code) {
    case 'SEC_E_OUT_OF_SEQUENCE':
      return [['token-of-other-connection', 80]];
    case 'SEC_E_SECPKG_NOT_FOUND':
      return tokenGiven ? [['token-of-other-package', 60]] : undefined;
    case 'SEC_E_INVALID_HANDLE':
      // No context came of the first token: no handle is wrong.
      return isFirst
        ? [
            ['damaged-token', 55],
            ['token-of-other-package', 45],
            ['credential-use', 35],
          ]
        : undefined;
    case 'SEC_E_INSUFFICIENT_MEMORY':
      return tokenGiven
        ? [
            ['damaged-token', 40],
            ['token-of-other-package', 35],
            ['memory-short', 20],
          ]
        : [['memory-short', 60]];
    default:
      return undefined;
  }
}

function certificates(code: SspiErrorCode): Weighted {
  return /^(CERT|TRUST|CRYPT)_E_|^SEC_E_(CERT|UNTRUSTED|ISSUING|REVOCATION|KDC_CERT|SMARTCARD_CERT|PKINIT|PKU2U)/.test(
    code,
  )
    ? [['certificate', 90]]
    : [];
}
