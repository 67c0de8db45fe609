import { bytesText, durationText, untilText } from '../output/time';
import { printable } from '../../inspect/render/text';
import type { Choice } from './choice';
import type { Findings } from './findings';
import type { Session } from './session';
import type { Style } from '../output/style';
import type { ProbedLeg } from './trace';

/** One leg, in two lines. */
export function formatLeg(leg: ProbedLeg, style: Style): string {
  const { from, number, call, status, failed, token, duration, note, summary } = leg;
  const arrow = from === 'client' ? '→' : '←';
  const paint = failed ? style.red : style.green;
  const size = token === undefined ? 'no token' : bytesText(token.length);
  const head = [
    `${style.cyan(arrow)} ${String(number).padStart(2)}`,
    (call ?? 'the service').padEnd('InitializeSecurityContext'.length),
    paint((status ?? '').padEnd('SEC_I_CONTINUE_NEEDED'.length)),
    size.padStart('12,345 bytes'.length),
    style.dim(durationText(duration).padStart(8)),
  ].join('  ');
  const extra = call === undefined || note === undefined ? [] : [printable(note)];
  const lines = [...extra, ...(summary === undefined ? [] : [summary])].map((line) => `       ${line}`);
  return `${[head.trimEnd(), ...lines].join('\n')}\n`;
}

/** Room for most labels; longer ones widen the column. */
const labelWidth = 18;
const gap = 2;

/** The result of a probe, label by label. */
export function formatSummary({ findings, settings }: Session, choice: Choice, style: Style): string {
  const rows: (readonly [string, string | undefined])[] = [
    ['Result', resultText(findings, style)],
    ['Target', findings.spn && `${findings.spn}${findings.spnSource === undefined ? '' : ` (${findings.spnSource})`}`],
    ['Package', packageText(findings, settings.package, choice)],
    ...choice.reasons.map((reason, i) => [i === 0 ? 'Why' : '', reason] as const),
    ['Granted', findings.context && listText(findings.context.granted)],
    ['Not granted', findings.context?.notGranted.length === 0 ? undefined : findings.context?.notGranted.join(', ')],
    ['Valid', findings.context?.expiry === undefined ? undefined : untilText(new Date(findings.context.expiry))],
    ['Client', findings.context?.clientName],
    ...certificateRows(findings),
    ['Offered', findings.offers && listText(findings.offers)],
    ...Object.entries(findings.service).map(
      ([name, value]) => [`Service ${name === 'status' ? '' : name}`, value] as const,
    ),
    ...findings.remarks.map((remark) => ['Note', remark] as const),
    ['Time', timeText(findings.timings)],
  ];
  const shown = rows.flatMap(([label, value]) => (value === undefined ? [] : [[label.trim(), value] as const]));
  const width = Math.max(labelWidth, ...shown.map(([label]) => label.length + gap));
  const lines = shown.map(([label, value]) => `${style.bold(label.padEnd(width))}${value}`);
  return `\n${lines.join('\n')}\n`;
}

function resultText({ outcome }: Findings, style: Style): string {
  if (outcome === 'established') return style.green('established');
  if (outcome === 'initiated') return style.green('the client made its first token; it was not accepted here');
  return style.red('failed');
}

function packageText(findings: Findings, asked: string, choice: Choice): string {
  const used = findings.context?.package ?? choice.mechanism;
  return used === undefined || used.toLowerCase() === asked.toLowerCase() ? asked : `${used} (requested ${asked})`;
}

function certificateRows({ certificate }: Findings): (readonly [string, string | undefined])[] {
  if (certificate === undefined) return [];
  const { subject, issuer, validTo, trusted, problem, channelBinding, bindingGiven } = certificate;
  const trust = trusted ? 'trusted' : `not trusted: ${problem ?? 'unknown'}`;
  return [
    ['Certificate', `${printable(subject)}, issued by ${printable(issuer)}, ${untilText(new Date(validTo))}, ${trust}`],
    [
      'Binding',
      channelBinding === undefined
        ? 'none: RFC 5929 defines none for the signature of the certificate'
        : `${channelBinding} (${bindingGiven ? 'given' : 'not given'})`,
    ],
  ];
}

const listText = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : printable(names.join(', ')));

function timeText(timings: Readonly<Record<string, number>>): string {
  const { total = 0, ...phases } = timings;
  const parts = Object.entries(phases).map(([name, value]) => `${name} ${durationText(value)}`);
  return `${durationText(total)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}
