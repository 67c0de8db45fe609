/** createFetch, createDispatcher and isSupported. */
import type http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import workerThreads from 'node:worker_threads';
import zlib from 'node:zlib';
import { authenticate, createDispatcher, createFetch, isSupported, type SspiFetchOptions } from 'sspi/http';
import { useBinding } from '#lib/binding/load';
import { checkedSignOnOptions, type SignOnOptions } from '#lib/http/client/options';
import { makeDispatcher, type AgentClass, type AgentLike } from '#lib/http/client/undici/dispatcher';
import { serverTlsOf } from '#lib/http/client/undici/server-tls';
import { SignOnClient } from '#lib/http/client/client';
import { AuthenticatingProxy } from '../../support/authenticating-proxy';
import { tlsServerOptions } from '../http/certificate';
import {
  answer,
  challenge,
  cleanUp,
  domain,
  eventually,
  kerberosOrigin,
  listen,
  lyingServer,
  ntlmOrigin,
  onCleanUp,
  scripted,
  serve,
} from './support';
import type { TLSSocket } from 'node:tls';

afterEach(cleanUp);

interface Undici {
  readonly Agent: AgentClass;
  readonly fetch: typeof fetch;
  readonly Dispatcher1Wrapper?: unknown;
}

// undici 8 wants these of Node, and Node 20 has none; nothing here depends on what they do.
const zstd = zlib as { createZstdDecompress?: unknown };
zstd.createZstdDecompress ??= zlib.createGunzip;
const threads = workerThreads as { markAsUncloneable?: unknown };
threads.markAsUncloneable ??= () => undefined;
const promises = Promise as unknown as { withResolvers?: unknown };
promises.withResolvers ??= () => {
  const parts: Record<string, unknown> = {};
  parts['promise'] = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};
const undici = (name: string): Undici => require(name) as Undici;

const report = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () =>
    response.end([request.sspi?.name, request.sspi?.package, request.method, body].map(String).join(' ')),
  );
};

/** The error of a fetch, which may be of another realm than the test. */
const failureOf = (asking: Promise<Response>): Promise<Error & { readonly code?: string }> =>
  asking.then(
    ({ status }) => new Error(`answered with ${status}`),
    (reason: unknown) => reason as Error,
  );

