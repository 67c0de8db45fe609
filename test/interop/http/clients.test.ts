/** HTTP clients that this project did not write, at one server in Windows' node.exe. */
import { runInLab } from '../support/lab';
import { Servers } from './servers';

const host = 'web.corp.test';
const bob = ['--ntlm', '-u', 'CORP\\bob:Builder-2024!'] as const;
const body = 'x'.repeat(100_000);

let servers: Servers;
let kerberosUrl: string;
let ntlmUrl: string;

beforeAll(async () => {
  servers = await Servers.start([
    { port: 0, options: {} },
    { port: 0, options: { ntlm: 'allow', schemes: ['Negotiate', 'NTLM'] } },
  ]);
  [kerberosUrl, ntlmUrl] = servers.ports.map((port) => `http://${host}:${port}/`) as [string, string];
}, 120_000);
afterAll(() => servers[Symbol.asyncDispose](), 30_000);

const curl = async (...args: readonly string[]): Promise<string> =>
  (await runInLab('curl', ['-si', '--max-time', '30', ...args], { tickets: 'none' })).stdout;

test('requests_kerberos insists on the server’s proof: three GETs and a POST of 100,000 bytes on one session', async () => {
  const { code, stdout, stderr } = await runInLab('/usr/bin/python3', [
    'test/interop/http/program/python_session.py',
    kerberosUrl,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const told = stdout.split('\n').map((line) => JSON.parse(line) as { readonly name: string });
  const [, connection = ''] = /connection (\d+)$/.exec(told[0]?.name ?? '') ?? [];
  const get = { name: `GET Kerberos on connection ${connection}`, status: 200, proof: true, legs: 2 };
  expect(told).toEqual([get, get, get, { ...get, name: 'POST' }]);
}, 60_000);

describe('curl --ntlm', () => {
  test('signs on once for several requests of a connection', async () => {
    const answer = await curl(...bob, ntlmUrl, ntlmUrl, ntlmUrl);
    expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([401, 200, 200, 200].map((status) => `HTTP/1.1 ${status}`));
    expect(answer.match(/"persisted":\w+/g)).toEqual(['"persisted":false', '"persisted":true', '"persisted":true']);
    expect(answer.match(/^Persistent-Auth: true$/gm)).toHaveLength(3);
  }, 60_000);

  test('sends its POST after the empty one of the first leg', async () => {
    const answer = await curl(...bob, '--data-binary', body, ntlmUrl);
    expect(answer).toMatch(/^X-Package: NTLM$/m);
    expect(answer.endsWith(body)).toBe(true);
  }, 60_000);

  test('upgrades to a WebSocket on the connection of its handshake', async () => {
    const fields = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const all = [...fields, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='].flatMap((field) => ['-H', field]);
    const answer = await curl(...bob, '--http1.1', '--max-time', '3', ...all, ntlmUrl);
    expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 101']);
    expect(answer).toMatch(/NTLM$/);
  }, 60_000);

  test('with a wrong password gets 401, and no challenge to go on with', async () => {
    const answer = await curl('--ntlm', '-u', 'CORP\\bob:wrong', ntlmUrl);
    expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 401']);
    expect(answer.match(/^WWW-Authenticate: NTLM \S+$/gm)).toHaveLength(1);
    await servers.refusal(({ code }) => code === 'SEC_E_LOGON_DENIED');
  }, 60_000);
});
