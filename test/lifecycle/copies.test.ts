import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accept, acquireCredentials, initiate, SspiError } from 'sspi';
import { life } from './child';

const theme = 'copies';
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sspi-'));
});

afterAll(() => rmSync(directory, { recursive: true, maxRetries: 5 }));

test('two copies of the package work side by side', async () => {
  const counts = (credentials: number, contexts: number): string =>
    JSON.stringify({ credentials, contexts, buffers: 0, calls: 0 });
  expect(await life(theme, 'twoCopies', { args: [join(directory, 'copy')] })).toEqual([
    'same code: false',
    `one: ${counts(1, 1)}`,
    `two: ${counts(1, 2)}`,
    'SEC_E_SECPKG_NOT_FOUND instanceof: true',
    'SEC_E_SECPKG_NOT_FOUND instanceof: true',
    'ERR_SSPI_INVALID_ARGUMENT',
    `one: ${counts(0, 0)}`,
  ]);
});

test('handles of one copy are refused by another', async () => {
  const refused = 'ERR_SSPI_INVALID_ARGUMENT';
  expect(await life(theme, 'handlesOfAnotherCopy', { args: [join(directory, 'other copy')] })).toEqual([
    refused,
    refused,
    refused,
    refused,
    '[0,0]',
  ]);
});

test('one copy may be loaded twice into a thread', async () => {
  expect(await life(theme, 'loadedTwice')).toEqual([
    'same code: false',
    JSON.stringify({ credentials: 2, contexts: 2, buffers: 0, calls: 0 }),
    JSON.stringify({ credentials: 0, contexts: 0, buffers: 0, calls: 0 }),
  ]);
});

test('import and require share one copy', async () => {
  expect(await life(theme, 'bothModuleSystems')).toEqual([
    'same functions: true, same class: true',
    'established or under way: false',
  ]);
});

test('values of another realm are as good as those of the package’s own', async () => {
  expect(await life(theme, 'otherRealm')).toEqual(['1,2,3 true ERR_SSPI_HANDSHAKE_OVER', '2 contexts']);
});

test('the package works in the realm that a test runner makes', async () => {
  const credentials = await acquireCredentials({ package: 'Scripted', use: 'both' });
  const client = initiate(credentials, { target: 'HTTP/scripted' });
  const server = accept(credentials);
  const { token } = await client.step();
  const answer = await server.step(token);
  await client.step(answer.token);
  expect(Buffer.isBuffer(token)).toBe(true);
  expect(client.established).toBe(true);
  await expect(client.step()).rejects.toBeInstanceOf(SspiError);
  await Promise.all([client, server, credentials].map((each) => each.dispose()));
});

// Electron and other hosts give node.exe another name.
test.each(['electron.exe', 'Größe 12.exe'])('the addon works in a host named %s', async (name) => {
  const executable = join(directory, name);
  copyFileSync(process.execPath, executable);
  expect(await life('endings', 'established', { executable })).toEqual(['true true']);
});
