import type { Clues } from '../clues';
import type { Finding } from '../finding';

const what = 'Wine’s Kerberos gives this one status for whatever goes wrong in libgssapi.';

/**
 * What statuses stand for under Wine, seen on Wine 8.0 and 10.0 with MIT Kerberos: SEC_E_INTERNAL_ERROR for every failure of
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
        { cause: 'stale-key', weight: 75, because: [what, made] },
        { cause: 'clock-skew', weight: 40, because: [what] },
        { cause: 'channel-bindings', weight: evidence.channelBindings === undefined ? 20 : 45, because: [what] },
        { cause: 'ticket-expired', weight: 30, because: [what] },
      ];
    }
    if (evidence.role === 'initiator' && input === undefined) {
      const named = target !== undefined && !target.isAddress;
      return [
        ...(named ? [{ cause: 'spn-unknown', weight: 70, because: [what] } as const] : []),
        { cause: 'ticket-expired', weight: 35, because: [what] },
        { cause: 'no-domain-controller', weight: 32, because: [what] },
        { cause: 'clock-skew', weight: 30, because: [what] },
      ];
    }
  }
  if (
    code === 'SEC_E_NO_CREDENTIALS' &&
    evidence.role === 'initiator' &&
    evidence.package?.toLowerCase() === 'negotiate'
  ) {
    const because = ['Wine’s Negotiate says so, too, when there are tickets and only none for this target.'];
    return target === undefined || target.isAddress ? [] : [{ cause: 'spn-unknown', weight: 70, because }];
  }
  if (code === 'SEC_E_INVALID_TOKEN' && input?.token?.kind === 'ntlm-challenge' && evidence.account === undefined) {
    const because = ['No identity was given, and under Wine nobody has a password for NTLM stored.'];
    const named = target !== undefined && !target.isAddress && evidence.package?.toLowerCase() === 'negotiate';
    return [
      { cause: 'no-credentials', weight: 88, because },
      ...(named
        ? [
            {
              cause: 'spn-unknown',
              weight: 70,
              because: ['Negotiate came to NTLM: there was no ticket for the target.'],
            } as const,
          ]
        : []),
    ];
  }
  return [];
}
