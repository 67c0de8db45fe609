import { catalogue, type CauseName, type Check, type Sign } from '../errors/catalogue/causes';
import type { Clues } from './clues';
import type { Finding } from '../errors/finding';
import type { Likelihood, LikelyCause } from './explanation';

/** Looks at one aspect of a failure. Rules are independent of each other; their findings are combined. */
export type Rule = (clues: Clues) => readonly Finding[];

/** From this weight on, the evidence itself says so. */
const certain = 90;
const likely = 50;
const maxCauses = 6;

/**
 * Merges the findings for each cause and sorts them by weight. Causes that a sign excludes are left out, and so are those that
 * are only usual if something is certain.
 */
export function rank(findings: readonly Finding[], signs: ReadonlySet<Sign>): LikelyCause[] {
  const admitted = findings.filter(({ cause, ground }) => ground === 'said' || !isExcluded(cause, signs));
  const isSettled = admitted.some((finding) => weightOf(finding) >= certain);
  const offered = isSettled ? admitted.filter(({ ground }) => ground !== 'usual') : admitted;
  const merged = new Map<CauseName, { weight: number; because: Set<string>; check: readonly Check[] | undefined }>();
  for (const finding of offered) {
    const { cause, because = [], check } = finding;
    const weight = weightOf(finding);
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
      check: (check ?? catalogue[cause].check).flatMap((one) => textOf(one, signs)),
    }));
}

function isExcluded(cause: CauseName, signs: ReadonlySet<Sign>): boolean {
  return catalogue[cause].excludedBy?.some((sign) => signs.has(sign)) === true;
}

function weightOf({ ground, weight }: Finding): number {
  return ground === 'usual' ? Math.min(weight, certain - 1) : weight;
}

function likelihoodOf(weight: number): Likelihood {
  return weight >= certain ? 'certain' : weight >= likely ? 'likely' : 'possible';
}

function textOf(check: Check, signs: ReadonlySet<Sign>): string[] {
  if (typeof check === 'string') return [check];
  const { text, when, unless } = check;
  const applies = (when === undefined || signs.has(when)) && (unless === undefined || !signs.has(unless));
  return applies ? [text] : [];
}
