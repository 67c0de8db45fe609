import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { Application, runNode } from './installed';
import { runNodeOnWindows, testOnWindows } from './windows';

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

const bundles = join(app.directory, 'bundles');

beforeAll(async () => {
  await app.install();
  const entryPoints = [app.write('app.mjs', program)];
  for (const [file, options] of formats) {
    const common = { entryPoints, outfile: join(bundles, file), bundle: true, platform: 'node', ...options } as const;
    const { warnings } = await build({ ...common, logLevel: 'silent' });
    expect(warnings).toEqual([]);
  }
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

testOnWindows('a bundle finds the binary where SSPI_BINARY says', async () => {
  mkdirSync(join(app.directory, 'elsewhere'));
  copyFileSync(join(bundles, 'sspi.node'), join(app.directory, 'elsewhere', 'renamed.node'));
  copyFileSync(join(bundles, 'app.cjs'), join(app.directory, 'app.cjs'));
  const env = { ...process.env, SSPI_BINARY: 'elsewhere\\renamed.node' };
  const { stdout } = await runNodeOnWindows(['app.cjs'], app.directory, env);
  expect(stdout.trim()).toBe('35 true');
});

testOnWindows('a bundle without its binary says what is missing', async () => {
  copyFileSync(join(bundles, 'app.cjs'), join(app.directory, 'alone.cjs'));
  const { stdout } = await runNodeOnWindows(['alone.cjs'], app.directory);
  expect(stdout.trim()).toBe('35 ERR_SSPI_BINARY_UNAVAILABLE');
});
