import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { nodeFileTrace } from '@vercel/nft';
import { Application, checkout, runNode, succeed } from './installed';

/**
 * Where the addon is looked for, on any platform: the programs here believe that they are on Windows and print the file that
 * they would load. Others of that name lie wherever somebody else might have put them.
 */

const app = new Application();
const arch = 'x64';
const addon = join('prebuilds', `win32-${arch}`, 'sspi.node');

const program = `
  for (const [name, value] of [['platform', 'win32'], ['arch', '${arch}']]) Object.defineProperty(process, name, { value });
  process.dlopen = (module, path) => { throw new Error('would load ' + path); };
  require('sspi').listPackages().catch(({ code, cause, message }) => {
    console.log(cause === undefined ? code + ' ' + message : cause.message.slice('would load '.length));
  });
`;

/** Node's own way to give ES modules the `require` that bundled CommonJS asks for. */
const withRequire = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

beforeAll(async () => {
  await app.install();
  app.write('program.cjs', program);
});
afterAll(() => app.remove());

/** Makes a bundle of the program. */
async function bundle(file: string, options: BuildOptions = {}): Promise<string> {
  const outfile = join(app.directory, file);
  const entryPoints = [join(app.directory, 'program.cjs')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', logLevel: 'silent', ...options });
  return outfile;
}

/** What lies ready for a loader that looks too far: a whole package, and single files. */
function plant(...folders: readonly string[]): void {
  for (const folder of folders) {
    app.write(join(folder, 'package.json'), '{ "name": "sspi", "version": "1.0.0" }');
    app.write(join(folder, addon), 'planted');
    app.write(join(folder, 'sspi.node'), 'planted');
    app.write(join(folder, 'dist', 'binding', 'running-file.js'), '');
  }
}

async function loaded(args: readonly string[], cwd = app.directory, env = process.env): Promise<string> {
  const { stdout, stderr } = await runNode(args, cwd, env);
  return (stdout + stderr).trim();
}

describe('a package that is installed', () => {
  test('has its addon in its own folder', async () => {
    expect(await loaded(['program.cjs'])).toBe(join(app.installed, addon));
  });

  test.each(['renamed', 'with spaces', 'größe-測試'])('has it there, too, where its folder is %s', async (name) => {
    const folder = join(app.directory, 'other', 'node_modules', name);
    cpSync(app.installed, folder, { recursive: true });
    const file = app.write(join('other', 'program.cjs'), program.replace("'sspi'", `'${name}'`));
    expect(await loaded([file])).toBe(join(folder, addon));
  });

  test('has it there where the program is started from elsewhere', async () => {
    plant('document');
    app.write(join('document', 'main.cjs'), "require('../program.cjs');");
    const folder = join(app.directory, 'document');
    expect(await loaded(['main.cjs', 'sspi.node'], folder)).toBe(join(app.installed, addon));
  });

  test('is traced with its binaries by @vercel/nft, and so by Next’s standalone output', async () => {
    const { fileList } = await nodeFileTrace([join(app.directory, 'program.cjs')], { base: app.directory });
    const found = [...fileList].map((file) => file.replaceAll('\\', '/'));
    expect(found).toContain('node_modules/sspi/package.json');
    const binaries = app.packed.files.map(({ path }) => path).filter((path) => path.endsWith('.node'));
    expect(found).toEqual(expect.arrayContaining(binaries.map((path) => `node_modules/sspi/${path}`)));
    // What was traced is enough.
    for (const file of fileList) {
      const target = join(app.directory, 'standalone', file);
      mkdirSync(join(target, '..'), { recursive: true });
      copyFileSync(join(app.directory, file), target);
    }
    const standalone = join(app.directory, 'standalone');
    expect(await loaded(['program.cjs'], standalone)).toBe(join(standalone, 'node_modules', 'sspi', addon));
  });
});

describe('a bundle', () => {
  const formats = [
    ['CommonJS', 'app.cjs', { format: 'cjs' }],
    ['an ES module', 'app.mjs', { format: 'esm', banner: { js: withRequire } }],
  ] as const;

  describe.each(formats)('%s', (_, file, options) => {
    test('takes the file beside itself, not one that lies two folders above', async () => {
      const above = `planted-above-${file}`;
      const folder = join(above, 'Program Files', 'App');
      const made = await bundle(join(folder, file), options);
      plant(above);
      const beside = app.write(join(folder, 'sspi.node'), 'ours');
      expect(await loaded([made])).toBe(beside);
      const layout = app.write(join(folder, addon), 'ours');
      expect(await loaded([made])).toBe(layout);
    });

    test('without a file beside itself takes none from the current folder, its argument’s or one above', async () => {
      const made = await bundle(join('lonely', 'deep', 'App', file), options);
      plant('lonely', 'lonely/deep', 'cwd', 'cwd/document');
      const folder = join(app.directory, 'lonely', 'deep', 'App');
      for (const args of [[made], [made, 'document/sspi.node'], ['--import', made, 'document/sspi.node']]) {
        expect(await loaded(args, join(app.directory, 'cwd'))).toContain(join(folder, addon));
      }
    });

    test('is not led to the folder that the bundler wrote in for __dirname', async () => {
      plant('builder');
      const folder = join(app.directory, 'builder', 'dist', 'binding');
      const define = { __dirname: JSON.stringify(folder) };
      const made = await bundle(join('released', file), { ...options, define });
      expect(await loaded([made])).toBe(join(app.directory, 'released', addon));
    });

    test('does without a platform and an architecture that the bundler wrote in', async () => {
      const define = { 'process.platform': '"linux"', 'process.arch': '"mips"' };
      const made = await bundle(join('folded', file), { ...options, define });
      expect(await loaded([made])).toBe(join(app.directory, 'folded', addon));
    });
  });

  test('that is evaluated as text has no place of its own', async () => {
    const made = await bundle('text.cjs');
    plant('evaluated');
    const evaluate = `const { readFileSync } = require('node:fs');
      new Function('require', 'module', readFileSync(${JSON.stringify(made)}, 'utf8'))(require, {});`;
    const said = await loaded(['-e', evaluate, 'sspi.node'], join(app.directory, 'evaluated'));
    expect(said).toMatch(/^ERR_SSPI_BINARY_UNAVAILABLE .*SSPI_BINARY/);
  });
});

describe('a single executable', () => {
  const executable = process.platform === 'win32' ? 'a program.exe' : 'a program';

  test('of Node takes the file beside itself, wherever it was built', async () => {
    plant('build');
    // An absolute `main` is what the engine then believes to run.
    const main = await bundle(join('build', 'dist', 'binding', 'running-file.js'));
    const config = { main, output: 'sea.blob', disableExperimentalSEAWarning: true };
    app.write('sea.json', JSON.stringify(config));
    await succeed(process.execPath, ['--experimental-sea-config', 'sea.json'], app.directory);
    const folder = join(app.directory, 'Program Files');
    mkdirSync(folder);
    const made = join(folder, executable);
    copyFileSync(process.execPath, made);
    const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
    const postject = join(checkout, 'node_modules', 'postject', 'dist', 'cli.js');
    await succeed(process.execPath, [postject, made, 'NODE_SEA_BLOB', 'sea.blob', ...fuse], app.directory);
    expect((await succeed(made, [], app.directory)).trim()).toBe(join(folder, addon));
    const beside = app.write(join('Program Files', 'sspi.node'), 'ours');
    expect((await succeed(made, ['document/sspi.node'], join(app.directory, 'build'))).trim()).toBe(beside);
  });

  test('of Bun does so, too', async () => {
    // What Bun 1.4 was seen to set, without Bun.
    const file = process.platform === 'win32' ? 'B:\\~BUN\\root\\app.exe' : '/$bunfs/root/app';
    plant('bun-build');
    const folder = join(app.directory, 'bun-build', 'dist', 'binding');
    const made = await bundle('bun.cjs', { define: { __dirname: JSON.stringify(folder) } });
    const start = `Object.defineProperty(process.versions, 'bun', { value: '1.4.5' });
      process.execPath = ${JSON.stringify(join(app.directory, 'bun', executable))};
      const text = require('node:fs').readFileSync(${JSON.stringify(made)}, 'utf8');
      const run = '(function (require, module) {' + text + '})';
      require('node:vm').runInThisContext(run, { filename: ${JSON.stringify(file)} })(require, {});`;
    expect(await loaded(['-e', start])).toBe(join(app.directory, 'bun', addon));
  });
});

describe('SSPI_BINARY', () => {
  test('decides', async () => {
    const named = app.write(join('named', 'any name.bin'), 'ours');
    expect(await loaded(['program.cjs'], app.directory, { ...process.env, SSPI_BINARY: named })).toBe(named);
  });

  test.each(['sspi.node', './sspi.node', 'prebuilds/win32-x64/sspi.node'])('is refused as %s', async (value) => {
    plant('relative');
    const cwd = join(app.directory, 'relative');
    const said = await loaded(['../program.cjs'], cwd, { ...process.env, SSPI_BINARY: value });
    expect(said).toMatch(/^ERR_SSPI_BINARY_UNAVAILABLE .*SSPI_BINARY.*absolute/);
    expect(said).toContain(`"${value}"`);
  });
});
