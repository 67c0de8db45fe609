/** Tunnels through proxies that demand a sign-on: CONNECT with its legs on one connection. */
import net from 'node:net';
import tls from 'node:tls';
import { once } from 'node:events';
import { scriptedProvider, useProvider } from 'sspi/testing';
import { rejection } from '../../outcome';
import { tlsServerOptions } from '../http/certificate';
import {
  answering,
  cleanUp,
  domain,
  eventually,
  listenUntilEnd,
  onCleanUp,
  said,
  startEcho,
  startLyingProxy,
  startProxy,
  tunnel,
} from './support';

afterEach(cleanUp);

const connectionsOf = (requests: readonly { readonly connection: number | undefined }[]): number =>
  new Set(requests.map(({ connection }) => connection)).size;

const challenge = (fields: string, body = ''): string =>
  `HTTP/1.1 407 Proxy Authentication Required\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
const negotiate = challenge('Proxy-Authenticate: Negotiate\r\n');
const opened = 'HTTP/1.1 200 Connection established\r\n\r\n';

describe('a proxy that demands a sign-on', () => {
  test('by Kerberos: one token, on the same connection, and none before it is asked for', async () => {
    domain();
    const proxy = await startProxy();
    const echo = await startEcho();
    const socket = await tunnel(proxy.url, echo);
    expect(await said(socket, 'through')).toBe('through');
    expect(proxy.log).toEqual([`CONNECT localhost:${echo} -`, `CONNECT localhost:${echo} EXAMPLE\\alice`]);
    expect(connectionsOf(proxy.requests)).toBe(1);
    expect(proxy.requests[0]?.headers['proxy-authorization']).toBeUndefined();
  });

  test.each(['Negotiate', 'NTLM'] as const)('by NTLM in %s: all legs on the same connection', async (scheme) => {
    domain({ services: [] });
    const proxy = await startProxy({ schemes: [scheme] });
    const echo = await startEcho();
    const socket = await tunnel(proxy.url, echo, { ntlm: true });
    expect(await said(socket, 'through')).toBe('through');
    expect(proxy.requests).toHaveLength(3);
    expect(connectionsOf(proxy.requests)).toBe(1);
    expect(proxy.log.at(-1)).toBe(`CONNECT localhost:${echo} EXAMPLE\\alice`);
  });

  test('NTLM is not used for a proxy that is not listed for it, and no token leaves', async () => {
    domain({ services: [] });
    const proxy = await startProxy({ schemes: ['Negotiate', 'NTLM'] });
    await expect(tunnel(proxy.url, 1)).rejects.toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
    expect(proxy.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined]);
  });

  test('a proxy that offers only NTLM is refused unless it is listed: the error says which option', async () => {
    domain();
    const proxy = await startProxy({ schemes: ['NTLM', 'Basic'] });
    const error = await rejection(tunnel(proxy.url, 1));
    expect(error).toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED' });
    expect(String(error)).toContain(`add '${proxy.url}' to the option ntlm`);
    expect(proxy.requests).toHaveLength(1);
  });

  test('Basic alone is refused', async () => {
    domain();
    const proxy = await startProxy({ schemes: ['Basic'] });
    await expect(tunnel(proxy.url, 1)).rejects.toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED' });
  });

  test('an address has no Kerberos name: nothing leaves unless it is listed for NTLM', async () => {
    domain();
    const proxy = await startProxy();
    const echo = await startEcho();
    const url = `http://127.0.0.1:${proxy.port}`;
    const error = await rejection(tunnel(url, echo));
    expect(error).toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED' });
    expect(String(error)).toContain(`add '${url}' to the option ntlm`);
    expect(await said(await tunnel(url, echo, { ntlm: true }), 'x')).toBe('x');
  });

  test('the first 407 may close its connection', async () => {
    domain({ services: [] });
    const proxy = await startProxy({ closesFirst: true });
    const echo = await startEcho();
    // The proxy closes only a connection on which nobody has begun, so the second one begins with a token.
    const socket = await tunnel(proxy.url, echo, { ntlm: true });
    expect(await said(socket, 'x')).toBe('x');
    expect(connectionsOf(proxy.requests)).toBe(2);
    expect(connectionsOf(proxy.requests.slice(1))).toBe(1);
  });

  test.each([false, true])('a page with the 407 is read to its end (in chunks: %s)', async (chunked) => {
    domain();
    const proxy = await startProxy({ body: 'x'.repeat(100_000), chunked });
    const echo = await startEcho();
    expect(await said(await tunnel(proxy.url, echo), 'x')).toBe('x');
    expect(connectionsOf(proxy.requests)).toBe(1);
  });

  test('a proxy that demands nothing gets nothing', async () => {
    const proxy = await (domain(), startProxy({ schemes: [] }));
    const echo = await startEcho();
    expect(await said(await tunnel(proxy.url, echo), 'x')).toBe('x');
    expect(proxy.log).toEqual([`CONNECT localhost:${echo} -`]);
  });

  test('TLS inside the tunnel', async () => {
    domain();
    const proxy = await startProxy();
    const sockets = new Set<tls.TLSSocket>();
    const server = tls.createServer(tlsServerOptions, (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    const port = await listenUntilEnd(server, sockets);
    const secure = tls.connect({
      socket: await tunnel(proxy.url, port),
      ca: tlsServerOptions.cert,
      servername: 'web.sspi.test',
    });
    await once(secure, 'secureConnect');
    expect(await said(secure, 'sealed')).toBe('sealed');
    secure.destroy();
  });
});

