import { acceptorFlags, acceptorGrants, initiatorFlags, initiatorGrants, type Role } from '../../flags';

/** The names of requested or granted bits, lowest bit first. */
export function grantNames(bits: number, role: Role, kind: 'requested' | 'granted'): string[] {
  const requests = role === 'initiator' ? initiatorFlags : acceptorFlags;
  const grants = role === 'initiator' ? initiatorGrants : acceptorGrants;
  return Object.entries(kind === 'requested' ? requests : grants)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}
