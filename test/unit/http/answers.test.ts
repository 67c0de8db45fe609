/** Which status a failure gets, and what stands in the head of the answer. */
import http from 'node:http';
import { authenticate } from 'sspi/http';
import {
  cleanUp,
  connect,
  domain,
  kerberos,
  listen,
  onCleanUp,
  scripted,
  serve,
  tokenOf,
  tokensOf,
  whoAmI,
} from './support';
import type { ProviderScript } from 'sspi/testing';

afterEach(cleanUp);

/** An AP-REQ as Windows sends one, as far as its first bytes go. */
const apRequest = `Negotiate ${Buffer.from('6e0000', 'hex').toString('base64')}`;

describe('statuses of SSPI', () => {
  test.each([
    ['SEC_E_INVALID_TOKEN', 400],
    ['SEC_E_LOGON_DENIED', 401],
    ['SEC_E_TIME_SKEW', 401],
    ['SEC_E_WRONG_PRINCIPAL', 401],
    ['SEC_E_BAD_BINDINGS', 401],
    ['SEC_E_INTERNAL_ERROR', 500],
    ['SEC_E_INSUFFICIENT_MEMORY', 500],
    ['SEC_E_NO_CREDENTIALS', 500],
    ['SEC_E_NO_AUTHENTICATING_AUTHORITY', 503],
    [0x80091234, 401],
  ] as const)('%s is answered %i', async (status, expected) => {
    scripted({ acceptor: [{ status }] });
    const { port, refusals } = await serve();
    const client = await connect(port);
    const answer = await client.ask({ headers: { Authorization: apRequest } });
    expect(answer).toMatchObject({ status: expected, body: '' });
    expect(answer.headers['www-authenticate']).toEqual(expected === 401 ? ['Negotiate'] : undefined);
    expect(answer.headers['retry-after']).toEqual(expected === 503 ? ['1'] : undefined);
    expect(refusals).toEqual([expect.objectContaining({ status: expected, address: '127.0.0.1' })]);
    if (typeof status === 'string') expect(refusals[0]?.code).toBe(status);
    // The connection goes on.
    expect((await client.ask()).status).toBe(401);
  });

  test('a fault of the binding is 500, and its text stays here', async () => {
    scripted({ acceptor: [{ fault: new Error('secret path C:\\keys') }] });
    const { port, refusals } = await serve();
    const answer = await (await connect(port)).ask({ headers: { Authorization: apRequest } });
    expect(answer).toMatchObject({ status: 500, body: '' });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(refusals[0]).toMatchObject({ code: 'ERR_SSPI_INTERNAL' });
  });

  test('a credential that cannot be acquired is 500, and the next request tries again', async () => {
    let broken = true;
    scripted({ credential: () => (broken ? { status: 'SEC_E_NO_CREDENTIALS' } : {}) });
    const signOn = authenticate();
    onCleanUp(() => signOn.close());
    const server = http.createServer((request, response) => signOn(request, response, () => whoAmI(request, response)));
    const client = await connect(await listen(server));
    await expect(signOn.ready()).rejects.toMatchObject({ code: 'SEC_E_NO_CREDENTIALS' });
    expect((await client.ask()).status).toBe(500);
    broken = false;
    expect((await client.ask()).status).toBe(401);
  });

  test('after close() requests are answered 503', async () => {
    domain();
    const { port, signOn } = await serve();
    const client = await connect(port);
    await signOn.close();
    expect((await client.ask()).status).toBe(503);
    expect((await kerberos(client)).status).toBe(503);
    await expect(signOn.ready()).rejects.toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });
});

describe('requests that cannot be read', () => {
  test.each([
    ['garbage after Negotiate', ['Negotiate !!!!']],
    ['half a token', ['Negotiate YIIGhgYGKwYBBQUCoIIGejCCBna']],
    ['base64 with a blank', ['Negotiate YII GhgY=']],
    ['two fields', ['Negotiate YIIG', 'Negotiate YIIG']],
    ['two fields of two schemes', ['Basic YTpi', 'Negotiate YIIG']],
    ['no scheme', ['=']],
    ['an empty field', ['']],
  ])('%s: 400', async (_name, values) => {
    domain();
    const { port, refusals } = await serve();
    const client = await connect(port);
    const answer = await client.ask({ headers: { Authorization: values } });
    expect(answer).toMatchObject({ status: 400, body: '' });
    expect(answer.headers['www-authenticate']).toBeUndefined();
    expect(refusals).toHaveLength(1);
    expect((await kerberos(client)).status).toBe(200);
  });

  test('a token above limits.tokenBytes: 400, and SSPI has not seen it', async () => {
    const provider = domain();
    const { port } = await serve({ limits: { tokenBytes: 1_000 } });
    const client = await connect(port);
    const Authorization = `Negotiate ${Buffer.alloc(1_001, 0x6e).toString('base64')}`;
    expect((await client.ask({ headers: { Authorization } })).status).toBe(400);
    expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(0);
  });

  test.each(['Basic YTpi', 'Bearer abc.def', 'Digest username="a"'])('%s is no token: 401', async (Authorization) => {
    domain();
    const { port } = await serve();
    const answer = await (await connect(port)).ask({ headers: { Authorization } });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  });

  test('a bare Negotiate is as no token', async () => {
    domain();
    const { port } = await serve();
    const answer = await (await connect(port)).ask({ headers: { Authorization: 'Negotiate' } });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  });
});

