import type { Role } from '../flags/sides';
import { decodeGrants } from '../flags/tables';
import { permits, type CheckedBounds } from '../credentials/package-bounds';
import { lacksServiceClass, serviceClassHint } from '../errors/target-shape';
import { usageError } from '../errors/make';
import type { SspiError } from '../errors/sspi-error';

/** What a finished handshake is compared with. */
export interface Demands {
  readonly role: Role;
  readonly target: string | undefined;
  readonly requiredFlags: number;
  readonly requiredPackages: readonly string[] | undefined;
  readonly bounds: CheckedBounds | undefined;
}

/**
 * The error that names everything that a finished handshake is missing, or undefined if nothing is missing. `token` is the last
 * token: it is on the error, because only the caller can decide whether the peer should get it.
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
  if (wrongPackage) faults.push(`the package ${packageName} is not allowed`);
  const hint = hintFor(lacking, packageName, target);
  return usageError(
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    `The handshake did not meet the requirements: ${faults.join('; ')}.`,
    {
      leg,
      token,
      missing: wrongPackage ? [...lacking, 'package'] : lacking,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

/** The error for a token of a package that is not allowed, before SSPI sees it; undefined if the package is allowed. */
export function unwantedToken(demands: Demands, tokenPackage: string, leg: number): SspiError | undefined {
  if (mayBeUsed(demands, tokenPackage)) return undefined;
  return usageError(
    'ERR_SSPI_REQUIREMENT_NOT_MET',
    `The peer’s token is of the package ${tokenPackage}, which is not allowed; it was not passed to SSPI.`,
    {
      leg,
      missing: ['package'],
      hint:
        hintFor([], tokenPackage, demands.target) ??
        'The peer must use a package that `packages` of the credentials and `require.packages` allow.',
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
    return 'NTLM never proves the server’s identity: Kerberos needs a registered service principal name as target, not an IP address.';
  }
  if (lacking.includes('delegate')) {
    return 'Delegation needs the flags delegate and mutualAuth, a service account that is trusted for it, and a user who may be delegated.';
  }
  return lacking.length > 0
    ? 'A flag is granted only if `flags` requests it, and the package and the peer support it.'
    : undefined;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
