/** A server in a process of its own, which answers `ok`: with one kind of sign-on, or none. */
import http from 'node:http';
import { authenticate } from 'sspi/http';
import { lateness } from '../measure/event-loop.mjs';
import { residentBytes } from '../measure/memory.mjs';

const kinds = {
  none: async () => (request, response, next) => next(),
  /** What sign-on adds to each answer on a signed-on connection, and nothing else. */
  headers: async () => (request, response, next) => {
    response.setHeader('Persistent-Auth', 'true');
    response.setHeader('Cache-Control', 'private');
    next();
  },
  kept: () => signOn({ persist: 'connection' }),
  each: () => signOn({ persist: 'request' }),
  /** Signs each connection on once, and then costs what `headers` costs; `/open` wants no sign-on. For measuring clients. */
  once: async () => {
    const middleware = await signOn({ persist: 'connection' });
    const open = await kinds.headers();
    const signedOn = new WeakSet();
    return (request, response, next) => {
      if (request.url === '/open' || signedOn.has(request.socket)) return open(request, response, next);
      return middleware(request, response, () => {
        signedOn.add(request.socket);
        next();
      });
    };
  },
  'node-expose-sspi': async () => (await import('./node-expose-sspi.mjs')).middleware(),
};

async function signOn(options) {
  const middleware = authenticate(options);
  await middleware.ready();
  return middleware;
}

let samples;

/** @param {keyof typeof kinds} kind @returns {Promise<number>} its port */
export async function listen(kind) {
  const middleware = await kinds[kind]();
  const server = http.createServer({ maxHeaderSize: 80 * 1024, keepAliveTimeout: 0 }, (request, response) =>
    middleware(request, response, (error) => {
      if (error) response.statusCode = 500;
      response.end(error ? String(error) : 'ok');
    }),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  return server.address().port;
}

/** Begins to take samples of the event loop's delay. */
export async function watch() {
  const own = (samples = []);
  void (async () => {
    while (samples === own) own.push(await lateness());
  })();
  return null;
}

/** @returns {Promise<number[]>} milliseconds, since `watch` */
export async function watched() {
  const taken = samples;
  samples = undefined;
  return taken;
}

export const memory = () => residentBytes();

/** @returns {Promise<number>} microseconds of processor time so far */
export async function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
