/**
 * The programs that README, docs/ and examples/ show, fed by peers that speak nonsense, stop halfway or leave: a server goes on
 * serving, a client says what is wrong and ends. They run as their users would run them, with a domain in memory.
 */
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import { acquireCredentials, initiate } from 'sspi';
import { memoryProvider, useProvider } from 'sspi/testing';

jest.setTimeout(60_000);

const checkout = join(__dirname, '..', '..');
const user = { alice: 'Wonderland' };

/** A program in a Node process of its own. */
class Program implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(file: string, args: readonly string[] = [], port?: number) {
    const env = { ...process.env, PORT: String(port) };
    const preload = ['--require', join(__dirname, 'in-memory.js')];
    const child = spawn(process.execPath, [...preload, file, ...args], { cwd: checkout, env });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    child.stdin.end('hello\n');
    this.ended = new Promise((resolve) => child.on('close', resolve));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

const samples = join(checkout, 'dist-test', 'samples');

/** Writes a program that finds its port in the environment. */
function written(name: string, text: string): string {
  mkdirSync(samples, { recursive: true });
  const file = join(samples, name);
  writeFileSync(file, text);
  return file;
}

/** The first sample below a heading of README that begins like this, with the test's port. */
function programOfReadme(heading: string, name: string): string {
  const readme = readFileSync(join(checkout, 'README.md'), 'utf8');
  const sample = new RegExp(`^## ${heading}\\b[^]*?^\`\`\`ts\n([^]*?)^\`\`\`$`, 'm').exec(readme)?.[1] as string;
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const program = ts
    .transpileModule(sample, { compilerOptions })
    .outputText.replace('listen(8080)', "listen(Number(process.env.PORT), '127.0.0.1')")
    .replace(/'http:\/\/web\.corp\.test(\/?)'/g, '`http://localhost:${process.env.PORT}$1`');
  expect(program).toContain('process.env.PORT');
  return written(name, program);
}

const readmeServer = programOfReadme('The server', 'readme-server.mjs');
const readmeClient = programOfReadme('The client', 'readme-client.mjs');

/** What starts the application of docs/testing.md, and what visits it. */
const whoamiServer = written(
  'whoami-server.cjs',
  `const { createWhoamiServer } = require('../../examples/testing/whoami-server.cjs');
   void createWhoamiServer({ members: ['EXAMPLE\\\\alice'], log: console.log })
     .then(({ server }) => server.listen(Number(process.env.PORT), '127.0.0.1'));`,
);
const whoamiClient = written(
  'whoami-client.cjs',
  `const { browse } = require('../../examples/testing/browser.cjs');
   process.on('unhandledRejection', (error) => console.error('unhandled rejection:', error));
   const fail = (error) => { console.error(String(error)); process.exitCode = 1; };
   browse(Number(process.env.PORT)).then(({ status }) => status === 200 || fail(new Error(status)), fail);`,
);

const web = 'HTTP/web.corp.test';
const echoClient = (port: number): Program =>
  new Program('examples/echo-client.mjs', ['--port', String(port), '--target', web]);
const clientOfReadme = (port: number): Program => new Program(readmeClient, [], port);
const serverOfReadme = (port: number): Program => new Program(readmeServer, [], port);

const askingExample = (name: string) => (port: number) =>
  new Program(`examples/http-client/${name}.mjs`, [`http://localhost:${port}/`]);

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function connected(port: number): Promise<net.Socket> {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    if (
      await once(socket, 'connect').then(
        () => true,
        () => false,
      )
    )
      return socket;
    await sleep(50);
  }
}

const frame = (message: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
};

/** What a good client would send first. */
async function firstToken(): Promise<Buffer> {
  const provider = useProvider(memoryProvider({ users: user }));
  await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  await using client = initiate(credentials, { target: 'HTTP/web.corp.test', flags: ['confidentiality'] });
  const leg = await client.step();
  provider.restore();
  return leg.token as Buffer;
}

let token: Buffer;
beforeAll(async () => {
  token = await firstToken();
});

/** What bad peers say before they leave. `'reset'`: without a farewell. */
type Speech = readonly [what: string, bytes: () => Buffer, end?: 'reset'];

const badPeers: readonly Speech[] = [
  ['nothing', () => Buffer.alloc(0)],
  ['garbage', () => Buffer.from('GET / HTTP/1.1\r\n\r\n\0\xff garbage', 'latin1')],
  ['framed garbage', () => frame(Buffer.from('garbage'))],
  ['half a token in a whole frame', () => frame(token.subarray(0, token.length >> 1))],
  ['half a frame, and resets the connection', () => frame(token).subarray(0, token.length >> 1), 'reset'],
  ['a good token, and resets the connection', () => frame(token), 'reset'],
];

