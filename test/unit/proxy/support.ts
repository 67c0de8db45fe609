import http from 'node:http';
import net from 'node:net';
import { memoryProvider, useProvider, type MemoryDomainOptions, type ScriptedProvider } from 'sspi/testing';
import { AuthenticatingProxy, type ProxyOptions } from '../../support/authenticating-proxy';
import { ClientCredentials } from '#lib/http/client/credentials';
import { chooser, openTunnel, type ProxyChoice, type TunnelOptions } from '#lib/http/client/proxy/index';

const cleanups: (() => unknown)[] = [];

/** Ends what the test has begun, the latest first; then nothing of the provider may be left. */
export async function cleanUp(): Promise<void> {
  for (const end of cleanups.splice(0).reverse()) await end();
}

export function onCleanUp(end: () => unknown): void {
  cleanups.push(end);
}

/** A domain in memory whose current user is alice. */
export function domain(options: MemoryDomainOptions = {}): ScriptedProvider {
  const provider = memoryProvider({ users: { alice: 'Wonderland' }, ...options });
  const use = useProvider(provider);
  onCleanUp(async () => {
    use.restore();
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    provider.assertClean();
  });
  return provider;
}

export async function startProxy(options: ProxyOptions = {}): Promise<AuthenticatingProxy> {
  const proxy = await AuthenticatingProxy.start(options);
  onCleanUp(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

/** A proxy that does with each connection what the test says. */
export async function startLyingProxy(serve: (socket: net.Socket, index: number) => void): Promise<LyingProxy> {
  const sockets = new Set<net.Socket>();
  let index = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, index++);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { url: `http://localhost:${(server.address() as net.AddressInfo).port}`, sockets };
}

export interface LyingProxy {
  readonly url: string;
  readonly sockets: ReadonlySet<net.Socket>;
}

/** Answers each request of a connection in turn with the texts; after the last one it is silent. */
export function answering(...answers: readonly string[]): (socket: net.Socket) => void {
  return (socket) => {
    let received = '';
    let next = 0;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        received = received.slice(end + 4);
        const answer = answers[next++];
        if (answer !== undefined) socket.write(answer, 'latin1');
      }
    });
  };
}

/** A server that sends back what it gets. */
export async function startEcho(): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  return listenUntilEnd(server, sockets);
}

/** An HTTP server that tells what it was asked, and with which fields. */
export async function startOrigin(
  serve: http.RequestListener = (request, response) => {
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }));
  },
): Promise<number> {
  const server = http.createServer(serve);
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  return listenUntilEnd(server, sockets);
}

export async function listenUntilEnd(server: net.Server, sockets: ReadonlySet<net.Socket>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as net.AddressInfo).port;
}

export const originOf = (url: string): string => new URL(url).origin;

/** The proxy of a URL; `ntlm` lists it for NTLM. */
export async function choiceOf(url: string, { ntlm = false } = {}): Promise<ProxyChoice> {
  const lists = { origins: new Set<string>(), ntlm: new Set(ntlm ? [originOf(url)] : []) };
  const [route] = await chooser(url, lists)('http://unimportant.test/');
  if (route === undefined || route === 'direct') throw new Error('no proxy');
  return route;
}

/** Opens a tunnel as the current user. */
export async function tunnel(
  url: string,
  port: number,
  { ntlm = false, ...options }: Partial<TunnelOptions> & { ntlm?: boolean } = {},
): Promise<net.Socket> {
  const credentials = new ClientCredentials();
  onCleanUp(() => credentials.dispose());
  const proxy = await choiceOf(url, { ntlm });
  const socket = await openTunnel({ proxy, host: 'localhost', port, credentials, timeout: 10_000, ...options });
  onCleanUp(() => socket.destroy());
  return socket;
}

/** What comes back for what is sent. */
export async function said(socket: net.Socket, text: string): Promise<string> {
  socket.write(text);
  let received = '';
  while (received.length < text.length) {
    const chunk = await new Promise<Buffer>((resolve, reject) => {
      socket.once('data', resolve).once('error', reject);
    });
    received += chunk.toString('latin1');
  }
  return received;
}

export async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`It has not come: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
