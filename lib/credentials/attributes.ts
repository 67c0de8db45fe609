import { define, frozen, numberOf, same, type AttributeBytes } from '../binding/attribute-table';

/** What a provider other than Windows' own reports about a credential (SecPkgCredentials_SSIProvider). */
export interface SsiProvider {
  readonly name: string | undefined;
  readonly info: Buffer;
}

/** Like those of contexts in lib/context/attributes.ts: a new one takes a line here and one in native/sspi/attributes.cc. */
const attributeTable = {
  /** The name of the account of the credential, such as `CORP\alice`. */
  names: define(1, same<string | undefined>),
  /** What a provider other than Windows' own reports. */
  ssiProvider: define(2, frozen<SsiProvider>),
  /** The certificate of the credential, DER. */
  cert: define(4, same<AttributeBytes>),
} as const;

type Table = typeof attributeTable;

/** The name of an attribute of credentials: camelCase of its constant SECPKG_CRED_ATTR_*. */
export type CredentialsAttributeName = keyof Table;

/** The attributes that `Credentials.queryAttribute` knows, by name, and what each resolves to. */
export type CredentialsAttributes = { [Name in CredentialsAttributeName]: ReturnType<Table[Name]['decode']> };

/** SECPKG_CRED_ATTR_* */
export const credentialsAttributeNumber = (name: unknown): number => numberOf(attributeTable, name);

/** The public form of a raw value. */
export function decodeCredentialsAttribute<Name extends CredentialsAttributeName>(
  name: Name,
  raw: unknown,
): CredentialsAttributes[Name] {
  return (attributeTable[name].decode as (raw: unknown) => CredentialsAttributes[Name])(raw);
}
