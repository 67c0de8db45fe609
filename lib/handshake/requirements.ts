import type { Role } from '../flags/sides';
import { decodeGrants } from '../flags/tables';
import { permits, type CheckedBounds } from '../credentials/package-bounds';
import { lacksServiceClass, serviceClassHint } from '../errors/target-shape';
import { usageError } from '../errors/make';
import type { SspiError } from '../errors/sspi-error';

/** What a finished handshake is measured by. */
export interface Demands {
  readonly role: Role;
  readonly target: string | undefined;
  readonly requiredFlags: number;
  readonly requiredPackages: readonly string[] | undefined;
  readonly bounds: CheckedBounds | undefined;
}

/**
 * The error that names everything a finished handshake lacks, or undefined when it lacks nothing.
 * `token` is the last token: it goes with the error, because only the caller can say whether the peer should have it.
 */
export function unmetRequirements(
  demands: Demands,
  granted: number,
  packageName: string,
  leg: number,
  token: Buffer | undefined,
): SspiError | undefined {
  const { role, target, requiredFlags } = demands;
  const lacking = decodeGrants((requiredFlags & ~granted) >>> 0, role);
  const wrongPackage = !mayBeUsed(demands, packageName);
  if (lacking.length === 0 && !wrongPackage) return undefined;

  const faults: string[] = [];
  if (lacking.length > 0) faults.push(`not granted: ${lacking.join(', ')}`);
  if (wrongPackage) faults.push(`the package ${packageName} may not be used`);
  const hint = hintFor(lacking, packageName, target);
  return usageError(
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    `The handshake ended without what was required: ${faults.join('; ')}.`,
    {
      leg,
      token,
      missing: wrongPackage ? [...lacking, 'package'] : lacking,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

/** The refusal of a token by whose it is, before SSPI has seen it; undefined for one that may be used. */
export function unwantedToken(demands: Demands, tokenPackage: string, leg: number): SspiError | undefined {
  if (mayBeUsed(demands, tokenPackage)) return undefined;
  return usageError(
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    `The peer’s token is one of ${tokenPackage}, a package that may not be used; SSPI was not given it.`,
    {
      leg,
      missing: ['package'],
      hint:
        hintFor([], tokenPackage, demands.target) ??
        'The peer must come with a package that `packages` of the credentials and `require.packages` let through.',
    },
  );
}

function mayBeUsed({ requiredPackages, bounds }: Demands, packageName: string): boolean {
  return (
    (requiredPackages === undefined || requiredPackages.some((name) => sameName(name, packageName))) &&
    (bounds === undefined || permits(bounds, packageName))
  );
}

function hintFor(lacking: readonly string[], packageName: string, target: string | undefined): string | undefined {
  if (sameName(packageName, 'NTLM') && target !== undefined && lacksServiceClass(target)) return serviceClassHint;
  if (lacking.includes('mutualAuth') && sameName(packageName, 'NTLM')) {
    return 'NTLM never proves the server’s identity: Kerberos needs a registered service principal name as target, and no IP address.';
  }
  if (lacking.includes('delegate')) {
    return 'Delegation needs the flag mutualAuth beside delegate, a service account trusted for it and a user who may be delegated.';
  }
  return lacking.length > 0
    ? 'A flag is granted only where `flags` asks for it and the package and the peer agree.'
    : undefined;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
