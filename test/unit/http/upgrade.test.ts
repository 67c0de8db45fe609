/** Upgrades: all legs on one socket, and nobody hears of a request that has not passed. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { Server as SocketIo } from 'socket.io';
import { io } from 'socket.io-client';
import { authenticate, identityOf } from 'sspi/http';
import {
  cleanUp,
  Client,
  connect,
  connectTls,
  domain,
  eventually,
  kerberos,
  listen,
  ManualClock,
  ntlm,
  ntlmTarget,
  onCleanUp,
  scripted,
  serve,
  settled,
  tokensOf,
  type Served,
  type ServeOptions,
} from './support';
import { tlsServerOptions } from './certificate';

afterEach(cleanUp);

const websocket = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A server whose WebSockets say who has signed on. */
async function chat(options: ServeOptions = {}): Promise<Served & { readonly asked: http.IncomingMessage[] }> {
  const served = await serve(options);
  const asked: http.IncomingMessage[] = [];
  const sockets = greeter();
  served.server.on('upgrade', (request, socket, head) => {
    asked.push(request);
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request));
  });
  return { ...served, asked };
}

function greeter(): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (ws: WebSocket, request: http.IncomingMessage) => {
    ws.on('message', (data) => ws.send(`${request.sspi?.name ?? 'nobody'}: ${String(data as Buffer)}`));
  });
  return sockets;
}

/** Asks for the upgrade by NTLM, on one connection. */
async function byNtlm(client: Client, user = 'alice', headers: Record<string, string> = {}): ReturnType<Client['ask']> {
  return ntlm(client, user, { headers: { ...websocket, ...headers } });
}

test('without a token: 401 and the socket goes on; with one: 101 with the final token', async () => {
  domain();
  const { port, asked } = await chat();
  const client = await connect(port);
  expect(await client.ask({ headers: websocket })).toMatchObject({
    status: 401,
    body: '',
    headers: { 'www-authenticate': ['Negotiate'] },
  });
  expect(asked).toHaveLength(0);
  const tokens = await tokensOf('alice');
  const answer = await client.ask({ headers: { ...websocket, Authorization: await tokens.next() } });
  expect(answer.status).toBe(101);
  await tokens.next(answer);
  expect(tokens.handshake.established).toBe(true);
  expect(identityOf(asked[0] as http.IncomingMessage)?.name).toBe('EXAMPLE\\alice');
});

test('two legs on one socket, and a request in between', async () => {
  domain();
  const { port, asked } = await chat();
  const client = await connect(port);
  expect((await client.ask()).status).toBe(401);
  expect((await byNtlm(client)).status).toBe(101);
  expect(asked[0]?.sspi).toMatchObject({ name: 'EXAMPLE\\alice', package: 'NTLM' });
});

test('an identity that the connection keeps serves its upgrade', async () => {
  domain();
  const { port, asked } = await chat();
  const client = await connect(port);
  await ntlm(client);
  const answer = await client.ask({ headers: websocket });
  expect(answer).toMatchObject({ status: 101, headers: { 'persistent-auth': ['true'] } });
  expect(asked[0]?.sspi).toMatchObject({ name: 'EXAMPLE\\alice', persisted: true });
});

test('what is refused goes back to HTTP, whatever comes behind it', async () => {
  domain();
  const { port } = await chat();
  const client = await connect(port);
  // In one piece: the second request is what Node hands over as the head of the upgrade.
  client.send({ headers: websocket });
  client.send({ path: '/next' });
  expect((await client.read()).status).toBe(401);
  expect((await client.read()).status).toBe(401);
  expect((await kerberos(client)).status).toBe(200);
});

test('a connection that is given back again and again collects no listeners', async () => {
  domain();
  const { server, port } = await chat();
  const sockets: net.Socket[] = [];
  server.once('connection', (socket) => void sockets.push(socket));
  const client = await connect(port);
  const counts = (): unknown => {
    const [socket] = sockets as [net.Socket];
    return socket.eventNames().map((event) => [event, socket.listenerCount(event)]);
  };
  for (let refused = 0; refused < 3; refused++) await client.ask({ headers: websocket });
  const before = counts();
  for (let refused = 0; refused < 20; refused++) await client.ask({ headers: websocket });
  expect(counts()).toEqual(before);
});

