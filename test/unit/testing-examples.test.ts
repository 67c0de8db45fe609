import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

/** The examples of docs/testing.md, run as an application would: on this machine, whatever it is, with no domain. */
const checkout = join(__dirname, '..', '..');

function run(...args: string[]): { output: string; code: number | null } {
  // Without jest's own variables, which would make the inner run believe that it is a worker, and node:test's.
  const env = { ...process.env };
  for (const name of ['JEST_WORKER_ID', 'NODE_TEST_CONTEXT']) Reflect.deleteProperty(env, name);
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: checkout, env, encoding: 'utf8' });
  return { output: stdout + stderr, code: status };
}

test('with node:test', () => {
  const { output, code } = run('--test', '--test-reporter=tap', join('examples', 'testing', 'whoami.node.test.mjs'));
  expect(output).toMatch(/^# pass 4$/m);
  expect(output).toMatch(/^# fail 0$/m);
  expect(code).toBe(0);
}, 30_000);

test('with jest', () => {
  const config = { rootDir: join(checkout, 'examples', 'testing'), testMatch: ['**/*.jest.test.cjs'], transform: {} };
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  const { output, code } = run(jest, '--config', JSON.stringify(config), '--runInBand');
  expect(output).toContain('3 passed, 3 total');
  expect(code).toBe(0);
}, 30_000);
