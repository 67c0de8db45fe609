/**
 * Examines one claim: its id and the surroundings come by standard input, the outcome goes by standard output, as JSON in
 * the last line. A process of its own, for a fault of SSPI may end it.
 */
import { text } from 'node:stream/consumers';
import { SspiError } from 'sspi';
import { claims } from './claims.mjs';
import { NotSeen } from './claim.mjs';

const { id, surroundings } = JSON.parse(await text(process.stdin));
const claim = claims.find((candidate) => candidate.id === id);
console.log(`\n${JSON.stringify(await outcomeOf(claim))}`);

async function outcomeOf({ check }) {
  try {
    const finding = await check(surroundings);
    return { status: 'seen', ...(typeof finding === 'string' ? { detail: finding } : finding) };
  } catch (error) {
    return { status: 'not seen', detail: whatHappened(error) };
  }
}

function whatHappened(error) {
  if (error instanceof NotSeen) return error.message;
  if (SspiError.isSspiError(error)) return error.message;
  return String(error?.stack ?? error)
    .split('\n')
    .slice(0, 2)
    .join(' ')
    .trim();
}
