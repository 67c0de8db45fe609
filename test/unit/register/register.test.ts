/** Programs pass a proxy that demands a sign-on with no change, when `sspi/register` is loaded before them. */
import https from 'node:https';
import type net from 'node:net';
import path from 'node:path';
import { checkout, runNode, type ChildEnding, type ChildOptions } from '../../support/child';
import { cleanUp, domain, listenUntilEnd, startLyingProxy, answering, startOrigin, startProxy } from '../proxy/support';
import { programs, type ProgramName } from './programs';
import { tlsServerOptions } from '../http/certificate';
import type { AuthenticatingProxy } from '../../support/authenticating-proxy';

afterEach(cleanUp);

const register = ['--require', 'sspi/register'];
const certificateFile = path.join(checkout, 'test', 'data', 'tls-cert.pem');

interface Output {
  readonly status?: number;
  readonly body?: string;
  readonly error?: string;
  readonly asked?: Record<string, string>;
}

const outputOf = ({ stdout, stderr }: ChildEnding): Output => {
  if (stdout === '') throw new Error(`nothing was printed:\n${stderr}`);
  return JSON.parse(stdout) as Output;
};

async function through(
  proxy: { readonly url: string },
  program: ProgramName,
  url: string,
  { env = {}, node = register, ...rest }: ChildOptions = {},
): Promise<Output & { readonly stderr: string }> {
  const all = {
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: certificateFile,
    ...env,
  };
  const ending = await runNode(['-e', programs[program], url], { env: all, node, ...rest });
  return { ...outputOf(ending), stderr: ending.stderr };
}

async function startSecureOrigin(): Promise<string> {
  const server = https.createServer(tlsServerOptions, (request, response) => {
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }));
  });
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  return `https://web.sspi.test:${await listenUntilEnd(server, sockets)}/secure`;
}

/** @param host Only the proxy knows names below `.test`. */
async function startPlainOrigin(host = 'web.sspi.test'): Promise<string> {
  return `http://${host}:${await startOrigin()}/plain`;
}

const seen = (output: Output): { method: string; url: string; headers: Record<string, string> } =>
  JSON.parse(output.body ?? '') as never;
const users = (proxy: AuthenticatingProxy): (string | undefined)[] => [
  ...new Set(proxy.requests.map(({ user }) => user)),
];

describe('http', () => {
  test.each(['request', 'withoutAgent', 'ownPlainAgent', 'fetch', 'axios'] as const)('%s', async (program) => {
    domain();
    const proxy = await startProxy();
    const output = await through(proxy, program, await startPlainOrigin());
    expect(output).toMatchObject({ status: 200, stderr: '' });
    expect(seen(output)).toMatchObject({ method: 'GET', url: '/plain' });
    expect(users(proxy)).toEqual([undefined, 'EXAMPLE\\alice']);
  });

  test('a body that comes later', async () => {
    domain();
    const proxy = await startProxy();
    const port = await startOrigin((request, response) => void request.pipe(response));
    expect(await through(proxy, 'post', `http://localhost:${port}/`)).toMatchObject({ status: 200, body: 'one two' });
  });
});

describe('https', () => {
  test.each(['request', 'withoutAgent', 'ownPlainAgent', 'fetch', 'httpsProxyAgent', 'undici'] as const)(
    '%s',
    async (program) => {
      domain();
      const proxy = await startProxy();
      const output = await through(proxy, program, await startSecureOrigin());
      expect(output.status).toBe(200);
      expect(output.stderr).not.toContain('sspi');
      expect(seen(output)).toMatchObject({ method: 'GET', url: '/secure' });
      expect(users(proxy)).toEqual([undefined, 'EXAMPLE\\alice']);
    },
  );

  test('the server’s certificate is still checked', async () => {
    domain();
    const proxy = await startProxy();
    const url = await startSecureOrigin();
    for (const program of ['request', 'fetch'] as const) {
      const output = await through(proxy, program, url, { env: { NODE_EXTRA_CA_CERTS: undefined } });
      expect(output.error).toMatch(/SELF_SIGNED/);
    }
  });
});

