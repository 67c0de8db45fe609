import { loadBinding } from './binding/load';
import { bindingError, statusError } from './errors/make';
import type { RawPackageInfo } from './binding/binding';

/** SECPKG_FLAG_* of sspi.h. */
const capabilityBits = {
  integrity: 0x00000001,
  privacy: 0x00000002,
  tokenOnly: 0x00000004,
  datagram: 0x00000008,
  connection: 0x00000010,
  multiRequired: 0x00000020,
  clientOnly: 0x00000040,
  extendedError: 0x00000080,
  impersonation: 0x00000100,
  acceptWin32Name: 0x00000200,
  stream: 0x00000400,
  negotiable: 0x00000800,
  gssCompatible: 0x00001000,
  logon: 0x00002000,
  asciiBuffers: 0x00004000,
  fragment: 0x00008000,
  mutualAuth: 0x00010000,
  delegation: 0x00020000,
  readonlyWithChecksum: 0x00040000,
  restrictedTokens: 0x00080000,
  negoExtender: 0x00100000,
  negotiable2: 0x00200000,
  appcontainerPassthrough: 0x00400000,
  appcontainerChecks: 0x00800000,
  credentialIsolationEnabled: 0x01000000,
  applyLoopback: 0x02000000,
} as const;

/** A capability of a package: the camelCase name of a SECPKG_FLAG_* constant. */
export type PackageCapability = keyof typeof capabilityBits;

/** A security package, as SecPkgInfo describes it. */
export interface PackageInfo {
  /** The name to pass to `acquireCredentials`. */
  readonly name: string;
  /** The package's description of itself, in the language of the machine. */
  readonly comment: string;
  /** The size of its largest token, in bytes. */
  readonly maxToken: number;
  readonly version: number;
  /** The RPC authentication service number (RPC_C_AUTHN_*); 65535 if it has none. */
  readonly rpcId: number;
  /** What it can do, lowest bit first. */
  readonly capabilities: readonly PackageCapability[];
}

export function decodePackageInfo(raw: RawPackageInfo): PackageInfo {
  const capabilities = Object.entries(capabilityBits)
    .filter(([, bit]) => (raw.capabilities & bit) !== 0)
    .map(([name]) => name as PackageCapability);
  return Object.freeze({
    name: raw.name,
    comment: raw.comment,
    maxToken: raw.maxToken,
    version: raw.version,
    rpcId: raw.rpcId,
    capabilities: Object.freeze(capabilities),
  });
}

/** See `listPackages` in index.ts. */
export async function listPackages(): Promise<readonly PackageInfo[]> {
  const binding = loadBinding();
  const { status, packages } = await binding.enumerateSecurityPackages().catch((error: unknown) => {
    throw bindingError(error);
  });
  if (status !== 0) throw statusError(status, { api: 'EnumerateSecurityPackages' });
  return Object.freeze(packages.map(decodePackageInfo));
}