describe('the proof of the proxy’s identity', () => {
  test('is not demanded by default, and the token is one that ends the sign-on', async () => {
    const provider = domain();
    const proxy = await startProxy({ proves: false });
    const echo = await startEcho();
    expect(await said(await tunnel(proxy.url, echo), 'x')).toBe('x');
    expect(provider.callsOf('InitializeSecurityContext')).toHaveLength(1);
  });

  test('with mutualAuth the last token is needed', async () => {
    domain();
    const echo = await startEcho();
    const silent = await startProxy({ proves: false });
    await expect(tunnel(silent.url, echo, { mutualAuth: true })).rejects.toMatchObject({
      code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
      missing: ['mutualAuth'],
    });
    const honest = await startProxy({ proves: true });
    expect(await said(await tunnel(honest.url, echo, { mutualAuth: true }), 'x')).toBe('x');
  });

  test('a forged last token is refused', async () => {
    domain();
    const forged = `HTTP/1.1 200 OK\r\nProxy-Authenticate: Negotiate ${Buffer.from('forged').toString('base64')}\r\n\r\n`;
    const proxy = await startLyingProxy(answering(negotiate, forged));
    await expect(tunnel(proxy.url, 1, { mutualAuth: true })).rejects.toMatchObject({ code: /^SEC_E_/ });
  });
});

describe('TLS to the proxy itself', () => {
  const trusted = { ca: tlsServerOptions.cert, checkServerIdentity: () => undefined };

  test('binds the sign-on to it', async () => {
    const provider = domain();
    const proxy = await startProxy({ tls: tlsServerOptions });
    const echo = await startEcho();
    expect(await said(await tunnel(proxy.url, echo, { tls: trusted }), 'x')).toBe('x');
    const [leg] = provider.callsOf('InitializeSecurityContext');
    expect(leg?.channelBindings?.toString('latin1')).toContain('tls-server-end-point:');
  });

  test('a proxy whose certificate is not trusted gets nothing', async () => {
    domain();
    const proxy = await startProxy({ tls: tlsServerOptions });
    await expect(tunnel(proxy.url, 1)).rejects.toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED' });
    expect(proxy.requests).toEqual([]);
  });
});

