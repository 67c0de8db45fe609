/** The examples of docs/proxies.md, run against a proxy that demands a sign-on. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkout, runNode } from '../../support/child';
import { cleanUp, domain, startOrigin, startProxy } from './support';

afterEach(cleanUp);

const example = (name: string): string => path.join(checkout, 'examples', 'proxies', name);

test('the command-line tool passes the proxy', async () => {
  domain();
  const proxy = await startProxy();
  const port = await startOrigin((_request, response) => response.end('the file'));
  const url = `http://web.sspi.test:${port}/`;
  const ending = await runNode([example('download.mjs'), url], { env: { HTTPS_PROXY: proxy.url } });
  expect(ending).toEqual({ code: 0, signal: null, stdout: 'the file', stderr: '' });
  expect(proxy.log.at(-1)).toBe(`GET ${url} EXAMPLE\\alice`);
});

test('and says what is wrong', async () => {
  domain();
  const proxy = await startProxy();
  const { url } = proxy;
  await proxy[Symbol.asyncDispose]();
  const ending = await runNode([example('download.mjs'), '--proxy', url, 'http://web.sspi.test/']);
  expect(ending).toMatchObject({ code: 1, stdout: '' });
  expect(ending.stderr).toMatch(/^ERR_SSPI_PROXY_REFUSED: The proxy http:\/\/localhost:\d+ could not be reached/);
});

test('Electron’s session chooses the proxy, and the application who is signed on to', async () => {
  domain();
  const proxy = await startProxy();
  const url = `http://web.sspi.test:${await startOrigin((_request, response) => response.end('hello'))}/`;
  const program = `
    import http from 'node:http';
    import { agentOf } from ${JSON.stringify(pathToFileURL(example('electron-main.mjs')).href)};
    const session = { resolveProxy: async () => 'PROXY localhost:${proxy.port}; DIRECT' };
    for (const proxies of [[], [${JSON.stringify(proxy.url)}]]) {
      const agent = agentOf(session, { proxies });
      await new Promise((resolve) => http.get(${JSON.stringify(url)}, { agent }, (response) => {
        console.log(response.statusCode);
        response.resume().on('end', resolve);
      }));
      agent.destroy();
    }`;
  const ending = await runNode(['--input-type=module', '-e', program]);
  expect(ending).toMatchObject({ stdout: '407\n200\n', stderr: '' });
  expect(proxy.log.map((line) => line.split(' ').at(-1))).toEqual(['-', '-', 'EXAMPLE\\alice']);
});
