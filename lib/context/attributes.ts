import { Attribute } from '../binding/constants';
import { decodeGrants, type GrantedFlag, type Role } from '../flags';
import { decodePackageInfo, type PackageInfo } from '../packages';
import { invalidArgument } from '../errors/make';
import type { RawAttributes } from '../binding/binding';

/** Sizes for message protection (SecPkgContext_Sizes), in bytes. */
export interface ContextSizes {
  readonly maxToken: number;
  readonly maxSignature: number;
  readonly blockSize: number;
  readonly securityTrailer: number;
}

/** Sizes of a stream package's records (SecPkgContext_StreamSizes), in bytes. */
export interface StreamSizes {
  readonly header: number;
  readonly trailer: number;
  readonly maxMessage: number;
  readonly buffers: number;
  readonly blockSize: number;
}

/** The two principals in the package's own form (SecPkgContext_NativeNames). */
export interface NativeNames {
  readonly client: string | undefined;
  readonly server: string | undefined;
}

/** The attributes that `SecurityContext.queryAttribute` knows, by name, and what each resolves to. */
export interface ContextAttributes {
  sizes: ContextSizes;
  /** The name of the client, such as `CORP\alice`. */
  names: string;
  lifespan: { readonly start: Date | undefined; readonly expiry: Date | undefined };
  streamSizes: StreamSizes;
  sessionKey: Buffer;
  packageInfo: PackageInfo;
  negotiationInfo: { readonly package: PackageInfo | undefined; readonly state: number };
  nativeNames: NativeNames;
  flags: readonly GrantedFlag[];
}

export type AttributeName = keyof ContextAttributes;

export function attributeNumber(name: unknown): number {
  if (typeof name === 'string' && Object.hasOwn(Attribute, name)) return Attribute[name as AttributeName];
  throw invalidArgument(`queryAttribute knows ${Object.keys(Attribute).join(', ')}`);
}

const date = (time: number | undefined): Date | undefined => (time === undefined ? undefined : new Date(time));

type Decoders = {
  [Name in AttributeName]: (raw: RawAttributes[(typeof Attribute)[Name]], role: Role) => ContextAttributes[Name];
};

const decoders: Decoders = {
  sizes: (raw) => Object.freeze(raw),
  names: (raw) => raw,
  lifespan: (raw) => Object.freeze({ start: date(raw.start), expiry: date(raw.expiry) }),
  streamSizes: (raw) => Object.freeze(raw),
  sessionKey: (raw) => raw,
  packageInfo: (raw) => decodePackageInfo(raw),
  negotiationInfo: (raw) => Object.freeze({ package: raw.package && decodePackageInfo(raw.package), state: raw.state }),
  nativeNames: (raw) => Object.freeze(raw),
  flags: (raw, role) => decodeGrants(raw, role),
};

/** A raw value in its public form. */
export function decodeAttribute<Name extends AttributeName>(
  name: Name,
  raw: unknown,
  role: Role,
): ContextAttributes[Name] {
  return (decoders[name] as (raw: unknown, role: Role) => ContextAttributes[Name])(raw, role);
}
