import type { Role } from '../flags/sides';
import { acceptorFlags, acceptorGrants, initiatorFlags, initiatorGrants } from '../flags/tables';
import type { Evidence } from '../errors/evidence';

/** The names of requested or granted bits, lowest bit first. */
export function grantNames(bits: number, role: Role, kind: 'requested' | 'granted'): string[] {
  const requests = role === 'initiator' ? initiatorFlags : acceptorFlags;
  const grants = role === 'initiator' ? initiatorGrants : acceptorGrants;
  return Object.entries(kind === 'requested' ? requests : grants)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}

/** True if this side requested the flag. */
export function requests({ role, requested = 0 }: Evidence, flag: 'integrity' | 'confidentiality'): boolean {
  if (role === undefined) return false;
  return (requested & (role === 'initiator' ? initiatorFlags : acceptorFlags)[flag]) !== 0;
}
