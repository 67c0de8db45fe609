import { hostname } from 'node:os';
import { bindingsOf, type Clues } from '../clues';
import type { AvPair, NtlmAuthenticate } from '../../../inspect';
import type { Evidence } from '../../evidence';
import type { Finding } from '../finding';

const noBindings = '0'.repeat(32);
/** Kerberos allows five minutes; NTLM servers refuse a response that is older than half an hour (MS-NLMP 3.2.5.1.2). */
const kerberosSkew = 300;

/** Why an NTLM logon was refused: what the AUTHENTICATE message itself tells. */
export function ntlmRefusalRule(clues: Clues): Finding[] {
  const message = clues.last('ntlm-authenticate');
  if (message === undefined || clues.error.status === undefined) return [];
  const findings: Finding[] = [];
  const { code } = clues.error;
  if (code === 'SEC_E_LOGON_DENIED') {
    if (isAnonymous(message)) {
      findings.push({ cause: 'anonymous-client', weight: 92, because: ['The AUTHENTICATE message names no user.'] });
    } else {
      const because = [`The AUTHENTICATE message is of ${accountOf(message)}.`];
      findings.push({ cause: 'wrong-password', weight: 65, because });
      if (message.ntResponse.type.startsWith('NTLMv1')) {
        findings.push({
          cause: 'ntlm-refused',
          weight: 60,
          because: ['The response is NTLMv1, which today’s servers refuse.'],
        });
      }
      findings.push(...otherChallenge(clues, message), ...loopback(clues, message));
    }
  }
  if (code === 'SEC_E_LOGON_DENIED' || code === 'SEC_E_BAD_BINDINGS') findings.push(...bindings(clues, message));
  return findings;
}

function isAnonymous({ userName, ntResponse }: NtlmAuthenticate): boolean {
  return userName === '' && ntResponse.type === 'absent';
}

function accountOf({ domainName, userName }: NtlmAuthenticate): string {
  return domainName === '' ? userName : `${domainName}\\${userName}`;
}

/**
 * The AV pairs of the challenge come back in an NTLMv2 response (MS-NLMP 3.1.5.1.2), so another MsvAvTimestamp is that of
 * another challenge. The response's own time proves nothing: some clients take it from their clocks.
 */
function otherChallenge({ last }: Clues, { ntResponse }: NtlmAuthenticate): Finding[] {
  if (ntResponse.type !== 'NTLMv2') return [];
  const asked = avPair(last('ntlm-challenge')?.targetInfo ?? [], 'MsvAvTimestamp');
  const echoed = avPair(ntResponse.avPairs, 'MsvAvTimestamp');
  if (asked === undefined || echoed === undefined || asked.filetime === echoed.filetime) return [];
  const because = [
    'The response is to another challenge than this side’s: the timestamp in it is not the challenge’s.',
  ];
  return [{ cause: 'token-of-other-connection', weight: 85, because }];
}

function loopback({ target, wine }: Clues, { workstation }: NtlmAuthenticate): Finding[] {
  const here = hostname().split('.')[0]?.toUpperCase() ?? '';
  if (wine || here === '' || workstation.toUpperCase() !== here) return [];
  const because = [`The client is on this same machine (${workstation}).`];
  if (target !== undefined && target.host.split('.')[0]?.toUpperCase() !== here) {
    return [{ cause: 'loopback-check', weight: 75, because: [...because, `${target.host} is not its name.`] }];
  }
  return [{ cause: 'loopback-check', weight: 55, because }];
}

function bindings({ evidence, error }: Clues, message: NtlmAuthenticate): Finding[] {
  if (message.ntResponse.type !== 'NTLMv2') return [];
  const theirs = avPair(message.ntResponse.avPairs, 'MsvAvChannelBindings');
  const ours = bindingsOf(evidence);
  const has = theirs !== undefined && theirs !== noBindings;
  if (ours === undefined) {
    if (!has || error.code !== 'SEC_E_BAD_BINDINGS') return [];
    return [
      {
        cause: 'channel-bindings',
        weight: 96,
        because: ['The client sent channel bindings, and this side was given none.'],
      },
    ];
  }
  if (!has)
    return [
      { cause: 'channel-bindings', weight: 80, because: ['This side has channel bindings, and the client sent none.'] },
    ];
  if (theirs === ours.ntlmChannelBindings) return [];
  const because = [`The client’s channel bindings hash to ${theirs}, this side’s to ${ours.ntlmChannelBindings}.`];
  return [{ cause: 'channel-bindings', weight: 98, because }];
}

