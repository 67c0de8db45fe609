/// <reference types="node" preserve="true" />
/**
 * Windows SSPI for Node: handshakes of Kerberos, NTLM, Negotiate and Schannel as async iterators over token legs.
 *
 * Importing the package loads almost nothing, on any platform; each function loads what it needs when it is first called.
 *
 * @packageDocumentation
 */

import type { TLSSocket } from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import type { AcceptOptions, InitiateOptions } from './handshake/options';
import type { AcquireCredentialsOptions, Credentials } from './credentials/credentials';
import type { Identity, PackedIdentity } from './credentials/identity';
import type { Handshake } from './handshake/handshake';
import type { AccessToken } from './context/access-token';
import type { AccountLookup, LookupOptions } from './accounts/lookup';
import type { PackageInfo } from './packages';
import type { Role } from './flags/sides';
import type { Sid, WellKnownDomainAccount } from './sid';
import type { Stats } from './stats';

/** The same as in once.ts, which would be one more file for every program to open. */
function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());
}

const credentialsModule = once(
  () => require('./credentials/credentials') as typeof import('./credentials/credentials'),
);
const handshakes = once(() => require('./handshake/begin') as typeof import('./handshake/begin'));
const packages = once(() => require('./packages') as typeof import('./packages'));
const statistics = once(() => require('./stats') as typeof import('./stats'));
const accessTokens = once(() => require('./context/access-token') as typeof import('./context/access-token'));
const packedIdentities = once(
  () => require('./credentials/pack-identity') as typeof import('./credentials/pack-identity'),
);
const lookups = once(() => require('./accounts/lookup') as typeof import('./accounts/lookup'));
const sids = once(() => require('./sid') as typeof import('./sid'));
const endPoint = once(() => require('./channel-bindings/end-point') as typeof import('./channel-bindings/end-point'));
const unique = once(() => require('./channel-bindings/tls-unique') as typeof import('./channel-bindings/tls-unique'));
const exporter = once(
  () => require('./channel-bindings/tls-exporter') as typeof import('./channel-bindings/tls-exporter'),
);
const structure = once(() => require('./channel-bindings/structure') as typeof import('./channel-bindings/structure'));
const bindings = once(() => require('./binding/load') as typeof import('./binding/load'));

export { wellKnownSids } from './well-known-sids';
export { SspiError } from './errors/sspi-error';

/**
 * Acquires a credential (AcquireCredentialsHandle): of the current user, or of an explicit identity.
 *
 * The password is passed to the addon, which zeroes its copies. This package does not store it in JavaScript.
 *
 * @throws {SspiError} SEC_E_SECPKG_NOT_FOUND for an unknown package, SEC_E_NO_CREDENTIALS and others of
 * AcquireCredentialsHandle, ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_ABORTED, ERR_SSPI_UNSUPPORTED_PLATFORM.
 * @example
 * ```ts
 * await using mine = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
 * await using alices = await acquireCredentials({
 *   package: 'Negotiate',
 *   use: 'outbound',
 *   identity: { user: 'alice@corp.test', password },
 *   packages: { deny: ['NTLM'] },
 * });
 * ```
 */
export function acquireCredentials(options: AcquireCredentialsOptions): Promise<Credentials> {
  return credentialsModule().acquireCredentials(options);
}

/**
 * Starts a handshake as the client (InitializeSecurityContext). SSPI is not called before the first leg.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_UNKNOWN_FLAG, ERR_SSPI_CHANNEL_BINDINGS, ERR_SSPI_DISPOSED.
 * @example
 * ```ts
 * await using client = initiate(credentials, {
 *   target: 'HTTP/web.corp.test',
 *   flags: ['mutualAuth', 'confidentiality'],
 *   require: { flags: ['mutualAuth'] },
 * });
 * for await (const leg of client.legs(incoming)) await send(leg.token);
 * const sealed = client.context.wrap(Buffer.from('hello'));
 * ```
 */
export function initiate(credentials: Credentials, options?: InitiateOptions): Handshake {
  return handshakes().initiate(credentials, options);
}

/**
 * Starts a handshake as the server (AcceptSecurityContext). A handshake belongs to one connection: store it with the socket
 * object, and never key it by anything that a client can write.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_UNKNOWN_FLAG, ERR_SSPI_CHANNEL_BINDINGS, ERR_SSPI_DISPOSED.
 * @example
 * ```ts
 * await using server = accept(credentials, { flags: ['confidentiality', 'extendedError'] });
 * for await (const leg of server.legs(incoming)) await send(leg.token);
 * console.log(server.context.clientName);
 * ```
 */