const badClients: readonly Speech[] = [
  ...badPeers,
  ['nothing, and resets the connection', () => Buffer.alloc(0), 'reset'],
  ['a framed token of no bytes', () => frame(Buffer.alloc(0))],
  ['half a frame', () => frame(token).subarray(0, token.length >> 1)],
  ['a good token, then garbage as a message', () => Buffer.concat([frame(token), frame(Buffer.from('garbage'))])],
  ['the token twice', () => Buffer.concat([frame(token), frame(token)])],
];

/** Says it and leaves; done when the connection is closed on both ends. */
async function speak(socket: net.Socket, [, bytes, end]: Speech): Promise<void> {
  socket.resume();
  const closed = new Promise((resolve) => socket.on('close', resolve)); // an error, such as the other end’s reset, comes before it
  const said = bytes();
  if (said.length > 0) await new Promise((resolve) => socket.write(said, resolve));
  if (end === 'reset') socket.resetAndDestroy();
  else socket.end();
  await closed;
}

describe.each([
  [
    'examples/echo-server.mjs',
    (port: number) => new Program('examples/echo-server.mjs', ['--port', String(port)]),
    echoClient,
  ],
])('%s', (_, start, goodClient) => {
  test('outlives bad clients, and serves a good one afterwards', async () => {
    const port = await freePort();
    await using server = start(port);
    for (const speech of badClients) {
      await speak(await connected(port), speech);
      expect([speech[0], server.running, server.output]).toEqual([speech[0], true, server.output]);
    }
    await using client = goodClient(port);
    while (!/^hello$/m.test(server.output + client.output) && server.running) await sleep(20);
    expect(server.output).toContain('EXAMPLE\\alice');
    expect(server.output).not.toMatch(/unhandled|uncaught/i);
    expect(server.running).toBe(true);
  });
});

const badWebServers: readonly Speech[] = [
  ...badPeers,
  ['401 and no token', () => answer('401 Unauthorized', 'Negotiate')],
  ['401 and garbage as a token', () => answer('401 Unauthorized', 'Negotiate Z2FyYmFnZQ==')],
  ['401 and half a token', () => answer('401 Unauthorized', `Negotiate ${token.toString('base64', 0, 40)}`)],
  ['200 and half a page', () => Buffer.concat([answer('200 OK', 'Negotiate oQcwBaADCgEA'), Buffer.from('half')])],
];

function answer(status: string, challenge: string): Buffer {
  return Buffer.from(`HTTP/1.1 ${status}\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 100\r\n\r\n`);
}

