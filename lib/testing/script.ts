import type { GrantedFlag } from '../flags/tables';
import type { ProtectionScript } from './scripted-protection';
import type { RawAccessToken, RawAttributeValue, RawIdentity, RawPackageInfo, RawStatus } from '../binding/binding';
import type { SspiStatusCode } from '../errors/codes';

/** A status by name (`'SEC_E_LOGON_DENIED'`) or as a number. */
export type ScriptedStatus = SspiStatusCode | number;

/** The result of one call of InitializeSecurityContext or AcceptSecurityContext. */
export interface ScriptedLeg {
  /** By name or number. Default SEC_E_OK. */
  readonly status?: ScriptedStatus | undefined;
  /** Undefined: the output is not changed. */
  readonly token?: Uint8Array | undefined;
  /** What is granted, by name or as ISC_RET_* or ASC_RET_* bits. Default: the bits of the request. */
  readonly flags?: readonly GrantedFlag[] | number | undefined;
  readonly expiry?: number | undefined;
  /** How many of the last bytes of the input are left unread. */
  readonly unread?: number | undefined;
  readonly missing?: number | undefined;
  /** SEC_CHANNEL_BINDINGS_RESULT_* bits, for a server that requests them. */
  readonly bindingsResult?: number | undefined;
  /** The call returns when this settles, so that the test can control the delay. */
  readonly until?: PromiseLike<unknown> | undefined;
  /** The call rejects with this: an error of the binding itself. */
  readonly fault?: unknown;
}

/** The result of one call of CompleteAuthToken. */
export interface ScriptedCompletion {
  /** By name or number. Default SEC_E_OK. */
  readonly status?: ScriptedStatus | undefined;
  /** The completed token. Default: the token that was given. */
  readonly token?: Uint8Array | undefined;
  readonly until?: PromiseLike<unknown> | undefined;
}

/** A leg call, as the binding received it. */
export interface LegCall {
  readonly api: 'InitializeSecurityContext' | 'AcceptSecurityContext';
  /** Numbers the contexts of this binding from 1. */
  readonly context: number;
  /** Counts the leg calls on this context from 0. */
  readonly index: number;
  /** The credential that the context uses now, numbered from 1. */
  readonly credential: number;
  readonly target: string | undefined;
  readonly flags: number;
  readonly input: Buffer | undefined;
  readonly channelBindings: Buffer | undefined;
  readonly maxToken: number;
  readonly stream: boolean;
  readonly attributes: readonly number[];
  /** Whether a server requested the result of the channel bindings. */
  readonly bindingsResult?: boolean | undefined;
}

/** Any other call, as the binding received it. */
export type RecordedCall =
  | LegCall
  | { readonly api: 'EnumerateSecurityPackages' }
  | { readonly api: 'QuerySecurityPackageInfo'; readonly name: string }
  | {
      readonly api: 'AcquireCredentialsHandle';
      readonly credential: number | undefined;
      readonly principal: string | undefined;
      readonly package: string;
      readonly use: number;
      readonly identity: RawIdentity | undefined;
      /** The context whose client it is acquired for (`onBehalfOf`). */
      readonly onBehalfOf?: number | undefined;
    }
  | { readonly api: 'FreeCredentialsHandle'; readonly credential: number }
  | { readonly api: 'QueryCredentialsAttributes'; readonly credential: number; readonly attribute: number }
  | { readonly api: 'SspiEncodeAuthIdentityAsStrings'; readonly identity: RawIdentity }
  | { readonly api: 'OpenProcessToken' }
  | { readonly api: 'CheckTokenMembership'; readonly context: number | undefined; readonly sid: string }
  | { readonly api: 'LookupAccountSid' | 'LookupAccountName'; readonly asked: readonly string[] }
  | {
      readonly api: 'CompleteAuthToken';
      readonly context: number;
      readonly token: Buffer | undefined;
      readonly attributes: readonly number[];
    }
  | {
      readonly api: 'DeleteSecurityContext' | 'ImpersonateSecurityContext' | 'QuerySecurityContextToken';
      readonly context: number;
    }
  | { readonly api: 'UseCredential'; readonly context: number; readonly credential: number }
  | {
      readonly api: 'QueryContextAttributes';
      readonly context: number;
      readonly attributes: readonly number[];
      readonly sync: boolean;
    }
  | {
      readonly api: 'EncryptMessage' | 'DecryptMessage' | 'MakeSignature' | 'VerifySignature';
      readonly context: number;
      /** The layout as it was given. */
      readonly layout: readonly number[];
      readonly qop: number | undefined;
      readonly sequence: number;
    };

/** Legs in order for each context, or a function that answers each call. */
export type LegScript = readonly ScriptedLeg[] | ((call: LegCall) => ScriptedLeg);

/**
 * Replacements for EncryptMessage, DecryptMessage, MakeSignature and VerifySignature; each works in place and returns a status.
 */
