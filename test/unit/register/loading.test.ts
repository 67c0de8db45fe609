/** What `sspi/register` loads before the program starts: every process that inherits NODE_OPTIONS waits for it. */
import path from 'node:path';
import { checkout, runNode } from '../../support/child';

const dist = path.join(checkout, 'dist');
const proxy = { HTTPS_PROXY: 'http://proxy.corp.test:3128', NO_PROXY: 'localhost' };

interface Loaded {
  /** Modules of this package, below dist/. */
  readonly own: readonly string[];
  /** Node's own. */
  readonly node: readonly string[];
}

/** Only whether there is a binding is asked before the first connection to a proxy. */
const withBinding = "globalThis[Symbol.for('sspi.binding')] = {};";

async function loaded(env: Readonly<Record<string, string>>, before = withBinding): Promise<Loaded> {
  const script = `
    const before = new Set(process.moduleLoadList);
    ${before}
    require('sspi/register');
    const node = process.moduleLoadList.filter((name) => !before.has(name));
    const own = Object.keys(require('module')._cache).filter((file) => file.startsWith(${JSON.stringify(dist)}));
    console.log(JSON.stringify({ own, node }));`;
  const { stdout, stderr } = await runNode(['-e', script], { env, provider: false });
  expect(stderr).toBe('');
  const { own, node } = JSON.parse(stdout) as Loaded;
  const nameOf = (file: string): string => path.relative(dist, file).replaceAll('\\', '/').replace(/\.js$/, '');
  return { own: own.map(nameOf).sort(), node: node.map((name) => name.replace(/^NativeModule /, '')) };
}

/** On Windows nobody has to ask whether there is a binding. */
const first = ['http/register/index', ...(process.platform === 'win32' ? [] : ['injected'])];
/** What makes a process start later: each takes longer than this package's own modules. */
const network = ['net', 'tls', 'http', 'https', 'crypto', 'dns', 'child_process', 'internal/deps/undici/undici'];

test('without a proxy: the environment is read, and nothing of the network is loaded', async () => {
  const { own, node } = await loaded({});
  expect(own).toEqual([...first, 'http/register/environment'].sort());
  expect(node.filter((name) => network.includes(name))).toEqual([]);
});

test('with one: node:http and node:https, whose agents are changed, and nothing that connects', async () => {
  const { own, node } = await loaded(proxy);
  expect(own).toEqual(
    [...first, 'http/client/proxy/server', 'http/register/change', 'http/register/environment', 'once'].sort(),
  );
  expect(node).toEqual(expect.arrayContaining(['http', 'https']));
  expect(node.filter((name) => /undici|child_process|worker|\.node$/.test(name))).toEqual([]);
});

if (process.platform !== 'win32') {
  test('in a child process where nothing can sign on, only that', async () => {
    const { own, node } = await loaded({ ...proxy, SSPI_REGISTER_TOLD: '1' }, '');
    expect(own).toEqual([...first, 'http/register/notice'].sort());
    expect(node.filter((name) => network.includes(name))).toEqual([]);
  });
}