describe('global-agent', () => {
  const inModule = [...register, '--input-type=module'];
  const startOf = { http: startPlainOrigin, https: startSecureOrigin };
  const schemes = ['http', 'https'] as const;

  test.each(schemes)('%s: what it connects to a proxy of the environment is signed on', async (scheme) => {
    domain();
    const proxy = await startProxy();
    // With this NO_PROXY no other connection of the program leads to the proxy.
    const env = { GLOBAL_AGENT_HTTP_PROXY: proxy.url, NO_PROXY: '*' };
    const output = await through(proxy, 'globalAgent', await startOf[scheme](), { env, node: inModule });
    expect(output).toMatchObject({ status: 200, stderr: '' });
    expect(seen(output)).toMatchObject({ method: 'GET' });
    expect(users(proxy)).toEqual([undefined, 'EXAMPLE\\alice']);
  });

  test.each(schemes)('%s: without sspi/register it ends with 407', async (scheme) => {
    domain();
    const proxy = await startProxy();
    const env = { GLOBAL_AGENT_HTTP_PROXY: proxy.url };
    const output = await through(proxy, 'globalAgent', await startOf[scheme](), { env, node: ['--input-type=module'] });
    expect(JSON.stringify(output)).toContain('407');
    expect(users(proxy)).toEqual([undefined]);
  });

  test('the order of the two does not matter', async () => {
    domain();
    const proxy = await startProxy();
    const preloaded = ['--require', 'global-agent/bootstrap'];
    const env = { GLOBAL_AGENT_HTTP_PROXY: proxy.url, NO_PROXY: '*' };
    const url = await startPlainOrigin();
    for (const node of [
      [...preloaded, ...register],
      [...register, ...preloaded],
    ]) {
      expect(await through(proxy, 'request', url, { env, node })).toMatchObject({ status: 200, stderr: '' });
    }
    expect(proxy.log.filter((line) => line.includes('EXAMPLE\\alice'))).toHaveLength(2);
  });

  test.each([
    ['it has no proxy of its own', {}],
    ['it exempts the server', { GLOBAL_AGENT_HTTP_PROXY: 'http://unused.test:1', GLOBAL_AGENT_NO_PROXY: 'localhost' }],
  ])('where %s, HTTP_PROXY and NO_PROXY decide', async (_why, own) => {
    domain();
    const proxy = await startProxy();
    const url = await startPlainOrigin('localhost');
    const by = (env: Record<string, string>): Promise<Output> =>
      through(proxy, 'globalAgent', url, { env: { ...own, ...env }, node: inModule });
    expect(await by({})).toMatchObject({ status: 200 });
    expect(users(proxy)).toEqual([undefined, 'EXAMPLE\\alice']);
    const { length } = proxy.requests;
    expect(await by({ NO_PROXY: 'localhost' })).toMatchObject({ status: 200 });
    expect(proxy.requests).toHaveLength(length);
  });

  test('a proxy that the environment does not name is left alone', async () => {
    domain();
    const [named, other] = [await startProxy(), await startProxy()];
    const options = { env: { GLOBAL_AGENT_HTTP_PROXY: other.url }, node: inModule };
    expect(await through(named, 'globalAgent', await startPlainOrigin(), options)).toMatchObject({ status: 407 });
    expect(other.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined]);
    expect(named.requests).toEqual([]);
  });
});

describe('how it is loaded', () => {
  test('by --import, in a module', async () => {
    domain();
    const proxy = await startProxy();
    const node = ['--import', 'sspi/register'];
    expect(await through(proxy, 'request', await startPlainOrigin(), { node })).toMatchObject({
      status: 200,
      stderr: '',
    });
  });

  test('twice is once', async () => {
    domain();
    const proxy = await startProxy();
    const node = ['--import', 'sspi/register', ...register];
    expect(await through(proxy, 'request', await startPlainOrigin(), { node })).toMatchObject({
      status: 200,
      stderr: '',
    });
  });

  test('without it the proxy is not used', async () => {
    domain();
    const proxy = await startProxy();
    expect(await through(proxy, 'request', await startPlainOrigin('localhost'), { node: [] })).toMatchObject({
      status: 200,
    });
    expect(proxy.requests).toEqual([]);
  });

  test('a process that does nothing ends, and prints nothing', async () => {
    const env = { HTTP_PROXY: 'http://proxy.corp.test:3128' };
    expect(await runNode(['-e', '0'], { env, node: register })).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
  });
});

