/** The name that `word` was probably meant to be; undefined if none is similar. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  // A third of the word may be wrong, and a word of three letters may have one wrong letter.
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const away = lower.length >= 3 && name.toLowerCase().startsWith(lower) ? 0.5 : distance(lower, name.toLowerCase());
    if (away < least) [best, least] = [name, away];
  }
  return best;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let value = Math.min(substitution, (previous[j] as number) + 1, (row[j - 1] as number) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) value = Math.min(value, (older[j - 2] as number) + 1);
      row.push(value);
    }
    [older, previous] = [previous, row];
  }
  return previous[b.length] as number;
}
