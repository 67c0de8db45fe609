#!/usr/bin/env node
/**
 * Fastify with Windows sign-on: `GET /` answers with who asked.
 *
 *   node fastify.mjs [--port 8080] [--host 127.0.0.1]
 */
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { authenticate, identityOf } from 'sspi/http';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
});

const app = Fastify({ http: { maxHeaderSize: 80 * 1024 } });
const signOn = authenticate();
signOn.attach(app.server);
await app.register(signOn.fastify);
app.get('/', (request) => {
  const identity = identityOf(request);
  return { name: identity?.name ?? null, package: identity?.package ?? null };
});
console.log(`listening on ${await app.listen({ port: Number(values.port), host: values.host })}`);