describe('NTLM', () => {
  test('is not used for a proxy that is not named', async () => {
    domain();
    const proxy = await startProxy({ schemes: ['NTLM'] });
    const plain = await through(proxy, 'request', await startPlainOrigin());
    expect(plain.status).toBe(407);
    const secure = await through(proxy, 'request', await startSecureOrigin());
    expect(secure.error).toBe('ERR_SSPI_PROXY_REFUSED');
    expect(proxy.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined, undefined]);
  });

  test.each(['request', 'fetch', 'httpsProxyAgent'] as const)('is used for one that is, by %s', async (program) => {
    domain();
    const proxy = await startProxy({ schemes: ['NTLM'] });
    const output = await through(proxy, program, await startSecureOrigin(), { env: { SSPI_PROXY_NTLM: proxy.url } });
    expect(output.status).toBe(200);
    expect(proxy.log.at(-1)).toContain('EXAMPLE\\alice');
  });

  test('a proxy without a name is signed on to only if it is named', async () => {
    domain();
    const proxy = await startProxy();
    const url = `http://127.0.0.1:${proxy.port}`;
    const origin = await startSecureOrigin();
    for (const program of ['request', 'fetch'] as const) {
      expect((await through({ url }, program, origin)).error).toBe('ERR_SSPI_PROXY_REFUSED');
    }
    expect(proxy.requests.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
    expect((await through({ url }, 'request', origin, { env: { SSPI_PROXY_NTLM: url } })).status).toBe(200);
  });
});