describe.each([
  ['README’s client', badWebServers, clientOfReadme],
  ['examples/echo-client.mjs', badPeers, echoClient],
  [
    'examples/ldap-bind.mjs',
    badPeers,
    (port: number) => new Program('examples/ldap-bind.mjs', ['--port', String(port), '--target', 'ldap/dc1.corp.test']),
  ],
  [
    'examples/http-negotiate-client.mjs',
    badWebServers,
    (port: number) => new Program('examples/http-negotiate-client.mjs', ['--target', web, `http://127.0.0.1:${port}/`]),
  ],
  ['examples/http-client/fetch.mjs', badWebServers, askingExample('fetch')],
  ['examples/http-client/axios.mjs', badWebServers, askingExample('axios')],
  ['examples/testing/browser.cjs', badWebServers, (port: number) => new Program(whoamiClient, [], port)],
])('%s', (_, speeches, start) => {
  test('ends with an error wherever the server stops, and whatever it says', async () => {
    const endings = speeches.map(async (speech) => {
      const server = net.createServer((socket) => {
        socket.on('error', () => undefined);
        void speak(socket, speech);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await using client = start((server.address() as net.AddressInfo).port);
      const code = await client.ended;
      server.close();
      return [speech[0], code, client.output] as const;
    });
    for (const [what, code, output] of await Promise.all(endings)) {
      expect([what, code, output]).toEqual([what, 1, expect.stringMatching(/Error/)]);
      expect([what, output]).toEqual([
        what,
        expect.not.stringMatching(/Unhandled 'error' event|unhandled rejection|unsettled/i),
      ]);
    }
  });
});

async function get(options: http.RequestOptions): Promise<http.IncomingMessage> {
  const [response] = await once(http.get({ ...options, agent: false }), 'response');
  return response as http.IncomingMessage;
}

const signOnExample = (name: string) => (port: number) =>
  new Program(`examples/http-sign-on/${name}.mjs`, ['--port', String(port)]);

describe.each<[string, (port: number) => Program, string?, string?]>([
  [
    'examples/http-negotiate-server.mjs',
    (port: number) => new Program('examples/http-negotiate-server.mjs', ['--port', String(port)]),
  ],
  ['examples/testing/whoami-server.cjs', (port: number) => new Program(whoamiServer, [], port)],
  ['README’s server', serverOfReadme],
  ['examples/http-sign-on/express.mjs', signOnExample('express')],
  ['examples/http-sign-on/fastify.mjs', signOnExample('fastify'), '{"name":"EXAMPLE\\\\alice","package":"Kerberos"}'],
  ['examples/http-sign-on/websocket.mjs', signOnExample('websocket'), 'Hello, EXAMPLE\\alice, by Kerberos.'],
  ['examples/http-sign-on/express-session.mjs', signOnExample('express-session'), 'EXAMPLE\\alice', '/login'],
  ['examples/http-sign-on/passport.mjs', signOnExample('passport'), 'EXAMPLE\\alice', '/login'],
])('%s', (_, start, greeting = 'EXAMPLE\\alice', path = '/') => {
  const request = (value: string): Buffer =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: web.corp.test\r\nAuthorization: Negotiate ${value}\r\n\r\n`, 'latin1');
  const badBrowsers: readonly Speech[] = [
    ['nothing', () => Buffer.alloc(0)],
    ['garbage', () => Buffer.from('\x16\x03\x01\0garbage\r\n\r\n', 'latin1')],
    ['half a request, and resets the connection', () => request(token.toString('base64')).subarray(0, 90), 'reset'],
    ['a token of no bytes', () => request('=')],
    ['garbage as a token', () => request(Buffer.from('garbage').toString('base64'))],
    ['half a token', () => request(token.subarray(0, token.length >> 1).toString('base64'))],
    ['a token, and resets the connection', () => request(token.toString('base64')), 'reset'],
    ['two tokens at once', () => Buffer.concat([request(token.toString('base64')), request(token.toString('base64'))])],
    ['garbage twice at once', () => Buffer.concat([request('Z2FyYmFnZQ=='), request('Z2FyYmFnZQ==')])],
    ['more headers than a server takes', () => request('A'.repeat(200_000))],
  ];

  test('outlives bad clients, and signs a good one on afterwards', async () => {
    const port = await freePort();
    await using server = start(port);
    for (const speech of badBrowsers) {
      await speak(await connected(port), speech);
      expect([speech[0], server.running, server.output]).toEqual([speech[0], true, server.output]);
    }
    const headers = { authorization: `Negotiate ${token.toString('base64')}` };
    let response = await get({ port, path, headers });
    const cookie = response.headers['set-cookie']?.[0]?.split(';')[0];
    expect([response.statusCode, response.headers.location, typeof cookie]).toEqual(
      path === '/' ? [200, undefined, 'undefined'] : [302, '/', 'string'],
    );
    if (cookie !== undefined) {
      response.resume();
      response = await get({ port, path: '/', headers: { cookie } });
    }
    expect([response.statusCode, await text(response)]).toEqual([200, expect.stringContaining(greeting)]);
    expect(server.output).not.toMatch(/unhandled|uncaught/i);
    expect(server.running).toBe(true);
  });
});

test('no program is left out', () => {
  const programs = readdirSync(join(checkout, 'examples')).filter((name) => /^[^.]+\.[cm]js$/.test(name));
  // framing.mjs, opentelemetry.mjs and tls-records.mjs are modules that talk to no peer; tls-by-schannel.mjs needs the real Schannel, and test/examples/ feeds it.
  expect(programs.sort()).toEqual([
    'echo-client.mjs',
    'echo-server.mjs',
    'framing.mjs',
    'http-negotiate-client.mjs',
    'http-negotiate-server.mjs',
    'ldap-bind.mjs',
    'opentelemetry.mjs',
    'tls-by-schannel.mjs',
    'tls-records.mjs',
  ]);
  const servers = ['README.md', ...readdirSync(join(checkout, 'docs')).map((name) => join('docs', name))].filter(
    (page) => page.endsWith('.md') && /createServer\(|\.listen\(/.test(readFileSync(join(checkout, page), 'utf8')),
  );
  // The servers of docs/http.md are fragments; examples/http-sign-on/ has the programs.
  expect(servers).toEqual(['README.md', join('docs', 'http.md')]);
  expect(readdirSync(join(checkout, 'examples/http-sign-on'))).toEqual([
    'express-session.mjs',
    'express.mjs',
    'fastify.mjs',
    'passport.mjs',
    'websocket.mjs',
  ]);
  expect(readdirSync(join(checkout, 'examples/http-client'))).toEqual(['axios.mjs', 'fetch.mjs']);
});