test('a frame in the same piece as the token reaches the handler', async () => {
  domain();
  const { port } = await chat();
  const client = await connect(port);
  const tokens = await tokensOf('alice');
  const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]).toString('latin1');
  const headers = { ...websocket, Authorization: await tokens.next() };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  client.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n${frame}`);
  expect((await client.read()).status).toBe(101);
  await eventually(() => client.unread.includes('EXAMPLE\\alice: hi'));
});

test('an upgrade with a body is refused, and its body is no request', async () => {
  domain();
  const { port, asked } = await chat();
  const client = await connect(port);
  client.send({ headers: websocket, body: 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n' });
  const rest = await Promise.race([client.rest(), settled().then(() => client.unread)]);
  expect(rest.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(asked).toHaveLength(0);
});

test('the connection of such an upgrade ends with the answer, and a reset is no uncaught exception', async () => {
  domain();
  const { server, port } = await chat();
  const sockets: net.Socket[] = [];
  server.on('connection', (socket) => void sockets.push(socket));
  // The client leaves its own side open.
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client = new Client(socket, '127.0.0.1');
  client.send({ headers: websocket, body: 'unread' });
  client.send();
  expect((await client.read()).status).toBe(401);
  expect(() => sockets[0]?.emit('error', new Error('read ECONNRESET'))).not.toThrow();
  await eventually(() => sockets[0]?.destroyed === true);
});

test.each([
  ['refused', 'SEC_E_LOGON_DENIED', /^HTTP\/1\.1 401 /],
  ['accepted', 'SEC_E_OK', /^$/],
] as const)('a client that ends while its upgrade is %s is let go', async (_what, status, answer) => {
  let accepted = (): void => undefined;
  const until = new Promise<void>((resolve) => (accepted = resolve));
  scripted({ acceptor: () => ({ status, until }), negotiated: 'Kerberos' });
  const { server, port, asked } = await chat();
  const sockets: net.Socket[] = [];
  server.on('connection', (socket) => void sockets.push(socket));
  const client = await connect(port);
  const Authorization = `Negotiate ${Buffer.from('a token').toString('base64')}`;
  client.send({ headers: { ...websocket, Authorization } });
  client.socket.end();
  await eventually(() => sockets[0]?.readableEnded === true);
  accepted();
  expect(await client.rest()).toMatch(answer);
  await eventually(() => sockets[0]?.destroyed === true);
  expect(asked).toHaveLength(0);
});

test('an upgrade that comes before earlier requests are answered ends the connection, and nobody hears of it', async () => {
  domain();
  const open: http.ServerResponse[] = [];
  const { server, port, refusals } = await serve({}, (_request, response) => void open.push(response));
  const asked: http.IncomingMessage[] = [];
  server.on('upgrade', (request, socket) => {
    asked.push(request);
    socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  const client = await connect(port);
  const [first, second] = [await tokensOf('alice'), await tokensOf('bob')];
  client.send({ headers: { Authorization: await first.next() } });
  client.send({ headers: { ...websocket, Authorization: await second.next() } });
  expect(await client.rest()).toBe('');
  expect(open).toHaveLength(1);
  expect(asked).toHaveLength(0);
  expect(refusals).toMatchObject([{ status: 400, reason: expect.stringContaining('upgrade') }]);
});

describe('Origin', () => {
  test.each<[string, Record<string, string>, number]>([
    ['none, as programs do', {}, 101],
    ['the own', { Origin: 'http://web.corp.test' }, 101],
    ['the own with its port', { Origin: 'http://web.corp.test:80' }, 101],
    ['the own by https, where a proxy may end TLS', { Origin: 'https://web.corp.test' }, 101],
    ['another host', { Origin: 'http://evil.test' }, 403],
    ['a host that ends like it', { Origin: 'http://evilweb.corp.test' }, 403],
    ['another port', { Origin: 'http://web.corp.test:8080' }, 403],
    ['opaque', { Origin: 'null' }, 403],
    ['listed', { Origin: 'https://app.corp.test' }, 101],
    ['same-site', { Origin: 'http://other.corp.test', 'Sec-Fetch-Site': 'same-site' }, 101],
    ['cross-site', { Origin: 'http://evil.test', 'Sec-Fetch-Site': 'cross-site' }, 403],
  ])('%s: %j', async (_name, headers, status) => {
    const provider = domain();
    const { port, asked } = await chat({ origins: ['https://app.corp.test'] });
    const client = await connect(port, 'web.corp.test');
    expect((await kerberos(client, 'alice', { headers: { ...websocket, ...headers } })).status).toBe(status);
    expect(asked).toHaveLength(status === 101 ? 1 : 0);
    if (status === 403) expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(0);
  });

  test('a kept identity is no way around it', async () => {
    domain();
    const { port, asked } = await chat();
    const client = await connect(port);
    await ntlm(client);
    expect((await client.ask({ headers: { ...websocket, Origin: 'http://evil.test' } })).status).toBe(403);
    expect(asked).toHaveLength(0);
    expect((await client.ask({ headers: websocket })).status).toBe(101);
  });
});

test('listeners that were added before attach() see only what has passed, too', async () => {
  domain();
  const signOn = authenticate();
  const server = http.createServer({ maxHeaderSize: 80 * 1024 });
  let asked = 0;
  const sockets = greeter();
  server.on('upgrade', (request, socket, head) => {
    asked++;
    sockets.handleUpgrade(request, socket, head, () => undefined);
  });
  signOn.attach(server);
  await signOn.ready();
  const client = await connect(await listen(server));
  expect((await client.ask({ headers: websocket })).status).toBe(401);
  expect(asked).toBe(0);
  expect((await byNtlm(client)).status).toBe(101);
  expect(asked).toBe(1);
});

test('signOn.upgrade(handler), where attach does not fit', async () => {
  domain();
  const signOn = authenticate();
  onCleanUp(() => signOn.close());
  const server = http.createServer();
  const sockets = greeter();
  let asked = 0;
  server.on(
    'upgrade',
    signOn.upgrade((request, socket, head) => {
      asked++;
      sockets.handleUpgrade(request, socket, head, () => undefined);
    }),
  );
  const client = await connect(await listen(server));
  expect((await client.ask({ headers: websocket })).status).toBe(401);
  expect((await byNtlm(client, 'bob')).status).toBe(101);
  expect(asked).toBe(1);
});

test('attach() and upgrade() together give a token to SSPI once', async () => {
  const provider = domain();
  const { port, server, signOn } = await serve();
  const sockets = greeter();
  server.on(
    'upgrade',
    signOn.upgrade((request, socket, head) => sockets.handleUpgrade(request, socket, head, () => undefined)),
  );
  const answer = await kerberos(await connect(port), 'alice', { headers: websocket });
  expect(answer.status).toBe(101);
  expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(1);
});

test('over TLS: the socket goes back to HTTPS', async () => {
  domain();
  const signOn = authenticate();
  const server = https.createServer({ maxHeaderSize: 80 * 1024, ...tlsServerOptions });
  signOn.attach(server);
  await signOn.ready();
  const sockets = greeter();
  server.on('upgrade', (request: http.IncomingMessage, socket, head: Buffer) =>
    sockets.handleUpgrade(request, socket, head, () => undefined),
  );
  const client = await connectTls(await listen(server));
  expect((await client.ask({ headers: websocket })).status).toBe(401);
  const headers = { ...websocket, Origin: 'http://127.0.0.1' };
  expect((await client.ask({ headers })).status).toBe(403);
  expect((await byNtlm(client)).status).toBe(101);
});

test('maxAge closes the WebSocket of an identity', async () => {
  domain();
  const clock = new ManualClock();
  const { port } = await chat({ maxAge: 5_000, clock });
  const [kept, own] = [await connect(port), await connect(port)];
  await byNtlm(kept);
  await kerberos(own, 'alice', { headers: websocket });
  clock.pass(4_999);
  await settled();
  expect([kept.ended, own.ended]).toEqual([false, false]);
  clock.pass(1);
  await eventually(() => kept.ended && own.ended);
});

test('the context lives as long as the WebSocket', async () => {
  domain();
  const { port, asked } = await chat();
  const client = await connect(port);
  await kerberos(client, 'alice', { headers: websocket });
  await settled();
  const identity = asked[0]?.sspi;
  expect(identity?.context.disposed).toBe(false);
  client.socket.destroy();
  await eventually(() => {
    try {
      return identity?.context === undefined;
    } catch {
      return true;
    }
  });
});

test('a client that leaves between the legs of an upgrade leaves nothing', async () => {
  const provider = domain();
  const { port, signOn } = await chat();
  for (let i = 0; i < 50; i++) {
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: ntlmTarget });
    client.send({ headers: { ...websocket, Authorization: await tokens.next() } });
    if (i % 2 === 0) await client.read();
    client.socket.destroy();
    await tokens[Symbol.asyncDispose]();
  }
  await eventually(() => provider.liveCounts().contexts === 0);
  expect(signOn).toBeDefined();
});

test('a server without listeners of upgrade answers as HTTP', async () => {
  domain();
  const { port } = await serve();
  const answer = await kerberos(await connect(port), 'alice', { headers: websocket });
  expect(answer).toMatchObject({ status: 200, body: 'EXAMPLE\\alice Kerberos false' });
});

describe('libraries', () => {
  async function authorization(user: string): Promise<string> {
    return (await tokensOf(user)).next();
  }

  test('ws, as its own documentation sets it up', async () => {
    domain();
    const { server, port } = await serve();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (ws, request) => ws.send(request.sspi?.name ?? 'nobody'));
    const refused = new WebSocket(`ws://127.0.0.1:${port}`);
    const error = await new Promise<Error>((resolve) => refused.once('error', resolve));
    expect(error.message).toMatch(/401/);
    const accepted = new WebSocket(`ws://127.0.0.1:${port}`, {
      headers: { Authorization: await authorization('bob') },
    });
    const greeting = await new Promise((resolve) => accepted.once('message', (data: Buffer) => resolve(String(data))));
    expect(greeting).toBe('EXAMPLE\\bob');
    accepted.terminate();
  });

  test('Socket.IO', async () => {
    domain();
    const { server, port } = await serve();
    const socketIo = new SocketIo(server, { transports: ['websocket'] });
    onCleanUp(() => socketIo.close());
    socketIo.on('connection', (socket) => socket.emit('hello', identityOf(socket.request)?.name ?? 'nobody'));
    const url = `http://127.0.0.1:${port}`;
    const anonymous = io(url, { transports: ['websocket'], reconnection: false });
    await new Promise((resolve) => anonymous.once('connect_error', resolve));
    anonymous.close();
    const socket = io(url, {
      transports: ['websocket'],
      reconnection: false,
      extraHeaders: { Authorization: await authorization('alice') },
    });
    const greeting = await new Promise((resolve) => socket.once('hello', resolve));
    expect(greeting).toBe('EXAMPLE\\alice');
    socket.close();
  });
});

test('an application that takes no upgrade of its own accord gets an ordinary request (Node from 24.9 on asks it)', async () => {
  domain();
  const { port, server } = await chat({ node: { shouldUpgradeCallback: () => false } as http.ServerOptions });
  // Older versions of Node know no such option: there the request is an upgrade.
  const isAsked = 'shouldUpgradeCallback' in server;
  const answer = await kerberos(await connect(port), 'alice', { headers: websocket });
  expect(answer.status).toBe(isAsked ? 200 : 101);
});
