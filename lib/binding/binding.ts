/**
 * The interface between the loop and secur32: one function per SSPI call, no policy.
 *
 * The native addon (`native/`) implements it with the real secur32; `sspi/testing` implements it with scripts. No function
 * throws or rejects because of an SSPI status: every status is a result, which the loop judges. Arguments are trusted here,
 * because the public API has checked them. Input bytes are copied before a call returns.
 */

declare const credentialBrand: unique symbol;
declare const contextBrand: unique symbol;

/** A CredHandle, owned by the binding; freed by `freeCredentialsHandle` or by garbage collection, whichever comes first. */
export interface CredentialHandle {
  readonly [credentialBrand]: never;
}

/**
 * A holder of one CtxtHandle, empty until the first leg fills it. SSPI may replace the handle inside; the holder remains. It
 * keeps its credential alive. Calls on it never overlap: the binding takes its lock for each call.
 */
export interface ContextHandle {
  readonly [contextBrand]: never;
}

/** SecPkgInfoW. */
export interface RawPackageInfo {
  readonly name: string;
  readonly comment: string;
  /** SECPKG_FLAG_* bits. */
  readonly capabilities: number;
  readonly version: number;
  readonly rpcId: number;
  /** cbMaxToken, in bytes. */
  readonly maxToken: number;
}

/** What goes into SEC_WINNT_AUTH_IDENTITY_W, or into SEC_WINNT_AUTH_IDENTITY_EXW when there is a package list. */
export interface RawIdentity {
  readonly user: string | undefined;
  readonly domain: string | undefined;
  /** Bytes are UTF-8. */
  readonly password: string | Uint8Array | undefined;
  /** True: `password` holds packed credentials, of which SspiEncodeStringsAsAuthIdentity makes the structure. */
  readonly isPacked?: true | undefined;
  /** SEC_WINNT_AUTH_IDENTITY_EXW.PackageList: names separated by commas, with `!` before those that are refused. */
  readonly packageList: string | undefined;
}

export interface RawStatus {
  /** SECURITY_STATUS as an unsigned 32-bit number. */
  readonly status: number;
}

export interface RawCredential extends RawStatus {
  /** Present when the status is SEC_E_OK. */
  readonly handle: CredentialHandle | undefined;
  /** Milliseconds since 1970 UTC; undefined if SSPI says "never" or nothing. */
  readonly expiry: number | undefined;
}

/** What SspiEncodeAuthIdentityAsStrings wrote; texts that it did not write are absent. */
export interface RawPackedIdentity extends RawStatus {
  readonly user: string | undefined;
  readonly domain: string | undefined;
  readonly credentials: string | undefined;
}

/** The result of one attribute query: the decoded value, or the status that refused it. */
export interface RawAttribute extends RawStatus {
  readonly value: RawAttributeValue | undefined;
}

/** The decoded forms: texts, numbers (times are milliseconds since 1970 UTC), bytes, and records of these. */
export type RawAttributeValue = string | number | Buffer | object;

/** SecPkgContext_Sizes, in bytes. */
export interface RawSizes {
  readonly maxToken: number;
  readonly maxSignature: number;
  readonly blockSize: number;
  readonly securityTrailer: number;
}

/** SecPkgContext_StreamSizes, in bytes. */
export interface RawStreamSizes {
  readonly header: number;
  readonly trailer: number;
  readonly maxMessage: number;
  readonly buffers: number;
  readonly blockSize: number;
}

/** What an access token contains about its user; SIDs in string form. What Windows or the token does not tell is absent. */
export interface RawAccessToken {
  readonly user: string;
  /** `attributes`: SE_GROUP_* bits. */
  readonly groups: readonly { readonly sid: string; readonly attributes: number }[];
  readonly isPrimary: boolean;
  /** SECURITY_IMPERSONATION_LEVEL: 0 anonymous, 1 identification, 2 impersonation, 3 delegation. */
  readonly impersonationLevel: number;
  /** `attributes`: SE_PRIVILEGE_* bits. */
  readonly privileges?: readonly { readonly name: string; readonly attributes: number }[] | undefined;
  /** The LUID of the logon session. */
  readonly logonId?: bigint | undefined;
  readonly isElevated?: boolean | undefined;
  /** TOKEN_ELEVATION_TYPE: 1 default, 2 full, 3 limited. */
  readonly elevationType?: number | undefined;
  readonly isRestricted?: boolean | undefined;
  /** The integrity level's SID. */
  readonly integrity?: string | undefined;
  readonly logonSession?: RawLogonSession | undefined;
  readonly claims?: readonly RawClaim[] | undefined;
}

/** SECURITY_LOGON_SESSION_DATA; texts that the authority does not have are empty. */
export interface RawLogonSession {
  readonly user: string;
  readonly domain: string;
  readonly package: string;
  readonly server: string;
  readonly dnsDomain: string;
  readonly principalName: string;
  /** SECURITY_LOGON_TYPE */
  readonly type: number;
  readonly terminalSession: number;
  /** Milliseconds since 1970 UTC. */
  readonly time: number | undefined;
}