/** A body whose length nobody knows. */
const stream = (...texts: readonly string[]): ReadableStream =>
  new ReadableStream({
    async start(controller) {
      for (const text of texts) {
        controller.enqueue(Buffer.from(text));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      controller.close();
    },
  });

type MakeFetch = (options: SignOnOptions) => typeof fetch;

const ownFetch = (options: SspiFetchOptions): typeof fetch => {
  const made = createFetch(options);
  onCleanUp(() => made.close());
  return made;
};

/** The fetch of one undici, over a dispatcher of another one. */
const mixed =
  (dispatchers: string, fetches: string | undefined): MakeFetch =>
  (options) => {
    const { Agent, Dispatcher1Wrapper } = undici(dispatchers);
    const made = makeDispatcher(
      Agent,
      new SignOnClient(checkedSignOnOptions(options)),
      Dispatcher1Wrapper !== undefined,
    );
    onCleanUp(() => closed(made));
    const own = fetches === undefined ? globalThis.fetch : undici(fetches).fetch;
    return (input, init) => {
      const all: object = { ...init, dispatcher: made };
      return own(input, all);
    };
  };

const closed = (dispatcher: AgentLike): Promise<void> =>
  new Promise((resolve, reject) => {
    dispatcher.close((error) => {
      if (error) reject(error);
      else resolve();
    });
  });

const clients: [string, MakeFetch][] = [['createFetch', ownFetch]];
/** Those of Node's own fetch are of another realm than jest's, and do not know its errors. */
const withCauses: [string, MakeFetch][] = [];
for (const dispatchers of ['undici-6', 'undici', 'undici-8']) {
  for (const fetches of [undefined, 'undici-6', 'undici', 'undici-8']) {
    const client: [string, MakeFetch] = [
      `${dispatchers}’s dispatcher in the fetch of ${fetches ?? 'Node'}`,
      mixed(dispatchers, fetches),
    ];
    clients.push(client);
    if (fetches !== undefined) withCauses.push(client);
  }
}

describe.each(clients)('%s', (_name, make) => {
  test('signs on, for every method and body', async () => {
    domain();
    const ports = new Set<number | undefined>();
    const { port } = await serve({ schemes: ['Negotiate', 'NTLM'] }, (request, response) => {
      ports.add(request.socket.remotePort);
      report(request, response);
    });
    const [kerberos, ntlm] = [kerberosOrigin(port), ntlmOrigin(port)];
    const send = make({ origins: [kerberos, ntlm], ntlm: [ntlm] });
    for (const [url, by] of [
      [kerberos, 'Kerberos'],
      [ntlm, 'NTLM'],
    ] as const) {
      ports.clear();
      expect(await (await send(url)).text()).toBe(`EXAMPLE\\alice ${by} GET `);
      expect((await send(url, { method: 'HEAD' })).status).toBe(200);
      expect(await (await send(url, { method: 'POST', body: 'text' })).text()).toBe(`EXAMPLE\\alice ${by} POST text`);
      // undici's pool may take a second connection for a request that follows at once.
      expect(ports.size).toBeLessThanOrEqual(2);
      const streamed = { method: 'PUT', body: stream('one', 'two'), duplex: 'half' } as const;
      expect(await (await send(url, streamed)).text()).toBe(`EXAMPLE\\alice ${by} PUT onetwo`);
    }
  });

  test('ends with an abort, in the middle of a sign-on', async () => {
    const provider = domain();
    const server = await lyingServer(({ authorization }) =>
      authorization === undefined ? challenge('Negotiate') : undefined,
    );
    const url = kerberosOrigin(server.port);
    const asking = make({ origins: [url] })(url, { signal: AbortSignal.timeout(100) });
    expect((await failureOf(asking)).name).toBe('TimeoutError');
    // undici 6 opens another connection after an abort, sign-on or not.
    await eventually(() => !server.isOpen(0) && provider.liveCounts().contexts === 0);
  });
});

test.each(withCauses)('%s fails with the code of the sign-on', async (_name, make) => {
  domain();
  const server = await lyingServer(({ authorization }) =>
    authorization === undefined ? challenge('Negotiate') : answer(200),
  );
  const url = kerberosOrigin(server.port);
  const { name, cause } = await failureOf(make({ origins: [url] })(url));
  expect(name).toBe('TypeError');
  expect(cause).toMatchObject({ name: 'SspiError', code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'] });
  await eventually(() => server.open() === 0);
});

describe('createFetch', () => {
  test('follows redirects to another origin, and back, without a token', async () => {
    domain();
    const { port } = await serve({}, (_request, response) => {
      response.writeHead(302, { Location: `${ntlmOrigin(other.port)}/` }).end();
    });
    const other = await lyingServer(() => challenge('Negotiate', 'NTLM'));
    const url = kerberosOrigin(port);
    expect((await ownFetch({ origins: [url] })(url)).status).toBe(401);
    expect(other.requests.map(({ head }) => /authorization/i.test(head))).toEqual([false]);
  });

  test('from http to https and back to http, with a token for each origin that is listed', async () => {
    domain();
    const { port } = await serve({}, (request, response) => {
      if (request.url === '/back') report(request, response);
      else response.writeHead(302, { Location: `https://localhost:${securePort}/` }).end();
    });
    const url = kerberosOrigin(port);
    const seen: (string | undefined)[] = [];
    const secure = https.createServer(tlsServerOptions, ({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { Location: `${url}/back` }).end();
    });
    const securePort = await listen(secure);
    const { Agent } = undici('undici');
    const client = new SignOnClient(checkedSignOnOptions({ origins: [url] }));
    const dispatcher = makeDispatcher(Agent, client, false, serverTlsOf({ rejectUnauthorized: false }));
    onCleanUp(() => closed(dispatcher));
    const init: object = { dispatcher };
    const response = await undici('undici').fetch(url, init);
    expect(await response.text()).toContain('EXAMPLE\\alice');
    expect(seen).toEqual([undefined]);
  });

  test('fails with a TypeError, whose cause is the error of the sign-on and whose code is its code', async () => {
    const server = await lyingServer(() => challenge('Negotiate'));
    const program = `
      const { createFetch } = require('sspi/http');
      const { scriptedProvider, useProvider } = require('sspi/testing');
      useProvider(scriptedProvider({ initiator: [{ status: 'SEC_E_NO_AUTHENTICATING_AUTHORITY' }] }));
      const url = '${kerberosOrigin(server.port)}';
      createFetch({ origins: [url] })(url).catch((error) => {
        console.log(JSON.stringify([error instanceof TypeError, error.code, error.cause.name, error.cause.code]));
        process.exit();
      });`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], {
      cwd: join(__dirname, '..', '..', '..'),
    });
    const code = 'SEC_E_NO_AUTHENTICATING_AUTHORITY';
    expect(JSON.parse(stdout)).toEqual([true, code, 'SspiError', code]);
  });

  test('is closed with its connections and credentials, by using too', async () => {
    const provider = domain();
    const { port, server } = await serve({}, report);
    const url = kerberosOrigin(port);
    const before = provider.liveCounts();
    {
      await using send = createFetch({ origins: [url] });
      await (await send(url)).text();
      expect(provider.liveCounts().credentials).toBe(before.credentials + 1);
    }
    await eventually(() => provider.liveCounts().contexts === before.contexts);
    expect(provider.liveCounts()).toEqual(before);
    let open = -1;
    await eventually(() => {
      server.getConnections((_error, count) => (open = count));
      return open === 0;
    });
    await createFetch().close();
  });

  test('checks its options at once', () => {
    expect(() => createFetch({ origins: ['*'] })).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT' }) as Error,
    );
  });
});

