import { BufferType } from './binding/constants';
import type { Role } from './flags/sides';
import { grantBit } from './flags/tables';
import { invalidArgument, usageError } from './errors/make';
import { readHeader } from './wire/ber-header';
import type { Binding, RawIdentity } from './binding/binding';
import type { ContextHolder } from './binding/context-holder';

/**
 * The differences between Wine's secur32 and that of Windows; everything else in lib/ follows the rules of Windows. Seen on
 * Wine 8.0 and 10.0; each rule names the place in Wine's source.
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
 * In UTF-8. Wine's NTLM writes the password as base64 to memory for a token without checking its size, and crashes at about
 * 1,430 bytes (dlls/msv1_0/main.c, ntlm_SpInitLsaModeContext).
 */
const ntlmMaxPassword = 1024;

/**
 * Wine's own packages read the EX structure as the plain one and crash, and Kerberos uses an explicit identity only as user +
 * realm, unchanged (dlls/kerberos/krb5_ap.c): Active Directory's realms are in capitals.
 */
export function identityForWine(packageName: string, identity: RawIdentity | undefined): RawIdentity | undefined {
  if (identity === undefined || !isOwnPackage(packageName)) return identity;
  const { user, domain, password } = identity;
  if (user === undefined) return undefined;
  if (identity.isPacked === true) return identity;
  if (!isKerberos(packageName) && Buffer.byteLength(password ?? '') > ntlmMaxPassword) {
    throw invalidArgument(`identity.password is longer than the ${ntlmMaxPassword} bytes that Wine’s NTLM accepts`);
  }
  const at = domain === '' ? user.lastIndexOf('@') : -1;
  const plain =
    at > 0
      ? { user: user.slice(0, at), domain: user.slice(at + 1), password, packageList: undefined }
      : { user, domain, password, packageList: undefined };
  return isNtlm(packageName) ? plain : { ...plain, domain: plain.domain?.toUpperCase() };
}

/**
 * Wine 8's NTLM writes each token as base64 to memory for 1,904 characters without checking its size, so that a longer token of
 * a peer crashes the process (dlls/msv1_0/main.c, NTLM_MAX_BUF; fixed in Wine 10). Its Negotiate passes NTLM what Kerberos has
 * refused, and Kerberos tokens may be longer.
 */
export function tokenLimitUnderWine({ wineVersion }: Binding, packageName: string): number | undefined {
  return wineVersion !== undefined && majorOf(wineVersion) < 10 && isNtlm(packageName) ? 1428 : undefined;
}

/**
 * Wine's NTLM grants neither integrity nor confidentiality through pfContextAttr; SECPKG_ATTR_FLAGS has them, as ISC_RET_*
 * numbers on both sides (dlls/msv1_0/main.c). Those of the server are not used: it never initialises its keys, so that what it
 * encrypts is sent as plain text, and nobody can verify what it signs.
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

/** Seen on 8.0 and 10.0; the source of later versions also calls create_ntlm2_subkeys for the server. */
function acceptorHasNoKeys(wineVersion: string): boolean {
  return majorOf(wineVersion) <= 10;
}

/**
 * Wine's Kerberos reports the lifetime of credentials that never expire, such as those of a keytab, as GSS_C_INDEFINITE seconds
 * from now (dlls/kerberos/unixlib.c, expiry_to_timestamp): about 136 years. Its Negotiate reports the lifetime of its Kerberos
 * part, which has already expired if there are credentials only for NTLM (seen on 8.0).
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
 * Wine's Kerberos passes a token to any mechanism that libgssapi has (dlls/kerberos/unixlib.c, accept_context). If gss-ntlmssp
 * is installed on the host, it accepts NTLM's tokens, raw and in SPNEGO, which Kerberos on Windows refuses. Otherwise libgssapi
 * refuses them, and this is the resulting status. `undefined`: the token may be passed on.
 */
export function statusOfTokenUnderWine(
  binding: Binding,
  packageName: string,
  tokenPackage: string,
): number | undefined {
  const foreign = binding.wineVersion !== undefined && isKerberos(packageName) && isNtlm(tokenPackage);
  return foreign ? 0x80090305 : undefined; // SEC_E_SECPKG_NOT_FOUND
}

/**
 * For the same reason Wine's Negotiate, which tries Kerberos first, reports Kerberos although NTLM was used: the tokens show
 * which one it was.
 */
export function packageUnderWine(binding: Binding, told: string, tokenPackage: string | undefined): string {
  const misnamed = binding.wineVersion !== undefined && isKerberos(told) && tokenPackage !== undefined;
  return misnamed && isNtlm(tokenPackage) ? tokenPackage : told;
}

/**
 * Wine's own packages have no names, and report each such query on stderr, so they are not queried at the end of a handshake.
 */
export function answersNames(binding: Binding, packageName: string): boolean {
  return binding.wineVersion === undefined || !isOwnPackage(packageName);
}

/**
 * Wine's Kerberos splits the GSS token of libgssapi in the reverse order: its first bytes go to DATA and the rest to TOKEN, so
 * that DATA ‖ TOKEN is what peers understand. It does not support STREAM buffers (dlls/kerberos/unixlib.c,
 * seal_message_no_vector, unseal_message_no_vector).
 */
export function cutsTokensInReverse(binding: Binding, packageName: string, dceStyle: boolean): boolean {
  return binding.wineVersion !== undefined && isKerberos(packageName) && !dceStyle;
}