export function accept(credentials: Credentials, options?: AcceptOptions): Handshake {
  return handshakes().accept(credentials, options);
}

/**
 * Lists the security packages of this machine (EnumerateSecurityPackages).
 *
 * @throws {SspiError} ERR_SSPI_UNSUPPORTED_PLATFORM off Windows; the status of EnumerateSecurityPackages.
 * @example
 * ```ts
 * for (const { name, maxToken, capabilities } of await listPackages()) console.log(name, maxToken, ...capabilities);
 * ```
 */
export function listPackages(): Promise<readonly PackageInfo[]> {
  return packages().listPackages();
}

/**
 * What the addon holds and does at the moment: live handles, busy threads, calls that wait for a thread, and the age of the
 * oldest call. It takes microseconds and makes no call to SSPI. An `oldestCall` of many seconds means that something does not
 * answer, usually a domain controller. If the number of handles keeps growing, they are not disposed of.
 *
 * @throws {SspiError} ERR_SSPI_UNSUPPORTED_PLATFORM off Windows, ERR_SSPI_BINARY_UNAVAILABLE.
 * @example
 * ```ts
 * setInterval(() => {
 *   const { live, threads, queued, oldestCall = 0 } = stats();
 *   if (queued > 0 || oldestCall > 10_000) console.warn('SSPI is slow', { ...live, ...threads, queued, oldestCall });
 * }, 10_000).unref();
 * ```
 */
export function stats(): Stats {
  return statistics().stats();
}

/**
 * The access token of this process: who it runs as, its groups and privileges, whether it is elevated. It is that of the
 * process even while the calling thread impersonates somebody.
 *
 * @throws {SspiError} ERR_SSPI_UNSUPPORTED_PLATFORM off Windows; the status of OpenProcessToken.
 * @example
 * ```ts
 * const { user, elevated, logonSession } = await currentToken();
 * console.log(user.sid, elevated, logonSession?.package);
 * ```
 */
export async function currentToken(): Promise<AccessToken> {
  return accessTokens().currentToken(bindings().loadBinding());
}

/**
 * The strings that SSPI makes of an identity (SspiEncodeAuthIdentityAsStrings): the form in which Windows' credential prompt and
 * credential providers hand identities over. `acquireCredentials` takes them as `identity`.
 *
 * `packedCredentials` is as secret as the password, and, being a string, cannot be erased. A password of bytes is erased if
 * `zeroPassword` requests that.
 *
 * @throws {SspiError} (by rejection) ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_UNSUPPORTED_PLATFORM, or the status of SSPI.
 * @see https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-sspiencodeauthidentityasstrings
 * @example
 * ```ts
 * const packed = await packIdentity({ user: 'CORP\\alice', password });
 * const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound', identity: packed });
 * ```
 */
export function packIdentity(identity: Identity): Promise<PackedIdentity> {
  return packedIdentities().packIdentity(identity);
}

/**
 * The accounts of security identifiers (LookupAccountSid): names and domains. It may ask domain controllers, off the JavaScript
 * thread. Answers are cached for ten minutes, 10,000 of them at most.
 *
 * @param sids As strings, as in an access token.
 * @returns One answer for each, in the same order. One that cannot be found, or belongs to a domain that cannot be reached, has
 * no `account`, and does not fail the others.
 * @throws {SspiError} (by rejection) ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_ABORTED, ERR_SSPI_UNSUPPORTED_PLATFORM.
 * @example
 * ```ts
 * const { groups } = await server.context.accessToken();
 * for (const { asked, account } of await lookupNames(groups.map(({ sid }) => sid))) console.log(account?.name ?? asked);
 * ```
 */
export function lookupNames(sids: readonly string[], options?: LookupOptions): Promise<readonly AccountLookup[]> {
  return lookups().lookupNames(sids, options);
}

/**
 * The accounts of names (LookupAccountName), such as `CORP\\Web Users`, `alice@corp.test` or `Everyone`; otherwise as {@link
 * lookupNames}. A name without a domain may be searched for in every trusted domain, so include the domain.
 *
 * @returns One answer for each name, in the same order.
 * @throws {SspiError} (by rejection) ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_ABORTED, ERR_SSPI_UNSUPPORTED_PLATFORM.
 * @example
 * ```ts
 * const [{ account }] = await lookupSids(['CORP\\Web Users']);
 * const allowed = account !== undefined && (await token.isMemberOf(account.sid));
 * ```
 */