/** The clocks, as far as NTLM shows them: the server's challenge holds its time. */
export function ntlmClockRule({ last, error, evidence }: Clues): Finding[] {
  if (error.status === undefined || evidence.time === undefined || evidence.role !== 'initiator') return [];
  const time = avTime(last('ntlm-challenge')?.targetInfo);
  if (time === undefined) return [];
  const seconds = Math.round((time - evidence.time) / 1000);
  if (Math.abs(seconds) <= kerberosSkew) return [];
  const side = seconds > 0 ? 'ahead of' : 'behind';
  return [
    {
      cause: 'clock-skew',
      weight: 60,
      because: [`The server’s clock is ${Math.abs(seconds)} s ${side} this one’s, says its challenge.`],
    },
  ];
}

/** Why NTLM came where Kerberos was meant: everything about the target and the exchange that rules Kerberos out. */
export function fallbackRule(clues: Clues): Finding[] {
  const { error, evidence, mechanism } = clues;
  const missing = error.missing ?? [];
  const wantsKerberos = missing.includes('mutualAuth') || missing.includes('delegate') || missing.includes('package');
  if (
    mechanism?.toUpperCase() !== 'NTLM' ||
    (!chooses(evidence) && !wantsKerberos) ||
    (error.status === undefined && !wantsKerberos)
  ) {
    return [];
  }
  const because = [wantsKerberos ? 'NTLM was negotiated.' : 'Negotiate came to NTLM.', ...whyNtlm(clues)];
  return [{ cause: 'ntlm-instead-of-kerberos', weight: wantsKerberos ? 96 : 48, because }];
}

const chooses = (evidence: Evidence): boolean => evidence.package?.toLowerCase() === 'negotiate';

function whyNtlm({ evidence, target, last, wine }: Clues): string[] {
  const reasons: string[] = [];
  const { account, role } = evidence;
  if (evidence.package?.toLowerCase() === 'ntlm') reasons.push('The credentials are for the package NTLM itself.');
  if (role === 'initiator') {
    if (target === undefined) reasons.push('No target was given: without one there is no Kerberos.');
    else if (target.isAddress)
      reasons.push(`The target’s host ${target.host} is an IP address: there are no tickets for addresses.`);
    else if (target.service === undefined)
      reasons.push(`The target ${target.host} is no service principal name (service/host).`);
    else if (!target.host.includes('.'))
      reasons.push(`The target’s host ${target.host} is a short name, which may not be registered.`);
    if (account !== undefined && account.domain === undefined && !account.user.includes('@')) {
      reasons.push('The identity names no domain, so no realm to ask.');
    } else if (chooses(evidence) && account?.domain?.includes('.') === false && wine) {
      reasons.push(`The identity’s domain ${account.domain} is no realm in full, and Wine asks for nothing else.`);
    }
    const offer = last('spnego-init');
    if (offer !== undefined && !offer.mechTypes.some(({ name }) => name?.includes('Kerberos'))) {
      reasons.push('Kerberos is not among the mechanisms offered.');
    }
  } else if (role === 'acceptor') {
    reasons.push(
      'The client chose it: it found no account for the name it used, has no tickets, or reaches no domain controller.',
    );
  }
  return reasons;
}

type ValueOf<Name extends string> = Extract<AvPair, { readonly name: Name }>['value'];

function avPair<Name extends AvPair['name']>(pairs: readonly AvPair[], name: Name): ValueOf<Name> | undefined {
  return pairs.find((pair) => pair.name === name)?.value as ValueOf<Name> | undefined;
}

function avTime(pairs: readonly AvPair[] | undefined): number | undefined {
  const time = pairs && avPair(pairs, 'MsvAvTimestamp');
  return time === undefined ? undefined : Date.parse(time.iso);
}
