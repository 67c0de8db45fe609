/** The examples of docs/http-client.md, run as their users run them. */
import path from 'node:path';
import type http from 'node:http';
import { checkout, runNode, type ChildEnding, type ChildOptions } from '../../support/child';
import { challenge, cleanUp, domain, kerberosOrigin, lyingServer, ntlmOrigin, serve } from './support';

afterEach(cleanUp);

const example = (name: string, args: readonly string[], options?: ChildOptions): Promise<ChildEnding> =>
  runNode([path.join(checkout, 'examples', 'http-client', name), ...args], options);

const report = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => response.end(`${String(request.sspi?.name)} by ${String(request.sspi?.package)} ${body}`));
};

const ended = (code: number, stdout: string, stderr = ''): ChildEnding => ({ code, signal: null, stdout, stderr });

describe('fetch.mjs', () => {
  test('prints a page as the current user', async () => {
    domain();
    const url = `${kerberosOrigin((await serve({}, report)).port)}/page`;
    expect(await example('fetch.mjs', [url])).toEqual(ended(0, `200 ${url}\nEXAMPLE\\alice by Kerberos \n`));
  });

  test('uses NTLM where the user permits it, and only there', async () => {
    domain();
    const url = `${ntlmOrigin((await serve({ schemes: ['NTLM'] }, report)).port)}/`;
    const refused = await example('fetch.mjs', [url]);
    expect(refused).toEqual(ended(1, expect.stringContaining(`401 ${url}\n`) as string));
    expect(await example('fetch.mjs', [url, '--ntlm'])).toEqual(ended(0, `200 ${url}\nEXAMPLE\\alice by NTLM \n`));
  });

  test('says that the machine cannot sign on, and asks without a token', async () => {
    const server = await lyingServer(() => challenge('Negotiate'));
    const ending = await example('fetch.mjs', [kerberosOrigin(server.port)], { provider: false });
    expect(ending).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot sign on') as string });
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});

describe('axios.mjs', () => {
  test('posts JSON as the current user', async () => {
    domain();
    const url = kerberosOrigin((await serve({}, report)).port);
    expect(await example('axios.mjs', [url])).toEqual(ended(0, '200 EXAMPLE\\alice by Kerberos {"text":"hello"}\n'));
  });

  test('says why the sign-on failed', async () => {
    const server = await lyingServer(() => challenge('Negotiate'));
    const ending = await example('axios.mjs', [kerberosOrigin(server.port)]);
    expect(ending).toEqual(ended(1, '', expect.stringContaining('SEC_E_LOGON_DENIED: ') as string));
    expect(server.requests.map(({ authorization }) => authorization !== undefined)).toEqual([false, true]);
  });
});
