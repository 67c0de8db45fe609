import type { TokenBase } from '../token-base';
import type { FlagSet, Hex, Masked, Named, Note } from '../values';

/** PrincipalName (RFC 4120 section 5.2.2). */
export interface PrincipalName {
  readonly nameType: Named;
  /** The components joined by `/`. */
  readonly name: string;
  readonly components: readonly string[];
}

/** EncryptedData (RFC 4120 section 5.2.9): what can be known without the key. */
export interface EncryptedData {
  readonly etype: Named;
  /** The version of the key; absent where the key is a session key. */
  readonly kvno?: number;
  readonly cipher: Masked;
}

/** The envelope of a Ticket (RFC 4120 section 5.3). */
export interface Ticket {
  readonly tktVno: number;
  readonly realm: string;
  readonly sname: PrincipalName;
  readonly encPart: EncryptedData;
}

/** KRB_AP_REQ (RFC 4120 section 5.5.1): the client's ticket and authenticator. */
export interface KerberosApReq extends TokenBase {
  readonly kind: 'krb-ap-req';
  readonly pvno: number;
  readonly apOptions: FlagSet;
  readonly ticket: Ticket;
  readonly authenticator: EncryptedData;
}

/** KRB_AP_REP (RFC 4120 section 5.5.2): the server's proof of itself. */
export interface KerberosApRep extends TokenBase {
  readonly kind: 'krb-ap-rep';
  readonly pvno: number;
  readonly encPart: EncryptedData;
}

/** KRB_ERROR (RFC 4120 section 5.9.1). Times are ISO 8601 in UTC. */
export interface KerberosError extends TokenBase {
  readonly kind: 'krb-error';
  readonly pvno: number;
  readonly errorCode: Named;
  /** What the code means, in a sentence. */
  readonly meaning: string;
  readonly ctime?: string;
  readonly cusec?: number;
  readonly stime: string;
  readonly susec: number;
  readonly crealm?: string;
  readonly cname?: PrincipalName;
  readonly realm: string;
  readonly sname: PrincipalName;
  readonly eText?: string;
  readonly eData?: KerberosErrorData;
}

/** The e-data of a KRB_ERROR on its own. */
export interface KerberosErrorDataToken extends TokenBase {
  readonly kind: 'krb-error-data';
  readonly eData: KerberosErrorData;
}

/** The forms of e-data: RFC 4120 section 5.9.1 and MS-KILE 2.2.2. */
export type KerberosErrorData =
  | { readonly type: 'METHOD-DATA'; readonly items: readonly PaData[] }
  | { readonly type: 'TYPED-DATA'; readonly items: readonly PaData[] }
  | {
      readonly type: 'KERB-ERROR-DATA';
      readonly dataType: Named;
      readonly extended?: KerberosExtendedError;
      readonly value?: Masked;
    }
  /** An error of another protocol or implementation. */
  | { readonly type: 'unknown'; readonly content: Masked };

/** KERB_EXT_ERROR (MS-KILE 2.2.1): the domain controller's own reason. */
export interface KerberosExtendedError {
  /** An NTSTATUS. */
  readonly status: Named;
  readonly flags: number;
}

/** One PA-DATA or TYPED-DATA element; at most one of the decoded forms is present. */
export interface PaData {
  readonly type: Named;
  /** The size of the value, in bytes. */
  readonly length: number;
  /** ETYPE-INFO and ETYPE-INFO2: the keys that the client may use, and how to derive them. */
  readonly etypeInfo?: readonly EtypeInfoEntry[];
  /** PA-PW-SALT. */
  readonly salt?: string;
  readonly encrypted?: EncryptedData;
  /** PA-SUPPORTED-ENCTYPES, PA-PAC-OPTIONS. */
  readonly flags?: FlagSet;
  /** PA-PAC-REQUEST. */
  readonly includePac?: boolean;
  /** The domain controller's own reason. */
  readonly extended?: KerberosExtendedError;
  /** PA-TGS-REQ. */
  readonly apReq?: KerberosApReq;
  readonly value?: Masked;
}

export interface EtypeInfoEntry {
  readonly etype: Named;
  readonly salt?: string;
  readonly s2kparams?: Hex;
}

/** KERB-TGT-REQUEST: the client of a user-to-user sign-on asks for the server's TGT. */
export interface KerberosTgtRequest extends TokenBase {
  readonly kind: 'krb-tgt-req';
  readonly pvno: number;
  readonly serverName?: PrincipalName;
  readonly realm?: string;
}

/** KERB-TGT-REPLY: the server's TGT, without its key. */
export interface KerberosTgtReply extends TokenBase {
  readonly kind: 'krb-tgt-rep';
  readonly pvno: number;
  readonly ticket: Ticket;
}

/** A Ticket on its own. */
export interface KerberosTicket extends TokenBase {
  readonly kind: 'krb-ticket';
  readonly ticket: Ticket;
}

/** AS-REQ or TGS-REQ (RFC 4120 section 5.4.1), which SSPI carries inside IAKERB. */
export interface KerberosKdcRequest extends TokenBase {
  readonly kind: 'krb-kdc-req';
  readonly type: 'AS-REQ' | 'TGS-REQ';
  readonly iakerb?: IakerbHeader;
  readonly pvno: number;
  readonly padata?: readonly PaData[];
  readonly kdcOptions: FlagSet;
  readonly cname?: PrincipalName;
  readonly realm: string;
  readonly sname?: PrincipalName;
  readonly till: string;
  readonly nonce: number;
  readonly etypes: readonly Named[];
  readonly notes: readonly Note[];
}

/** AS-REP or TGS-REP (RFC 4120 section 5.4.2). */
export interface KerberosKdcReply extends TokenBase {
  readonly kind: 'krb-kdc-rep';
  readonly type: 'AS-REP' | 'TGS-REP';
  readonly iakerb?: IakerbHeader;
  readonly pvno: number;
  readonly padata?: readonly PaData[];
  readonly crealm: string;
  readonly cname: PrincipalName;
  readonly ticket: Ticket;
  readonly encPart: EncryptedData;
}

/** IAKERB-HEADER: the server forwards KDC messages to the domain `targetRealm`. */
export interface IakerbHeader {
  readonly targetRealm: string;
  readonly cookie?: Masked;
}
