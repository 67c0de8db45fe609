import { catalogue, type CauseName } from './catalogue';
import type { Clues } from './clues';
import type { Likelihood, LikelyCause } from './explanation';

/** What a rule found: a cause, how much speaks for it (0 to 100), and what it saw. */
export interface Finding {
  readonly cause: CauseName;
  readonly weight: number;
  readonly because?: readonly string[];
  /** In the place of the catalogue's own. */
  readonly check?: readonly string[];
}

/** Looks at one aspect of a failure. Rules do not know each other: what several find adds up. */
export type Rule = (clues: Clues) => readonly Finding[];

/** From here on the evidence itself says so. */
const certain = 90;
const likely = 50;
const maxCauses = 6;

/** Findings of one cause become one; the weightiest comes first. */
export function rank(findings: readonly Finding[]): LikelyCause[] {
  const merged = new Map<CauseName, { weight: number; because: Set<string>; check: readonly string[] | undefined }>();
  for (const { cause, weight, because = [], check } of findings) {
    const known = merged.get(cause);
    if (known === undefined) {
      merged.set(cause, { weight, because: new Set(because), check });
    } else {
      known.weight = Math.max(known.weight, weight);
      known.check ??= check;
      for (const text of because) known.because.add(text);
    }
  }
  return [...merged]
    .sort(([, a], [, b]) => b.weight - a.weight)
    .slice(0, maxCauses)
    .map(([cause, { weight, because, check }]) => ({
      cause,
      likelihood: likelihoodOf(weight),
      summary: catalogue[cause].summary,
      because: [...because],
      check: check ?? catalogue[cause].check,
    }));
}

function likelihoodOf(weight: number): Likelihood {
  return weight >= certain ? 'certain' : weight >= likely ? 'likely' : 'possible';
}
