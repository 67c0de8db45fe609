import { accountOf, avPair, isAnonymous } from './rules/ntlm-messages';
import { partsOfTarget, readExchange, type ExchangeClues, type TargetParts } from './clues';
import type { Evidence } from '../errors/evidence';
import type { NtlmAuthenticate } from '../inspect';
import type { NtlmReason } from '../events/messages';

/** Who used NTLM, for what, and why it was not Kerberos. */
export interface NtlmUse {
  readonly client: string | undefined;
  readonly workstation: string | undefined;
  readonly target: string | undefined;
  readonly reasons: readonly NtlmReason[];
}

/** Reads the use of NTLM from an established exchange. */
export function ntlmUse(evidence: Evidence): NtlmUse {
  const clues = readExchange(evidence);
  const message = clues.last('ntlm-authenticate');
  const target = evidence.target ?? nonEmpty(message && claimedTarget(message));
  const reasons = whyNtlm(clues);
  if (evidence.role === 'acceptor' && target !== undefined) reasons.push(...ofTarget(partsOfTarget(target)));
  return {
    client: message === undefined || isAnonymous(message) ? evidence.clientName : nonEmpty(accountOf(message)),
    workstation: nonEmpty(message?.workstation),
    target,
    reasons: reasons.length === 0 ? [unknown] : reasons,
  };
}

const unknown: NtlmReason = {
  reason: 'unknown',
  text: 'Nothing here rules Kerberos out: no account owns the name, no domain controller could be reached, or the user has no domain logon.',
};

export const isNegotiate = (evidence: Evidence): boolean => evidence.package?.toLowerCase() === 'negotiate';

/** Why NTLM was used instead of Kerberos: everything about the target and the exchange that rules out Kerberos. */
export function whyNtlm({ evidence, target, last, wine }: ExchangeClues): NtlmReason[] {
  const reasons: NtlmReason[] = [];
  const { account, role } = evidence;
  if (evidence.package?.toLowerCase() === 'ntlm') {
    reasons.push({ reason: 'ntlm-credentials', text: 'The credentials are for the package NTLM itself.' });
  }
  if (role === 'initiator') {
    reasons.push(...ofTarget(target));
    if (account !== undefined && account.domain === undefined && !account.user.includes('@')) {
      reasons.push({ reason: 'no-realm', text: 'The identity has no domain, so there is no realm to ask.' });
    } else if (isNegotiate(evidence) && account?.domain?.includes('.') === false && wine) {
      const text = `The identity’s domain ${account.domain} is not a full realm name, which Wine needs.`;
      reasons.push({ reason: 'no-realm', text });
    }
    const offer = last('spnego-init');
    if (offer !== undefined && !offer.mechTypes.some(({ name }) => name?.includes('Kerberos'))) {
      reasons.push({ reason: 'kerberos-not-offered', text: 'Kerberos is not among the mechanisms offered.' });
    }
  } else if (role === 'acceptor') {
    reasons.push({
      reason: 'chosen-by-client',
      text: 'The client chose it: it found no account for the name that it used, has no tickets, or cannot reach a domain controller.',
    });
  }
  return reasons;
}

/** Why there is no ticket for a target, as far as its name shows. */
function ofTarget(target: TargetParts | undefined): NtlmReason[] {
  if (target === undefined) {
    return [{ reason: 'no-target', text: 'No target was passed: without one, Kerberos is not possible.' }];
  }
  const { host, service, isAddress } = target;
  if (isAddress) {
    const text = `The target’s host ${host} is an IP address, for which there are no tickets.`;
    return [{ reason: 'target-is-address', text }];
  }
  if (service === undefined) {
    return [{ reason: 'target-is-no-spn', text: `The target ${host} is not a service principal name (service/host).` }];
  }
  if (host.includes('.')) return [];
  const text = `The target’s host ${host} is a short name, which may not be registered.`;
  return [{ reason: 'short-host-name', text }];
}

/** The service that the client says it signs on to (MS-NLMP 2.2.2.1, MsvAvTargetName). */
function claimedTarget({ ntResponse }: NtlmAuthenticate): string | undefined {
  return ntResponse.type === 'NTLMv2' ? avPair(ntResponse.avPairs, 'MsvAvTargetName') : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
