/** SspiAgent against the server half of sspi/http. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { acquireCredentials } from 'sspi';
import { authenticate, SspiAgent } from 'sspi/http';
import { tlsServerOptions } from '../http/certificate';
import {
  agentFor,
  answer,
  ask,
  challenge,
  cleanUp,
  domain,
  eventually,
  kerberosOrigin,
  listen,
  lyingServer,
  ntlmNegotiate,
  ntlmOrigin,
  onCleanUp,
  pieces,
  scripted,
  serve,
  tokenField,
} from './support';

afterEach(cleanUp);

/** Says who asked, and what came. */
const report = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    const { name, package: by, persisted } = request.sspi ?? {};
    response.end([name, by, persisted, request.method, body].map(String).join(' '));
  });
};

describe('signs on', () => {
  test('by Kerberos, with a token in each request', async () => {
    const provider = domain();
    const { port } = await serve({}, report);
    const agent = agentFor({ origins: [kerberosOrigin(port)] });
    const first = await ask(kerberosOrigin(port), agent);
    const second = await ask(kerberosOrigin(port), agent);
    expect([first.body, second.body]).toEqual([
      'EXAMPLE\\alice Kerberos false GET ',
      'EXAMPLE\\alice Kerberos false GET ',
    ]);
    expect(second.connection).toBe(first.connection);
    const targets = provider.callsOf('InitializeSecurityContext').map(({ target }) => target);
    expect(new Set(targets)).toEqual(new Set(['HTTP/localhost']));
  });

  test('by NTLM where it is listed, once for the connection', async () => {
    domain();
    const { port } = await serve({}, report);
    const url = ntlmOrigin(port);
    const agent = agentFor({ origins: [url], ntlm: [url] });
    expect((await ask(url, agent)).body).toBe('EXAMPLE\\alice NTLM false GET ');
    expect((await ask(url, agent)).body).toBe('EXAMPLE\\alice NTLM true GET ');
    expect((await ask(url, agent, { method: 'PUT', body: 'x' })).body).toBe('EXAMPLE\\alice NTLM true PUT x');
  });

  test('by NTLM as a scheme of its own', async () => {
    domain();
    const { port } = await serve({ schemes: ['NTLM'] }, report);
    const url = ntlmOrigin(port);
    const agent = agentFor({ origins: [url], ntlm: [url] });
    expect((await ask(url, agent, { method: 'POST', body: 'text' })).body).toBe('EXAMPLE\\alice NTLM false POST text');
  });

  test('as the identity that is given', async () => {
    domain();
    const { port } = await serve({}, report);
    const url = kerberosOrigin(port);
    const agent = agentFor({ origins: [url], identity: { user: 'bob', password: 'Builder' } });
    expect((await ask(url, agent)).body).toContain('EXAMPLE\\bob');
  });

  test('whatever the keep-alive setting', async () => {
    domain();
    const { port } = await serve({}, report);
    const [kerberos, ntlm] = [kerberosOrigin(port), ntlmOrigin(port)];
    const agent = agentFor({ origins: [kerberos, ntlm], ntlm: [ntlm], keepAlive: false });
    for (const url of [kerberos, ntlm]) expect((await ask(url, agent)).body).toContain('alice');
    expect(Object.keys(agent.freeSockets)).toEqual([]);
  });

  test('without being asked, if it is told to', async () => {
    domain();
    const { port, server } = await serve({}, report);
    const tokens: boolean[] = [];
    server.prependListener('request', ({ headers }: http.IncomingMessage) =>
      tokens.push(headers.authorization !== undefined),
    );
    const url = kerberosOrigin(port);
    expect((await ask(url, agentFor({ origins: [url], preemptive: true }))).body).toContain('alice');
    expect(tokens).toEqual([true]);
  });

  test('without being asked, and by NTLM only when asked, with credentials that would choose it', async () => {
    const first = { status: 'SEC_I_CONTINUE_NEEDED', token: ntlmNegotiate } as const;
    scripted({ initiator: [first, { token: Buffer.from('last') }], negotiated: 'NTLM' });
    const server = await lyingServer(({ authorization }) => {
      if (authorization === undefined) return challenge('Negotiate');
      return authorization.endsWith(ntlmNegotiate.toString('base64'))
        ? answer(401, [tokenField('second')])
        : answer(200);
    });
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
    onCleanUp(() => credentials.dispose());
    const url = kerberosOrigin(server.port);
    const agent = agentFor({ origins: [url], ntlm: [url], preemptive: true, credentials });
    expect((await ask(url, agent)).status).toBe(200);
    expect(server.requests.map(({ authorization }) => authorization !== undefined)).toEqual([false, true, true]);
  });

  test('for WebSockets, on the connection that is upgraded', async () => {
    domain();
    const signOn = authenticate();
    const server = http.createServer({ maxHeaderSize: 80 * 1024 });
    signOn.attach(server);
    await signOn.ready();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => {
      socket.send(`You are ${request.sspi?.name ?? 'nobody'}`);
      socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`));
    });
    const port = await listen(server);
    const agent = agentFor({ origins: [kerberosOrigin(port)] });
    const client = new WebSocket(`ws://localhost:${port}`, { agent });
    const texts: string[] = [];
    client.on('message', (data: Buffer) => {
      texts.push(data.toString());
      if (texts.length === 1) client.send('hello');
    });
    await eventually(() => texts.length === 2);
    expect(texts).toEqual(['You are EXAMPLE\\alice', 'echo hello']);
    client.terminate();
    sockets.close();
  });

  test('over TLS, bound to the connection on the first leg', async () => {
    const provider = domain();
    const signOn = authenticate({ extendedProtection: 'always' });
    const server = https.createServer({ ...tlsServerOptions, maxHeaderSize: 80 * 1024 }, (request, response) =>
      signOn(request, response, () => report(request, response)),
    );
    signOn.attach(server);
    await signOn.ready();
    const url = `https://localhost:${await listen(server)}`;
    const agent = agentFor({ origins: [url], rejectUnauthorized: false });
    for (let request = 0; request < 2; request++) {
      expect((await ask(url, agent)).body).toBe('EXAMPLE\\alice Kerberos false GET ');
    }
    for (const { channelBindings } of provider.callsOf('InitializeSecurityContext')) {
      expect(channelBindings?.toString('latin1')).toContain('tls-server-end-point:');
    }
    await expect(ask(url, agentFor({ origins: [url] }))).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/) as string,
    });
  });
});

