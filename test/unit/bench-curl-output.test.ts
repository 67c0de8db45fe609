/** What the benchmarks accept as a round of curl: a request that did not sign on must not be counted. */
import path from 'node:path';
import { execFileSync } from 'node:child_process';

const checkout = path.resolve(__dirname, '../..');

/** @returns What was thrown for this output of curl; 'counted' if nothing. */
function judged(output: string, requests: number): string {
  const script = `
    import { mustBeAnswered } from './bench/host/curl-output.mjs';
    try {
      mustBeAnswered(${JSON.stringify(output)}, ${requests});
      console.log('counted');
    } catch (error) {
      console.log(error.message);
    }`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: checkout, encoding: 'utf8' });
}

test.each([
  ['200\n200\n200\n', 'counted\n'],
  ['200\n401\n200\n', 'curl reported status "401" for a request instead of 200\n'],
  ['200\n000\n200\n', 'curl reported status "000" for a request instead of 200\n'],
  ['200\n\n200\n', 'curl reported status "" for a request instead of 200\n'],
  ['200\n200\n', 'curl reported 2 requests instead of 3\n'],
  ['200\n200\n200\n200\n', 'curl reported 4 requests instead of 3\n'],
  ['', 'curl reported 0 requests instead of 3\n'],
])('%j for three requests: %j', (output, result) => {
  expect(judged(output, 3)).toBe(result);
});