test('createDispatcher is an Agent of the undici that is installed', async () => {
  domain();
  const { port } = await serve({}, report);
  const url = kerberosOrigin(port);
  const dispatcher = createDispatcher({ origins: [url] });
  const { request, Dispatcher } = require('undici') as typeof import('undici');
  expect(dispatcher).toBeInstanceOf(Dispatcher);
  const { body } = await request(url, { dispatcher });
  expect(await body.text()).toBe('EXAMPLE\\alice Kerberos GET ');
  await dispatcher.close();
  const other = createDispatcher();
  await new Promise<void>((resolve) => other.destroy(null, resolve));
});

test('over TLS the tokens are bound to the connection, in fetch as well', async () => {
  domain();
  const signOn = authenticate({ extendedProtection: 'always' });
  const server = https.createServer({ ...tlsServerOptions, maxHeaderSize: 80 * 1024 }, (request, response) =>
    signOn(request, response, () => report(request, response)),
  );
  signOn.attach(server);
  await signOn.ready();
  const url = `https://localhost:${await listen(server)}`;
  const { Agent, fetch: send } = undici('undici');
  const client = new SignOnClient(checkedSignOnOptions({ origins: [url] }));
  const dispatcher = makeDispatcher(Agent, client, false, serverTlsOf({ rejectUnauthorized: false }));
  onCleanUp(() => closed(dispatcher));
  const init: object = { dispatcher };
  expect(await (await send(url, init)).text()).toBe('EXAMPLE\\alice Kerberos GET ');
});