describe('bodies', () => {
  test.each([
    ['in one piece', 'all at once', 'all at once'],
    ['as a Buffer', Buffer.from('bytes'), 'bytes'],
    ['in pieces', pieces('one ', 'two ', 'three'), 'one two three'],
    ['that are empty', '', ''],
    ['above what is kept', 'x'.repeat(1_000_000), 'x'.repeat(1_000_000)],
    [
      'in pieces above what is kept',
      pieces('x'.repeat(500_000), 'y'.repeat(500_000)),
      `${'x'.repeat(500_000)}${'y'.repeat(500_000)}`,
    ],
  ])('%s arrive once, by Kerberos and NTLM', async (_name, body, text) => {
    domain();
    const { port } = await serve({ schemes: ['Negotiate', 'NTLM'] }, report);
    const [kerberos, ntlm] = [kerberosOrigin(port), ntlmOrigin(port)];
    const agent = agentFor({ origins: [kerberos, ntlm], ntlm: [ntlm] });
    for (let request = 0; request < 2; request++) {
      expect((await ask(kerberos, agent, { method: 'POST', body })).body.endsWith(` POST ${text}`)).toBe(true);
    }
    await ask(ntlm, agent);
    expect((await ask(ntlm, agent, { method: 'POST', body })).body.endsWith(` POST ${text}`)).toBe(true);
  });

  test('of a stream arrive by NTLM as a scheme, with the last leg', async () => {
    domain();
    const { port } = await serve({ schemes: ['NTLM'] }, report);
    const url = ntlmOrigin(port);
    const agent = agentFor({ origins: [url], ntlm: [url] });
    const answered = await ask(url, agent, { method: 'POST', body: pieces('a', 'b', 'c') });
    expect(answered.body).toBe('EXAMPLE\\alice NTLM false POST abc');
  });

  test('wait for 100 Continue where the client does', async () => {
    domain();
    const { port } = await serve({}, report);
    const url = kerberosOrigin(port);
    const answered = await ask(url, agentFor({ origins: [url] }), {
      method: 'POST',
      headers: { Expect: '100-continue' },
      body: (request) => {
        request.on('continue', () => request.end('after continue'));
        request.flushHeaders();
      },
    });
    expect(answered.body).toContain('POST after continue');
  });

  test('are given up with the request, in the middle of a sign-on', async () => {
    domain();
    const { port } = await serve({}, report);
    const url = kerberosOrigin(port);
    const failing = ask(url, agentFor({ origins: [url] }), {
      method: 'POST',
      body: (request) => {
        request.write('begun');
        setImmediate(() => request.destroy(new Error('the stream failed')));
      },
    });
    await expect(failing).rejects.toThrow('the stream failed');
  });
});