describe('the head of an answer', () => {
  const final = /^Negotiate \S+$/;

  test('the offer stands beside other schemes', async () => {
    domain();
    const signOn = authenticate();
    onCleanUp(() => signOn.close());
    const server = http.createServer((request, response) => {
      response.setHeader('WWW-Authenticate', 'Basic realm="intranet"');
      signOn(request, response, () => whoAmI(request, response));
    });
    const answer = await (await connect(await listen(server))).ask();
    expect(answer.headers['www-authenticate']).toEqual(['Basic realm="intranet"', 'Negotiate']);
  });

  test.each<[string, (response: http.ServerResponse) => void, number]>([
    ['200 without writeHead', (response) => response.end('x'), 200],
    ['404 with an object', (response) => response.writeHead(404, { 'X-Own': '1' }).end(), 404],
    ['500 with a message', (response) => response.writeHead(500, 'Oh', { 'X-Own': '1' }).end(), 500],
    ['302 with a flat list', (response) => response.writeHead(302, ['X-Own', '1', 'Location', '/x']).end(), 302],
    [
      '401 of the application',
      (response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
      401,
    ],
    ['204', (response) => response.writeHead(204).end(), 204],
    [
      'all headers removed, as Koa does on an error',
      (response) => {
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        response.writeHead(503).end();
      },
      503,
    ],
  ])('the final token rides on %s', async (_name, app, status) => {
    domain();
    const { port } = await serve({}, (_request, response) => app(response));
    const tokens = await tokensOf('alice');
    const answer = await (await connect(port)).ask({ headers: { Authorization: await tokens.next() } });
    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate']).toContainEqual(expect.stringMatching(final));
    expect(answer.headers['persistent-auth']).toEqual(['false']);
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Basic realm="x"');
    if ([404, 500, 302].includes(status)) expect(answer.headers['x-own']).toEqual(['1']);
    await tokens.next(answer);
    expect(tokens.handshake.established).toBe(true);
  });

  test('403 for a client that is not allowed has the final token, too, and asks for nobody else', async () => {
    domain();
    const { port, refusals } = await serve({ allow: { users: ['EXAMPLE\\bob'] } });
    const answer = await kerberos(await connect(port), 'alice');
    expect(answer).toMatchObject({ status: 403, body: '', headers: { 'persistent-auth': ['false'] } });
    expect(answer.headers['www-authenticate']).toEqual([expect.stringMatching(final)]);
    expect(refusals[0]).toMatchObject({ status: 403, package: 'Kerberos' });
  });

  test('Cache-Control: private, unless the application sets one', async () => {
    domain();
    const own: http.OutgoingHttpHeaders[] = [{}, { 'Cache-Control': 'no-store' }];
    const { port } = await serve({}, (_request, response) => response.writeHead(200, own.shift()).end());
    const client = await connect(port);
    expect((await kerberos(client)).headers['cache-control']).toEqual(['private']);
    expect((await kerberos(client)).headers['cache-control']).toEqual(['no-store']);
  });

  test('Set-Cookie given twice stays twice', async () => {
    domain();
    const { port } = await serve({}, (_request, response) =>
      response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end(),
    );
    expect((await kerberos(await connect(port))).headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  test('401 after HEAD leaves the connection open for the next leg', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: 'HTTP/127.0.0.1' });
    const challenge = await client.ask({ method: 'HEAD', headers: { Authorization: await tokens.next() } });
    expect(tokenOf(challenge)).toBeDefined();
    const answer = await client.ask({ method: 'HEAD', headers: { Authorization: await tokens.next(challenge) } });
    expect(answer.status).toBe(200);
  });

  test('a refused logon: 401 with a bare offer', async () => {
    domain();
    const { port, refusals } = await serve();
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: 'HTTP/127.0.0.1', password: 'wrong' });
    const challenge = await client.ask({ headers: { Authorization: await tokens.next() } });
    const answer = await client.ask({ headers: { Authorization: await tokens.next(challenge) } });
    expect(answer).toMatchObject({ status: 401, body: '', headers: { 'www-authenticate': ['Negotiate'] } });
    expect(refusals.at(-1)).toMatchObject({ code: 'SEC_E_LOGON_DENIED' });
  });

  test('a logger that throws changes nothing', async () => {
    domain();
    const { port } = await serve({
      logger: () => {
        throw new Error('disk full');
      },
    });
    expect((await (await connect(port)).ask()).status).toBe(401);
  });
});

test('a leg that expects a reply and has no token to send is answered 401', async () => {
  const script: ProviderScript = { acceptor: [{ status: 'SEC_I_CONTINUE_NEEDED' }] };
  scripted(script);
  const { port } = await serve();
  const answer = await (await connect(port)).ask({ headers: { Authorization: apRequest } });
  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
});
