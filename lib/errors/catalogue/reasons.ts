import type { CauseName } from './causes';

/**
 * The causes that correspond to the reasons given by domain controllers and the security authority, by name. Sources: MS-ERREF
 * 2.3.1 (NTSTATUS), RFC 4120 section 7.5.9 (Kerberos), winerror.h.
 */
const byNtStatus: Readonly<Record<string, CauseName>> = {
  LOGON_FAILURE: 'wrong-password',
  WRONG_PASSWORD: 'wrong-password',
  NO_SUCH_USER: 'unknown-user',
  ACCOUNT_DISABLED: 'account-disabled',
  ACCOUNT_EXPIRED: 'account-expired',
  ACCOUNT_LOCKED_OUT: 'account-locked',
  PASSWORD_EXPIRED: 'password-expired',
  PASSWORD_MUST_CHANGE: 'password-expired',
  PASSWORD_CHANGE_REQUIRED: 'password-expired',
  ACCOUNT_RESTRICTION: 'logon-restricted',
  INVALID_LOGON_HOURS: 'logon-restricted',
  INVALID_WORKSTATION: 'logon-restricted',
  LOGON_TYPE_NOT_GRANTED: 'logon-restricted',
  AUTHENTICATION_FIREWALL_FAILED: 'logon-restricted',
  SMARTCARD_LOGON_REQUIRED: 'smart-card-required',
  NO_LOGON_SERVERS: 'no-domain-controller',
  DOMAIN_CONTROLLER_NOT_FOUND: 'no-domain-controller',
  NETLOGON_NOT_STARTED: 'no-domain-controller',
  NETWORK_UNREACHABLE: 'no-domain-controller',
  HOST_UNREACHABLE: 'no-domain-controller',
  IO_TIMEOUT: 'no-domain-controller',
  NO_SUCH_DOMAIN: 'wrong-realm',
  NO_TRUST_LSA_SECRET: 'wrong-realm',
  NO_TRUST_SAM_ACCOUNT: 'wrong-realm',
  TRUSTED_DOMAIN_FAILURE: 'wrong-realm',
  TRUSTED_RELATIONSHIP_FAILURE: 'wrong-realm',
  TRUST_FAILURE: 'wrong-realm',
  DOMAIN_TRUST_INCONSISTENT: 'wrong-realm',
  TIME_DIFFERENCE_AT_DC: 'clock-skew',
  TIME_SKEW: 'clock-skew',
  BAD_BINDINGS: 'channel-bindings',
  NTLM_BLOCKED: 'ntlm-refused',
  KDC_UNKNOWN_ETYPE: 'encryption-type',
  NO_KERB_KEY: 'encryption-type',
  DOWNGRADE_DETECTED: 'no-domain-controller',
  NO_SUCH_LOGON_SESSION: 'no-credentials',
  NO_MEMORY: 'memory-short',
  INSUFFICIENT_RESOURCES: 'memory-short',
  NOT_ENOUGH_MEMORY: 'memory-short',
  OUTOFMEMORY: 'memory-short',
};

/** The cause that a STATUS_… or ERROR_… name stands for. */
export function causeOfReason(name: string): CauseName | undefined {
  const reason = name.replace(/^(STATUS|ERROR)_/, '');
  return Object.hasOwn(byNtStatus, reason) ? byNtStatus[reason] : undefined;
}

/** The causes that a Kerberos error code stands for, the likeliest first. */
export const byKerberosCode: Readonly<Record<number, readonly CauseName[]>> = {
  1: ['account-expired'],
  2: ['account-expired'],
  6: ['unknown-user', 'wrong-realm'],
  7: ['spn-unknown', 'spn-duplicate'],
  8: ['spn-duplicate'],
  9: ['encryption-type'],
  11: ['clock-skew'],
  12: ['logon-restricted'],
  13: ['delegation-refused'],
  14: ['encryption-type'],
  16: ['smart-card-required'],
  18: ['account-disabled', 'account-locked', 'account-expired', 'logon-restricted'],
  19: ['account-disabled'],
  21: ['logon-restricted'],
  22: ['logon-restricted'],
  23: ['password-expired'],
  24: ['wrong-password'],
  26: ['stale-key'],
  27: ['user-to-user'],
  29: ['no-domain-controller'],
  31: ['stale-key'],
  32: ['ticket-expired', 'clock-skew'],
  33: ['clock-skew'],
  34: ['token-of-other-connection'],
  35: ['stale-key'],
  36: ['token-of-other-connection'],
  37: ['clock-skew'],
  41: ['stale-key', 'spn-duplicate'],
  44: ['stale-key'],
  45: ['stale-key'],
  62: ['certificate'],
  63: ['certificate'],
  66: ['certificate'],
  68: ['wrong-realm'],
  85: ['no-domain-controller'],
  86: ['no-domain-controller'],
};
