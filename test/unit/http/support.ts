/** A server on a loopback socket, and a client that writes and reads HTTP by hand: what a test sends is what goes out. */
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { acquireCredentials, initiate, type InitiateOptions } from 'sspi';
import { authenticate, type AuthenticateOptions, type RefusalRecord, type SignOn } from 'sspi/http';
import {
  memoryProvider,
  scriptedProvider,
  useProvider,
  type ProviderScript,
  type ScriptedProvider,
} from 'sspi/testing';
import { makeSignOn } from '#lib/http/server/authenticate';
import type { Clock } from '#lib/http/server/clock';
import type { MemoryDomainOptions } from 'sspi/testing';

const cleanups: (() => unknown)[] = [];

/** Ends what the test has begun, the latest first, and holds the provider to its contract. */
export async function cleanUp(): Promise<void> {
  for (const end of cleanups.splice(0).reverse()) await end();
}

export function onCleanUp(end: () => unknown): void {
  cleanups.push(end);
}

function inUse(provider: ScriptedProvider): ScriptedProvider {
  const use = useProvider(provider);
  onCleanUp(async () => {
    use.restore();
    await settled();
    provider.assertClean();
  });
  return provider;
}

/** A domain in memory with alice, bob and mallory, whose account is disabled. */
export function domain(options: MemoryDomainOptions = {}): ScriptedProvider {
  return inUse(
    memoryProvider({
      users: {
        alice: { password: 'Wonderland', groups: [staff, { sid: admins, denyOnly: true }] },
        bob: 'Builder',
        mallory: { password: 'Mallet', refused: 'disabled' },
      },
      ...options,
    }),
  );
}

export const staff = 'S-1-5-21-1-2-3-1200';
export const admins = 'S-1-5-32-544';

export function scripted(script: ProviderScript): ScriptedProvider {
  return inUse(scriptedProvider(script));
}

export interface Served {
  readonly server: http.Server;
  readonly signOn: SignOn;
  readonly port: number;
  readonly refusals: RefusalRecord[];
}

export interface ServeOptions extends AuthenticateOptions {
  readonly clock?: Clock;
  /** Node's own options of the server. */
  readonly node?: http.ServerOptions;
}

type App = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** Who has signed on, as the tests read it. */
export const whoAmI: App = (request, response) => {
  const { sspi } = request;
  response.end(sspi === undefined ? 'nobody' : `${sspi.name ?? '?'} ${sspi.package} ${String(sspi.persisted)}`);
};

/** A server with `attach`, every request of which has to sign on. */
export async function serve({ clock, node, ...options }: ServeOptions = {}, app: App = whoAmI): Promise<Served> {
  const refusals: RefusalRecord[] = [];
  const all = { logger: (record: RefusalRecord) => void refusals.push(record), ...options };
  const signOn = clock === undefined ? authenticate(all) : makeSignOn(all, clock);
  const server = http.createServer({ maxHeaderSize: 80 * 1024, ...node }, (request, response) => {
    signOn(request, response, () => app(request, response));
  });
  signOn.attach(server);
  await signOn.ready();
  return { server, signOn, port: await listen(server), refusals };
}

/** Listens on a free port until the test ends. */
export async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    (server as Partial<http.Server>).closeAllConnections?.();
    await closed;
    await settled();
  });
  return (server.address() as net.AddressInfo).port;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; each field's values in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** One connection. Answers are read in order. */
export class Client {
  readonly socket: net.Socket;
  readonly #host: string;
  #received = '';
  #ended = false;
  #waiting: (() => void) | undefined;

