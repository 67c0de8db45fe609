/** Servers: attach(), header sizes, 100-continue, HTTP/2, events. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import http2 from 'node:http2';
import { acquireCredentials, SspiError } from 'sspi';
import { authenticate, type AuthenticateOptions, type SignOn } from 'sspi/http';
import { tlsServerOptions } from './certificate';
import { cleanUp, connect, domain, kerberos, listen, ntlm, ntlmTarget, onCleanUp, serve, tokensOf } from './support';

afterEach(cleanUp);

const coded = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('attach', () => {
  test.each([undefined, 16_384, 73_727])('refuses a maxHeaderSize of %p, with the line to write', (maxHeaderSize) => {
    const signOn = authenticate();
    const server = http.createServer(maxHeaderSize === undefined ? {} : { maxHeaderSize });
    expect(() => signOn.attach(server)).toThrow(coded('ERR_SSPI_INVALID_ARGUMENT'));
    expect(() => signOn.attach(server)).toThrow(/maxHeaderSize: 80 \* 1024/);
    expect(server.listenerCount('checkContinue')).toBe(0);
  });

  test('takes 73,728', () => {
    expect(() => authenticate().attach(http.createServer({ maxHeaderSize: 73_728 }))).not.toThrow();
  });

  test('a token of 64,000 characters gets through', async () => {
    const provider = domain();
    const { port } = await serve();
    const Authorization = `Negotiate ${Buffer.alloc(48_000, 1).toString('base64')}`;
    expect((await (await connect(port)).ask({ headers: { Authorization } })).status).toBe(400);
    expect(provider.callsOf('AcceptSecurityContext')[0]?.input).toHaveLength(48_000);
  });

  test('a 431 of Node is logged with its reason, which its answer does not tell', async () => {
    domain();
    const { port, refusals } = await serve();
    const client = await connect(port);
    client.send({ headers: { Authorization: `Negotiate ${'A'.repeat(90_000)}` } });
    expect(await client.rest()).toMatch(/^HTTP\/1\.1 431 [^\r]+\r\n(?:[^\r]+\r\n)*\r\n$/);
    expect(refusals).toEqual([
      expect.objectContaining({ status: 431, code: 'HPE_HEADER_OVERFLOW', address: '127.0.0.1' }),
    ]);
  });

  test('closes the sign-on with the server, or with the last of several', async () => {
    domain();
    const signOn = authenticate();
    const servers = [1, 2].map(() => http.createServer({ maxHeaderSize: 80 * 1024 }));
    for (const server of servers) {
      signOn.attach(server);
      signOn.attach(server);
    }
    await signOn.ready();
    const [first, second] = servers as [http.Server, http.Server];
    await listen(first);
    await listen(second);
    await new Promise((resolve) => first.close(resolve));
    await signOn.ready();
    await new Promise((resolve) => second.close(resolve));
    await expect(signOn.ready()).rejects.toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });

  test('refuses what is no server', () => {
    expect(() => authenticate().attach({} as unknown as http.Server)).toThrow(coded('ERR_SSPI_INVALID_ARGUMENT'));
  });

  test('frees the credentials', async () => {
    const provider = domain();
    const signOn: SignOn = authenticate();
    await signOn.ready();
    expect(provider.liveCounts().credentials).toBe(2);
    await signOn[Symbol.asyncDispose]();
    expect(provider.liveCounts().credentials).toBe(0);
  });

  test('credentials of the application’s own stay its own', async () => {
    const provider = domain();
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
    onCleanUp(() => credentials.dispose());
    const { port, signOn } = await serve({ credentials });
    expect((await kerberos(await connect(port))).status).toBe(200);
    await signOn.close();
    expect(credentials.disposed).toBe(false);
    expect(provider.callsOf('AcquireCredentialsHandle').filter(({ use }) => use === 1)).toHaveLength(1);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': '4' } };

  test('without a token: 401 at once, no 100, and the connection ends', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    const answer = await client.ask(expecting);
    expect(answer).toMatchObject({ status: 401, headers: { connection: ['close'] } });
    await client.rest();
  });

  test('between the legs the body is asked for and passed over, since the handshake needs the connection', async () => {
    domain();
    const { port } = await serve({}, (request, response) => void request.pipe(response));
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: ntlmTarget });
    const headers = { ...expecting.headers, Authorization: await tokens.next() };
    expect((await client.ask({ ...expecting, headers })).status).toBe(100);
    const challenge = await client.read();
    expect(challenge).toMatchObject({ status: 401, headers: { connection: ['keep-alive'] } });
    client.write('data');
    const last = { ...expecting.headers, Authorization: await tokens.next(challenge) };
    expect((await client.ask({ ...expecting, headers: last })).status).toBe(100);
    client.write('body');
    expect(await client.read()).toMatchObject({ status: 200, body: 'body' });
  });

  test('after the sign-on: 100, then the body', async () => {
    domain();
    const { port } = await serve({}, (request, response) => void request.pipe(response));
    const client = await connect(port);
    expect((await kerberos(client, 'alice', expecting)).status).toBe(100);
    client.write('body');
    expect(await client.read()).toMatchObject({ status: 200, body: 'body' });
  });

  test('a route without sign-on: as Node does', async () => {
    domain();
    const signOn = authenticate();
    const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => void request.pipe(response));
    signOn.attach(server);
    const client = await connect(await listen(server));
    expect((await client.ask(expecting)).status).toBe(100);
    client.write('body');
    expect((await client.read()).body).toBe('body');
  });

  test('an application with a listener of its own decides itself', async () => {
    domain();
    const { port, server } = await serve();
    server.on('checkContinue', (_request, response: http.ServerResponse) => response.writeHead(417).end());
    expect((await (await connect(port)).ask(expecting)).status).toBe(417);
  });
});

describe('HTTP/2', () => {
  async function ask(options: AuthenticateOptions, headers: http2.OutgoingHttpHeaders): Promise<number | string> {
    domain();
    const signOn = authenticate(options);
    onCleanUp(() => signOn.close());
    const server = http2.createSecureServer({ ...tlsServerOptions, allowHTTP1: true }, (request, response) => {
      signOn(request as unknown as http.IncomingMessage, response as unknown as http.ServerResponse, () =>
        response.end('passed'),
      );
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port));
    });
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    onCleanUp(async () => {
      session.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const stream = session.request({ ':path': '/', ...headers });
    return new Promise((resolve) => {
      stream.on('response', ({ ':status': status }) => resolve(status ?? 0));
      stream.on('error', () => resolve(`error ${stream.rstCode}`));
      stream.end();
    });
  }

  test('is told HTTP_1_1_REQUIRED', async () => {
    expect(await ask({}, {})).toBe(`error ${http2.constants.NGHTTP2_HTTP_1_1_REQUIRED}`);
  });

  test('under optional an anonymous request passes', async () => {
    expect(await ask({ optional: true }, {})).toBe(200);
  });

  test('under optional a token is told so, too', async () => {
    const told = `error ${http2.constants.NGHTTP2_HTTP_1_1_REQUIRED}`;
    expect(await ask({ optional: true }, { authorization: 'Negotiate YII=' })).toBe(told);
  });
});

describe('events', () => {
  const names = ['challenge', 'leg', 'authenticated', 'refused', 'ntlm'] as const;

  function listenTo(): { readonly name: string; readonly message: Record<string, unknown> }[] {
    const heard: { readonly name: string; readonly message: Record<string, unknown> }[] = [];
    for (const name of names) {
      const listener = (message: unknown): void =>
        void heard.push({ name, message: message as Record<string, unknown> });
      subscribe(`sspi:http:${name}`, listener);
      onCleanUp(() => unsubscribe(`sspi:http:${name}`, listener));
    }
    return heard;
  }

  test('a sign-on by NTLM, from the challenge on', async () => {
    domain();
    const heard = listenTo();
    const { port } = await serve();
    const client = await connect(port);
    await client.ask();
    await ntlm(client);
    expect(heard.map(({ name }) => name)).toEqual(['challenge', 'refused', 'leg', 'leg', 'authenticated', 'ntlm']);
    expect(heard[2]?.message).toMatchObject({ leg: 0, code: 'SEC_I_CONTINUE_NEEDED', expectsReply: true });
    expect(heard[4]?.message).toMatchObject({ name: 'EXAMPLE\\alice', package: 'NTLM', legs: 2, kept: true });
    expect(heard[5]?.message).toMatchObject({ accepted: true, name: 'EXAMPLE\\alice' });
  });

  test('a refusal has its likely causes, and no event has a token', async () => {
    domain();
    const heard = listenTo();
    const { port } = await serve();
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: ntlmTarget, password: 'Tr0ub4dor' });
    const first = await tokens.next();
    const challenge = await client.ask({ headers: { Authorization: first } });
    const last = await tokens.next(challenge);
    await client.ask({ headers: { Authorization: last } });
    const refused = heard.find(({ name }) => name === 'refused');
    expect(refused?.message).toMatchObject({ status: 401, code: 'SEC_E_LOGON_DENIED', address: '127.0.0.1' });
    expect(refused?.message['causes']).toContainEqual(expect.objectContaining({ likelihood: expect.any(String) }));
    const text = JSON.stringify(heard);
    for (const token of [first, last, challenge.headers['www-authenticate']?.[0] ?? '']) {
      expect(text).not.toContain(token.slice('Negotiate '.length));
    }
    expect(text).not.toContain('Tr0ub4dor');
  });

  test('NTLM that is not accepted', async () => {
    domain();
    const heard = listenTo();
    const { port } = await serve({ ntlm: 'never' });
    const message = Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), Buffer.alloc(24, 1)]);
    await (await connect(port)).ask({ headers: { Authorization: `Negotiate ${message.toString('base64')}` } });
    expect(heard.map(({ name }) => name)).toEqual(['ntlm', 'refused']);
    expect(heard[0]?.message).toMatchObject({ accepted: false, scheme: 'Negotiate' });
  });

  test('no explanation is worked out where nobody subscribes', async () => {
    domain();
    const explain = jest.spyOn(SspiError.prototype, 'explain');
    onCleanUp(() => explain.mockRestore());
    const { port } = await serve();
    await (await connect(port)).ask({ headers: { Authorization: 'Negotiate bm9uc2Vuc2U=' } });
    expect(explain).not.toHaveBeenCalled();
    listenTo();
    await (await connect(port)).ask({ headers: { Authorization: 'Negotiate bm9uc2Vuc2U=' } });
    expect(explain).toHaveBeenCalledTimes(1);
  });
});