export function lookupSids(names: readonly string[], options?: LookupOptions): Promise<readonly AccountLookup[]> {
  return lookups().lookupSids(names, options);
}

/**
 * Parses a security identifier, from its text or its binary form. Works on every platform.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for anything that is not a security identifier.
 * @example
 * ```ts
 * const { subAuthorities } = parseSid('S-1-5-32-544');
 * const rid = subAuthorities.at(-1); // 544
 * ```
 */
export function parseSid(sid: string | NodeJS.ArrayBufferView): Sid {
  return sids().parseSid(sid);
}

/**
 * The text of a security identifier, as Windows writes it. Works on every platform.
 *
 * @param sid Its parts, its binary form (as in LDAP's `objectSid`), or its text in another notation.
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for anything that is not a security identifier.
 * @example
 * ```ts
 * const sid = formatSid(entry.objectSid); // 'S-1-5-21-…-1103'
 * ```
 */
export function formatSid(sid: Sid | string | NodeJS.ArrayBufferView): string {
  return sids().formatSid(sid);
}

/**
 * The binary form of a security identifier, as LDAP filters need it. Works on every platform.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for anything that is not a security identifier.
 * @example
 * ```ts
 * const bytes = sidToBytes('S-1-5-32-544'); // 16 bytes
 * ```
 */
export function sidToBytes(sid: Sid | string): Buffer {
  return sids().sidToBytes(sid);
}

/**
 * The identifier of an account or group that every domain has, such as its administrators. Works on every platform.
 *
 * @param domain The domain's own identifier, `S-1-5-21-…` with three numbers, or that of any of its accounts.
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for an identifier that does not belong to a domain, or for an unknown name.
 * @example
 * ```ts
 * const admins = domainSid(token.user.sid, 'domainAdmins'); // S-1-5-21-…-512
 * ```
 */
export function domainSid(domain: string, account: WellKnownDomainAccount): string {
  return sids().domainSid(domain, account);
}

/**
 * The channel binding `tls-server-end-point` (RFC 5929, section 4) of a TLS server's certificate: the prefix
 * `tls-server-end-point:` and the certificate's hash, made with the hash function of the certificate's own signature (MD5
 * and SHA-1 become SHA-256). Works on every platform.
 *
 * @param certificate The server's own certificate (not its issuer's): DER bytes, or node:crypto's X509Certificate.
 * @returns The application data for {@link secChannelBindings} or for the option `channelBindings`.
 * @throws {SspiError} ERR_SSPI_CHANNEL_BINDINGS if the bytes are not a certificate, or if its signature has no separate hash
 * (Ed25519, Ed448), for which RFC 5929 defines no binding.
 * @example
 * ```ts
 * const channelBindings = tlsServerEndPoint(readFileSync('server.der'));
 * const server = accept(credentials, { channelBindings });
 * ```
 */
export function tlsServerEndPoint(certificate: NodeJS.ArrayBufferView | X509Certificate): Buffer {
  return endPoint().tlsServerEndPoint(certificate);
}

/**
 * The channel binding `tls-unique` (RFC 5929, section 3) of a TLS connection: the first Finished message of its handshake.
 * Defined up to TLS 1.2. Works on every platform. It is unique only if RFC 7627 (extended master secret) was negotiated, and
 * Node does not tell whether it was.
 *
 * @param socket A connected `tls.TLSSocket`.
 * @param role Which side of the sign-on this is; the initiator is also the client of TLS.
 * @returns `tls-unique:` and the message, for the option `channelBindings`.
 * @throws {SspiError} ERR_SSPI_CHANNEL_BINDINGS with TLS 1.3, before the TLS handshake has ended, and once the socket is closed.
 * @example
 * ```ts
 * const channelBindings = tlsUnique(socket, 'acceptor'); // the same as { socket, type: 'tls-unique' }
 * ```
 */
export function tlsUnique(socket: TLSSocket, role: Role): Buffer {
  return unique().tlsUnique(socket, role);
}

/**
 * The channel binding `tls-exporter` (RFC 9266) of a TLS connection: 32 bytes that TLS derives for this purpose, the same on
 * both sides. Only for TLS 1.3, where it needs no further conditions. Works on every platform.
 *
 * @param socket A connected `tls.TLSSocket`.
 * @returns `tls-exporter:` and the bytes, for the option `channelBindings`.
 * @throws {SspiError} ERR_SSPI_CHANNEL_BINDINGS with an older version of TLS, before the TLS handshake has ended, and once the
 * socket is closed.
 * @example
 * ```ts
 * const channelBindings = tlsExporter(socket); // the same as { socket, type: 'tls-exporter' }
 * ```
 */