describe('proxies that misbehave', () => {
  const cases: readonly (readonly [string, readonly string[], string | RegExp])[] = [
    ['garbage', ['SSH-2.0-OpenSSH_9.2\r\n'], 'ERR_SSPI_BAD_ANSWER'],
    ['a status line that never ends', [`HTTP/1.1 200 ${'x'.repeat(300_000)}`], 'ERR_SSPI_BAD_ANSWER'],
    [
      'a field with a blank before its colon',
      ['HTTP/1.1 407 x\r\nProxy-Authenticate : Negotiate\r\n\r\n'],
      'ERR_SSPI_BAD_ANSWER',
    ],
    ['200 with a body', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'], 'ERR_SSPI_BAD_ANSWER'],
    ['200 and bytes of its own after the sign-on', [negotiate, `${opened}\x15\x03\x01`], 'ERR_SSPI_BAD_ANSWER'],
    [
      '407 with a length of 10 MB',
      ['HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 10485760\r\n\r\n'],
      'ERR_SSPI_BAD_ANSWER',
    ],
    [
      '407 with chunks of 10 MB',
      [
        `HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nTransfer-Encoding: chunked\r\n\r\nA00000\r\n${'x'.repeat(300_000)}`,
      ],
      'ERR_SSPI_BAD_ANSWER',
    ],
    ['two answers to one request', [negotiate + opened], 'ERR_SSPI_BAD_ANSWER'],
    ['101', ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'], 'ERR_SSPI_BAD_ANSWER'],
    ['interim answers without end', ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)], 'ERR_SSPI_BAD_ANSWER'],
    ['403', ['HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'], 'ERR_SSPI_PROXY_REFUSED'],
    [
      'a redirect',
      ['HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\nContent-Length: 0\r\n\r\n'],
      'ERR_SSPI_PROXY_REFUSED',
    ],
    [
      '401 of a proxy that takes itself for the origin',
      ['HTTP/1.1 401 x\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n'],
      'ERR_SSPI_PROXY_REFUSED',
    ],
    ['407 again and again', [negotiate, negotiate, negotiate], 'SEC_E_LOGON_DENIED'],
    [
      'ten schemes and not ours',
      [
        challenge(
          'abcdefghij'
            .split('')
            .map((name) => `Proxy-Authenticate: ${name}\r\n`)
            .join(''),
        ),
      ],
      'ERR_SSPI_PROXY_REFUSED',
    ],
    [
      'another scheme in the middle',
      [negotiate, challenge('Proxy-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n')],
      'SEC_E_LOGON_DENIED',
    ],
    [
      '401 in the middle',
      [negotiate, 'HTTP/1.1 401 x\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n'],
      'ERR_SSPI_PROXY_REFUSED',
    ],
    [
      'a token after the sign-on has ended',
      [negotiate, challenge('Proxy-Authenticate: Negotiate AAAA\r\n')],
      'SEC_E_LOGON_DENIED',
    ],
    [
      'two different lengths',
      ['HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
      'ERR_SSPI_BAD_ANSWER',
    ],
  ];

  test.each(cases)('%s', async (_what, answers, code) => {
    domain();
    const proxy = await startLyingProxy(answering(...answers));
    await expect(tunnel(proxy.url, 1)).rejects.toMatchObject({ code });
    await eventually(() => proxy.sockets.size === 0);
  });

  test('silence ends after the timeout, before and after the first leg', async () => {
    domain();
    for (const answers of [[], [negotiate]]) {
      const proxy = await startLyingProxy(answering(...answers));
      await expect(tunnel(proxy.url, 1, { timeout: 100 })).rejects.toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
      await eventually(() => proxy.sockets.size === 0);
    }
  });

  test('an answer that dribbles ends after the timeout too', async () => {
    domain();
    const proxy = await startLyingProxy((socket) => {
      socket.write('HTTP/1.1 407 x\r\n');
      const timer = setInterval(() => socket.write('X-A: b\r\n'), 10);
      socket.on('close', () => clearInterval(timer)).resume();
    });
    await expect(tunnel(proxy.url, 1, { timeout: 200 })).rejects.toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
  });

  test('an answer in single bytes is read', async () => {
    domain();
    const echo = await startEcho();
    const real = await startProxy();
    const proxy = await startLyingProxy((socket) => {
      void (async () => {
        await once(socket, 'data');
        socket.setNoDelay(true);
        for (const byte of challenge(
          'Proxy-Authenticate: Basic realm="x"\r\nproxy-authenticate: negotiate\r\n',
          'no',
        )) {
          socket.write(byte);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await once(socket, 'data');
        for (const byte of opened) socket.write(byte);
        socket.pipe(socket);
      })();
    });
    expect(await said(await tunnel(proxy.url, 1), 'x')).toBe('x');
    expect(await said(await tunnel(real.url, echo), 'x')).toBe('x');
  });

  test('a connection that closes instead of an answer, or between two legs', async () => {
    domain();
    const closing = await startLyingProxy((socket) => socket.end());
    await expect(tunnel(closing.url, 1)).rejects.toMatchObject({ code: 'ERR_SSPI_CONNECTION_LOST' });
    const resetting = await startLyingProxy((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await expect(tunnel(resetting.url, 1)).rejects.toMatchObject({ code: 'ERR_SSPI_CONNECTION_LOST' });
  });

  test('a connection that breaks while this side makes its token', async () => {
    let broken!: () => void;
    const breaking = new Promise<void>((resolve) => {
      broken = resolve;
    });
    const use = useProvider(
      scriptedProvider({
        initiator: [{ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('one'), until: breaking }],
      }),
    );
    onCleanUp(() => use.restore());
    const proxy = await startLyingProxy((socket) => {
      socket.once('data', () => {
        socket.write(negotiate);
        setTimeout(() => socket.resetAndDestroy(), 20);
        socket.once('close', () => setTimeout(broken, 20));
      });
    });
    await expect(tunnel(proxy.url, 1)).rejects.toMatchObject({ code: 'ERR_SSPI_CONNECTION_LOST' });
  });

  test('a proxy that closes between two legs of NTLM', async () => {
    domain({ services: [] });
    const real = await startProxy({ schemes: ['NTLM'] });
    const proxy = await startLyingProxy((socket) => {
      // Every answer of a real proxy, with the connection closed after it.
      const upstream = net.connect(real.port, '127.0.0.1');
      upstream.on('error', () => undefined);
      socket.on('close', () => upstream.destroy());
      socket.pipe(upstream);
      upstream.on('data', (bytes: Buffer) => {
        socket.write(
          bytes.toString('latin1').replace('\r\nContent-Length', '\r\nConnection: close\r\nContent-Length'),
          'latin1',
        );
      });
    });
    await expect(tunnel(proxy.url, 1, { ntlm: true })).rejects.toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED' });
  });

  test('nobody listens', async () => {
    domain();
    const proxy = await startProxy();
    const { url } = proxy;
    await proxy[Symbol.asyncDispose]();
    const error = await rejection(tunnel(url, 1));
    expect(error).toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED', cause: { code: 'ECONNREFUSED' } });
  });
});

describe('an abort', () => {
  test('before, while connecting is pointless', async () => {
    domain();
    const proxy = await startProxy();
    await expect(tunnel(proxy.url, 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_SSPI_ABORTED',
    });
    expect(proxy.openSockets).toBe(0);
  });

  test.each([[[]], [[negotiate]]])('while an answer is awaited', async (answers) => {
    domain();
    const aborter = new AbortController();
    let requests = 0;
    const proxy = await startLyingProxy((socket) => {
      socket.on('data', () => {
        if (++requests > answers.length) aborter.abort(new Error('enough'));
      });
      answering(...answers)(socket);
    });
    await expect(tunnel(proxy.url, 1, { signal: aborter.signal })).rejects.toMatchObject({
      code: 'ERR_SSPI_ABORTED',
      cause: { message: 'enough' },
    });
    await eventually(() => proxy.sockets.size === 0);
  });
});
