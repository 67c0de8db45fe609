import {
  define,
  frozen,
  numberOf,
  same,
  type AttributeBytes,
  type AttributeDefinition,
} from '../binding/attribute-table';
import { decodeGrants, type GrantedFlag } from '../flags/tables';
import { decodePackageInfo, type PackageInfo } from '../packages';
import { statusCode } from '../errors/status-code';
import type { RawPackageInfo, RawSizes, RawStreamSizes } from '../binding/binding';
import type { Role } from '../flags/sides';
import type { SspiStatusCode } from '../errors/codes';

/** Sizes for message protection (SecPkgContext_Sizes), in bytes. */
export type ContextSizes = RawSizes;

/** Sizes of a stream package's records (SecPkgContext_StreamSizes), in bytes. */
export type StreamSizes = RawStreamSizes;

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
  /** Numbers defined by the package. */
  readonly signatureId: number;
  readonly encryptionId: number;
}

/** The keys of Negotiate's signatures (SecPkgContext_NegoKeys). They are secrets. */
export interface NegotiateKeys {
  /** Numbers of encryption types (RFC 3961). */
  readonly type: number;
  readonly key: Buffer;
  readonly verifyType: number;
  readonly verifyKey: Buffer;
}

/** Whether a client has sent its last token (SECPKG_ATTR_LCT_STATUS). */
export type LastClientTokenStatus = 'yes' | 'no' | 'maybe';

const date = (time: number | undefined): Date | undefined => (time === undefined ? undefined : new Date(time));
const clientTokenStates: readonly LastClientTokenStatus[] = ['yes', 'no', 'maybe'];

/**
 * The attributes of a context that apply to authentication packages. A new one takes a line here and one in
 * native/sspi/attributes.cc. Left out are SECPKG_ATTR_ACCESS_TOKEN, a handle (use `accessToken()`),
 * SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, whose structure is not documented, and those that exist only in kernel mode or only
 * for Schannel.
 */
const attributeTable = {
  /** Sizes for message protection. */
  sizes: define(0, frozen<ContextSizes>),
  /** The name of the client, such as `CORP\alice`. */
  names: define(1, same<string>),
  /** When the context starts and ends; undefined for never. */
  lifespan: define(2, ({ start, expiry }: { start: number | undefined; expiry: number | undefined }) =>
    frozen({ start: date(start), expiry: date(expiry) }),
  ),
  /** RPC's view: RPC_C_AUTHZ_* */
  dceInfo: define(3, frozen<{ authorizationService: number }>),
  /** Sizes of the records of a stream package. */
  streamSizes: define(4, frozen<StreamSizes>),
  /** The algorithms of message protection. */
  keyInfo: define(5, frozen<KeyInfo>),
  /** The name of the authenticating authority, if there is one. */
  authority: define(6, same<string | undefined>),
  /** The protocol in use. */
  protoInfo: define(7, frozen<{ name: string | undefined; major: number; minor: number }>),
  /** When the client's password expires; undefined for never. */
  passwordExpiry: define(8, date),
  /** The session key. It is a secret. */
  sessionKey: define(9, same<AttributeBytes>),
  /** The package of the context. */
  packageInfo: define(10, (raw: RawPackageInfo): PackageInfo => decodePackageInfo(raw)),
  /** UserFlags of the logon, set by the domain controller (MS-PAC, KERB_VALIDATION_INFO). */
  userFlags: define(11, same<number>),
  /** What Negotiate has chosen; `state` is SECPKG_NEGOTIATION_*: 0 complete, 1 optimistic, 2 in progress. */
  negotiationInfo: define(12, (raw: { package: RawPackageInfo | undefined; state: number }) =>
    frozen({ package: raw.package && decodePackageInfo(raw.package), state: raw.state }),
  ),
  /** The two principals in the package's own form, such as `alice@CORP.TEST`. */
  nativeNames: define(13, frozen<NativeNames>),
  /** What was granted. */
  flags: define(14, (raw: number, role: Role): readonly GrantedFlag[] => decodeGrants(raw, role)),
  /** The name of the credential that was used; `type` is SECPKG_ATTR of its kind. */
  credentialName: define(16, frozen<{ type: number; name: string | undefined }>),
  /** The marshalled target information (CredMarshalTargetInfo). */
  targetInformation: define(17, same<AttributeBytes>),
  /** The target name that the client passed, as bytes in a form of the package. */
  target: define(19, same<AttributeBytes>),
  /** The authentication identifier that the client passed (RFC 4752), as bytes. */
  authenticationId: define(20, same<AttributeBytes>),
  /** When the client's logon hours end; undefined for never. */
  logoffTime: define(21, date),
  /** The keys of Negotiate's own signatures. They are secrets. */
  negoKeys: define(22, frozen<NegotiateKeys>),
  /** Whether the user would have to be prompted for a password; `credentialClass` is SECPKG_CRED_CLASS. */
  promptingNeeded: define(24, ({ credentialClass, needed }: { credentialClass: number; needed: number }) =>
    frozen({ credentialClass, needed: needed !== 0 }),
  ),
  /** SEC_CHANNEL_BINDINGS of a Schannel context: `tls-unique`. */
  uniqueBindings: define(25, same<AttributeBytes>),
  /** SEC_CHANNEL_BINDINGS of a Schannel context: `tls-server-end-point`. */
  endpointBindings: define(26, same<AttributeBytes>),
  /** For servers: the service principal name for which the client requested a ticket, or that it put into its NTLM token. */
  clientSpecifiedTarget: define(27, same<string | undefined>),
  /** For servers: whether the client has sent its last token. */
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

/** What the binding decodes an attribute to; times are milliseconds since 1970 UTC. */
export type RawContextAttribute<Name extends AttributeName> = Parameters<Table[Name]['decode']>[0];

/** The numbers of the attributes, SECPKG_ATTR_*. */
export const Attribute = Object.fromEntries(
  Object.entries(attributeTable).map(([name, { number }]) => [name, number]),
) as Readonly<Record<AttributeName, number>>;

export const attributeNumber = (name: unknown): number => numberOf(attributeTable, name);

/** The public form of a raw value. */
export function decodeAttribute<Name extends AttributeName>(
  name: Name,
  raw: unknown,
  role: Role,
): ContextAttributes[Name] {
  const { decode } = attributeTable[name] as AttributeDefinition<unknown, ContextAttributes[Name], Role>;
  return decode(raw, role);
}
