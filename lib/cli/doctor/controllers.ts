import os from 'node:os';
import { askKdc } from '../protocols/kerberos-as';
import { connectTcp } from '../protocols/connect';
import { Dialogue } from '../../ldap/dialogue';
import { durationText } from '../output/time';
import { failed, type CheckResult } from './check';
import { readEntry } from '../protocols/directory-entry';
import type { Controller, Domain } from './domain';

/** Kerberos allows five minutes by default. */
const greatestSkew = 300_000;
const noticeableSkew = 60_000;
/** An answer that takes longer makes people wait. */
const slow = 1000;
const ldapPort = 389;

/** The domain controllers: reachable in time, and with the same time. */
export async function checkControllers(domain: Domain, timeout: number): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const skews: number[] = [];
  for (const controller of domain.controllers.slice(0, 3)) {
    results.push(await kdc(controller, domain.realm, timeout, skews), await ldap(controller, timeout, skews));
  }
  const [skew] = skews;
  results.push(skew === undefined ? noClock : clock(skew));
  return results;
}

async function kdc(
  { host, kerberosPort: port }: Controller,
  realm: string,
  timeout: number,
  skews: number[],
): Promise<CheckResult> {
  const head = { id: 'kdc', title: `KDC ${host}` };
  const signal = AbortSignal.timeout(timeout);
  try {
    const user = os.userInfo().username;
    const { duration, skew, answer } = await askKdc(host, port, realm, user, signal);
    if (skew !== undefined) skews.push(skew);
    const detail = `answers in ${durationText(duration)} (${answer})`;
    if (answer === 'KDC_ERR_WRONG_REALM') {
      return { ...head, status: 'fail', detail, advice: `It is not a KDC of ${realm}: check the name of the realm.` };
    }
    if (duration < slow) return { ...head, status: 'ok', detail };
    return {
      ...head,
      status: 'warn',
      detail,
      advice: 'Every first logon to a service waits for it: check the network in between.',
    };
  } catch (error) {
    return failed(
      head.id,
      head.title,
      tooLong(error, signal, timeout),
      `Kerberos needs its TCP and UDP port ${port}: check firewall, VPN and DNS.`,
    );
  }
}

async function ldap({ host }: Controller, timeout: number, skews: number[]): Promise<CheckResult> {
  const head = { id: 'directory', title: `LDAP ${host}` };
  const signal = AbortSignal.timeout(timeout);
  try {
    const start = performance.now();
    const socket = await connectTcp(host, ldapPort, signal);
    const dialogue = new Dialogue(socket);
    const asked = Date.now();
    const { attributes } = await readEntry(dialogue, '', 'currentTime', 'dnsHostName');
    const received = Date.now();
    dialogue.close();
    const time = timeOf(attributes.get('currenttime')?.[0]?.toString('latin1'));
    // It has whole seconds, so it is used only if the KDC reported no time.
    if (time !== undefined && skews.length === 0) skews.push(time + 500 - (asked + received) / 2);
    const name = attributes.get('dnshostname')?.[0]?.toString('utf8') ?? 'a directory server';
    return { ...head, status: 'ok', detail: `${name} answers in ${durationText(performance.now() - start)}` };
  } catch (error) {
    return {
      ...failed(
        head.id,
        head.title,
        tooLong(error, signal, timeout),
        'Kerberos works without it; NTLM and group policies do not.',
      ),
      status: 'warn',
    };
  }
}

const noClock: CheckResult = {
  id: 'clock',
  title: 'Clock',
  status: 'skip',
  detail: 'no domain controller reported its time',
};

/** Judges the domain's time minus that of this machine, in milliseconds. */
export function clock(skew: number): CheckResult {
  const size = Math.abs(skew);
  const head = { id: 'clock', title: 'Clock' };
  const detail =
    size < 500
      ? `the same as the domain controller’s (${durationText(size)} apart)`
      : `${durationText(size)} ${skew > 0 ? 'behind' : 'ahead of'} the domain controller’s`;
  if (size < noticeableSkew) return { ...head, status: 'ok', detail };
  const advice = 'Kerberos allows five minutes at most. Synchronise: w32tm /resync, or chrony/ntpd on Linux.';
  return { ...head, status: size < greatestSkew ? 'warn' : 'fail', detail, advice };
}

/** GeneralizedTime as LDAP writes it: `20261120104155.0Z`. */
function timeOf(text: string | undefined): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text ?? '') ?? [];
  if (year === undefined) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** A socket that was closed by a timeout reports something else. */
function tooLong(error: unknown, signal: AbortSignal, timeout: number): unknown {
  return signal.aborted ? new Error(`no answer within ${timeout / 1000} s`) : error;
}
