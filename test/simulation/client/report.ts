import type { ClientOutcome } from './simulate';

/** How many of the last steps are shown. */
const shown = 30;

/** What was wrong with a seed, and how to run it again. */
export function report({ seed, violations, trace, settings }: ClientOutcome): string {
  const lines = [
    `Seed ${seed} of the client: ${violations.length} violations`,
    ...violations.slice(0, 10).map((text) => `  ${text}`),
    `Settings: ${JSON.stringify(settings)}`,
    ...trace.slice(-shown).map((step) => `    ${step}`),
    `Run it again, with every step: npm run simulate -- --client --from ${seed} --seeds 1 --trace`,
  ];
  return lines.join('\n');
}
