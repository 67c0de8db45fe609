import { failedLeg } from './trace';
import { faultOf, titleOfFault } from '../output/faults';
import { renderExchange, type ExchangeLeg } from '../../inspect';
import { SspiError } from '../../errors/sspi-error';
import { untilText } from '../output/time';
import type { Choice } from './choice';
import type { Findings } from './findings';
import type { JsonFault } from '../output/json';
import type { ProbeTarget } from './target';
import type { Session } from './session';
import type { ProbedLeg } from './trace';

/** The exchange as a page for a browser. */
export function probePage(
  target: ProbeTarget,
  { findings, settings, trace }: Session,
  choice: Choice,
  error: unknown,
  begun: Date,
): string {
  const fault = error === undefined ? undefined : faultOf(error);
  const result =
    fault === undefined
      ? `${findings.outcome === 'initiated' ? 'First token made' : 'Established'} by ${findings.context?.package ?? choice.mechanism ?? settings.package}`
      : `Failed: ${failure(error, fault, trace.legs)}`;
  return renderExchange(trace.legs.map(legOf), {
    title: `Sign-on to ${target.text}`,
    subtitle: `${begun.toISOString().replace('T', ' ').slice(0, 19)} UTC, package ${settings.package}`,
    result,
    facts: { ...causesOf(error), ...factsOf(findings, choice) },
  });
}

function legOf({ from, token, call, status, failed, duration, note }: ProbedLeg): ExchangeLeg {
  return {
    from,
    failed,
    duration,
    ...(token === undefined ? {} : { token }),
    ...(call === undefined ? {} : { call }),
    ...(status === undefined ? {} : { status }),
    ...(note === undefined ? {} : { note }),
  };
}

/** What failed, with the leg's number in the diagram. */
function failure(error: unknown, { message, hint }: JsonFault, legs: readonly ProbedLeg[]): string {
  if (!SspiError.isSspiError(error) || error.status === undefined) return message;
  return `${titleOfFault(error, failedLeg(legs))}.${hint === undefined ? '' : ` ${hint}`}`;
}

/** Why it failed, the likeliest first, and what to check. */
function causesOf(error: unknown): Record<string, string> {
  if (!SspiError.isSspiError(error)) {
    const hint = error === undefined ? undefined : faultOf(error).hint;
    return hint === undefined ? {} : { 'What to do': hint };
  }
  const shown = 3;
  const causes = error.explain().causes.slice(0, shown);
  return Object.fromEntries(
    causes.map(({ summary, likelihood, check }, i) => [
      `Cause ${i + 1} (${likelihood})`,
      [summary, ...check.map((text, line) => (line === 0 ? `To check: ${text}` : text))].join('\n'),
    ]),
  );
}

function factsOf(findings: Findings, choice: Choice): Record<string, string> {
  const { spn, spnSource, context, certificate, service, remarks } = findings;
  const facts: Record<string, string | undefined> = {
    Target: spn === undefined ? undefined : `${spn}${spnSource === undefined ? '' : ` (${spnSource})`}`,
    Why: choice.reasons.length === 0 ? undefined : choice.reasons.join(' '),
    Granted: context?.granted.join(', '),
    'Not granted': context?.notGranted.length === 0 ? undefined : context?.notGranted.join(', '),
    Valid: context?.expiry === undefined ? undefined : untilText(new Date(context.expiry)),
    Client: context?.clientName,
    Certificate: certificate?.subject,
    'Channel binding': certificate?.channelBinding,
    ...Object.fromEntries(Object.entries(service).map(([name, value]) => [`Service: ${name}`, value])),
    Notes: remarks.length === 0 ? undefined : remarks.join(' '),
  };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined));
}