export function tlsExporter(socket: TLSSocket): Buffer {
  return exporter().tlsExporter(socket);
}

/**
 * The SEC_CHANNEL_BINDINGS structure around some application data, such as that of {@link tlsServerEndPoint}. Works on every
 * platform.
 *
 * @param applicationData `tls-server-end-point:` and the hash, or the data of another binding (RFC 5056).
 * @returns A 32-byte header and the data.
 * @throws {SspiError} ERR_SSPI_CHANNEL_BINDINGS when there is no data.
 * @example
 * ```ts
 * const structure = secChannelBindings(tlsServerEndPoint(certificate)); // for programs that call SSPI themselves
 * ```
 * @see https://learn.microsoft.com/windows/win32/api/sspi/ns-sspi-sec_channel_bindings
 */
export function secChannelBindings(applicationData: NodeJS.ArrayBufferView): Buffer {
  return structure().secChannelBindings(applicationData);
}

export type { AcquireCredentialsOptions, Credentials } from './credentials/credentials';
export type { CredentialsUse } from './flags/sides';
export type { AttributeBytes } from './binding/attribute-table';
export type { ImpersonationLevel } from './binding/impersonation-level';
export type { Delegation } from './credentials/delegation';
export type { CredentialsAttributeName, CredentialsAttributes, SsiProvider } from './credentials/attributes';
export type { Account, AccountLookup, AccountType, LookupOptions } from './accounts/lookup';
export type { Sid, WellKnownDomainAccount } from './sid';
export type { Stats } from './stats';
export type { WellKnownSid } from './well-known-sids';
export type { Anonymous, AnyIdentity, Identity, PackedIdentity } from './credentials/identity';
export type { PackageBounds } from './credentials/package-bounds';
export type { PackageCapability, PackageInfo } from './packages';
export type { Handshake } from './handshake/handshake';
export type { IncomingTokens } from './handshake/incoming';
export type { Leg, SendableLeg } from './handshake/leg';
export type { AcceptOptions, HandshakeOptions, InitiateOptions, Requirements } from './handshake/options';
export type { Role } from './flags/sides';
export type { AcceptorFlag, AcceptorGrant, GrantedFlag, InitiatorFlag, InitiatorGrant } from './flags/tables';
export type {
  DecryptedBuffers,
  EncryptedBuffers,
  SecurityContext,
  SequenceOption,
  UnwrapOptions,
  WrapOptions,
} from './context/security-context';
export type {
  AccessToken,
  ClaimValue,
  IntegrityLevel,
  LogonSession,
  LogonType,
  TokenClaim,
  TokenGroup,
  TokenPrivilege,
} from './context/access-token';
export type {
  AttributeName,
  ContextAttributes,
  ContextSizes,
  KeyInfo,
  LastClientTokenStatus,
  NativeNames,
  NegotiateKeys,
  StreamSizes,
} from './context/attributes';
export type { MessageBuffer, MessageBufferType, ReturnedBuffer } from './context/buffers';
export type { ChannelBindingType, ChannelBindingsOfSocket, ChannelBindingsSource } from './channel-bindings/option';
export type {
  ChannelBindingResult,
  ExtendedProtectionOptions,
  ExtendedProtectionPolicy,
  ExtendedProtectionRecord,
} from './extended-protection/policy';
export type { SspiErrorInit } from './errors/sspi-error';
export type {
  ExplainedCall,
  ExplainedFacts,
  ExplainedToken,
  Explanation,
  Likelihood,
  LikelyCause,
} from './explain/explanation';
export type { CauseName } from './errors/catalogue/causes';
export type { SspiApi, SspiErrorCode, SspiStatusCode, SspiUsageCode } from './errors/codes';
export type {
  CredentialAcquired,
  HandshakeDisposed,
  HandshakeEstablished,
  HandshakeFailed,
  LegFinished,
  NtlmChosen,
  NtlmReason,
  NtlmReasonName,
  SspiEvents,
} from './events/messages';
export type { LegOutcome } from './events/outcome';
export type { ObservedHandshake } from './events/observed-handshake';
export type { Releasable } from './dispose';
