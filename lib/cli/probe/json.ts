import type { Choice } from './choice';
import type { ProbeTarget } from './target';
import type { Session } from './session';

/** The result of `probe --json`: see docs/cli.md. */
export function jsonResult(target: ProbeTarget, { findings, settings, trace }: Session, choice: Choice): object {
  const { outcome, spn, spnSource, offers, certificate, context, service, timings, remarks } = findings;
  return {
    outcome,
    target: { kind: target.kind, text: target.text, spn, spnSource },
    package: { requested: settings.package, used: context?.package ?? choice.mechanism, reasons: choice.reasons },
    context,
    certificate,
    offers,
    service,
    remarks,
    timings: Object.fromEntries(Object.entries(timings).map(([name, value]) => [name, rounded(value)])),
    legs: trace.legs.map(({ number, from, call, status, failed, duration, note, token, summary, decoded }) => ({
      number,
      from,
      call,
      status,
      failed,
      duration: rounded(duration),
      note,
      size: token?.length,
      summary,
      token: decoded,
    })),
  };
}

/** Milliseconds to the microsecond. */
const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