export interface ProtectionFunctions {
  encrypt(memory: Uint8Array, layout: Uint32Array, qop: number, call: ProtectionCall): number;
  decrypt(memory: Uint8Array, layout: Uint32Array, call: ProtectionCall): number;
  sign(memory: Uint8Array, layout: Uint32Array, call: ProtectionCall): number;
  verify(memory: Uint8Array, layout: Uint32Array, call: ProtectionCall): number;
}

/** Whose message it is. */
export interface ProtectionCall {
  /** The context, numbered from 1. */
  readonly context: number;
  readonly sequence: number;
}

/** A call of AcquireCredentialsHandle, as the binding received it. */
export type AcquireCall = Extract<RecordedCall, { readonly api: 'AcquireCredentialsHandle' }>;

/** AcquireCredentialsHandle's result. */
export interface ScriptedCredential {
  /** By name or number. Default SEC_E_OK. */
  readonly status?: ScriptedStatus | undefined;
  readonly expiry?: number | undefined;
  readonly until?: PromiseLike<unknown> | undefined;
}

/** Context attributes by SECPKG_ATTR_* number: a value, or a status that refuses it. */
export type ScriptedAttributes = Readonly<Record<number, RawAttributeValue | RawStatus | undefined>>;

/** An access token, or a status that refuses it. */
export type ScriptedAccessToken = RawAccessToken | ScriptedStatus;

/** An account that look-ups find. */
export interface ScriptedAccount {
  readonly sid: string;
  readonly name: string;
  readonly domain: string;
  /** SID_NAME_USE: 1 user, 2 group, 4 alias, 5 well-known group. Default 1. */
  readonly type?: number | undefined;
}

/** The behaviour of a scripted provider. Everything is optional. */
export interface BindingScript {
  /** The packages there are. Default: Negotiate, Kerberos, NTLM, and Schannel as a stream package. */
  readonly packages?: readonly RawPackageInfo[] | undefined;
  /** The legs of clients. */
  readonly initiator?: LegScript | undefined;
  /** The legs of servers. */
  readonly acceptor?: LegScript | undefined;
  /** The calls of CompleteAuthToken, in order for each context. Default: each succeeds and does not change the token. */
  readonly complete?: readonly ScriptedCompletion[] | ((context: number) => ScriptedCompletion) | undefined;
  /** AcquireCredentialsHandle's result, for every call or for each. */
  readonly credential?: ScriptedCredential | ((call: AcquireCall) => ScriptedCredential) | undefined;
  /** SECPKG_CRED_ATTR_NAMES, by the credential's number; undefined is unsupported. */
  readonly credentialName?: string | ((credential: number) => string | undefined) | undefined;
  /** Further attributes of credentials by SECPKG_CRED_ATTR_* number; others are unsupported. */
  readonly credentialAttributes?: ScriptedAttributes | undefined;
  /** The client's name (SECPKG_ATTR_NAMES). */
  readonly clientName?: string | undefined;
  /** The package that Negotiate reports to have chosen (SECPKG_ATTR_NEGOTIATION_INFO). */
  readonly negotiated?: string | undefined;
  /** Further context attributes, for all contexts or by the context's number. Others are unsupported. */
  readonly attributes?: ScriptedAttributes | ((context: number) => ScriptedAttributes) | undefined;
  /** Options of the simulated message protection. */
  readonly protection?: ProtectionScript | undefined;
  /** Functions that replace the simulated message protection. */
  readonly protectionFunctions?: Partial<ProtectionFunctions> | undefined;
  /**
   * QuerySecurityContextToken's token, or the status that refuses it, for all contexts or by the context's number. Default
   * SEC_E_UNSUPPORTED_FUNCTION.
   */
  readonly accessToken?: ScriptedAccessToken | ((context: number) => ScriptedAccessToken) | undefined;
  /** The process's own token, or the status that refuses it. Default SEC_E_UNSUPPORTED_FUNCTION. */
  readonly processToken?: ScriptedAccessToken | undefined;
  /** The accounts that look-ups find; names are compared without regard to case. Default: none, and so ERROR_NONE_MAPPED. */
  readonly accounts?: readonly ScriptedAccount[] | undefined;
  /**
   * ImpersonateSecurityContext's status, for all contexts or by the context's number. Default SEC_E_OK. An access token with a
   * lower level than impersonation is always refused, with ERROR_BAD_IMPERSONATION_LEVEL.
   */
  readonly impersonation?: ScriptedStatus | ((context: number) => ScriptedStatus) | undefined;
  /** Called when a context or credential has been freed, so that related data can be dropped. */
  readonly onFreed?: ((kind: 'context' | 'credential', id: number) => void) | undefined;
  /** Simulates this version of Wine instead of Windows. */
  readonly wineVersion?: string | undefined;
}