/** CLAIM_SECURITY_ATTRIBUTE_V1 */
export interface RawClaim {
  readonly name: string;
  /** CLAIM_SECURITY_ATTRIBUTE_TYPE_* */
  readonly type: number;
  /** CLAIM_SECURITY_ATTRIBUTE_* bits. */
  readonly flags: number;
  readonly values: readonly (string | bigint | boolean | Buffer)[];
}

/** The answer of CheckTokenMembership. */
export interface RawMembership extends RawStatus {
  readonly isMember: boolean;
}

/** The result of one look-up of an account; if the status is a failure, the rest is empty. */
export interface RawAccount extends RawStatus {
  readonly sid: string;
  readonly name: string;
  readonly domain: string;
  /** SID_NAME_USE */
  readonly type: number;
}

/** One call of InitializeSecurityContextW or AcceptSecurityContext. */
export interface RawLeg extends RawStatus {
  /**
   * What SSPI wrote to the output token: undefined if it did not change the buffer, an empty Buffer for a length of zero. Also
   * set for failing calls if SSPI itself wrote a length (an error token for the peer).
   */
  readonly token: Buffer | undefined;
  /** pfContextAttr: ISC_RET_* or ASC_RET_* bits. */
  readonly flags: number;
  /** Milliseconds since 1970 UTC; undefined if SSPI says "never" or nothing. */
  readonly expiry: number | undefined;
  /** SECBUFFER_EXTRA: how many of the last bytes of the input SSPI left unread. */
  readonly unread: number;
  /** SECBUFFER_MISSING: how many more bytes SSPI asks for; 0 if it gave no hint. */
  readonly missing: number;
  /** With SEC_E_OK: one entry for each of `attributes`, in the same order, queried in the same job; otherwise empty. */
  readonly attributes: readonly RawAttribute[];
  /**
   * SEC_CHANNEL_BINDINGS_RESULT_* bits, if they were requested and Windows knows the result; undefined means "unknown". Also
   * set for calls that fail.
   */
  readonly bindingsResult?: number | undefined;
}

export interface RawCompletion extends RawStatus {
  /** The output token as CompleteAuthToken left it. */
  readonly token: Buffer | undefined;
  /** As in RawLeg, queried when CompleteAuthToken succeeded and `attributes` was given. */
  readonly attributes: readonly RawAttribute[];
}

/** How many native objects are alive in this process, in all threads that share this copy of the addon. */
export interface LiveCounts {
  readonly credentials: number;
  /** Live CtxtHandles: an empty holder does not count. */
  readonly contexts: number;
  /** Buffers that SSPI allocated and that have not been freed with FreeContextBuffer. */
  readonly buffers: number;
  /** Calls queued or running on the addon's own threads. */
  readonly calls: number;
}

/** How busy the threads are that make the calls of one environment (the main thread, a worker). */
export interface ThreadUse {
  /** Threads inside a call. */
  readonly atWork: number;
  /** How many threads there may be. */
  readonly most: number;
  /** Calls that no thread has taken yet. */
  readonly waiting: number;
  /** Milliseconds since the oldest call that has not been settled was made; absent while there is none. */
  readonly oldest?: number | undefined;
}

export interface Binding {
  /** Wine's version ("8.0"), or undefined on Windows. */
  readonly wineVersion: string | undefined;

  liveCounts(): LiveCounts;
  threadUse(): ThreadUse;

  enumerateSecurityPackages(): Promise<RawStatus & { readonly packages: readonly RawPackageInfo[] }>;
  querySecurityPackageInfo(name: string): Promise<RawStatus & { readonly info: RawPackageInfo | undefined }>;

  acquireCredentialsHandle(
    principal: string | undefined,
    packageName: string,
    /** SECPKG_CRED_INBOUND 1, OUTBOUND 2, BOTH 3 */
    use: number,
    identity: RawIdentity | undefined,
  ): Promise<RawCredential>;
  /** Releases this owner's reference. FreeCredentialsHandle runs when no context needs the credential any more. Idempotent. */
  freeCredentialsHandle(credential: CredentialHandle): Promise<void>;
  /** The same for an owner who does not wait: it does not keep the process alive. */
  dropCredential(credential: CredentialHandle): void;
  /**
   * The same as the context's client, on one thread: ImpersonateSecurityContext, AcquireCredentialsHandle,
   * RevertSecurityContext. If the client granted less than `leastLevel`, the second call is not made: no handle, status 0.
   */
  acquireCredentialsHandleForClient(
    context: ContextHandle,
    /** SECURITY_IMPERSONATION_LEVEL */
    leastLevel: number,
    principal: string | undefined,
    packageName: string,
    use: number,
    identity: RawIdentity | undefined,
  ): Promise<RawCredential & { readonly impersonationLevel?: number }>;
  /** QueryCredentialsAttributes, by SECPKG_CRED_ATTR_* number. */
  queryCredentialsAttribute(credential: CredentialHandle, attribute: number): Promise<RawAttribute>;

