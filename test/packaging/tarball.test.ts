import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Application } from './installed';

const app = new Application();

beforeAll(() => app.install());
afterAll(() => app.remove());

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

test('the tarball holds what is needed at run time, and nothing else', () => {
  const paths = app.packed.files.map(({ path }) => path);
  const top = new Set(paths.map((path) => path.split('/')[0]));
  expect([...top].sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'prebuilds']);

  const dist = paths.filter((path) => path.startsWith('dist/'));
  expect(dist.filter((path) => !/\.(js|mjs|d\.ts|d\.mts)$/.test(path))).toEqual([]);
  const prebuilds = paths.filter((path) => path.startsWith('prebuilds/'));
  const binary = /^prebuilds\/win32-(x64|ia32|arm64)\/(sspi\.node|winpthreads-notice\.txt)$/;
  expect(prebuilds.filter((path) => !binary.test(path))).toEqual([]);
  expect(prebuilds).not.toEqual([]);
});

test('the notice of winpthreads is beside the binaries that hold it, and no others', () => {
  const binaries = app.packed.files.map(({ path }) => path).filter((path) => path.endsWith('/sspi.node'));
  expect(binaries).not.toEqual([]);
  for (const path of binaries) {
    const folder = join(app.installed, dirname(path));
    // The texts of its assertions name its source files.
    const holdsIt = readFileSync(join(folder, 'sspi.node')).includes('winpthreads/src/');
    const notice = join(folder, 'winpthreads-notice.txt');
    expect([path, existsSync(notice)]).toEqual([path, holdsIt]);
    if (holdsIt)
      expect(readFileSync(notice, 'utf8')).toMatch(/mingw-w64 project[^]*THE SOFTWARE IS PROVIDED "AS IS"[^]*Lockless/);
  }
});

test('the manifest names the repository, without which npm publishes nothing with provenance', () => {
  const manifest = readJson(join(app.installed, 'package.json')) as Record<string, unknown>;
  expect(manifest['repository']).toEqual({
    type: 'git',
    url: expect.stringMatching(/^git\+https:\/\/github\.com\/[\w-]+\/sspi\.git$/),
  });
});

test('every file that package.json names is in the tarball', () => {
  const manifest = readJson(join(app.installed, 'package.json')) as Record<string, unknown>;
  const named = [manifest['main'], manifest['types'], manifest['bin'], manifest['exports']].flatMap(strings);
  expect(named.length).toBeGreaterThan(4);
  const paths = app.packed.files.map(({ path }) => path);
  expect(named.filter((file) => !paths.includes(file.replace(/^\.\//, '')))).toEqual([]);
});

test('installing runs no script, compiles nothing and downloads nothing', () => {
  const { code, stdout, stderr } = app.installation;
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  // npm announces each script that it runs.
  expect(stdout + stderr).not.toMatch(/> sspi@/);
  const lock = readJson(join(app.directory, 'node_modules', '.package-lock.json')) as {
    packages: Record<string, Record<string, unknown>>;
  };
  expect(Object.keys(lock.packages)).toEqual(['node_modules/sspi']);
  expect(lock.packages['node_modules/sspi']).not.toHaveProperty('hasInstallScript');
});

test('the manifest asks npm for nothing at installation', () => {
  const manifest = readJson(join(app.installed, 'package.json')) as Record<string, Record<string, unknown>>;
  for (const script of ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']) {
    expect(manifest['scripts']).not.toHaveProperty(script);
  }
  // Where it finds a binding.gyp, npm adds an install script of its own when it publishes.
  expect(manifest['gypfile']).toBe(false);
  for (const kind of ['dependencies', 'optionalDependencies', 'bundleDependencies']) {
    expect(manifest).not.toHaveProperty(kind);
  }
  // A peer that is optional is not installed: npm only checks its version where the application has it.
  const peers = Object.keys(manifest['peerDependencies'] ?? {});
  expect(manifest['peerDependenciesMeta']).toEqual(Object.fromEntries(peers.map((name) => [name, { optional: true }])));
});

test('what is installed is what was packed', () => {
  const files = readdirSync(app.installed, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(app.installed, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'));
  expect(files.sort()).toEqual(app.packed.files.map(({ path }) => path).sort());
});

/** All strings in a value of package.json. */
function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}
