/** How users of each framework write sign-on, held against the frameworks' own types. */
import { compile, node16 } from './compiler';
import { Application } from './installed';

const app = new Application();

/** With what the frameworks' declarations import. */
const lent = ['@types', 'undici-types', 'express', 'fastify', 'ws'];
const ofFastify = ['@fastify', 'find-my-way', 'light-my-request', 'pino', 'fast-json-stringify', 'abstract-logging'];

beforeAll(async () => {
  await app.install();
  for (const name of [...lent, ...ofFastify]) app.lend(name);
});
afterAll(() => app.remove());

/** Declarations of others are not checked: what is, is how ours fit them. */
const settings = { ...node16, skipLibCheck: true };

const frameworks = {
  'express.mts': `
    import express, { type Request, type Response } from 'express';
    import { createServer } from 'node:http';
    import { authenticate, identityOf } from 'sspi/http';

    const signOn = authenticate();
    const app = express();
    app.use(signOn);
    app.use('/reports', signOn);
    app.get('/closed', signOn, (request: Request, response: Response) => {
      const sid: string | undefined = request.sspi?.sid;
      // @ts-expect-error -- an identity may be absent
      const name: string | undefined = request.sspi.name;
      response.json({ sid, name, member: identityOf(request)?.hasGroup('S-1-5-32-544') });
    });
    signOn.attach(createServer(app));
  `,
  'fastify.mts': `
    import Fastify from 'fastify';
    import { authenticate, identityOf } from 'sspi/http';

    const app = Fastify({ http: { maxHeaderSize: 80 * 1024 } });
    const signOn = authenticate();
    signOn.attach(app.server);
    await app.register(signOn.fastify);
    await app.register(async (scope) => {
      await scope.register(signOn.fastify);
      scope.get('/', (request) => identityOf(request)?.name ?? identityOf(request.raw)?.package);
      // @ts-expect-error -- no augmentation of Fastify, which not everybody has: the identity is on request.raw
      scope.get('/none', (request) => request.sspi);
      scope.get('/raw', (request) => request.raw.sspi?.name);
    });
  `,
  'ws.mts': `
    import { createServer } from 'node:http';
    import { WebSocketServer } from 'ws';
    import { authenticate } from 'sspi/http';

    const signOn = authenticate();
    const server = createServer();
    signOn.attach(server);
    new WebSocketServer({ server }).on('connection', (socket, request) => {
      const name: string | undefined = request.sspi?.name;
      socket.send(name ?? 'nobody');
    });

    const apart = new WebSocketServer({ noServer: true });
    const other = createServer();
    other.on('upgrade', signOn.upgrade((request, socket, head) => {
      apart.handleUpgrade(request, socket, head, (opened) => apart.emit('connection', opened, request));
    }));
  `,
};

/**
 * Koa's types, as far as a middleware meets them, written by hand: @types/koa imports types that its own dependencies no
 * longer have, so that nothing compiles with it. That Koa itself has this shape is shown by test/unit/http/frameworks.test.ts.
 */
const koa = `
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
  import { authenticate, identityOf } from 'sspi/http';

  interface Context {
    readonly app: Application;
    req: IncomingMessage;
    res: ServerResponse;
    request: { readonly req: IncomingMessage };
    respond?: boolean;
    status: number;
    body: unknown;
  }
  interface Application {
    use(middleware: (context: Context, next: () => Promise<unknown>) => unknown): this;
    callback(): RequestListener;
  }
  declare const app: Application;

  const signOn = authenticate();
  app.use(signOn.koa).use(async (context, next) => {
    context.body = identityOf(context)?.name ?? identityOf(context.req)?.package;
    await next();
  });
`;

test.each(['typescript-5.2', 'typescript-5.9', 'typescript', 'typescript-7'])(
  'Express 5, Fastify 5, ws and Koa 3 under %s',
  async (compiler) => {
    expect(await compile(app, compiler, { ...frameworks, 'koa.mts': koa }, settings)).toBe('');
  },
);
