/** An HTTP proxy on a loopback socket that demands a sign-on with `sspi` itself: CONNECT, and requests with an absolute URL. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { accept, acquireCredentials, type Credentials, type Handshake } from 'sspi';

type Scheme = 'Negotiate' | 'NTLM' | 'Basic';

export interface ProxyOptions {
  /** What it offers, in this order; none lets everybody pass. Default: Negotiate. */
  readonly schemes?: readonly Scheme[];
  /** TLS to the proxy itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The first 407 of a connection closes it. */
  readonly closesFirst?: boolean;
  /** The last token is sent with the answer to CONNECT, which squid does not do. Default: false. */
  readonly proves?: boolean;
  /** The body of each 407. */
  readonly body?: string;
  /** It sends that body in chunks. */
  readonly chunked?: boolean;
}

/** What the proxy has seen of one request. */
export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Who had signed on. */
  readonly user: string | undefined;
  /** The client's port, which tells connections apart. */
  readonly connection: number | undefined;
}

interface SignedOn {
  readonly handshake: Handshake;
  user?: string;
}

export class AuthenticatingProxy implements AsyncDisposable {
  readonly requests: ProxiedRequest[] = [];
  readonly #options: ProxyOptions;
  readonly #server: http.Server;
  readonly #credentials: Credentials;
  readonly #states = new WeakMap<net.Socket, SignedOn>();
  readonly #refusedOnce = new WeakSet<net.Socket>();
  readonly #sockets = new Set<net.Socket>();
  readonly #handshakes = new Set<Handshake>();

  static async start(options: ProxyOptions = {}): Promise<AuthenticatingProxy> {
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
    const proxy = new AuthenticatingProxy(options, credentials);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  private constructor(options: ProxyOptions, credentials: Credentials) {
    this.#options = options;
    this.#credentials = credentials;
    this.#server =
      options.tls === undefined
        ? http.createServer({ maxHeaderSize: 80 * 1024 })
        : https.createServer({ maxHeaderSize: 80 * 1024, ...options.tls });
    this.#server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: net.Socket) => {
      this.#own(socket);
    });
    this.#server.on('connect', (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => {
      void this.#connect(request, socket, head);
    });
    this.#server.on('request', (request, response) => void this.#forward(request, response));
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** By the name of this machine, for which there is a service. */
  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://localhost:${this.port}`;
  }

  /** The methods and URLs, each with who had signed on. */
  get log(): string[] {
    return this.requests.map(({ method, url, user }) => `${method} ${url} ${user ?? '-'}`);
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    for (const handshake of this.#handshakes) await handshake.dispose();
    await this.#credentials.dispose();
  }

  #own(socket: net.Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #note(request: http.IncomingMessage): void {
    this.requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      user: this.#states.get(request.socket)?.user,
      connection: request.socket.remotePort,
    });
  }

  async #connect(request: http.IncomingMessage, socket: net.Socket, head: Buffer): Promise<void> {
    const verdict = await this.#judge(request);
    this.#note(request);
    if (verdict.challenges !== undefined) {
      const { body = 'sign on', chunked = false } = this.#options;
      const framing = chunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
      const lines = verdict.challenges.map((value) => `Proxy-Authenticate: ${value}\r\n`).join('');
      const close = this.#closes(socket) ? 'Connection: close\r\n' : '';
      const content = chunked ? `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
      socket.write(`HTTP/1.1 407 Proxy Authentication Required\r\n${lines}${framing}${close}\r\n${content}`);
      if (close !== '') {
        socket.end();
        return;
      }
      // The parser has left the socket: another one reads the next leg from it.
      if (head.length > 0) socket.unshift(head);
      this.#server.emit(this.#options.tls === undefined ? 'connection' : 'secureConnection', socket);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const upstream = net.connect({ host: resolved(hostname), port: Number(port) });
    this.#own(upstream);
    upstream.on('connect', () => {
      const proof = verdict.proof === undefined ? '' : `Proxy-Authenticate: ${verdict.proof}\r\n`;
      socket.write(`HTTP/1.1 200 Connection established\r\n${proof}\r\n`);
      if (head.length > 0) upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => {
      if (upstream.connecting || !socket.writable) socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
      socket.destroySoon();
    });
    socket.on('close', () => upstream.destroy());
  }

  async #forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const verdict = await this.#judge(request);
    this.#note(request);
    if (verdict.challenges !== undefined) {
      const close = this.#closes(request.socket) ? { Connection: 'close' } : {};
      response.writeHead(407, { 'Proxy-Authenticate': [...verdict.challenges], ...close });
      request.resume();
      response.end(this.#options.body ?? 'sign on');
      return;
    }
    if (!URL.canParse(request.url ?? '') || request.url?.startsWith('http:') !== true) {
      response.writeHead(400).end();
      return;
    }
    const headers = withoutHopByHop(request.headers);
    const upstream = http.request(request.url as string, {
      hostname: resolved(new URL(request.url as string).hostname),
      method: request.method,
      headers,
      agent: false,
    });
    upstream.on('response', (answer) => {
      const proof = verdict.proof === undefined ? {} : { 'Proxy-Authenticate': verdict.proof };
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...proof });
      answer.pipe(response);
    });
    upstream.on('error', () => response.writeHead(502).end());
    request.pipe(upstream);
  }

  #closes(socket: net.Socket): boolean {
    const first = !this.#refusedOnce.has(socket) && this.#states.get(socket) === undefined;
    this.#refusedOnce.add(socket);
    return first && this.#options.closesFirst === true;
  }

  async #judge(request: http.IncomingMessage): Promise<{ challenges?: readonly string[]; proof?: string }> {
    const { schemes = ['Negotiate'], proves = false } = this.#options;
    if (schemes.length === 0) return {};
    const { socket, headers } = request;
    const [scheme = '', text = ''] = (headers['proxy-authorization'] ?? '').split(' ');
    if (!(schemes as readonly string[]).includes(scheme)) {
      return this.#states.get(socket)?.user === undefined ? { challenges: schemes } : {};
    }
    let state = this.#states.get(socket);
    if (state === undefined || state.user !== undefined) {
      state = { handshake: accept(this.#credentials) };
      this.#handshakes.add(state.handshake);
      this.#states.set(socket, state);
    }
    try {
      const leg = await state.handshake.step(Buffer.from(text, 'base64'));
      const answer = `${scheme} ${leg.token?.toString('base64') ?? ''}`;
      if (leg.expectsReply) return { challenges: [answer] };
      state.user = state.handshake.context.clientName ?? '?';
      return leg.token === undefined || !proves ? {} : { proof: answer };
    } catch {
      this.#states.delete(socket);
      return { challenges: schemes };
    }
  }
}

function withoutHopByHop(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const own = ['proxy-authorization', 'proxy-connection', 'connection', 'keep-alive'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
}

/** Only the proxy knows the servers below `.test`: they are all this machine. */
function resolved(hostname: string): string {
  return hostname.endsWith('.test') ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
}
