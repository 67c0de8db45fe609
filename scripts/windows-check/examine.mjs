/**
 * Examines claims: for each line of the standard input, which names a claim and its surroundings, one line of the standard
 * output has the outcome. A process beside that of the run, for a fault of SSPI may end it.
 */
import { createInterface } from 'node:readline';
import { SspiError } from 'sspi';
import { NotSeen } from './claim.mjs';
import { claims } from './claims.mjs';

for await (const line of createInterface({ input: process.stdin })) {
  const { id, surroundings } = JSON.parse(line);
  const claim = claims.find((candidate) => candidate.id === id);
  const outcome = await outcomeOf(claim, surroundings);
  process.stdout.write(`\n${JSON.stringify({ id, outcome })}\n`);
}

async function outcomeOf({ check }, surroundings) {
  try {
    const finding = await check(surroundings);
    return { status: 'seen', ...(typeof finding === 'string' ? { detail: finding } : finding) };
  } catch (error) {
    return { status: 'not seen', detail: whatHappened(error) };
  }
}

function whatHappened(error) {
  if (error instanceof NotSeen || SspiError.isSspiError(error)) return error.message;
  return String(error?.stack ?? error)
    .split('\n')
    .slice(0, 2)
    .join(' ')
    .trim();
}
