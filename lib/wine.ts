import { BufferType } from './binding/constants';
import type { Role } from './flags/sides';
import { grantBit } from './flags/tables';
import { invalidArgument, usageError } from './errors/make';
import type { Binding, RawIdentity } from './binding/binding';
import type { ContextHolder } from './binding/context-holder';

/**
 * Where Wine's secur32 differs from Windows', and only that: everything else in lib/ knows Windows' rules alone.
 * Seen on Wine 8.0 and 10.0; the places in Wine's source are named at each rule.
 */

const wineOwnPackages = ['negotiate', 'kerberos', 'ntlm'];
const wineSchannels = ['schannel', 'microsoft unified security protocol provider'];
/** SECPKG_ATTR_FLAGS */
const flagsAttribute = 14;
const isOwnPackage = (name: string): boolean => wineOwnPackages.includes(name.toLowerCase());
const isKerberos = (name: string): boolean => name.toLowerCase() === 'kerberos';
const isNtlm = (name: string): boolean => name.toLowerCase() === 'ntlm';
const majorOf = (version: string): number => Number.parseInt(version, 10);

/**
 * In UTF-8. Wine's NTLM puts the password as base64 into memory for a token, unchecked, and crashes at some 1,430 bytes
 * (dlls/msv1_0/main.c, ntlm_SpInitLsaModeContext).
 */
const ntlmMaxPassword = 1024;

/**
 * Wine's own packages read the EX structure as the plain one and crash, and Kerberos reads an explicit identity only as
 * user + realm, letter by letter (dlls/kerberos/krb5_ap.c): Active Directory's realms are in capitals.
 */
export function identityForWine(packageName: string, identity: RawIdentity | undefined): RawIdentity | undefined {
  if (identity === undefined || !isOwnPackage(packageName)) return identity;
  const { user, domain, password } = identity;
  if (user === undefined) return undefined;
  if (!isKerberos(packageName) && Buffer.byteLength(password ?? '') > ntlmMaxPassword) {
    throw invalidArgument(`identity.password is longer than the ${ntlmMaxPassword} bytes that Wine’s NTLM can take`);
  }
  const at = domain === '' ? user.lastIndexOf('@') : -1;
  const plain =
    at > 0
      ? { user: user.slice(0, at), domain: user.slice(at + 1), password, packageList: undefined }
      : { user, domain, password, packageList: undefined };
  return isNtlm(packageName) ? plain : { ...plain, domain: plain.domain?.toUpperCase() };
}

/**
 * Wine 8's NTLM writes each token as base64 into memory for 1,904 characters, unchecked, so that a peer's longer token ends
 * the process (dlls/msv1_0/main.c, NTLM_MAX_BUF; no more so in Wine 10). Its Negotiate, alas, hands NTLM what Kerberos has
 * refused, and Kerberos' tokens may well be longer.
 */
export function tokenLimitUnderWine({ wineVersion }: Binding, packageName: string): number | undefined {
  return wineVersion !== undefined && majorOf(wineVersion) < 10 && isNtlm(packageName) ? 1428 : undefined;
}

/**
 * Wine's NTLM grants neither integrity nor confidentiality through pfContextAttr; SECPKG_ATTR_FLAGS knows them, in ISC_RET_*
 * numbers on both sides (dlls/msv1_0/main.c). The acceptor's are not believed: it never sets its keys up, so that what it seals
 * goes out as plain text and what it signs nobody can verify.
 */
export function grantsUnderWine(holder: ContextHolder, packageName: string, role: Role, granted: number): number {
  const { binding, handle } = holder;
  if (binding.wineVersion === undefined || !isNtlm(packageName)) return granted;
  if (role === 'acceptor' && acceptorHasNoKeys(binding.wineVersion)) {
    const protecting = ['confidentiality', 'integrity', 'replayDetect', 'sequenceDetect'] as const;
    return protecting.reduce((bits, name) => bits & ~grantBit(role, name), granted) >>> 0;
  }
  const [answer] = binding.queryContextAttributesSync(handle, [flagsAttribute]);
  const flags = answer?.status === 0 ? (answer.value as number) : 0;
  let bits = granted;
  if ((flags & grantBit('initiator', 'confidentiality')) !== 0) bits |= grantBit(role, 'confidentiality');
  if ((flags & grantBit('initiator', 'integrity')) !== 0) bits |= grantBit(role, 'integrity');
  return bits >>> 0;
}

/** Seen on 8.0 and 10.0; the source of later versions calls create_ntlm2_subkeys for the acceptor too. */
function acceptorHasNoKeys(wineVersion: string): boolean {
  return majorOf(wineVersion) <= 10;
}

