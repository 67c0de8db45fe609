import { hostname } from 'node:os';
import { bindingsOf, type Clues } from '../clues';
import { accountOf, avPair, avTime, isAnonymous } from './ntlm-messages';
import type { AvPair, NtlmAuthenticate } from '../../inspect';
import type { Evidence } from '../../errors/evidence';
import type { Finding } from '../../errors/finding';

const noBindings = '0'.repeat(32);
/** Kerberos allows five minutes; NTLM servers refuse a response that is older than half an hour (MS-NLMP 3.2.5.1.2). */
const kerberosSkew = 300;

/** Why an NTLM logon was refused, according to the AUTHENTICATE message. */
export function ntlmRefusalRule(clues: Clues): Finding[] {
  const message = clues.last('ntlm-authenticate');
  if (message === undefined || clues.error.status === undefined) return [];
  const findings: Finding[] = [];
  const { code } = clues.error;
  if (code === 'SEC_E_LOGON_DENIED') {
    if (isAnonymous(message)) {
      findings.push({
        cause: 'anonymous-client',
        ground: 'seen',
        weight: 92,
        because: ['The AUTHENTICATE message names no user.'],
      });
    } else {
      const because = [`The AUTHENTICATE message is of ${accountOf(message)}.`];
      findings.push({ cause: 'wrong-password', ground: 'usual', weight: 65, because });
      if (message.ntResponse.type.startsWith('NTLMv1')) {
        findings.push({
          cause: 'ntlm-refused',
          ground: 'seen',
          weight: 60,
          because: ['The response is NTLMv1, which current servers refuse.'],
        });
      }
      findings.push(...otherChallenge(clues, message), ...loopback(clues, message));
    }
  }
  if (code === 'SEC_E_LOGON_DENIED' || code === 'SEC_E_BAD_BINDINGS') findings.push(...bindings(clues, message));
  return findings;
}

/** A client returns the target information of the challenge (MS-NLMP 3.1.5.1.2); other values belong to another challenge. */
function otherChallenge({ last }: Clues, { ntResponse }: NtlmAuthenticate): Finding[] {
  const asked = last('ntlm-challenge')?.targetInfo;
  if (asked === undefined || ntResponse.type !== 'NTLMv2') return [];
  const differing = echoed.find((name) => {
    const [question, answer] = [textOf(asked, name), textOf(ntResponse.avPairs, name)];
    return question !== undefined && answer !== undefined && question !== answer;
  });
  if (differing === undefined) return [];
  const because = [
    `The response is to another challenge than that of this side: its ${differing} differs from that of the challenge.`,
  ];
  return [{ cause: 'token-of-other-connection', ground: 'seen', weight: 85, because }];
}

const echoed = ['MsvAvTimestamp', 'MsvAvNbComputerName', 'MsvAvNbDomainName', 'MsvAvDnsComputerName'] as const;

function textOf(pairs: readonly AvPair[], name: (typeof echoed)[number]): string | undefined {
  const value = avPair(pairs, name);
  return typeof value === 'object' ? value.filetime : value;
}

function loopback({ target, wine }: Clues, { workstation }: NtlmAuthenticate): Finding[] {
  const here = hostname().split('.')[0]?.toUpperCase() ?? '';
  if (wine || here === '' || workstation.toUpperCase() !== here) return [];
  const because = [`The client is on this machine (${workstation}).`];
  if (target !== undefined && target.host.split('.')[0]?.toUpperCase() !== here) {
    return [
      { cause: 'loopback-check', ground: 'seen', weight: 75, because: [...because, `${target.host} is not its name.`] },
    ];
  }
  return [{ cause: 'loopback-check', ground: 'seen', weight: 55, because }];
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
        ground: 'seen',
        weight: 96,
        because: ['The client sent channel bindings, but none were passed on this side.'],
      },
    ];
  }
  if (!has)
    return [
      {
        cause: 'channel-bindings',
        ground: 'seen',
        weight: 80,
        because: ['This side has channel bindings, but the client sent none.'],
      },
    ];
  if (theirs === ours.ntlmChannelBindings) return [];
  const because = [`The client’s channel bindings hash to ${theirs}, this side’s to ${ours.ntlmChannelBindings}.`];
  return [{ cause: 'channel-bindings', ground: 'seen', weight: 98, because }];
}

/** The difference of the clocks, if NTLM shows it: the server's challenge contains its time. */
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
      ground: 'seen',
      weight: ['SEC_E_LOGON_DENIED', 'SEC_E_TIME_SKEW'].includes(error.code) ? 60 : 30,
      because: [
        `The server’s clock is ${Math.abs(seconds)} s ${side} the clock of this machine, according to its challenge.`,
      ],
    },
  ];
}

/** Why NTLM was used instead of Kerberos: everything about the target and the exchange that rules out Kerberos. */
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
  return [
    {
      cause: 'ntlm-instead-of-kerberos',
      ground: wantsKerberos ? 'seen' : 'usual',
      weight: wantsKerberos ? 96 : 48,
      because,
    },
  ];
}

const chooses = (evidence: Evidence): boolean => evidence.package?.toLowerCase() === 'negotiate';

function whyNtlm({ evidence, target, last, wine }: Clues): string[] {
  const reasons: string[] = [];
  const { account, role } = evidence;
  if (evidence.package?.toLowerCase() === 'ntlm') reasons.push('The credentials are for the package NTLM itself.');
  if (role === 'initiator') {
    if (target === undefined) reasons.push('No target was passed: without one, Kerberos is not possible.');
    else if (target.isAddress)
      reasons.push(`The target’s host ${target.host} is an IP address, for which there are no tickets.`);
    else if (target.service === undefined)
      reasons.push(`The target ${target.host} is not a service principal name (service/host).`);
    else if (!target.host.includes('.'))
      reasons.push(`The target’s host ${target.host} is a short name, which may not be registered.`);
    if (account !== undefined && account.domain === undefined && !account.user.includes('@')) {
      reasons.push('The identity has no domain, so there is no realm to ask.');
    } else if (chooses(evidence) && account?.domain?.includes('.') === false && wine) {
      reasons.push(`The identity’s domain ${account.domain} is not a full realm name, which Wine needs.`);
    }
    const offer = last('spnego-init');
    if (offer !== undefined && !offer.mechTypes.some(({ name }) => name?.includes('Kerberos'))) {
      reasons.push('Kerberos is not among the mechanisms offered.');
    }
  } else if (role === 'acceptor') {
    reasons.push(
      'The client chose it: it found no account for the name that it used, has no tickets, or cannot reach a domain controller.',
    );
  }
  return reasons;
}