describe('gives no credential', () => {
  test('to an origin that is not listed: its 401 is handed on', async () => {
    const provider = domain();
    const { port } = await serve({}, report);
    for (const origins of [[], [kerberosOrigin(port + 1)], [`https://localhost:${port}`]]) {
      const answered = await ask(kerberosOrigin(port), agentFor({ origins, ntlm: [kerberosOrigin(port)] }));
      expect(answered.status).toBe(401);
    }
    expect(provider.callsOf('InitializeSecurityContext')).toEqual([]);
  });

  test.each(['127.0.0.1', '[::1]', '2130706433'])('to the address %s that is not in ntlm', async (host) => {
    const provider = domain();
    const server = await lyingServer(() => challenge('Negotiate', 'NTLM'));
    const { origin } = new URL(`http://${host}:${server.port}`);
    const agent = agentFor({ origins: [origin] });
    const lookup = { host: '127.0.0.1' };
    const answered = host === '[::1]' ? undefined : await ask(origin, agent, host.includes('.') ? lookup : {});
    expect(answered?.status ?? 401).toBe(401);
    expect(provider.callsOf('InitializeSecurityContext')).toEqual([]);
  });

  test('by NTLM to an origin that is not in ntlm', async () => {
    domain({ services: ['HTTP/other.example.test'] });
    const { port } = await serve({}, report);
    const url = kerberosOrigin(port);
    await expect(ask(url, agentFor({ origins: [url] }))).rejects.toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
    const ntlmOnly = await lyingServer(() => challenge('NTLM'));
    const other = kerberosOrigin(ntlmOnly.port);
    expect((await ask(other, agentFor({ origins: [other] }))).status).toBe(401);
    expect(ntlmOnly.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test('beside one that the program sends itself', async () => {
    const provider = domain();
    const server = await lyingServer(() => challenge('Negotiate'));
    const url = kerberosOrigin(server.port);
    const headers = { Authorization: 'Bearer own' };
    expect((await ask(url, agentFor({ origins: [url], preemptive: true }), { headers })).status).toBe(401);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(['Bearer own']);
    expect(provider.callsOf('InitializeSecurityContext')).toEqual([]);
  });

  test('for delegation, unless the origin is listed for it', async () => {
    const provider = domain();
    const { port } = await serve({}, report);
    const url = kerberosOrigin(port);
    await ask(url, agentFor({ origins: [url] }));
    await ask(url, agentFor({ origins: [url], delegate: [url] }));
    const flags = provider.callsOf('InitializeSecurityContext').map((call) => call.flags & 1);
    expect(new Set(flags)).toEqual(new Set([0, 1]));
    expect(flags[0]).toBe(0);
    expect(flags.at(-1)).toBe(1);
  });
});

describe('connections', () => {
  const options = { host: 'web.example.test', port: 80, protocol: 'http:' };

  test('are kept apart by service principal name, delegation, proxy and TLS options', () => {
    const origins = ['http://web.example.test'];
    const name = (more: ConstructorParameters<typeof SspiAgent>[0]): string =>
      agentFor({ origins, ...more }).getName(options);
    const names = [
      name({}),
      name({ spn: 'HTTP/other.example.test' }),
      name({ spnPort: true }),
      name({ canonicalNames: true }),
      name({ delegate: origins }),
      name({ proxy: 'http://proxy.example.test:3128' }),
      name({ identity: { user: 'bob', password: 'Builder' } }),
      agentFor().getName(options),
    ];
    expect(new Set(names).size).toBe(names.length);
    const secure = { ...options, port: 443, protocol: 'https:', ca: 'one' };
    expect(agentFor().getName(secure)).not.toBe(agentFor().getName({ ...secure, ca: 'two' } as typeof secure));
  });

  test('of one agent serve no other identity', async () => {
    domain();
    const { port } = await serve({}, report);
    const url = ntlmOrigin(port);
    const lists = { origins: [url], ntlm: [url] };
    const alices = await ask(url, agentFor(lists));
    const bobs = await ask(url, agentFor({ ...lists, identity: { user: 'bob', password: 'Builder' } }));
    expect([alices.body, bobs.body]).toEqual(['EXAMPLE\\alice NTLM false GET ', 'EXAMPLE\\bob NTLM false GET ']);
    expect(bobs.connection).not.toBe(alices.connection);
  });

  test('that a server closes with its challenge are replaced before the first leg', async () => {
    domain();
    const server = await lyingServer(({ authorization }, _index, socket) => {
      if (authorization !== undefined) return answer(200, [], 'signed on');
      setImmediate(() => socket.destroy());
      return answer(401, ['WWW-Authenticate: Negotiate', 'Connection: close']);
    });
    const url = kerberosOrigin(server.port);
    expect((await ask(url, agentFor({ origins: [url], mutualAuth: false }))).body).toBe('signed on');
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  test('go to http and https without a port, and Host says none', async () => {
    const agent = agentFor();
    const hosts: unknown[] = [];
    agent.createConnection = (given) => {
      hosts.push(given.port);
      return new net.Socket().destroy();
    };
    for (const url of ['http://web.example.test/', 'https://web.example.test/', 'http://web.example.test:8080/']) {
      const request = (url.startsWith('https') ? https : http).request(url, { agent });
      request.on('error', () => undefined);
      expect(request.getHeader('host')).toBe(new URL(url).host);
      request.end();
    }
    expect(hosts).toEqual([80, 443, 8080]);
  });

  test('and handles are gone after close()', async () => {
    const provider = domain();
    const { port, server } = await serve({}, report);
    const [kerberos, ntlm] = [kerberosOrigin(port), ntlmOrigin(port)];
    const agent = new SspiAgent({ origins: [kerberos, ntlm], ntlm: [ntlm] });
    const before = provider.liveCounts();
    await Promise.all([1, 2, 3, 4].map((n) => ask(n % 2 === 0 ? kerberos : ntlm, agent)));
    await agent.close();
    await eventually(() => provider.liveCounts().credentials === before.credentials);
    await eventually(() => provider.liveCounts().contexts === before.contexts);
    let open = -1;
    await eventually(() => {
      server.getConnections((_error, count) => (open = count));
      return open === 0;
    });
    await expect(ask(kerberos, agent)).rejects.toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    onCleanUp(() => agent.destroy());
  });
});

test('names: as typed, with the port if asked, an override, and candidates', async () => {
  const provider = domain({ services: ['HTTP/localhost', 'HTTP/second.example.test'] });
  const { port } = await serve({}, report);
  const url = kerberosOrigin(port);
  const targets = async (more: object): Promise<(string | undefined)[]> => {
    const before = provider.callsOf('InitializeSecurityContext').length;
    await ask(url, agentFor({ origins: [url], ...more })).catch(() => undefined);
    const all = provider.callsOf('InitializeSecurityContext').slice(before);
    return [...new Set(all.map(({ target }) => target))];
  };
  expect(await targets({})).toEqual(['HTTP/localhost']);
  expect(await targets({ spnPort: true })).toEqual([`HTTP/localhost:${port}`]);
  expect(await targets({ spn: 'HTTP/second.example.test' })).toEqual(['HTTP/second.example.test']);
  expect(await targets({ spn: () => undefined })).toEqual(['HTTP/localhost']);
  expect(await targets({ spn: ['HTTP/first.example.test', 'HTTP/second.example.test'] })).toEqual([
    'HTTP/first.example.test',
    'HTTP/second.example.test',
  ]);
});

describe('Persistent-Auth', () => {
  test('true: later requests of the connection need no token', async () => {
    domain();
    const { port, server } = await serve({ persist: 'connection' }, report);
    const tokens: unknown[] = [];
    server.prependListener('request', (request: http.IncomingMessage) => tokens.push(request.headers.authorization));
    const url = kerberosOrigin(port);
    const agent = agentFor({ origins: [url] });
    for (let request = 0; request < 3; request++) expect((await ask(url, agent)).body).toContain('alice');
    expect(tokens.map((token) => token !== undefined)).toEqual([false, true, false, false]);
  });

  test('false, for NTLM: each request signs on anew', async () => {
    domain();
    const { port } = await serve({ persist: 'request' }, report);
    const url = ntlmOrigin(port);
    const agent = agentFor({ origins: [url], ntlm: [url] });
    for (let request = 0; request < 3; request++) {
      expect((await ask(url, agent)).body).toBe('EXAMPLE\\alice NTLM false GET ');
    }
  });

  test('tokens that nobody asked for stay below the paths that did', async () => {
    domain();
    const server = await lyingServer(({ head, authorization }) => {
      if (authorization !== undefined) return answer(200, ['Persistent-Auth: false']);
      return head.startsWith('GET /public') ? answer(200) : challenge('Negotiate');
    });
    const agent = agentFor({ origins: [kerberosOrigin(server.port)], mutualAuth: false });
    for (const path of ['/private/a', '/private/b', '/public/c']) {
      expect((await ask(`${kerberosOrigin(server.port)}${path}`, agent)).status).toBe(200);
    }
    expect(server.requests.map(({ authorization }) => authorization !== undefined)).toEqual([false, true, true, false]);
  });
});
