/** The same sign-on in each framework. */
import http from 'node:http';
import express from 'express';
import Fastify from 'fastify';
import { Server as SocketIo } from 'socket.io';
import { authenticate, identityOf, type SignOn } from 'sspi/http';
import { cleanUp, connect, domain, kerberos, listen, ntlm, onCleanUp, type Client } from './support';

/** As far as the test needs it: @types/koa asks for types that its own dependency no longer has. */
interface KoaApplication {
  silent: boolean;
  use(middleware: SignOn['koa'] | ((context: KoaContext) => void)): void;
  callback(): http.RequestListener;
}
interface KoaContext {
  readonly path: string;
  readonly req: http.IncomingMessage;
  body: string;
}
const Koa = require('koa') as new () => KoaApplication;

afterEach(cleanUp);

function signOnFor(options: Parameters<typeof authenticate>[0] = {}): SignOn {
  const signOn = authenticate(options);
  onCleanUp(() => signOn.close());
  return signOn;
}

/** What every framework has to do. */
async function behaves(client: Client): Promise<void> {
  expect(await client.ask()).toMatchObject({ status: 401, body: '', headers: { 'www-authenticate': ['Negotiate'] } });
  const answer = await kerberos(client);
  expect(answer).toMatchObject({
    status: 200,
    body: 'EXAMPLE\\alice Kerberos',
    headers: { 'persistent-auth': ['false'] },
  });
  expect(answer.headers['www-authenticate']).toHaveLength(1);
  expect((await ntlm(client, 'bob')).body).toBe('EXAMPLE\\bob NTLM');
  expect((await client.ask()).body).toBe('EXAMPLE\\bob NTLM');
  const failure = await client.ask({ path: '/fails' });
  expect(failure.status).toBe(500);
  expect(failure.headers['persistent-auth']).toEqual(['true']);
  expect((await kerberos(client, 'alice', { path: '/fails' })).headers['www-authenticate']).toHaveLength(1);
}

const greeting = (request: Parameters<typeof identityOf>[0]): string => {
  const identity = identityOf(request);
  return `${identity?.name ?? 'nobody'} ${identity?.package ?? ''}`;
};

test('Express 5', async () => {
  domain();
  const app = express();
  app.use(signOnFor());
  app.get('/fails', () => {
    throw new Error('no luck');
  });
  app.get('/', (request, response) => {
    expect(request.sspi).toBe(identityOf(request));
    response.send(greeting(request));
  });
  app.set('env', 'test');
  await behaves(await connect(await listen(http.createServer({ maxHeaderSize: 80 * 1024 }, app))));
});

test('Express 5: a route alone, and the same sign-on mounted twice', async () => {
  const provider = domain();
  const signOn = signOnFor();
  const app = express();
  app.get('/open', (request, response) => void response.send(greeting(request)));
  app.get('/closed', signOn, signOn, (request, response) => void response.send(greeting(request)));
  const client = await connect(await listen(http.createServer(app)));
  expect(await client.ask({ path: '/open' })).toMatchObject({ status: 200, body: 'nobody ' });
  expect((await client.ask({ path: '/closed' })).status).toBe(401);
  expect((await kerberos(client, 'alice', { path: '/closed' })).body).toBe('EXAMPLE\\alice Kerberos');
  expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(1);
});

test('Fastify 5', async () => {
  domain();
  const app = Fastify({ http: { maxHeaderSize: 80 * 1024 } });
  const signOn = signOnFor();
  signOn.attach(app.server);
  await app.register(signOn.fastify);
  app.get('/fails', () => {
    throw new Error('no luck');
  });
  app.get('/', (request) => {
    expect(identityOf(request.raw)).toBe(identityOf(request));
    return greeting(request);
  });
  onCleanUp(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { readonly port: number };
  await behaves(await connect(port));
});

test('Fastify 5: a setting that is wrong fails the start', async () => {
  domain();
  const app = Fastify();
  await app.register(signOnFor({ allow: { groups: ['CORP\\Nobodies'] } }).fastify);
  await expect(app.ready()).rejects.toMatchObject({ code: 'ERR_SSPI_NAME_UNKNOWN' });
});

test('Fastify 5: a scope of its own', async () => {
  domain();
  const app = Fastify();
  const signOn = signOnFor();
  app.get('/open', (request) => greeting(request));
  await app.register(async (scope) => {
    await scope.register(signOn.fastify);
    scope.get('/closed', (request) => greeting(request));
  });
  onCleanUp(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { readonly port: number };
  const client = await connect(port);
  expect((await client.ask({ path: '/open' })).status).toBe(200);
  expect((await client.ask({ path: '/closed' })).status).toBe(401);
});

test('Koa 3', async () => {
  domain();
  const app = new Koa();
  app.silent = true;
  app.use(signOnFor().koa);
  app.use((context: KoaContext) => {
    if (context.path === '/fails') throw new Error('no luck');
    expect(identityOf(context.req)).toBe(identityOf(context));
    context.body = greeting(context);
  });
  await behaves(await connect(await listen(http.createServer({ maxHeaderSize: 80 * 1024 }, app.callback()))));
});

test('node:http', async () => {
  domain();
  const signOn = signOnFor();
  const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => {
    signOn(request, response, () => {
      if (request.url === '/fails') response.statusCode = 500;
      response.end(greeting(request));
    });
  });
  signOn.attach(server);
  await behaves(await connect(await listen(server)));
});

test('Socket.IO by polling: the engine has the requests of its path to itself, and asks the sign-on, too', async () => {
  domain();
  const signOn = signOnFor();
  const server = http.createServer();
  const socketIo = new SocketIo(server);
  onCleanUp(() => socketIo.close());
  socketIo.engine.use(signOn);
  const client = await connect(await listen(server));
  const path = '/socket.io/?EIO=4&transport=polling';
  expect((await client.ask({ path })).status).toBe(401);
  expect((await kerberos(client, 'alice', { path })).body).toMatch(/"sid"/);
});

test('what an application throws after an asynchronous sign-on reaches the framework', async () => {
  domain();
  const app = express();
  app.use(signOnFor());
  app.use((request: http.IncomingMessage) => {
    throw new Error(`for ${request.sspi?.name ?? 'nobody'}`);
  });
  const errors: string[] = [];
  // Express tells such a handler by its four parameters.
  app.use((error: Error, _request: express.Request, response: express.Response, next: express.NextFunction) => {
    errors.push(error.message);
    if (response.headersSent) return next(error);
    response.sendStatus(500);
  });
  expect((await kerberos(await connect(await listen(http.createServer(app))))).status).toBe(500);
  expect(errors).toEqual(['for EXAMPLE\\alice']);
});
