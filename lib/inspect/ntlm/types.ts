import type { TokenBase } from '../token-base';
import type { FlagSet, Hex, Masked, Timestamp } from '../values';

/** NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), the first leg. */
export interface NtlmNegotiate extends TokenBase {
  readonly kind: 'ntlm-negotiate';
  readonly flags: FlagSet;
  /** Absent if the client names none. */
  readonly domainName?: string;
  /** Absent if the client names none. */
  readonly workstation?: string;
  readonly version?: NtlmVersion;
}

/** CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2), the server's leg. */
export interface NtlmChallenge extends TokenBase {
  readonly kind: 'ntlm-challenge';
  /** The domain or server that the client is to log on to. */
  readonly targetName?: string;
  readonly flags: FlagSet;
  readonly serverChallenge: Hex;
  /** The reserved 8 bytes, if they are not zero: the server's context handle in a local call. */
  readonly context?: Hex;
  readonly targetInfo?: readonly AvPair[];
  readonly version?: NtlmVersion;
}

/** AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3), the client's answer. */
export interface NtlmAuthenticate extends TokenBase {
  readonly kind: 'ntlm-authenticate';
  /** Absent in messages of the oldest clients. */
  readonly flags?: FlagSet;
  readonly domainName: string;
  readonly userName: string;
  readonly workstation: string;
  readonly lmResponse: LmResponse;
  readonly ntResponse: NtResponse;
  /** Present with NTLMSSP_NEGOTIATE_KEY_EXCH. */
  readonly encryptedRandomSessionKey?: Masked;
  readonly version?: NtlmVersion;
  /** The HMAC of all three messages, if the message has a field for it. It is not masked if it is all zero. */
  readonly mic?: Masked;
}

/** NTLMSSP_MESSAGE_SIGNATURE (MS-NLMP 2.2.2.9), which is SPNEGO's mechListMIC. */
export interface NtlmSignature extends TokenBase {
  readonly kind: 'ntlm-signature';
  readonly version: number;
  /** 8 bytes: the checksum; without extended session security a random pad and a CRC-32, both encrypted. */
  readonly checksum: Masked;
  readonly sequenceNumber: number;
}

/** VERSION (MS-NLMP 2.2.2.10). For debugging only: no peer acts on it. */
export interface NtlmVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  /** 15 for NTLMSSP_REVISION_W2K3. */
  readonly revision: number;
  /** `6.1.7601 (Windows 7, Windows Server 2008 R2)` */
  readonly text: string;
}

/** The LM half of the answer. `type` says how it was computed. */
export type LmResponse =
  | { readonly type: 'absent' }
  /** One byte of zero: the client does not log on. */
  | { readonly type: 'anonymous' }
  /** 24 bytes of zero: the client leaves the LM half out, as it must when the challenge has a timestamp. */
  | { readonly type: 'zero' }
  | { readonly type: 'LM'; readonly response: Masked }
  /** NTLMv1 with extended session security: the field only carries the client's challenge. */
  | { readonly type: 'client-challenge'; readonly clientChallenge: Hex }
  | { readonly type: 'LMv2'; readonly response: Masked; readonly clientChallenge: Hex }
  | { readonly type: 'unknown'; readonly response: Masked };

/** The NT half of the answer. */
export type NtResponse =
  | { readonly type: 'absent' }
  | { readonly type: 'NTLMv1'; readonly response: Masked }
  /** NTLMv1 with extended session security ("NTLM2 session"): the challenge is mixed with the client's. */
  | { readonly type: 'NTLMv1-ESS'; readonly response: Masked }
  | NtlmV2Response
  | { readonly type: 'unknown'; readonly response: Masked };

/** NTLMv2_RESPONSE with its NTLMv2_CLIENT_CHALLENGE (MS-NLMP 2.2.2.7 and 2.2.2.8). */
export interface NtlmV2Response {
  readonly type: 'NTLMv2';
  readonly ntProofStr: Masked;
  readonly responseVersion: number;
  readonly highResponseVersion: number;
  readonly timestamp: Timestamp;
  readonly clientChallenge: Hex;
  readonly avPairs: readonly AvPair[];
}

/** AV_PAIR (MS-NLMP 2.2.2.1), without the closing MsvAvEOL. */
export type AvPair =
  | { readonly id: number; readonly name: AvTextName; readonly value: string }
  | { readonly id: 6; readonly name: 'MsvAvFlags'; readonly value: FlagSet }
  | { readonly id: 7; readonly name: 'MsvAvTimestamp'; readonly value: Timestamp }
  | { readonly id: 8; readonly name: 'MsvAvSingleHost'; readonly value: SingleHostData }
  /** The MD5 hash of the channel bindings; all zero if the client has none. */
  | { readonly id: 10; readonly name: 'MsvAvChannelBindings'; readonly value: Hex }
  | { readonly id: number; readonly name: 'unknown'; readonly value: Hex };

export type AvTextName =
  | 'MsvAvNbComputerName'
  | 'MsvAvNbDomainName'
  | 'MsvAvDnsComputerName'
  | 'MsvAvDnsDomainName'
  | 'MsvAvDnsTreeName'
  | 'MsvAvTargetName';

/** Single_Host_Data (MS-NLMP 2.2.2.2): it means something only to a server on the same machine. */
export interface SingleHostData {
  readonly size: number;
  readonly customData: Hex;
  /** A random number that the machine made when it started. */
  readonly machineId: Hex;
}
