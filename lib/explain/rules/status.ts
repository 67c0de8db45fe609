import { causeOfReason } from '../../errors/catalogue/reasons';
import { catalogue } from '../../errors/catalogue/causes';
import { meaningOf } from '../../errors/catalogue/statuses';
import type { Clues } from '../clues';
import type { Finding } from '../../errors/finding';

/** The meaning of the status itself. The other rules weigh the rest of the evidence. */
export function statusRule({ error, evidence, wine }: Clues): Finding[] {
  const { api, code, leg } = error;
  const { causes = [], remedy } = meaningOf(code, { api, leg, package: evidence.package, wine, evidence });
  const isReason = causeOfReason(code) !== undefined;
  const whose = code === 'SEC_E_LOGON_DENIED' && evidence.role === 'acceptor' ? ' of the peer’s account' : '';
  return causes.map(([cause, weight], i) => ({
    cause,
    ground: isReason || weight >= 90 ? 'said' : 'usual',
    weight,
    because: [
      isReason
        ? `The status is ${code}: the reason reported by the security authority.`
        : i === 0
          ? `${code} says so${whose}.`
          : `${code} also covers this.`,
    ],
    // The hint comes first.
    ...(i === 0 && remedy !== undefined && { check: [remedy, ...catalogue[cause].check] }),
  }));
}
