import { isNegotiate } from '../why-ntlm';
import type { Clues } from '../clues';
import type { Finding } from '../../errors/finding';

const what = 'Wine’s Kerberos has only this status for all failures of libgssapi.';

/**
 * What statuses mean under Wine, seen on Wine 8.0 and 10.0 with MIT Kerberos: SEC_E_INTERNAL_ERROR for every failure of
 * libgssapi (dlls/kerberos/unixlib.c), and from Negotiate SEC_E_NO_CREDENTIALS when Kerberos failed and NTLM has no password.
 */
export function wineRule({ wine, error, evidence, input, last, mechanism, target }: Clues): Finding[] {
  if (!wine) return [];
  const { code } = error;
  const kerberos = mechanism === 'Kerberos' || evidence.package?.toLowerCase() === 'kerberos';
  if (code === 'SEC_E_INTERNAL_ERROR' && kerberos) {
    const apReq = last('krb-ap-req');
    if (evidence.role === 'acceptor' && apReq !== undefined && input?.problem === undefined) {
      const made = `The ticket is for ${apReq.ticket.sname.name}.`;
      return [
        { cause: 'stale-key', ground: 'usual', weight: 75, because: [what, made] },
        { cause: 'clock-skew', ground: 'usual', weight: 40, because: [what] },
        // libgssapi compares bindings only if this side has some.
        ...(evidence.channelBindings === undefined
          ? []
          : [{ cause: 'channel-bindings', ground: 'usual', weight: 45, because: [what] } as const]),
        { cause: 'ticket-expired', ground: 'usual', weight: 30, because: [what] },
      ];
    }
    if (evidence.role === 'initiator' && input === undefined) {
      return [
        { cause: 'spn-unknown', ground: 'usual', weight: 70, because: [what] },
        { cause: 'ticket-expired', ground: 'usual', weight: 35, because: [what] },
        { cause: 'no-domain-controller', ground: 'usual', weight: 32, because: [what] },
        { cause: 'clock-skew', ground: 'usual', weight: 30, because: [what] },
      ];
    }
  }
  if (code === 'SEC_E_NO_CREDENTIALS' && evidence.role === 'initiator' && isNegotiate(evidence)) {
    const because = ['Wine’s Negotiate also returns this if there are tickets, but none for this target.'];
    return [{ cause: 'spn-unknown', ground: 'usual', weight: 70, because }];
  }
  if (code === 'SEC_E_INVALID_TOKEN' && input?.token?.kind === 'ntlm-challenge' && evidence.account === undefined) {
    if (target === undefined || !isNegotiate(evidence)) return [];
    const because = ['Negotiate fell back to NTLM: there was no ticket for the target.'];
    return [{ cause: 'spn-unknown', ground: 'usual', weight: 70, because }];
  }
  return [];
}