/**
 * Wine's Kerberos reports the lifetime of what never expires, such as a keytab's credentials, as GSS_C_INDEFINITE seconds
 * from now (dlls/kerberos/unixlib.c, expiry_to_timestamp): some 136 years. Its Negotiate reports the lifetime of its Kerberos
 * part, which is over at once where only NTLM has anything to log on with (seen on 8.0).
 * @param expiry Milliseconds since 1970.
 */
export function expiryUnderWine(
  { wineVersion }: Binding,
  packageName: string,
  expiry: number | undefined,
): number | undefined {
  if (wineVersion === undefined || expiry === undefined || !isOwnPackage(packageName)) return expiry;
  const left = expiry - Date.now();
  const [anHour, aMinute] = [3_600_000, 60_000];
  if (Math.abs(left - 0xffffffff * 1000) < anHour) return undefined;
  return packageName.toLowerCase() === 'negotiate' && Math.abs(left) < aMinute ? undefined : expiry;
}

/**
 * Wine's Kerberos gives a token to any mechanism that libgssapi has (dlls/kerberos/unixlib.c, accept_context). Where gss-ntlmssp is
 * installed on the host, it takes NTLM's, raw and in SPNEGO, which Kerberos on Windows refuses; elsewhere libgssapi does, and
 * this is the status that comes of it. `undefined`: the token may go on.
 */
export function statusOfTokenUnderWine(
  binding: Binding,
  packageName: string,
  tokenPackage: string,
): number | undefined {
  const foreign = binding.wineVersion !== undefined && isKerberos(packageName) && isNtlm(tokenPackage);
  return foreign ? 0x80090305 : undefined; // SEC_E_SECPKG_NOT_FOUND
}

/** For the same reason Wine's Negotiate, which asks Kerberos first, calls Kerberos what was NTLM: the tokens know better. */
export function packageUnderWine(binding: Binding, told: string, tokenPackage: string | undefined): string {
  const misnamed = binding.wineVersion !== undefined && isKerberos(told) && tokenPackage !== undefined;
  return misnamed && isNtlm(tokenPackage) ? tokenPackage : told;
}

/**
 * Wine's own packages have no names to give and report each vain query on stderr, so the end of a handshake does not ask them.
 */
export function answersNames(binding: Binding, packageName: string): boolean {
  return binding.wineVersion === undefined || !isOwnPackage(packageName);
}

/**
 * Wine's Kerberos cuts the GSS token that libgssapi made the other way round: its first bytes go into DATA and the rest into
 * TOKEN, so that DATA ‖ TOKEN is what peers understand; it knows no STREAM buffer (dlls/kerberos/unixlib.c,
 * seal_message_no_vector, unseal_message_no_vector).
 */
export function cutsTokensInReverse(binding: Binding, packageName: string, dceStyle: boolean): boolean {
  return binding.wineVersion !== undefined && isKerberos(packageName) && !dceStyle;
}

/**
 * Wine's NTLM knows no STREAM buffer: it opens a message as TOKEN, its signature of 16 bytes (MS-NLMP 2.2.2.9), and DATA, what
 * follows (dlls/msv1_0/main.c, ntlm_SpUnsealMessage).
 */
export function wantsTokenApart(binding: Binding, packageName: string): boolean {
  return binding.wineVersion !== undefined && isNtlm(packageName);
}

/**
 * Wine's Kerberos, NTLM and Schannel look for one DATA buffer and pass over all others: a second one would stay in the clear, a
 * forged one come back as decrypted, and one that is to be signed only (SECBUFFER_READONLY_WITH_CHECKSUM) would not be
 * (get_buffer_index in dlls/kerberos/unixlib.c and dlls/msv1_0/main.c; schan_find_sec_buffer_idx in dlls/secur32/schannel.c, which
 * in later versions takes a read-only one for the one). What is SECBUFFER_READONLY without a checksum nobody protects anywhere.
 */
export function refuseLayoutUnderWine(
  binding: Binding,
  packageName: string,
  buffers: readonly { readonly type: string; readonly readOnly?: boolean | 'checksum' | undefined }[],
): void {
  if (binding.wineVersion === undefined) return;
  const schannel = wineSchannels.includes(packageName.toLowerCase());
  if (!schannel && !isOwnPackage(packageName)) return;
  if (buffers.some(({ readOnly }) => readOnly === 'checksum')) {
    throw lacking(`Wine’s ${packageName} does not sign buffers that are readOnly: 'checksum'.`);
  }
  if (buffers.filter(({ type, readOnly }) => type === 'data' && (schannel || readOnly !== true)).length > 1) {
    throw lacking(`Wine’s ${packageName} protects the first data buffer only.`);
  }
}

