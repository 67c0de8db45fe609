import { hostname } from 'node:os';
import { bindingsOf, type Clues } from '../clues';
import { accountOf, avPair, avTime, isAnonymous } from './ntlm-messages';
import { isNegotiate, whyNtlm } from '../why-ntlm';
import type { AvPair, NtlmAuthenticate } from '../../inspect';
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
    (!isNegotiate(evidence) && !wantsKerberos) ||
    (error.status === undefined && !wantsKerberos)
  ) {
    return [];
  }
  const because = [
    wantsKerberos ? 'NTLM was negotiated.' : 'Negotiate came to NTLM.',
    ...whyNtlm(clues).map(({ text }) => text),
  ];
  return [
    {
      cause: 'ntlm-instead-of-kerberos',
      ground: wantsKerberos ? 'seen' : 'usual',
      weight: wantsKerberos ? 96 : 48,
      because,
    },
  ];
}
