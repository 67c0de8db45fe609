import { Attribute } from '../binding/constants';
import { decodeGrants, type GrantedFlag, type Role } from '../flags/tables';
import { decodePackageInfo, type PackageInfo } from '../packages';
import { invalidArgument } from '../errors/make';
import { statusCode } from '../errors/status-code';
import type { RawAttributes, RawPackageInfo, RawSizes, RawStreamSizes } from '../binding/binding';
import type { SspiStatusCode } from '../errors/codes';

/** Sizes for message protection (SecPkgContext_Sizes), in bytes. */
export type ContextSizes = RawSizes;

/** Sizes of a stream package's records (SecPkgContext_StreamSizes), in bytes. */
export type StreamSizes = RawStreamSizes;

/**
 * An attribute's bytes: a Buffer. By a name of its own, because TypeScript would write a Buffer that it inferred with a type
 * argument, which older versions do not know.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface AttributeBytes extends Buffer {}

/** The two principals in the package's own form (SecPkgContext_NativeNames). */
export interface NativeNames {
  readonly client: string | undefined;
  readonly server: string | undefined;
}

/** The algorithms of message protection (SecPkgContext_KeyInfo). */
export interface KeyInfo {
  readonly signatureAlgorithm: string | undefined;
  readonly encryptionAlgorithm: string | undefined;
  /** In bits. */
  readonly keySize: number;
  /** Numbers of the package's own. */
  readonly signatureId: number;
  readonly encryptionId: number;
}

/** The keys of Negotiate's own signatures (SecPkgContext_NegoKeys). They are secrets. */
export interface NegotiateKeys {
  /** Numbers of encryption types (RFC 3961). */
  readonly type: number;
  readonly key: Buffer;
  readonly verifyType: number;
  readonly verifyKey: Buffer;
}

/** Whether a client has sent its last token (SECPKG_ATTR_LCT_STATUS). */
export type LastClientTokenStatus = 'yes' | 'no' | 'maybe';

/** How the binding gives an attribute, and how the public does. */
interface Definition<Raw, Public> {
  /** SECPKG_ATTR_* */
  readonly number: number;
  readonly decode: (raw: Raw, role: Role) => Public;
}

const define = <Raw, Public>(number: number, decode: (raw: Raw, role: Role) => Public): Definition<Raw, Public> => ({
  number,
  decode,
});

const date = (time: number | undefined): Date | undefined => (time === undefined ? undefined : new Date(time));
const same = <Value>(value: Value): Value => value;
const frozen = <Value>(value: Value): Readonly<Value> => Object.freeze(value);
const clientTokenStates: readonly LastClientTokenStatus[] = ['yes', 'no', 'maybe'];

/**
 * The attributes of a context that apply to authentication packages. A new one is a line here and one in
 * native/sspi/attributes.cc. Left out: SECPKG_ATTR_ACCESS_TOKEN, a handle (`accessToken()` is what it is for),
 * SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, whose form is told nowhere, and those of kernel mode and of Schannel alone.
 */