/**
 * In DCE style Wine's Kerberos makes a token whose length a whole message does not tell, and knows no STREAM buffer: what it wraps
 * it cannot open again (dlls/kerberos/unixlib.c, seal_message_vector, unseal_message_vector).
 */
export function refuseWholeMessagesUnderWine(binding: Binding, packageName: string, dceStyle: boolean): void {
  if (binding.wineVersion === undefined || !dceStyle || !isKerberos(packageName)) return;
  throw lacking(
    'Wine’s Kerberos cannot open whole messages in DCE style.',
    'Use `encrypt` and `decrypt`, which keep the token apart, or run on Windows.',
  );
}

/**
 * Wine's own packages pass over SECBUFFER_CHANNEL_BINDINGS without a word: Kerberos gives libgssapi none, and NTLM's messages
 * carry none (dlls/kerberos/unixlib.c, initialize_context and accept_context; dlls/msv1_0/main.c; seen on 8.0 and 10.0). Whoever
 * gives bindings would believe the sign-on bound to its channel.
 *
 * The lab's suites have to go on, for all the rest that they show: SSPI_WINE_DROPS_BINDINGS=accepted lets them (docs/lab.md).
 */
export function refuseBindingsUnderWine(binding: Binding, packageName: string): void {
  if (!lacksBindings(binding, packageName)) return;
  throw lacking(
    `Wine’s ${packageName} ignores channel bindings: the sign-on would not be bound to its TLS channel.`,
    'Leave `channelBindings` and `extendedProtection` out under Wine, or run on Windows.',
  );
}

/** Are channel bindings that a caller would give refused here? */
export function lacksBindings(binding: Binding, packageName: string): boolean {
  return (
    binding.wineVersion !== undefined &&
    isOwnPackage(packageName) &&
    process.env['SSPI_WINE_DROPS_BINDINGS'] !== 'accepted'
  );
}

function lacking(message: string, hint = 'Lay the message out with one data buffer, or run on Windows.'): Error {
  return usageError('ERR_SSPI_UNSUPPORTED_PLATFORM', message, { hint });
}

const ntlmSignature = 16;

/** The layout for unwrapping `length` bytes as TOKEN ‖ DATA. */
export function tokenApartLayout(layout: Uint32Array, length: number): void {
  const token = Math.min(ntlmSignature, length);
  layout.set([BufferType.token, 0, token, BufferType.data, token, length - token, 0]);
}

/** Wine's Kerberos reports the trailer and signature of another encryption type than AES. */
export function tokenSizeUnderWine(binding: Binding, packageName: string, reported: number): number {
  return binding.wineVersion !== undefined && isKerberos(packageName) ? Math.max(reported, 64) + 64 : reported;
}

/**
 * How many bytes of a Kerberos wrap token are not data: the length of the TOKEN that Wine's Kerberos wants cut off the end.
 *
 * RFC 4121 (05 04 …): 16 bytes header; sealed: confounder, filler (EC), copy of the header and checksum; signed: a checksum
 * of EC bytes. RFC 4757 (60 …, RC4): GSS frame, 32 bytes header and confounder, one byte padding.
 * `sealed` is what this context's own sealed tokens cost (it depends on the key's type), 60 with AES-SHA1.
 */
export function kerberosOverhead(message: Buffer, sealed: number): number {
  if (message.length >= 16 && message.readUInt16BE(0) === 0x0504) {
    const flagSealed = 0x02;
    const extraCount = message.readUInt16BE(4);
    return ((message[2] as number) & flagSealed) !== 0 ? sealed + extraCount : 16 + extraCount;
  }
  if (message.length >= 2 && message[0] === 0x60) {
    const length = message[1] as number;
    const frame = length < 0x80 ? 2 : 2 + (length & 0x7f);
    const oid = 11;
    return frame + oid + 32 + 1;
  }
  return sealed;
}

/** The overhead of a sealed RFC 4121 token with AES-SHA1: header 16, confounder 16, header copy 16, checksum 12. */
export const aesSealedOverhead = 60;

/** The layout for unwrapping `length` bytes as DATA ‖ TOKEN. */
export function reverseLayout(layout: Uint32Array, length: number, overhead: number): void {
  const data = Math.max(0, length - overhead);
  layout.set([BufferType.data, 0, data, BufferType.token, data, length - data, 0]);
}