describe('what it does not do', () => {
  test('it answers no server: 401 is the program’s, from the proxy itself, too', async () => {
    domain();
    const proxy = await startProxy();
    const port = await startOrigin((request, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Negotiate' }).end(request.headers.authorization ?? 'none');
    });
    for (const program of ['request', 'fetch'] as const) {
      expect(await through(proxy, program, `http://localhost:${port}/`)).toMatchObject({ status: 401, body: 'none' });
    }
    const lying = await startLyingProxy(
      answering('HTTP/1.1 401 x\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
    );
    expect(await through(lying, 'request', `http://localhost:${port}/`)).toMatchObject({ status: 401, body: 'no' });
  });

  test('a server that is exempt gets no Proxy-Authorization, after a redirect neither', async () => {
    domain();
    const proxy = await startProxy();
    const exempt = await startOrigin();
    const redirecting = await startOrigin((_request, response) => {
      response.writeHead(302, { Location: `http://127.0.0.1:${exempt}/exempt` }).end();
    });
    const env = { NO_PROXY: `127.0.0.1:${exempt}` };
    for (const program of ['fetch', 'axios'] as const) {
      const output = await through(proxy, program, `http://localhost:${redirecting}/`, { env });
      expect(seen(output)).toMatchObject({ url: '/exempt' });
      expect(Object.keys(seen(output).headers)).not.toContain('proxy-authorization');
    }
    expect(proxy.requests.some(({ url }) => url.includes('/exempt'))).toBe(false);
  });

  test('the token reaches neither the server, nor the program, nor a log', async () => {
    domain();
    const proxy = await startProxy();
    const env = { NODE_DEBUG: 'http,net,tls,stream,fetch,undici' };
    for (const url of [await startPlainOrigin(), await startSecureOrigin()]) {
      const output = await through(proxy, 'request', url, { env });
      expect(output.status).toBe(200);
      expect(Object.keys(seen(output).headers)).not.toContain('proxy-authorization');
      expect(Object.keys(output.asked ?? {})).not.toContain('proxy-authorization');
      expect(output.stderr).toContain('HTTP');
      expect(output.stderr).not.toMatch(/negotiate/i);
    }
    expect(proxy.requests.at(-1)?.headers['proxy-authorization']).toMatch(/^Negotiate /);
  });

  test('where REQUEST_METHOD is set, HTTP_PROXY is a client’s', async () => {
    domain();
    const proxy = await startProxy();
    const env = { REQUEST_METHOD: 'GET' };
    expect(await through(proxy, 'request', await startPlainOrigin('localhost'), { env })).toMatchObject({
      status: 200,
    });
    expect(proxy.requests).toEqual([]);
  });

  test('a variable that the program sets afterwards is none of the environment', async () => {
    domain();
    const proxy = await startProxy();
    const script = `process.env.HTTP_PROXY = ${JSON.stringify(proxy.url)}; ${programs.request}`;
    const ending = await runNode(['-e', script, await startPlainOrigin('localhost')], { node: register });
    expect(outputOf(ending).status).toBe(200);
    expect(proxy.requests).toEqual([]);
  });

  test('a program that has credentials of its own for the proxy is left alone', async () => {
    domain();
    const proxy = await startProxy();
    const script = `
      const http = require('http');
      const { hostname, port } = new URL(process.env.HTTP_PROXY);
      http.get({ host: hostname, port, path: process.argv.at(-1), headers: { 'Proxy-Authorization': 'Basic eDp5' } }, (response) => {
        console.log(JSON.stringify({ status: response.statusCode }));
        response.resume();
      });`;
    const env = { HTTP_PROXY: proxy.url };
    const ending = await runNode(['-e', script, await startPlainOrigin()], { env, node: register });
    expect(outputOf(ending).status).toBe(407);
    expect(proxy.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual(['Basic eDp5']);
  });
});

test('a variable whose value is no proxy is named, once', async () => {
  const env = { HTTPS_PROXY: 'socks5://proxy.corp.test:1080' };
  const { code, stderr } = await runNode(['-e', '0'], { env, node: register });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^sspi\/register: the value of HTTPS_PROXY cannot be used: [^\n]*\n$/);
});

describe('child processes', () => {
  const parent = `
    const { spawnSync } = require('child_process');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', ${JSON.stringify(programs.request)}, process.argv.at(-1)]);
    process.stderr.write(stderr);
    process.stdout.write(stdout);
    process.exitCode = status;`;

  test('inherit it by NODE_OPTIONS', async () => {
    domain();
    const proxy = await startProxy();
    const memory = path.join(checkout, 'dist-test', 'unit', 'in-memory.js');
    const env = { HTTP_PROXY: proxy.url, NODE_OPTIONS: `--require ${memory} --require sspi/register` };
    const ending = await runNode(['-e', parent, await startPlainOrigin()], { env, provider: false });
    expect(outputOf(ending).status).toBe(200);
    expect(ending.stderr).toBe('');
    expect(proxy.log.at(-1)).toContain('EXAMPLE\\alice');
  });

  const unsupported = process.platform === 'win32' ? test.skip : test;
  unsupported('what is missing is said once, by the first of them', async () => {
    const proxy = await (domain(), startProxy());
    const env = { HTTP_PROXY: proxy.url, NODE_OPTIONS: '--require sspi/register' };
    const ending = await runNode(['-e', parent, await startPlainOrigin('localhost')], { env, provider: false });
    expect(outputOf(ending).status).toBe(200);
    expect(ending.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^sspi\/register: proxies are left to the program\. .*Windows/),
    ]);
  });
});

if (process.platform !== 'win32') {
  describe('where this machine cannot sign on', () => {
    test.each(['request', 'fetch', 'axios', 'httpsProxyAgent'] as const)(
      '%s: one line on the standard error, and the program is as it is',
      async (program) => {
        domain();
        const proxy = await startProxy({ schemes: [] });
        const secure = program === 'httpsProxyAgent';
        const url = secure ? await startSecureOrigin() : await startPlainOrigin('localhost');
        const output = await through(proxy, program, url, { provider: false });
        expect(output.status).toBe(200);
        expect(output.stderr.match(/^sspi\/register: /gm)).toHaveLength(1);
        // Only those that read the environment themselves have used the proxy.
        expect(proxy.requests.length > 0).toBe(program === 'axios' || secure);
      },
    );

    test.each([
      ['without a proxy in the environment', {}],
      ['with a value that is no proxy', { HTTPS_PROXY: 'socks5://proxy.corp.test:1080' }],
    ])('%s, too', async (_which, env) => {
      const { stdout, stderr, code } = await runNode(['-p', '1'], { env, provider: false, node: register });
      expect({ stdout, code }).toEqual({ stdout: '1\n', code: 0 });
      expect(stderr).toMatch(/^sspi\/register: proxies are left to the program\. [^\n]*\n$/);
    });
  });
}
