/**
 * Servers with sspi/http, in one process of Windows' node.exe, until standard input ends. The argument is JSON: each
 * server's port and options. The first line of output is their ports.
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { authenticate, type AuthenticateOptions, type Identity } from 'sspi/http';
import type { ServedIdentity, ServerLine, ServerSetting } from './protocol';

const tell = (line: ServerLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Connections by number, for the tests to know which requests came over the same one. */
const numbers = new WeakMap<Socket, number>();
let connections = 0;

async function start({ port, options }: ServerSetting): Promise<number> {
  const signOn = authenticate({ ...(options as AuthenticateOptions), logger: (refusal) => tell({ refusal }) });
  await signOn.ready();
  const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => {
    const connection = numbers.get(request.socket) ?? 0;
    tell({ request: { connection, client: String(request.headers['x-client'] ?? '') } });
    signOn(request, response, () => answer(request, response, connection));
  });
  server.on('connection', (socket) => numbers.set(socket, ++connections));
  signOn.attach(server);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { sspi }) => socket.send(sspi?.package ?? ''));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function answer(request: http.IncomingMessage, response: http.ServerResponse, connection: number): void {
  const { sspi } = request;
  if (request.method === 'POST') {
    request.pipe(response.setHeader('X-Package', sspi?.package ?? ''));
    return;
  }
  const told = sspi === undefined ? { connection } : { connection, ...describe(sspi) };
  response.end(`${JSON.stringify(told)}\n`);
}

function describe(identity: Identity): Omit<ServedIdentity, 'connection'> {
  const { package: by, persisted, name } = identity;
  return { package: by, persisted, name: name ?? null, key: keyDigest(() => identity.context.sessionKey()) };
}

/** Client and server of one handshake have the same session key, and nobody else has. */
function keyDigest(key: () => Buffer): string | null {
  try {
    return createHash('sha256').update(key()).digest('hex');
  } catch {
    return null; // Wine 8 has no session keys.
  }
}

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? '[]') as readonly ServerSetting[];
  const ports: number[] = [];
  for (const setting of settings) ports.push(await start(setting));
  tell({ ports });
  process.stdin.resume().on('end', () => process.exit());
}

void main();
