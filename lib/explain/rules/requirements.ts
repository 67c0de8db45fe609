import { grantNames } from '../flag-names';
import { permits } from '../../credentials/package-bounds';
import type { Clues } from '../clues';
import type { Finding } from '../../errors/finding';

/** A handshake that succeeded without something that was required. */
export function requirementRule({ error, evidence, mechanism }: Clues): Finding[] {
  if (error.code !== 'ERR_SSPI_REQUIREMENT_NOT_MET') return [];
  const findings: Finding[] = [];
  const requested = grantNames(evidence.requested ?? 0, evidence.role ?? 'initiator', 'requested');
  const missing = (error.missing ?? []).filter((name) => name !== 'package');
  const notAsked = missing.filter((name) => !requested.includes(name));
  const notGiven = missing.filter((name) => requested.includes(name));
  if (notAsked.length > 0) {
    const because = [`Required, but not in \`flags\`: ${notAsked.join(', ')}.`];
    findings.push({ cause: 'flag-not-requested', ground: 'seen', weight: 97, because });
  }
  if (notGiven.length > 0) {
    const because = [`Requested but not granted: ${notGiven.join(', ')}.`];
    findings.push({ cause: 'flag-not-granted', ground: 'seen', weight: 60, because });
    if (notGiven.includes('delegate'))
      findings.push({ cause: 'delegation-refused', ground: 'seen', weight: 75, because });
  }
  if (error.missing?.includes('package') === true) {
    const used = evidence.negotiated ?? mechanism ?? 'another package';
    const wanted = evidence.requiredPackages;
    const because = [`${used} was negotiated.`];
    if (wanted !== undefined) because.push(`require.packages allows ${wanted.join(', ')}.`);
    if (evidence.bounds !== undefined && !permits(evidence.bounds, used))
      because.push('The credentials do not allow it (`packages`).');
    findings.push({ cause: 'package-not-allowed', ground: 'seen', weight: 92, because });
  }
  return findings;
}
