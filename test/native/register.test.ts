/** `sspi/register` in Windows' node.exe of each version: its pipes, and the fetch of that version. The domain is in memory. */
import https from 'node:https';
import path from 'node:path';
import type net from 'node:net';
import { checkout, runNode } from '../support/child';
import { cleanUp, domain, listenUntilEnd, startOrigin, startProxy } from '../unit/proxy/support';
import { programs } from '../unit/register/programs';
import { tlsServerOptions } from '../unit/http/certificate';

afterEach(cleanUp);

const unchanged = path.join(checkout, 'dist-test', 'support', 'unchanged.js');
const register = ['--require', 'sspi/register'];

async function startSecureOrigin(): Promise<string> {
  const server = https.createServer(tlsServerOptions, (_request, response) => response.end('secure'));
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  return `https://web.sspi.test:${await listenUntilEnd(server, sockets)}/`;
}

test.each([[{}], [{ NODE_USE_ENV_PROXY: '1' }]])(
  'a program that knows nothing of proxies, with %j',
  async (extra) => {
    domain();
    const proxy = await startProxy();
    const urls = [`http://web.sspi.test:${await startOrigin()}/`, await startSecureOrigin()];
    const env = {
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      TEST_CA: path.join(checkout, 'test', 'data', 'tls-cert.pem'),
      ...extra,
    };
    const { stdout, stderr } = await runNode([unchanged, ...urls], { env, node: register });
    expect([stdout === '' ? stderr : JSON.parse(stdout), stderr]).toEqual([
      { http: 200, https: 200, 'fetch http': 200, 'fetch https': 200 },
      expect.not.stringContaining('sspi/register: '),
    ]);
    expect(proxy.log.at(-1)).toContain('EXAMPLE\\alice');
  },
  60_000,
);

test.each([
  ['https-proxy-agent', 'httpsProxyAgent', []],
  ['global-agent', 'globalAgent', ['--input-type=module']],
] as const)(
  'an agent that connects to the proxy itself: %s',
  async (_name, program, node) => {
    domain();
    const proxy = await startProxy({ schemes: ['NTLM'] });
    const certificate = path.join(checkout, 'test', 'data', 'tls-cert.pem');
    const env = {
      HTTPS_PROXY: proxy.url,
      GLOBAL_AGENT_HTTP_PROXY: proxy.url,
      SSPI_PROXY_NTLM: proxy.url,
      NODE_EXTRA_CA_CERTS: certificate,
    };
    const url = await startSecureOrigin();
    const { stdout, stderr } = await runNode(['-e', programs[program], url], {
      env,
      node: [...register, ...node],
    });
    expect([stdout === '' ? stderr : JSON.parse(stdout)]).toEqual([{ status: 200, body: 'secure' }]);
    expect(proxy.log.at(-1)).toContain('EXAMPLE\\alice');
  },
  60_000,
);