  /** SspiEncodeAuthIdentityAsStrings of the structure that this identity makes. */
  encodeAuthIdentityAsStrings(identity: RawIdentity): Promise<RawPackedIdentity>;

  /** An empty holder for a context of this credential. */
  createContext(credential: CredentialHandle): ContextHandle;
  /**
   * From its next call on, the context uses and keeps alive this credential instead of the previous one
   * (SEC_I_INCOMPLETE_CREDENTIALS). No call runs on the context.
   */
  useCredential(context: ContextHandle, credential: CredentialHandle): void;

  /** If `input` is undefined, there is no input token; an empty array is a token of zero bytes. */
  initializeSecurityContext(
    context: ContextHandle,
    target: string | undefined,
    /** ISC_REQ_* bits; ALLOCATE_MEMORY never, the binding owns the memory */
    flags: number,
    input: Uint8Array | undefined,
    /** a whole SEC_CHANNEL_BINDINGS structure */
    channelBindings: Uint8Array | undefined,
    /** room for the output token: the package's cbMaxToken */
    maxToken: number,
    /** true adds the empty second buffer in which stream packages report EXTRA and MISSING */
    stream: boolean,
    /** SECPKG_ATTR_* numbers to query in the same job when the call returns SEC_E_OK */
    attributes: readonly number[],
  ): Promise<RawLeg>;

  acceptSecurityContext(
    context: ContextHandle,
    /** ASC_REQ_* bits */
    flags: number,
    input: Uint8Array,
    channelBindings: Uint8Array | undefined,
    maxToken: number,
    stream: boolean,
    attributes: readonly number[],
    /** true adds the output buffer SECBUFFER_CHANNEL_BINDINGS_RESULT; its result is in the leg */
    bindingsResult?: boolean,
  ): Promise<RawLeg>;

  completeAuthToken(
    context: ContextHandle,
    token: Uint8Array | undefined,
    attributes: readonly number[],
  ): Promise<RawCompletion>;

  /** Deletes the context at once, or, if a call is running on it, when that call returns; then resolves. Idempotent. */
  deleteSecurityContext(context: ContextHandle): Promise<void>;
  /**
   * The same for an owner who does not wait: neither it nor the running call keeps the process alive, until
   * `deleteSecurityContext` or another call is made.
   */
  dropContext(context: ContextHandle): void;

  /** For attributes that may wait for the security authority (names). */
  queryContextAttributes(context: ContextHandle, attributes: readonly number[]): Promise<readonly RawAttribute[]>;
  /**
   * For attributes that are available in this process (sizes, session key). Throws ERR_SSPI_BUSY while a call runs on the
   * context.
   */
  queryContextAttributesSync(context: ContextHandle, attributes: readonly number[]): readonly RawAttribute[];

  /**
   * Message protection, in place and synchronous. `memory` holds all buffers; `layout` describes them as triples [SECBUFFER_*
   * type, offset in `memory`, length], followed by one slot for the quality of protection. SSPI's changes (types, offsets,
   * lengths, the QOP of decrypt and verify) are written back to `layout`. Returns the status. Throws an Error with code
   * ERR_SSPI_BUSY while a call runs on the context.
   */
  encryptMessage(
    context: ContextHandle,
    memory: Uint8Array,
    layout: Uint32Array,
    qop: number,
    sequence: number,
  ): number;
  decryptMessage(context: ContextHandle, memory: Uint8Array, layout: Uint32Array, sequence: number): number;
  makeSignature(context: ContextHandle, memory: Uint8Array, layout: Uint32Array, qop: number, sequence: number): number;
  verifySignature(context: ContextHandle, memory: Uint8Array, layout: Uint32Array, sequence: number): number;

  /** QuerySecurityContextToken: the token is read and closed. A failure to read it is a Win32 error as HRESULT. */
  querySecurityContextToken(
    context: ContextHandle,
  ): Promise<RawStatus & { readonly token?: RawAccessToken | undefined }>;
  /** The same of the process's own token. */
  queryProcessToken(): Promise<RawStatus & { readonly token?: RawAccessToken | undefined }>;
  /** CheckTokenMembership of the context's client, or of the process. `sid` in binary form. */
  checkTokenMembership(context: ContextHandle | undefined, sid: Uint8Array): Promise<RawMembership>;

  /** LookupAccountSid for each, in binary form, one after the other; a failure affects one answer only. */
  lookupAccountSids(sids: readonly Uint8Array[]): Promise<readonly RawAccount[]>;
  /** LookupAccountName of each. */
  lookupAccountNames(names: readonly string[]): Promise<readonly RawAccount[]>;

  /**
   * ImpersonateSecurityContext, then `fn`, then RevertSecurityContext, all on the JavaScript thread. `fn` does not run if
   * impersonation fails. What `fn` throws is passed through after the revert.
   */
  impersonate<T>(context: ContextHandle, fn: () => T): RawStatus & { readonly result: T | undefined };
}
