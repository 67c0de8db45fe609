import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { Application, checkout, runNode, type Ran } from './installed';

/** `sspi/testing` under the runners that applications use, and the snippets of docs/testing.md as they stand there. */

const app = new Application();

beforeAll(async () => {
  await app.install();
  app.lend('vitest');
});
afterAll(() => app.remove());

/** The script behind a package's command, of the checkout. */
function command(name: string): string {
  const manifest = require.resolve(`${name}/package.json`, { paths: [checkout] });
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> };
  return join(dirname(manifest), typeof bin === 'string' ? bin : (bin[name] as string));
}

/** Without what jest and node:test tell the programs that they start. */
function runner(args: readonly string[]): Promise<Ran> {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of ['JEST_WORKER_ID', 'NODE_TEST_CONTEXT', 'NODE_ENV', 'FORCE_COLOR'])
    Reflect.deleteProperty(env, name);
  return runNode(args, app.directory, env);
}

async function passes(ran: Promise<Ran>): Promise<void> {
  const { code, stdout, stderr } = await ran;
  expect({ code, output: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, output: '' });
}

function jestRun(file: string, config: object = {}): Promise<Ran> {
  const whole = { rootDir: app.directory, testMatch: [`**/${file}`], transform: {}, ...config };
  return runner([command('jest'), '--config', JSON.stringify(whole), '--runInBand']);
}

const vitestRun = (file: string, ...args: string[]): Promise<Ran> =>
  runner([command('vitest'), 'run', '--root', app.directory, ...args, file]);

describe('a provider in use stays in use', () => {
  /** Nobody but the domain in memory knows this user. */
  const outcome = `
    const name = async ({ acquireCredentials }) => {
      const credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
      const found = await credentials.name();
      await credentials.dispose();
      return found;
    };
    const inUse = () => useProvider(memoryProvider({ users: { alice: 'Wonderland' }, realm: 'MEMORY.TEST' }));
  `;

  const jestFile = `
    const { memoryProvider, useProvider } = require('sspi/testing');
    ${outcome}
    test('after resetModules', async () => {
      const provider = inUse();
      jest.resetModules();
      expect(await name(require('sspi'))).toBe('MEMORY\\\\alice');
      const again = require('sspi/testing');
      const second = again.useProvider(again.memoryProvider({ users: { bob: 'x' }, realm: 'SECOND.TEST' }));
      expect(await name(require('sspi'))).toBe('SECOND\\\\bob');
      second.restore();
      expect(await name(require('sspi'))).toBe('MEMORY\\\\alice');
      const leaks = again.watchLeaks();
      await leaks.check();
      provider.restore();
      jest.resetModules();
      const after = await name(require('sspi')).catch(({ code }) => code);
      expect(after).not.toBe('MEMORY\\\\alice');
    });
    test('in isolated modules', async () => {
      const provider = inUse();
      await jest.isolateModulesAsync(async () => expect(await name(require('sspi'))).toBe('MEMORY\\\\alice'));
      provider.restore();
    });
  `;

  test.each([false, true])('under jest, with resetModules: %s', async (resetModules) => {
    app.write('registry.jest.test.cjs', jestFile);
    await passes(jestRun('registry.jest.test.cjs', { resetModules }));
  });

  const vitestFile = `
    import { createRequire } from 'node:module';
    import { expect, test, vi } from 'vitest';
    import * as sspi from 'sspi';
    import { memoryProvider, useProvider } from 'sspi/testing';
    ${outcome}
    test('however it is loaded', async () => {
      const provider = inUse();
      expect(await name(sspi)).toBe('MEMORY\\\\alice');
      expect(await name(createRequire(import.meta.url)('sspi'))).toBe('MEMORY\\\\alice');
      vi.resetModules();
      expect(await name(await import('sspi'))).toBe('MEMORY\\\\alice');
      const again = await import('sspi/testing');
      const second = again.useProvider(again.memoryProvider({ users: { bob: 'x' }, realm: 'SECOND.TEST' }));
      expect(await name(sspi)).toBe('SECOND\\\\bob');
      second.restore();
      provider.restore();
      const after = await name(sspi).catch(({ code }) => code);
      expect(after).not.toBe('MEMORY\\\\alice');
    });
  `;

  test.each(['threads', 'forks', 'vmThreads', 'vmForks'])('under vitest, in its pool %s', async (pool) => {
    app.write('registry.test.mjs', vitestFile);
    await passes(vitestRun('registry.test.mjs', `--pool=${pool}`));
  });
});

describe('the snippets of docs/testing.md run', () => {
  const page = readFileSync(join(checkout, 'docs', 'testing.md'), 'utf8');
  const snippets = [...page.matchAll(/^```(ts|js)\n(.*?)^```$/gms)].map(([, language, text = '']) => ({
    text: language === 'ts' ? compiled(text) : text,
    title:
      text.split('\n').find((line) => /\b(test\(|await|memoryProvider\(|scriptedProvider\(|function)/.test(line)) ?? '',
  }));

  test('and are there', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(8);
    for (const runner of ["'node:test'", "'vitest'", 'beforeEach']) {
      expect(snippets.some(({ text }) => text.includes(runner))).toBe(true);
    }
  });

  test.each(snippets.map(({ title, text }, i) => [i + 1, title.trim(), text] as const))(
    '%s: %s',
    async (i, _, text) => {
      if (text.includes("'vitest'")) {
        app.write(`snippet-${i}.test.mjs`, text);
        await passes(vitestRun(`snippet-${i}.test.mjs`));
      } else if (/\brequire\(/.test(text)) {
        app.write(`snippet-${i}.jest.test.cjs`, text);
        await passes(jestRun(`snippet-${i}.jest.test.cjs`));
      } else {
        await passes(runner([app.write(`snippet-${i}.mjs`, text)]));
      }
    },
  );

  function compiled(text: string): string {
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    return ts.transpileModule(text, { compilerOptions }).outputText;
  }
});
