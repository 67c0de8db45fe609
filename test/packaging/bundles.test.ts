import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { Application, runNode } from './installed';
import { runNodeOnWindows, testOnWindows, windowsPath } from './windows';

const app = new Application();

const program = `
  import { listPackages, secChannelBindings } from 'sspi';
  const packages = listPackages().then((all) => all.some(({ name }) => name === 'Kerberos'), (error) => error.code);
  packages.then((result) => console.log(secChannelBindings(Buffer.alloc(3)).length, result));
`;

/** Node's own way to give ES modules the `require` that bundled CommonJS asks for. */
const withRequire = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const formats: readonly (readonly [string, BuildOptions])[] = [
  ['app.cjs', { format: 'cjs' }],
  ['app.mjs', { format: 'esm', banner: { js: withRequire } }],
  ['app.min.cjs', { format: 'cjs', minify: true }],
];

/** Of Windows' Node. */
const arch = process.platform === 'win32' ? process.arch : 'x64';

/** Says why it could not be loaded. */
const causes = `
  import { listPackages } from 'sspi';
  listPackages().catch((error) => {
    const [{ cause, likelihood }] = error.explain().causes;
    console.log(error.message, cause, likelihood);
  });
`;

const bundles = join(app.directory, 'bundles');

beforeAll(async () => {
  await app.install();
  const entryPoints = [app.write('app.mjs', program)];
  for (const [file, options] of formats) {
    const common = { entryPoints, outfile: join(bundles, file), bundle: true, platform: 'node', ...options } as const;
    const { warnings } = await build({ ...common, logLevel: 'silent' });
    expect(warnings).toEqual([]);
  }
  const entry = app.write('causes.mjs', causes);
  await build({ entryPoints: [entry], outfile: join(bundles, 'causes.cjs'), bundle: true, platform: 'node' });
  // Nothing of the package is left to be found but the binary, where bundlers put files.
  mkdirSync(bundles, { recursive: true });
  copyFileSync(join(app.installed, `prebuilds/win32-${arch}/sspi.node`), join(bundles, 'sspi.node'));
  app.uninstall();
});
afterAll(() => app.remove());

const files = formats.map(([file]) => file);

test.each(files)('a bundle (%s) loads on any platform', async (file) => {
  const { stdout } = await runNode([file], bundles);
  expect(stdout.trim()).toBe(process.platform === 'win32' ? '35 true' : '35 ERR_SSPI_UNSUPPORTED_PLATFORM');
});

testOnWindows.each(files)('a bundle (%s) finds the binary beside itself', async (file) => {
  const { stdout } = await runNodeOnWindows([file], bundles);
  expect(stdout.trim()).toBe('35 true');
});

describe('SSPI_BINARY', () => {
  beforeAll(() => {
    mkdirSync(join(app.directory, 'elsewhere'));
    copyFileSync(join(bundles, 'sspi.node'), join(app.directory, 'elsewhere', 'renamed.node'));
    copyFileSync(join(bundles, 'app.cjs'), join(app.directory, 'app.cjs'));
  });

  testOnWindows('says where a bundle finds the binary', async () => {
    const env = { ...process.env, SSPI_BINARY: windowsPath(join(app.directory, 'elsewhere', 'renamed.node')) };
    const { stdout } = await runNodeOnWindows(['app.cjs'], app.directory, env);
    expect(stdout.trim()).toBe('35 true');
  });

  testOnWindows.each(['elsewhere\\renamed.node', '\\elsewhere\\renamed.node', 'Z:elsewhere\\renamed.node'])(
    'is refused as %s, which depends on the current folder or drive',
    async (SSPI_BINARY) => {
      const { stdout } = await runNodeOnWindows(['app.cjs'], app.directory, { ...process.env, SSPI_BINARY });
      expect(stdout.trim()).toBe('35 ERR_SSPI_BINARY_UNAVAILABLE');
    },
  );
});

testOnWindows('a bundle in a folder with spaces, letters outside ASCII and a long name finds its binary', async () => {
  const deep = join(app.directory, 'größe 測試', ...Array.from({ length: 6 }, (_, i) => `${i}${'x'.repeat(50)}`));
  expect(deep.length).toBeGreaterThan(300);
  mkdirSync(deep, { recursive: true });
  for (const file of ['app.cjs', 'sspi.node']) copyFileSync(join(bundles, file), join(deep, file));
  const main = app.write('far.cjs', `require(${JSON.stringify(windowsPath(join(deep, 'app.cjs')))});`);
  const { stdout } = await runNodeOnWindows([basename(main)], app.directory);
  expect(stdout.trim()).toBe('35 true');
});

testOnWindows('a bundle whose platform was written in for another one finds its binary', async () => {
  const define = { 'process.platform': '"linux"', 'process.arch': '"arm64"' };
  const outfile = join(bundles, 'folded.cjs');
  await build({ entryPoints: [join(bundles, 'app.cjs')], outfile, define, platform: 'node', logLevel: 'silent' });
  const { stdout } = await runNodeOnWindows(['folded.cjs'], bundles);
  expect(stdout.trim()).toBe('35 true');
});

testOnWindows('a bundle without its binary says what is missing', async () => {
  copyFileSync(join(bundles, 'app.cjs'), join(app.directory, 'alone.cjs'));
  const { stdout } = await runNodeOnWindows(['alone.cjs'], app.directory);
  expect(stdout.trim()).toBe('35 ERR_SSPI_BINARY_UNAVAILABLE');
});

describe('Node’s own refusals', () => {
  testOnWindows.each([
    ['--no-addons', ['--no-addons'], 'addons-disabled certain'],
    ['--permission', ['--permission', '--allow-fs-read=*'], 'addons-not-permitted certain'],
  ])('%s is its own cause', async (flag, args, cause) => {
    const { stdout } = await runNodeOnWindows([...args, 'causes.cjs'], bundles);
    expect(stdout).toContain(cause);
    expect(stdout).toContain('"Cannot load native addon because loading addons is disabled."');
    expect(stdout).toContain(flag === '--permission' ? '--allow-addons' : flag);
  });
});