  constructor(socket: net.Socket, host: string) {
    this.socket = socket;
    this.#host = host;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#waiting?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#waiting?.();
    });
    onCleanUp(() => socket.destroy());
  }

  /** Writes a request; the answer is read by `read`. */
  send({ method = 'GET', path = '/', headers = {}, body }: Asked = {}): void {
    const all: Record<string, string | readonly string[]> = { Host: this.#host, ...headers };
    if (body !== undefined && all['Transfer-Encoding'] === undefined) all['Content-Length'] ??= String(body.length);
    const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}\r\n`));
    this.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  async ask(asked: Asked = {}): Promise<Answer> {
    this.send(asked);
    return this.read(asked.method === 'HEAD');
  }

  async read(headOnly = false): Promise<Answer> {
    const head = await this.#until((text) => {
      const end = text.indexOf('\r\n\r\n');
      return end < 0 ? undefined : end + 4;
    });
    const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n');
    const headers: Record<string, string[]> = {};
    for (const line of lines) {
      const at = line.indexOf(':');
      (headers[line.slice(0, at).toLowerCase()] ??= []).push(line.slice(at + 1).trim());
    }
    const status = Number(statusLine.split(' ')[1]);
    const bodiless = headOnly || status < 200 || status === 204 || status === 304;
    return { status, headers, body: bodiless ? '' : await this.#body(headers) };
  }

  async #body(headers: Readonly<Record<string, readonly string[]>>): Promise<string> {
    if (headers['transfer-encoding']?.[0] === 'chunked') {
      const text = await this.#until((received) => {
        const end = received.indexOf('0\r\n\r\n');
        return end < 0 ? undefined : end + 5;
      });
      return text.replace(/(^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '');
    }
    const length = Number(headers['content-length']?.[0] ?? 0);
    return this.#until((received) => (received.length < length ? undefined : length));
  }

  /** Everything that comes until the connection ends. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#received;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What has been received and not read. */
  get unread(): string {
    return this.#received;
  }

  async #until(lengthOf: (text: string) => number | undefined): Promise<string> {
    for (;;) {
      const length = lengthOf(this.#received);
      if (length !== undefined) {
        const text = this.#received.slice(0, length);
        this.#received = this.#received.slice(length);
        return text;
      }
      if (this.#ended) throw new Error(`The connection ended after: ${this.#received}`);
      await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

export async function connect(port: number, host = `127.0.0.1:${port}`): Promise<Client> {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return new Client(socket, host);
}

export async function connectTls(port: number): Promise<Client> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return new Client(socket, `127.0.0.1:${port}`);
}

export const passwords: Readonly<Record<string, string>> = { alice: 'Wonderland', bob: 'Builder', mallory: 'Mallet' };

/** Makes a client's tokens. */
export interface Tokens extends AsyncDisposable {
  /** The value of Authorization for the next leg. */
  next(answer?: Answer): Promise<string>;
  readonly handshake: ReturnType<typeof initiate>;
}

export interface TokenOptions extends InitiateOptions {
  readonly scheme?: string;
  readonly package?: string;
  readonly password?: string;
}

export const kerberosTarget = 'HTTP/web.example.test';
/** An address has no service principal name: Negotiate takes NTLM. */
export const ntlmTarget = 'HTTP/127.0.0.1';

export async function tokensOf(user: string, options: TokenOptions = {}): Promise<Tokens> {
  const { scheme = 'Negotiate', package: name = 'Negotiate', password = passwords[user] ?? '', ...rest } = options;
  const credentials = await acquireCredentials({ package: name, use: 'outbound', identity: { user, password } });
  const handshake = initiate(credentials, { target: kerberosTarget, flags: ['mutualAuth'], ...rest });
  const end = async (): Promise<void> => {
    await handshake.dispose();
    await credentials.dispose();
  };
  onCleanUp(end);
  return {
    handshake,
    async next(answer) {
      const { token } = await handshake.step(answer && tokenOf(answer, scheme));
      return `${scheme} ${token?.toString('base64') ?? ''}`;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** The token of WWW-Authenticate. */
export function tokenOf(answer: Answer, scheme = 'Negotiate'): Buffer | undefined {
  const value = answer.headers['www-authenticate']?.find((each) => each.startsWith(`${scheme} `));
  return value === undefined ? undefined : Buffer.from(value.slice(scheme.length + 1), 'base64');
}

/** Signs on by Kerberos, in one leg. */
export async function kerberos(client: Client, user = 'alice', asked: Asked = {}): Promise<Answer> {
  const tokens = await tokensOf(user);
  return client.ask({ ...asked, headers: { ...asked.headers, Authorization: await tokens.next() } });
}

/** Signs on by NTLM, in two. */
export async function ntlm(client: Client, user = 'alice', asked: Asked = {}): Promise<Answer> {
  const tokens = await tokensOf(user, { target: ntlmTarget });
  const challenge = await client.ask({ ...asked, headers: { ...asked.headers, Authorization: await tokens.next() } });
  if (tokenOf(challenge) === undefined) return challenge;
  return client.ask({ ...asked, headers: { ...asked.headers, Authorization: await tokens.next(challenge) } });
}

/** Lets all that is due happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what comes by itself, ten seconds at most. */
export async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`It has not come: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A clock that goes only when it is told to. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly due: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): { cancel(): void } {
    const timer = { due: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  get pending(): number {
    return this.#timers.size;
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].sort((a, b) => a.due - b.due)) {
      if (timer.due > this.#now || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }
}
