/** Requests that a page of another site has a browser send. */
import { authenticate } from 'sspi/http';
import { cleanUp, connect, domain, kerberos, serve } from './support';

afterEach(cleanUp);

const origin = 'https://app.corp.test';

test.each<[string, string, Record<string, string>, number]>([
  ['cross-site', 'POST', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' }, 403],
  ['cross-site', 'DELETE', { 'Sec-Fetch-Site': 'cross-site' }, 403],
  ['cross-site from a listed origin', 'POST', { 'Sec-Fetch-Site': 'cross-site', Origin: origin }, 200],
  ['cross-site from an opaque origin', 'PUT', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }, 403],
  ['same-site', 'POST', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://other.corp.test' }, 200],
  ['same-origin', 'POST', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://web.corp.test' }, 200],
  ['typed by the user', 'POST', { 'Sec-Fetch-Site': 'none' }, 200],
  ['no browser', 'POST', {}, 200],
  ['a browser that only tells the origin', 'POST', { Origin: 'http://evil.test' }, 403],
  ['the own origin', 'POST', { Origin: 'http://web.corp.test' }, 200],
  ['the own host at another port', 'POST', { Origin: 'http://web.corp.test:8080' }, 403],
  ['cross-site', 'GET', { 'Sec-Fetch-Site': 'cross-site' }, 200],
  ['cross-site', 'HEAD', { 'Sec-Fetch-Site': 'cross-site' }, 200],
])('%s %s %j: %i', async (_name, method, headers, status) => {
  const provider = domain();
  const { port } = await serve({ origins: [origin] });
  const client = await connect(port, 'web.corp.test');
  expect((await kerberos(client, 'alice', { method, headers })).status).toBe(status);
  if (status === 403) expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(0);
});

test('an identity that the connection keeps does not serve a page of another site', async () => {
  domain();
  const { port } = await serve({ persist: 'connection' });
  const client = await connect(port);
  await kerberos(client);
  const headers = { 'Sec-Fetch-Site': 'cross-site' };
  expect((await client.ask({ method: 'POST', headers })).status).toBe(403);
  expect((await client.ask({ method: 'POST' })).status).toBe(200);
});

describe('a CORS preflight', () => {
  const preflight = { Origin: 'https://evil.test', 'Access-Control-Request-Method': 'POST' };

  test('passes, without an identity', async () => {
    domain();
    const { port } = await serve({ persist: 'connection' });
    const client = await connect(port);
    expect(await client.ask({ method: 'OPTIONS', headers: preflight })).toMatchObject({ status: 200, body: 'nobody' });
    await kerberos(client);
    expect((await client.ask({ method: 'OPTIONS', headers: preflight })).body).toBe('nobody');
  });

  test.each<[string, string, Record<string, string>]>([
    ['without Origin', 'OPTIONS', { 'Access-Control-Request-Method': 'POST' }],
    ['without the method that it asks for', 'OPTIONS', { Origin: 'https://evil.test' }],
    ['by another method', 'GET', preflight],
    ['by POST', 'POST', { ...preflight, 'Sec-Fetch-Site': 'same-origin' }],
  ])('%s is none', async (_name, method, headers) => {
    domain();
    const { port } = await serve();
    expect((await (await connect(port)).ask({ method, headers })).status).toBe(401);
  });

  test('with a token it is a request like any other', async () => {
    domain();
    const { port } = await serve();
    const answer = await kerberos(await connect(port), 'alice', { method: 'OPTIONS', headers: preflight });
    expect(answer.body).toBe('EXAMPLE\\alice Kerberos false');
  });
});

test.each([
  'app.corp.test',
  'https://app.corp.test/',
  'https://*.corp.test',
  'HTTPS://APP',
  'https://a.test:443',
  'null',
])('origins refuses %s', (wrong) => {
  expect(() => authenticate({ origins: [wrong] })).toThrow(
    expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT' }) as Error,
  );
});
