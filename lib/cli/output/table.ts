import type { Style } from './style';

/** A table of left-aligned columns; the last one is wrapped at the terminal's width. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  columns = Infinity,
): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const last = head.length - 1;
  const indent = widths.slice(0, last).reduce((sum, width) => sum + width + gap, 0);
  const room = Math.max(minimalRoom, columns - indent);
  const line = (row: readonly string[], paint: (text: string) => string): string => {
    const [first = '', ...more] = wrapWords(row[last] ?? '', room);
    const start = row.slice(0, last).map((cell, i) => cell.padEnd((widths[i] as number) + gap));
    const text = (start.join('') + first).trimEnd();
    return [paint(text), ...more.map((part) => paint(' '.repeat(indent) + part))].join('\n');
  };
  return [line(head, style.bold), ...rows.map((row) => line(row, (text) => text))].join('\n');
}

const gap = 2;
const minimalRoom = 20;

/** Breaks a text at its spaces into lines of at most `width`; a longer word stays whole. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}
