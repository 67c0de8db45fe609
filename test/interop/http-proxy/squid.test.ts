/** squid, which this project did not write, as the proxy of programs in Windows' node.exe: Kerberos and NTLM, CONNECT included. */
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { checkout, type Ending } from '../support/program';
import { host, packageName, startRegistry, type Registry } from './registry';
import { Peers, peersCertificate, runOnWindows, type WindowsOptions } from '../support/lab';

jest.setTimeout(120_000);

const main = path.join(checkout, 'dist', 'cli', 'main.js');
const register = path.join(checkout, 'dist', 'http', 'register', 'index.js');
const client = path.join(checkout, 'test', 'interop', 'http-proxy', 'client.cjs');
const program = path.join(checkout, 'dist-test', 'support', 'unchanged.js');
/** The npm that runs the suites, or that of Debian's packages of Node. */
const npm = process.env['npm_execpath'] ?? '/usr/lib/node_modules/npm/bin/npm-cli.js';

describe('squid', () => {
  let peers: Peers;
  let registry: Registry;
  let origin: http.Server;
  let plain: string;
  let proxy: string;
  const fields: string[][] = [];

  beforeAll(async () => {
    [peers, registry] = await Promise.all([Peers.start('squid'), startRegistry()]);
    const { host: name, port } = peers.get('squid');
    proxy = `http://${name}:${port}`;
    origin = http.createServer((request, response) => {
      fields.push(Object.keys(request.headers));
      response.end('plain');
    });
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    plain = `http://${host}:${(origin.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    origin.close();
    origin.closeAllConnections();
    await registry[Symbol.asyncDispose]();
    await peers[Symbol.asyncDispose]();
  }, 30_000);

  const run = (script: string, args: readonly string[], options: WindowsOptions = {}): Promise<Ending> =>
    runOnWindows(script, args, {
      ...options,
      env: {
        HTTP_PROXY: proxy,
        HTTPS_PROXY: proxy,
        NO_PROXY: '',
        TEST_CA: windowsPath(peersCertificate),
        ...options.env,
      },
    });
  const loggedSince = (length: number): string => peers.log('squid').slice(length);

  test.each([
    ['Kerberos', 'plain', [], 'alice@CORP.TEST'],
    ['Kerberos', 'a tunnel', [], 'alice@CORP.TEST'],
    ['NTLM', 'plain', ['--ntlm-user', 'CORP\\bob'], 'CORP\\\\bob'],
    ['NTLM', 'a tunnel', ['--ntlm-user', 'CORP\\bob'], 'CORP\\\\bob'],
  ])('SspiAgent by %s, %s', async (_package, way, args, user) => {
    const length = peers.log('squid').length;
    const url = way === 'plain' ? plain : `${registry.url}${packageName}`;
    const options = args.length === 0 ? {} : { tickets: 'none', env: { SSPI_PASSWORD: 'Builder-2024!' } };
    const { stdout, stderr } = await run(client, [proxy, url, ...args], options);
    expect([JSON.parse(stdout || '{}'), stderr]).toEqual([expect.objectContaining({ status: 200 }), expect.anything()]);
    expect(loggedSince(length)).toContain(user);
  });

  test('without a ticket the error says so, and no token leaves', async () => {
    const length = peers.log('squid').length;
    const { stdout } = await run(client, [proxy, registry.url], { tickets: 'none' });
    expect(JSON.parse(stdout)).toMatchObject({ error: expect.stringMatching(/^SEC_E_/) as string });
    expect(loggedSince(length).trim().split('\n')).toHaveLength(1);
  });

  test.each([[{}], [{ NODE_USE_ENV_PROXY: '1' }]])(
    'a program that knows nothing of proxies, with %j: http, https and fetch',
    async (env) => {
      const files = [windowsPath(register), windowsPath(program)];
      const { stdout, stderr } = await run('--require', [...files, plain, registry.url], { env });
      expect([stdout === '' ? stderr : JSON.parse(stdout), stderr]).toEqual([
        { http: 200, https: 404, 'fetch http': 200, 'fetch https': 404 },
        expect.not.stringContaining('sspi/register: '),
      ]);
      expect(fields.flat()).not.toContain('proxy-authorization');
    },
  );

  test('npm installs a package through a tunnel, by sspi run', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-npm-'));
    try {
      const options = [
        '--no-audit',
        '--no-fund',
        '--no-update-notifier',
        '--ignore-scripts',
        '--fetch-retries=0',
        '--loglevel=notice',
      ];
      const places = [`--registry=${registry.url}`, `--cafile=${windowsPath(peersCertificate)}`];
      const cache = [`--cache=${windowsPath(path.join(place, 'cache'))}`, `--prefix=${windowsPath(place)}`];
      const all = [windowsPath(npm), 'install', packageName, ...options, ...places, ...cache];
      const length = peers.log('squid').length;
      const { code, stdout, stderr } = await run(main, ['run', '--', await nodeOnWindows(), ...all]);
      expect({ code, stdout, stderr }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('added 1 package') as string,
      });
      const installed = path.join(place, 'node_modules', packageName, 'package.json');
      expect(JSON.parse(fs.readFileSync(installed, 'utf8'))).toMatchObject({ version: '1.2.3' });
      expect(loggedSince(length)).toMatch(/CONNECT web\.corp\.test:\d+ alice@CORP\.TEST/);
      expect(registry.requests.flatMap((request) => request.fields)).not.toContain('proxy-authorization');
    } finally {
      fs.rmSync(place, { recursive: true, force: true });
    }
  });

  test('npm without it is refused by the proxy', async () => {
    const options = [
      '--loglevel=notice',
      `--registry=${registry.url}`,
      '--fetch-retries=0',
      `--cafile=${windowsPath(peersCertificate)}`,
    ];
    const { code, stderr } = await run(npm, ['view', packageName, ...options]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/407|ERR_|E4/);
  });

  test('wait-on waits for a server behind the proxy, by sspi run', async () => {
    const length = peers.log('squid').length;
    const script = windowsPath(path.join(checkout, 'node_modules', 'wait-on', 'bin', 'wait-on'));
    const url = plain.replace('http:', 'http-get:');
    const { code, stdout, stderr } = await run(main, [
      'run',
      '--',
      await nodeOnWindows(),
      script,
      '--timeout',
      '20000',
      url,
    ]);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(loggedSince(length)).toMatch(/GET http:\/\/web\.corp\.test:\d+\/ alice@CORP\.TEST/);
  });
});

const windowsPath = (file: string): string => `Z:${file.replaceAll('/', '\\')}`;

let found: Promise<string> | undefined;

/** Windows' node.exe, as a program in it sees it. */
function nodeOnWindows(): Promise<string> {
  return (found ??= runOnWindows('-p', ['process.execPath']).then(({ stdout }) => stdout.trim()));
}
