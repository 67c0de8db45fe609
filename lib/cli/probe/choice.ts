import { isIP } from 'node:net';
import type { Seen } from './mechanism';

/** What is known about the choice of a mechanism. */
export interface ChoiceFacts {
  readonly seen: Seen;
  /** The package of the credentials. */
  readonly package: string;
  readonly target: string;
  /** An explicit identity's user and domain; undefined for the current user. */
  readonly account: { readonly user: string; readonly domain: string | undefined } | undefined;
  /** The schemes or mechanisms that the service offered. */
  readonly serviceOffers: readonly string[] | undefined;
}

/** The mechanism that was used, and why it was that one. */
export interface Choice {
  readonly mechanism: string | undefined;
  readonly reasons: readonly string[];
}

/** Explains, from the tokens and the target, why this mechanism was used. */
export function explainChoice(facts: ChoiceFacts): Choice {
  const { seen, package: packageName } = facts;
  const mechanism = seen.mechanisms.at(-1);
  if (mechanism === undefined) return { mechanism: undefined, reasons: [] };
  if (!same(packageName, 'Negotiate')) {
    return { mechanism, reasons: [`The package ${packageName} was requested: nothing was negotiated.`] };
  }
  return { mechanism, reasons: mechanism === 'NTLM' ? whyNtlm(facts) : whyKerberos(facts) };
}

function whyKerberos({ seen }: ChoiceFacts): string[] {
  const ticket = seen.ticketFor;
  return [
    ticket === undefined
      ? 'Kerberos was available, and Negotiate prefers it.'
      : `The client got a ticket for ${ticket}, and Negotiate prefers Kerberos if there is one.`,
    ...(seen.chosen === undefined ? [] : [`The server chose ${seen.chosen}.`]),
  ];
}

function whyNtlm({ seen, target, account, serviceOffers }: ChoiceFacts): string[] {
  const reasons: string[] = [];
  const parts = target.split('/');
  const host = hostOf(parts[1] ?? parts[0] ?? '');
  if (parts.length < 2) {
    reasons.push(`The target "${target}" is not a service principal name (service/host), which Kerberos needs.`);
  } else if (isIP(host) !== 0) {
    reasons.push(
      `The host is an IP address (${host}), and there are no tickets for addresses: use the service’s name.`,
    );
  } else if (/^localhost$/i.test(host)) {
    reasons.push('The host is localhost, a name that no domain controller knows: use the machine’s own name.');
  } else if (!host.includes('.')) {
    reasons.push(`The host ${host} is a short name, which may not be registered: use the full name.`);
  }
  if (account !== undefined && account.domain === undefined && !/[@\\]/.test(account.user)) {
    reasons.push(`The user ${account.user} was passed without a domain, so there is no realm to ask for a ticket.`);
  }
  if (
    serviceOffers !== undefined &&
    !serviceOffers.some((name) => same(name, 'Negotiate') || same(name, 'GSS-SPNEGO'))
  ) {
    reasons.push(`The service offers only ${serviceOffers.join(', ')}.`);
  }
  if (seen.ticketFor !== undefined) {
    reasons.push(`The client had a ticket for ${seen.ticketFor}, but the server continued with NTLM.`);
  } else if (seen.offered?.some((name) => /kerberos/i.test(name)) === true) {
    reasons.push('The client offered Kerberos, but the server chose NTLM.');
  } else if (seen.offered !== undefined) {
    reasons.push(
      `The client did not offer Kerberos (only ${seen.offered.join(', ')}): it got no ticket for ${target}.`,
    );
  }
  if (reasons.length === 0) {
    reasons.push(
      `The client got no ticket for ${target}: no account owns the name, no domain controller could be reached, or the user has no domain logon.`,
      'To see which: sspi probe with --package Kerberos.',
    );
  }
  return reasons;
}

/** A host without its port, and an IPv6 address without its brackets. */
function hostOf(part: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(part);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return isIP(part) !== 0 ? part : (part.split(':')[0] ?? '');
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