describe('the option tls', () => {
  const ca = tlsServerOptions.cert;
  const servername = 'web.sspi.test';
  /** A server whose certificate signs itself, and names neither localhost nor anything that Node trusts. */
  async function serveTls(seen: (socket: TLSSocket) => void = () => undefined): Promise<string> {
    const signOn = authenticate({ extendedProtection: 'always' });
    const options = { ...tlsServerOptions, maxHeaderSize: 80 * 1024, requestCert: true, rejectUnauthorized: false };
    const server = https.createServer(options, (request, response) => {
      signOn(request, response, () => report(request, response));
    });
    server.on('secureConnection', seen);
    signOn.attach(server);
    await signOn.ready();
    return `https://localhost:${await listen(server)}`;
  }

  test('trusts a certificate authority, by the name that is expected, and binds the tokens', async () => {
    domain();
    const names = new Set<unknown>();
    const url = await serveTls((socket) => names.add(socket.servername));
    const trusting = ownFetch({ origins: [url], tls: { ca, servername } });
    expect(await (await trusting(url)).text()).toBe('EXAMPLE\\alice Kerberos GET ');
    expect(names).toEqual(new Set([servername]));
    for (const [tls, code] of [
      [undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [{ servername }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [{ ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      expect((await failureOf(ownFetch({ origins: [url], tls })(url))).cause).toMatchObject({ code });
    }
  });

  test('for undici as well, and through a tunnel', async () => {
    domain();
    const url = await serveTls();
    const proxy = await AuthenticatingProxy.start();
    onCleanUp(() => proxy[Symbol.asyncDispose]());
    const { request } = require('undici') as typeof import('undici');
    const dispatcher = createDispatcher({ origins: [url], tls: { ca, servername }, proxy: proxy.url });
    onCleanUp(() => dispatcher.close());
    const { body } = await request(url, { dispatcher });
    expect(await body.text()).toBe('EXAMPLE\\alice Kerberos GET ');
    expect(proxy.log.at(-1)).toContain('CONNECT ');
  });

  test('shows the client’s certificate to the origins that are listed, and to no other', async () => {
    domain();
    const shown: boolean[] = [];
    const url = await serveTls((socket) => shown.push(socket.getPeerX509Certificate() !== undefined));
    const tls = { ca, servername, ...tlsServerOptions };
    expect((await ownFetch({ origins: [url], tls })(url)).status).toBe(200);
    expect(new Set(shown.splice(0))).toEqual(new Set([true]));
    expect((await ownFetch({ tls })(url)).status).toBe(401);
    expect(shown).toEqual([false]);
  });

  test.each<[string, object]>([
    ['tls must be an object, not a boolean', { tls: true }],
    ['tls has no option "agent"', { tls: { agent: 1 } }],
    ['tls cannot be used: ', { tls: { ca: 'nothing', cert: 'nothing' } }],
    ['minimum TLS protocol version', { tls: { minVersion: 'TLSv9' } }],
    ['passphrase', { tls: { ...tlsServerOptions, passphrase: 4711 } }],
    ['options has no option "pins"', { pins: [] }],
  ])('is checked at once: %s', (message, options) => {
    for (const make of [createFetch, createDispatcher]) {
      expect(() => make(options)).toThrow(
        expect.objectContaining({
          code: 'ERR_SSPI_INVALID_ARGUMENT',
          message: expect.stringContaining(message) as string,
        }) as Error,
      );
      expect(() => make(options)).not.toThrow(/4711/);
    }
  });
});

test('a server that answers before it is asked is answered all the same, and not asked again and again', async () => {
  domain();
  let received = '';
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    socket.write(challenge('Negotiate'));
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      if (/^authorization: Negotiate \S+/im.test(received)) socket.write(answer(200, [], 'hello'));
    });
  });
  const url = kerberosOrigin(await listen(server));
  const { Agent, fetch: send } = undici('undici');
  /** As the undici inside Node, which compiles its parser when the first connection is open. */
  class LateAgent extends Agent {
    constructor(options: object) {
      const { connect } = options as {
        readonly connect: (target: object, connected: (...values: unknown[]) => void) => void;
      };
      const late = (target: object, connected: (...values: unknown[]) => void): void =>
        connect(target, (...values) => setTimeout(connected, 50, ...values));
      super({ ...options, connect: late });
    }
  }
  const client = new SignOnClient(checkedSignOnOptions({ origins: [url], mutualAuth: false }));
  const dispatcher = makeDispatcher(LateAgent, client, false);
  onCleanUp(() => closed(dispatcher));
  const init: object = { dispatcher };
  expect(await (await send(url, init)).text()).toBe('hello');
  expect([received.match(/^GET /gm)?.length, connections]).toEqual([2, 1]);
});

describe('isSupported', () => {
  test('is true where there are credentials for Negotiate', async () => {
    domain();
    expect(await isSupported()).toBe(true);
  });

  test('is false for a user without credentials', async () => {
    domain({ currentUser: null });
    expect(await isSupported()).toBe(false);
  });

  test('is false where Negotiate is missing', async () => {
    scripted({ packages: [] });
    expect(await isSupported()).toBe(false);
  });

  test('is false off Windows, and never rejects', async () => {
    const { platform } = process;
    useBinding(undefined);
    Object.defineProperty(process, 'platform', { value: 'linux' });
    try {
      expect(await isSupported()).toBe(false);
    } finally {
      Object.defineProperty(process, 'platform', { value: platform });
    }
  });
});
