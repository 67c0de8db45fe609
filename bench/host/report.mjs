/** What the benchmarks found, for people. */

/**
 * @typedef {{ name: string, value: number, unit: string, atLeast?: number, atMost?: number, detail: string }} Figure
 */

/** @param {Figure} figure */
export const isReached = ({ value, atLeast = -Infinity, atMost = Infinity }) => value >= atLeast && value <= atMost;

/** @param {readonly Figure[]} figures */
export function table(figures) {
  const rows = figures.map((figure) => [
    isReached(figure) ? '✓' : '✗',
    figure.name,
    `${number(figure.value)} ${figure.unit}`,
    figure.atLeast === undefined ? `≤ ${number(figure.atMost)}` : `≥ ${number(figure.atLeast)}`,
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

const number = (value) => (Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(2));
