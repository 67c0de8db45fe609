import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { acquireCredentials, listPackages, secChannelBindings } from 'sspi';
import { loadBinding, useBinding } from '#lib/binding/load';
import { scriptedProvider } from '#lib/testing/scripted-provider';
import { bytes, rejection, thrown } from './support';

const root = join(__dirname, '..', '..');
const { platform, arch } = process;

/** Runs on another machine, as far as the loader can tell. */
function pretend(name: NodeJS.Platform, machine: string = arch): void {
  Object.defineProperty(process, 'platform', { value: name });
  Object.defineProperty(process, 'arch', { value: machine });
}

afterEach(() => {
  pretend(platform, arch);
  delete process.env['SSPI_BINARY'];
  useBinding(undefined);
});

describe('importing the package never fails, on any platform', () => {
  test.each([
    ['require', ['-e', 'const s = require("sspi"); console.log(typeof s.initiate, typeof s.SspiError)']],
    [
      'import',
      [
        '--input-type=module',
        '-e',
        'import { initiate, SspiError } from "sspi"; console.log(typeof initiate, typeof SspiError)',
      ],
    ],
  ])('by %s', (_, args) => {
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).trim()).toBe('function function');
  });

  test('ESM and CommonJS share one instance', () => {
    const script =
      'import * as a from "sspi"; import { createRequire } from "node:module"; console.log(createRequire(import.meta.url)("sspi").SspiError === a.SspiError)';
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(output.trim()).toBe('true');
  });

  test.each(['sspi', 'sspi/mssql'])('%s loads nothing heavy before it is needed', (name) => {
    const script = `const before = new Set(process.moduleLoadList); require("${name}"); console.log(JSON.stringify(process.moduleLoadList.filter((m) => !before.has(m))))`;
    const loaded = JSON.parse(
      execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }),
    ) as string[];
    expect(loaded.filter((name) => /crypto|tls|url|child_process|\.node$/.test(name))).toEqual([]);
  });
});

describe('off Windows', () => {
  test('what needs secur32 rejects', async () => {
    pretend('linux');
    for (const promise of [listPackages(), acquireCredentials({ package: 'Negotiate', use: 'outbound' })]) {
      expect(await rejection(promise)).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
    }
  });

  test('what does not need it works', () => {
    pretend('darwin');
    expect(secChannelBindings(bytes('x'))).toHaveLength(33);
  });
});

describe('a binary that cannot be loaded', () => {
  test('names the file, the cause and what to do', () => {
    pretend('win32', 'mips');
    const error = thrown(() => loadBinding());
    expect(error).toMatchObject({ code: 'ERR_SSPI_BINARY_UNAVAILABLE', cause: expect.anything() });
    expect(error.message).toContain(join('prebuilds', 'win32-mips', 'sspi.node'));
    expect(error.hint).toContain('SSPI_BINARY');
  });

  test('SSPI_BINARY says where it is', () => {
    pretend('win32');
    process.env['SSPI_BINARY'] = __filename;
    const error = thrown(() => loadBinding());
    expect(error).toMatchObject({ code: 'ERR_SSPI_BINARY_UNAVAILABLE' });
    expect(error.message).toContain(__filename);
    expect(error.hint).toContain(process.arch);
  });

  test('is tried again at the next call, and not kept', () => {
    pretend('win32', 'mips');
    thrown(() => loadBinding());
    const binding = scriptedProvider();
    useBinding(binding);
    expect(loadBinding()).toBe(binding);
  });
});
