/** The examples of integration tests against a domain controller, with their own test runners, in Windows' node.exe. */
import { runOnWindows } from '../support/lab';

const env = { DIRECTORY: '127.0.0.1', DIRECTORY_TARGET: 'ldap/dc1.corp.test' };

test('node:test', async () => {
  const { code, stdout } = await runOnWindows('examples/drivers/directory.node.test.mjs', [], { env });
  expect(stdout).toMatch(/# pass 2|ℹ pass 2/);
  expect(code).toBe(0);
}, 60_000);

test('jest', async () => {
  const config = { rootDir: 'examples/drivers', testMatch: ['**/directory.jest.test.cjs'], transform: {} };
  const args = ['--config', JSON.stringify(config), '--runInBand', '--watchman=false'];
  const { code, stderr } = await runOnWindows('node_modules/jest/bin/jest.js', args, { env });
  expect(stderr).toContain('Tests:       2 passed, 2 total');
  expect(code).toBe(0);
}, 90_000);
