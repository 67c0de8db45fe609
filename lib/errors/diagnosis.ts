import { holdsApReq, shapeOf, textProtocol, type TokenFamily } from './token-shape';
import { acceptorFlags } from '../flags/tables';
import type { CauseName } from './catalogue/causes';
import type { Evidence, LegRecord } from './evidence';
import type { SspiErrorCode } from './codes';

/**
 * What can be said about a failed call without decoding anything. A hint and an explanation both start here, so that they do
 * not contradict each other: the cause that this returns is the hint, and the first cause of the explanation.
 */
export function diagnose(code: SspiErrorCode, leg: number | undefined, evidence: Evidence): CauseName | undefined {
  if (!unspecific.test(code)) return undefined;
  const failing = failingLeg(leg, evidence);
  const input = failing?.received;
  const token = failing === undefined || input === undefined ? undefined : misfit(input, failing.index, evidence);
  return token ?? aboutCredentials(code, input, evidence);
}

/**
 * Statuses that do not name their reason. Wine, Windows and third-party packages return different ones of these for the same
 * problem.
 */
const unspecific =
  /^(SEC_E_(INVALID_TOKEN|INSUFFICIENT_MEMORY|INVALID_HANDLE|INVALID_PARAMETER|SECPKG_NOT_FOUND|INTERNAL_ERROR|INCOMPLETE_MESSAGE|UNSUPPORTED_FUNCTION|BUFFER_TOO_SMALL|LOGON_DENIED|NO_CREDENTIALS|OUT_OF_SEQUENCE|MESSAGE_ALTERED|DECRYPT_FAILURE|ILLEGAL_MESSAGE|MUTUAL_AUTH_FAILED|CONTEXT_EXPIRED|TARGET_UNKNOWN|NO_AUTHENTICATING_AUTHORITY|CANNOT_PACK)|STATUS_UNSUCCESSFUL|SSPI_0x.*|ERR_SSPI_PEER_(ENDED|TIMEOUT))$/;

/**
 * The leg that failed; if none did because the peer sent nothing more, the bytes that the peer had sent and no call could use
 * yet.
 */
export function failingLeg(leg: number | undefined, { legs }: Evidence): LegRecord | undefined {
  const last = legs?.at(-1);
  return last !== undefined && (last.pending === true || last.index === leg) ? last : undefined;
}

/**
 * What is wrong with a token apart from its contents: it is not a token, or it belongs to another package or to another point
 * of the exchange.
 */
function misfit(input: Uint8Array, leg: number, evidence: Evidence): CauseName | undefined {
  if (input.length === 0) return 'damaged-token';
  if (textProtocol(input) !== undefined) return 'other-protocol';
  if (wasSent(input, evidence)) return 'token-of-this-side';
  const shape = shapeOf(input);
  if (shape === undefined) return undefined;
  const packageName = evidence.package?.toLowerCase() ?? '';
  if (!takes(packageName, shape.family)) {
    return packageName === 'kerberos' && shape.family === 'SPNEGO' ? 'spnego-to-kerberos' : 'token-of-other-package';
  }
  if (shape.maker !== undefined && shape.maker === evidence.role) return 'token-of-this-side';
  if (evidence.acceptedBefore === true) return 'token-of-other-connection';
  const fresh = evidence.role === 'acceptor' && leg === 0;
  return fresh && shape.later === true && shape.refusal !== true ? 'token-of-other-connection' : undefined;
}

/** True if this side made exactly the same bytes: they came back. */
function wasSent(input: Uint8Array, { legs = [] }: Evidence): boolean {
  return legs.some(({ sent }) => sent !== undefined && Buffer.compare(sent, input) === 0);
}

function takes(packageName: string, family: TokenFamily): boolean {
  switch (packageName) {
    case 'kerberos':
      return family === 'Kerberos';
    case 'ntlm':
      return family === 'NTLM';
    case 'negotiate':
      return family !== 'TLS';
    case 'schannel':
    case 'microsoft unified security protocol provider':
      return family === 'TLS';
    default:
      return true;
  }
}

function aboutCredentials(
  code: SspiErrorCode,
  input: Uint8Array | undefined,
  evidence: Evidence,
): CauseName | undefined {
  const { role, account, wineVersion } = evidence;
  const fails = code !== 'SEC_E_OUT_OF_SEQUENCE' && !code.startsWith('ERR_');
  if (role === 'initiator' && fails && haveExpired(evidence) && !ticketWasSent(evidence)) return 'credentials-expired';
  const denies = role === undefined ? 'STATUS_UNSUCCESSFUL' : 'SEC_E_LOGON_DENIED';
  if (account?.emptyPassword === true && role !== 'acceptor' && (code === denies || answersNtlm(input))) {
    return 'empty-password';
  }
  if (code === 'SEC_E_LOGON_DENIED' && protectionLacking(input, evidence).length > 0) return 'protection-not-offered';
  // Wine stores no passwords for NTLM.
  const without = wineVersion !== undefined && account === undefined && code === 'SEC_E_INVALID_TOKEN';
  return without && answersNtlm(input) ? 'no-credentials' : undefined;
}

export function haveExpired({ expiry, time }: Evidence): boolean {
  return expiry !== undefined && time !== undefined && expiry <= time;
}

/** A domain controller knew the service and issued a ticket for it, which was sent. */
export function ticketWasSent({ role, legs = [] }: Evidence): boolean {
  return role === 'initiator' && legs.some(({ sent }) => sent !== undefined && holdsApReq(sent));
}

const ntlmChallenge = 'NTLMSSP\0\x02\0\0\0';
const ntlmAuthenticate = 'NTLMSSP\0\x03\0\0\0';
/** The offset of NegotiateFlags in an AUTHENTICATE message (MS-NLMP 2.2.1.3). */
const negotiateFlagsAt = 60;

function answersNtlm(input: Uint8Array | undefined): boolean {
  return input !== undefined && viewOf(input).includes(ntlmChallenge);
}

/** A kind of protection that this side requests, and the flag of NTLM that offers it. */
export interface LackingProtection {
  readonly flag: 'integrity' | 'confidentiality';
  readonly bit: string;
}

/**
 * What a server requests and an AUTHENTICATE message does not offer. Under Wine, Samba's ntlm_auth then refuses the logon
 * ("mandatory feature"); Windows only does not grant it.
 */
export function protectionLacking(input: Uint8Array | undefined, evidence: Evidence): readonly LackingProtection[] {
  const { role, requested = 0, wineVersion } = evidence;
  if (input === undefined || role !== 'acceptor' || wineVersion === undefined) return [];
  const bytes = viewOf(input);
  const start = bytes.indexOf(ntlmAuthenticate);
  if (start < 0 || bytes.length < start + negotiateFlagsAt + 4) return [];
  const offered = bytes.readUInt32LE(start + negotiateFlagsAt);
  const lacking: LackingProtection[] = [];
  if ((requested & acceptorFlags.integrity) !== 0 && (offered & 0x10) === 0) {
    lacking.push({ flag: 'integrity', bit: 'NTLMSSP_NEGOTIATE_SIGN' });
  }
  if ((requested & acceptorFlags.confidentiality) !== 0 && (offered & 0x20) === 0) {
    lacking.push({ flag: 'confidentiality', bit: 'NTLMSSP_NEGOTIATE_SEAL' });
  }
  return lacking;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