/**
 * Wine's NTLM does not support STREAM buffers: it opens a message as TOKEN, the signature of 16 bytes (MS-NLMP 2.2.2.9), and
 * DATA, the rest (dlls/msv1_0/main.c, ntlm_SpUnsealMessage).
 */
export function wantsTokenApart(binding: Binding, packageName: string): boolean {
  return binding.wineVersion !== undefined && isNtlm(packageName);
}

/**
 * Wine's Kerberos, NTLM and Schannel use one DATA buffer and ignore all others: a second one would remain plain text, a forged
 * one would be returned as decrypted, and one that should only be signed (SECBUFFER_READONLY_WITH_CHECKSUM) would not be
 * (get_buffer_index in dlls/kerberos/unixlib.c and dlls/msv1_0/main.c; schan_find_sec_buffer_idx in dlls/secur32/schannel.c,
 * which in later versions may use a read-only one). A buffer with SECBUFFER_READONLY and without a checksum is never protected,
 * on Windows either.
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
 * In DCE style Wine's Kerberos makes a token whose length cannot be determined from the message, and does not support STREAM
 * buffers: it cannot open what it wraps (dlls/kerberos/unixlib.c, seal_message_vector, unseal_message_vector).
 */
export function refuseWholeMessagesUnderWine(binding: Binding, packageName: string, dceStyle: boolean): void {
  if (binding.wineVersion === undefined || !dceStyle || !isKerberos(packageName)) return;
  throw lacking(
    'Wine’s Kerberos cannot open whole messages in DCE style.',
    'Use `encrypt` and `decrypt`, which keep the token separate, or run on Windows.',
  );
}

/**
 * Where confidentiality was not agreed on (NTLMSSP_NEGOTIATE_SEAL), Wine's NTLM ignores SECQOP_WRAP_NO_ENCRYPT and encrypts as NTLM
 * without extended session security does, which is not a signed message (MS-NLMP 3.4.4) and which no peer opens
 * (dlls/msv1_0/main.c, ntlm_SpSealMessage, ntlm_SpUnsealMessage; seen with Samba on 8.0 and 10.0).
 */
export function refuseSignedMessagesUnderWine(binding: Binding, packageName: string, confidential: boolean): void {
  if (binding.wineVersion === undefined || confidential || !isNtlm(packageName)) return;
  throw lacking(
    'Wine’s NTLM has no messages that are only signed.',
    'Request the flag confidentiality in the handshake, or use `sign` and `verify`, or run on Windows.',
  );
}

/**
 * Wine's own packages silently ignore SECBUFFER_CHANNEL_BINDINGS: Kerberos passes none to libgssapi, and NTLM's messages
 * contain none (dlls/kerberos/unixlib.c, initialize_context and accept_context; dlls/msv1_0/main.c; seen on 8.0 and 10.0). A
 * program that passes bindings would believe that the sign-on is bound to its channel.
 *
 * The lab's suites set SSPI_WINE_DROPS_BINDINGS=accepted to test everything else (docs/lab.md).
 */
export function refuseBindingsUnderWine(binding: Binding, packageName: string): void {
  if (!lacksBindings(binding, packageName)) return;
  throw lacking(
    `Wine’s ${packageName} ignores channel bindings: the sign-on would not be bound to its TLS channel.`,
    'Leave `channelBindings` and `extendedProtection` out under Wine, or run on Windows.',
  );
}

/** Whether channel bindings of a caller are refused here. */
export function lacksBindings(binding: Binding, packageName: string): boolean {
  return (
    binding.wineVersion !== undefined &&
    isOwnPackage(packageName) &&
    process.env['SSPI_WINE_DROPS_BINDINGS'] !== 'accepted'
  );
}

function lacking(message: string, hint = 'Use a layout with one data buffer, or run on Windows.'): Error {
  return usageError('ERR_SSPI_UNSUPPORTED_PLATFORM', message, { hint });
}

const ntlmSignature = 16;

/** The layout for unwrapping `length` bytes as TOKEN ‖ DATA. */
export function tokenApartLayout(layout: Uint32Array, length: number): void {
  const token = Math.min(ntlmSignature, length);
  layout.set([BufferType.token, 0, token, BufferType.data, token, length - token, 0]);
}

/** Wine's Kerberos reports the sizes of trailer and signature of an encryption type other than AES. */
export function tokenSizeUnderWine(binding: Binding, packageName: string, reported: number): number {
  return binding.wineVersion !== undefined && isKerberos(packageName) ? Math.max(reported, 64) + 64 : reported;
}

/**
 * How many bytes of a Kerberos wrap token are not data: the length of the TOKEN that Wine's Kerberos needs from the end of the
 * message.
 *
 * RFC 4121 (05 04 …): 16 bytes header; sealed: confounder, filler (EC), copy of the header and checksum; signed: a checksum of
 * EC bytes. RFC 4757 (60 …, RC4): GSS frame, 32 bytes header and confounder, one byte padding. `sealed` is the overhead of this
 * context's own encrypted tokens (it depends on the type of key), 60 with AES-SHA1.
 */
export function kerberosOverhead(message: Buffer, sealed: number): number {
  if (message.length >= 16 && message.readUInt16BE(0) === 0x0504) {
    const flagSealed = 0x02;
    const extraCount = message.readUInt16BE(4);
    return ((message[2] as number) & flagSealed) !== 0 ? sealed + extraCount : 16 + extraCount;
  }
  const frame = message[0] === 0x60 ? readHeader(message) : undefined;
  if (frame !== undefined) {
    const oid = 11;
    return frame.size + oid + 32 + 1;
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
