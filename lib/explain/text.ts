import { hexStatus } from '../errors/status-code';
import { printable } from '../inspect/render/text';
import type { Explanation, ExplainedFacts, LikelyCause } from './explanation';

/** The explanation as plain text. What comes from the peer is made safe for a terminal. */
export function textOf(explanation: Explanation): string {
  const blocks = [head(explanation), ...facts(explanation.facts)].join('\n');
  const exchange = explanation.exchange.map(({ leg, direction, length, summary, problem }) => {
    const arrow = direction === 'received' ? '←' : '→';
    const damage = problem === undefined ? '' : ` (${printable(problem)})`;
    return `  leg ${leg} ${arrow} ${length} bytes  ${summary}${damage}`;
  });
  const causes = explanation.causes.map(cause);
  return [
    blocks,
    ...(exchange.length === 0 ? [] : ['', 'Tokens (→ sent, ← received):', ...exchange]),
    '',
    causes.length === 1 ? 'Cause:' : 'Causes, the likeliest first:',
    ...causes,
  ].join('\n');
}

function head({ code, call, message }: Explanation): string {
  if (call.status === undefined) return `${code}: ${printable(message)}`;
  const leg = call.leg === undefined ? '' : ` on leg ${call.leg}`;
  return `${code} (${hexStatus(call.status)}) from ${call.api ?? 'SSPI'}${leg}`;
}

function facts(known: ExplainedFacts): string[] {
  const { package: packageName, mechanism } = known;
  const rows: (readonly [string, string | undefined])[] = [
    ['side', known.role],
    ['package', packageName],
    ['in use', mechanism === packageName ? undefined : mechanism],
    ['target', known.target],
    ['credentials', known.account],
    ['client', known.clientName],
    ['server', known.serverName],
    ['requested', list(known.requestedFlags)],
    ['granted', list(known.grantedFlags)],
    ['missing', list(known.missing)],
    ['bindings', known.channelBindings],
    ['Wine', known.wine],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(12)}${printable(value)}`]));
}

function list(names: readonly string[] | undefined): string | undefined {
  return names === undefined ? undefined : names.length === 0 ? 'nothing' : names.join(', ');
}

function cause({ summary, likelihood, because, check }: LikelyCause, i: number): string {
  return [
    `  ${i + 1}. ${summary} (${likelihood})`,
    ...because.map((text) => `     because  ${printable(text)}`),
    ...check.map((text) => `     check    ${text}`),
  ].join('\n');
}