const attributeTable = {
  /** Sizes for message protection. */
  sizes: define(Attribute.sizes, frozen<ContextSizes>),
  /** The name of the client, such as `CORP\alice`. */
  names: define(Attribute.names, same<string>),
  /** When the context begins and ends; undefined for never. */
  lifespan: define(Attribute.lifespan, ({ start, expiry }: RawAttributes[2]) =>
    frozen({ start: date(start), expiry: date(expiry) }),
  ),
  /** RPC's view: RPC_C_AUTHZ_* */
  dceInfo: define(3, frozen<{ authorizationService: number }>),
  /** Sizes of the records of a stream package. */
  streamSizes: define(Attribute.streamSizes, frozen<StreamSizes>),
  /** The algorithms of message protection. */
  keyInfo: define(5, frozen<KeyInfo>),
  /** The name of the authenticating authority, if there is one. */
  authority: define(6, same<string | undefined>),
  /** The protocol in use. */
  protoInfo: define(7, frozen<{ name: string | undefined; major: number; minor: number }>),
  /** When the client's password expires; undefined for never. */
  passwordExpiry: define(8, date),
  /** The session key. It is a secret. */
  sessionKey: define(Attribute.sessionKey, same<AttributeBytes>),
  /** The package of the context. */
  packageInfo: define(Attribute.packageInfo, (raw: RawPackageInfo): PackageInfo => decodePackageInfo(raw)),
  /** UserFlags of the logon: what the domain controller said of it (MS-PAC, KERB_VALIDATION_INFO). */
  userFlags: define(11, same<number>),
  /** What Negotiate has chosen; `state` is SECPKG_NEGOTIATION_*: 0 complete, 1 optimistic, 2 in progress. */
  negotiationInfo: define(Attribute.negotiationInfo, (raw: RawAttributes[12]) =>
    frozen({ package: raw.package && decodePackageInfo(raw.package), state: raw.state }),
  ),
  /** The two principals in the package's own form, such as `alice@CORP.TEST`. */
  nativeNames: define(Attribute.nativeNames, frozen<NativeNames>),
  /** What was granted. */
  flags: define(Attribute.flags, (raw: number, role: Role): readonly GrantedFlag[] => decodeGrants(raw, role)),
  /** The name of the credential that was used; `type` is SECPKG_ATTR of its kind. */
  credentialName: define(16, frozen<{ type: number; name: string | undefined }>),
  /** The marshalled target information (CredMarshalTargetInfo). */
  targetInformation: define(17, same<AttributeBytes>),
  /** The target name that the initiator gave, as bytes of the package's own form. */
  target: define(19, same<AttributeBytes>),
  /** The authentication identifier that the initiator gave (RFC 4752's), as bytes. */
  authenticationId: define(20, same<AttributeBytes>),
  /** When the client's logon hours end; undefined for never. */
  logoffTime: define(21, date),
  /** The keys of Negotiate's own signatures. They are secrets. */
  negoKeys: define(22, frozen<NegotiateKeys>),
  /** Whether the user would have to be asked for a password; `credentialClass` is SECPKG_CRED_CLASS. */
  promptingNeeded: define(24, ({ credentialClass, needed }: { credentialClass: number; needed: number }) =>
    frozen({ credentialClass, needed: needed !== 0 }),
  ),
  /** SEC_CHANNEL_BINDINGS of a Schannel context: `tls-unique`. */
  uniqueBindings: define(25, same<AttributeBytes>),
  /** SEC_CHANNEL_BINDINGS of a Schannel context: `tls-server-end-point`. */
  endpointBindings: define(26, same<AttributeBytes>),
  /** For acceptors: the service principal name that the client asked a ticket for, or put into its NTLM token. */
  clientSpecifiedTarget: define(27, same<string | undefined>),
  /** For acceptors: whether the client has sent its last token. */
  lastClientTokenStatus: define(30, (raw: number) => clientTokenStates[raw]),
  /** The packages that Negotiate may use, as a mask of SECPKG_ATTR_NEGO_INFO_FLAG_*: 1 not Kerberos, 2 not NTLM. */
  negoPackageInfo: define(31, same<number>),
  /** The status of the package that Negotiate tried last. */
  negoStatus: define(32, (raw: number): SspiStatusCode => statusCode(raw)),
} as const;

type Table = typeof attributeTable;

/** The name of an attribute of a context: camelCase of its constant SECPKG_ATTR_*. */
export type AttributeName = keyof Table;

/** The attributes that `SecurityContext.queryAttribute` knows, by name, and what each resolves to. */
export type ContextAttributes = { [Name in AttributeName]: ReturnType<Table[Name]['decode']> };

export function attributeNumber(name: unknown): number {
  if (typeof name === 'string' && Object.hasOwn(attributeTable, name))
    return attributeTable[name as AttributeName].number;
  throw invalidArgument(`queryAttribute knows ${Object.keys(attributeTable).join(', ')}`);
}

/** A raw value in its public form. */
export function decodeAttribute<Name extends AttributeName>(
  name: Name,
  raw: unknown,
  role: Role,
): ContextAttributes[Name] {
  return (attributeTable[name] as Definition<unknown, ContextAttributes[Name]>).decode(raw, role);
}
