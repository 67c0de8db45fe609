/** Libraries on node:http, as their users would use them. */
import axios from 'axios';
import needle from 'needle';
import type http from 'node:http';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  agentFor,
  answer,
  challenge,
  cleanUp,
  domain,
  kerberosOrigin,
  lyingServer,
  ntlmOrigin,
  serve,
} from './support';

afterEach(cleanUp);

const report = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  if (request.url === '/redirect') {
    response.writeHead(307, { Location: '/' }).end();
    return;
  }
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => response.end([request.sspi?.name, request.method, body].map(String).join(' ')));
};

test('axios, with a body, and after a redirection', async () => {
  domain();
  const { port } = await serve({}, report);
  for (const url of [kerberosOrigin(port), ntlmOrigin(port)]) {
    const agent = agentFor({ origins: [url], ntlm: [ntlmOrigin(port)] });
    const client = axios.create({ httpAgent: agent, httpsAgent: agent, proxy: false });
    expect((await client.get<string>(url)).data).toBe('EXAMPLE\\alice GET ');
    expect((await client.post<string>(`${url}/redirect`, { a: 1 })).data).toBe('EXAMPLE\\alice POST {"a":1}');
  }
});

test('axios fails with the code of the sign-on, and follows no redirection with a token', async () => {
  domain();
  const stranger = await lyingServer(() => challenge('Negotiate', 'NTLM'));
  const server = await lyingServer(({ authorization }) => {
    if (authorization === undefined) return challenge('Negotiate');
    return answer(302, [`Location: ${ntlmOrigin(stranger.port)}/`]);
  });
  const url = kerberosOrigin(server.port);
  const proving = axios.create({ httpAgent: agentFor({ origins: [url] }), proxy: false });
  await expect(proving.get(url)).rejects.toMatchObject({ code: 'ERR_SSPI_ORIGIN_REFUSED' });
  const trusting = axios.create({ httpAgent: agentFor({ origins: [url], mutualAuth: false }), proxy: false });
  await expect(trusting.get(url)).rejects.toMatchObject({ status: 401 });
  expect(stranger.requests.map(({ head }) => /authorization/i.test(head))).toEqual([false]);
});

test('got, with a body, after a redirection, and within its time limits', async () => {
  domain();
  // got is an ES module, which jest does not load: it runs in a process of its own, with the same users in memory.
  const { port } = await serve({}, report);
  const program = `
    import got from 'got';
    import { SspiAgent } from 'sspi/http';
    import { memoryProvider, useProvider } from 'sspi/testing';
    useProvider(memoryProvider({ users: { alice: 'Wonderland' } }));
    const url = '${kerberosOrigin(port)}';
    const agent = new SspiAgent({ origins: [url] });
    const client = got.extend({ agent: { http: agent, https: agent }, timeout: { request: 5000, socket: 5000, connect: 5000 } });
    console.log(JSON.stringify([
      await client.get(url).text(),
      await client.post(url + '/redirect', { body: 'text', methodRewriting: false }).text(),
    ]));
    await agent.close();`;
  const cwd = join(__dirname, '..', '..', '..');
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd });
  expect(JSON.parse(stdout)).toEqual(['EXAMPLE\\alice GET ', 'EXAMPLE\\alice POST text']);
});

test('needle, with a body, and after a redirection', async () => {
  domain();
  const { port } = await serve({}, report);
  const url = kerberosOrigin(port);
  const agent = agentFor({ origins: [url] });
  const text = ({ body }: { readonly body: unknown }): string =>
    Buffer.isBuffer(body) ? body.toString() : String(body);
  expect(text(await needle('get', url, { agent }))).toBe('EXAMPLE\\alice GET ');
  expect(text(await needle('post', url, 'a=1', { agent }))).toBe('EXAMPLE\\alice POST a=1');
  expect(text(await needle('get', `${url}/redirect`, { agent, follow_max: 2 }))).toBe('EXAMPLE\\alice GET ');
});
