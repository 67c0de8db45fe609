/** The results of the benchmarks, for people. */

/**
 * @typedef {{ name: string, value: number, unit: string, atLeast?: number, atMost?: number, detail: string }} Figure
 */

/** @param {Figure} figure one without a goal is for comparison */
export const isReached = ({ value, atLeast = -Infinity, atMost = Infinity }) => value >= atLeast && value <= atMost;

/** @param {readonly Figure[]} figures */
export function table(figures) {
  const rows = figures.map((figure) => [
    goalOf(figure) === '' ? '' : isReached(figure) ? '✓' : '✗',
    figure.name,
    `${number(figure.value)} ${figure.unit}`,
    goalOf(figure),
    figure.detail,
  ]);
  const all = [['', 'figure', 'value', 'goal', 'measured'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function goalOf({ atLeast, atMost }) {
  if (atLeast !== undefined) return `≥ ${number(atLeast)}`;
  return atMost === undefined ? '' : `≤ ${number(atMost)}`;
}

const number = (value) => (Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(2));
