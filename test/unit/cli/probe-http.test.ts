import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { AddressInfo, Socket } from 'node:net';
import { secChannelBindings, tlsServerEndPoint } from 'sspi';
import { checkout, cliJson, type JsonRun } from './support';
import { CONTINUE, expectClean, INVALID_TOKEN, script, SEC_E_OK } from '../support';

const first = Buffer.from('first token of the client');
const answer = Buffer.from('answer of the server');
const last = Buffer.from('last token of the client');

const legs = [{ status: CONTINUE, token: first }, { status: CONTINUE, token: last }, { status: SEC_E_OK }];

interface Server {
  readonly url: string;
  /** Each request: the number of its connection, and its Authorization header. */
  readonly requests: (readonly [number, string | undefined])[];
  close(): Promise<void>;
}

type Reply = (token: string | undefined) => {
  status: number;
  challenge?: string | string[] | undefined;
  close?: boolean;
  location?: string;
};

async function serve(reply: Reply, tls?: https.ServerOptions): Promise<Server> {
  const sockets: Socket[] = [];
  const requests: (readonly [number, string | undefined])[] = [];
  const handler: http.RequestListener = (request, response) => {
    const { authorization } = request.headers;
    if (!sockets.includes(request.socket)) sockets.push(request.socket);
    requests.push([sockets.indexOf(request.socket), authorization]);
    const { status, challenge, close, location } = reply(authorization);
    if (location !== undefined) response.setHeader('Location', location);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    if (close === true) response.setHeader('Connection', 'close');
    response.writeHead(status).end('a body that has to be read');
  };
  const server = tls === undefined ? http.createServer(handler) : https.createServer(tls, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/page`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const in64 = (token: Buffer): string => token.toString('base64');

/** A server that wants both tokens, and gives its last one with the page. */
const honest: Reply = (token) => {
  if (token === `Negotiate ${in64(first)}`) return { status: 401, challenge: `Negotiate ${in64(answer)}` };
  if (token === `Negotiate ${in64(last)}`) return { status: 200, challenge: `Negotiate ${in64(answer)}` };
  return { status: 401, challenge: ['Negotiate', 'NTLM', 'Basic realm="x"'] };
};

async function probe(reply: Reply, ...more: string[]): Promise<JsonRun & { requests: Server['requests'] }> {
  const server = await serve(reply);
  try {
    return { ...(await cliJson(['probe', server.url, ...more])), requests: server.requests };
  } finally {
    await server.close();
  }
}

afterEach(expectClean);

describe('sspi probe of a web server', () => {
  it('signs on over one connection', async () => {
    const binding = script({ initiator: legs });
    const { code, answer: told, requests } = await probe(honest);
    expect(told.error).toBeUndefined();
    expect(code).toBe(0);
    expect(requests).toEqual([
      [0, undefined],
      [0, `Negotiate ${in64(first)}`],
      [0, `Negotiate ${in64(last)}`],
    ]);
    expect(told.result).toMatchObject({
      outcome: 'established',
      target: { kind: 'http', spn: 'HTTP/127.0.0.1', spnSource: 'from the URL' },
      offers: ['Negotiate', 'NTLM', 'Basic'],
      service: { status: 'HTTP 200 OK' },
      legs: [
        { from: 'client', status: 'SEC_I_CONTINUE_NEEDED' },
        { from: 'server', status: 'HTTP 401 Unauthorized' },
        { from: 'client' },
        { from: 'server', status: 'HTTP 200 OK' },
        { from: 'client', status: 'SEC_E_OK' },
      ],
    });
    expect(binding.callsOf('InitializeSecurityContext').map(({ input }) => input?.toString())).toEqual([
      undefined,
      answer.toString(),
      answer.toString(),
    ]);
  });

  it('begins anew on another connection when the first answer closes its own', async () => {
    script({ initiator: legs });
    const { code, requests } = await probe((token) => ({ ...honest(token), close: token === undefined }));
    expect(code).toBe(0);
    expect(requests.map(([connection]) => connection)).toEqual([0, 1, 1]);
  });

  it('fails when the connection is closed between two legs', async () => {
    script({ initiator: legs });
    const { code, answer: told } = await probe((token) => ({
      ...honest(token),
      close: token?.includes(in64(first)) === true,
    }));
    expect(code).toBe(1);
    expect(told.error?.code).toBe('ERR_SSPI_CLI_CONNECTION_LOST');
  });

  it('tells of a refusal', async () => {
    script({ initiator: legs });
    const { code, answer: told } = await probe(() => ({ status: 401, challenge: 'Negotiate' }));
    expect(code).toBe(1);
    expect(told.error).toMatchObject({ code: 'ERR_SSPI_CLI_REFUSED', hint: expect.stringContaining('log') });
    expect(told.result.legs[1]).toMatchObject({ from: 'server', failed: true, status: 'HTTP 401 Unauthorized' });
  });

  it('does not take a page for a proof', async () => {
    script({ initiator: legs });
    const { code, answer: told } = await probe((token) =>
      token === undefined ? { status: 401, challenge: 'Negotiate' } : { status: 200 },
    );
    expect(code).toBe(1);
    expect(told.error?.code).toBe('ERR_SSPI_CLI_UNFINISHED');
    expect(told.result.outcome).toBe('failed');
  });

  it('tells when the server asks for no sign-on', async () => {
    script({});
    const { code, answer: told } = await probe(() => ({ status: 200 }));
    expect(code).toBe(1);
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_NO_CHALLENGE',
      message: 'The server answered HTTP 200 without asking for a sign-on.',
    });
  });

  it('falls back to the scheme NTLM where that is all there is', async () => {
    const binding = script({ initiator: legs });
    const swap = (text: string): string => text.replace('NTLM', 'Negotiate');
    const { code, requests } = await probe((token) => {
      const { status, challenge } = honest(token && swap(token));
      return {
        status,
        challenge: status === 401 && token === undefined ? 'NTLM' : String(challenge).replace('Negotiate', 'NTLM'),
      };
    });
    expect(code).toBe(0);
    expect(requests[1]?.[1]).toBe(`NTLM ${in64(first)}`);
    expect(binding.callsOf('AcquireCredentialsHandle')[0]?.package).toBe('NTLM');
  });

  it('tells when the scheme is not offered', async () => {
    script({});
    const { code, answer: told } = await probe(() => ({ status: 401, challenge: 'Basic realm="x"' }));
    expect(code).toBe(1);
    expect(told.error?.code).toBe('ERR_SSPI_CLI_NOT_OFFERED');
  });

  it('tells when nobody listens', async () => {
    script({});
    const server = await serve(honest);
    await server.close();
    const { code, answer: told } = await cliJson(['probe', server.url]);
    expect(code).toBe(1);
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_CONNECT',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('tells when the answer is no HTTP', async () => {
    script({});
    const server = createServer((socket) => socket.end('220 mail.corp.test ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, answer: told } = await cliJson(['probe', `http://127.0.0.1:${port}/`]);
    server.close();
    expect(code).toBe(1);
    expect(told.error?.code).toBe('ERR_SSPI_CLI_HTTP');
  });
});

describe('sspi probe of a web server chooses the scheme', () => {
  const both: Reply = (token) =>
    token === undefined ? { status: 401, challenge: ['Negotiate', 'NTLM'] } : { status: 200 };
  const oneLeg = [{ status: SEC_E_OK, token: first }];

  it.each([
    ['Negotiate', 'Negotiate', 'Negotiate'],
    ['Kerberos', 'Negotiate', 'Kerberos'],
    ['ntlm', 'NTLM', 'NTLM'],
  ])('of --package %s: %s', async (packageName, scheme, acquired) => {
    const binding = script({ initiator: oneLeg });
    const { code, requests, answer: told } = await probe(both, '--package', packageName, '--flags', 'integrity');
    expect(told.error).toBeUndefined();
    expect(code).toBe(0);
    expect(requests.map(([, token]) => token)).toEqual([undefined, `${scheme} ${in64(first)}`]);
    expect(binding.callsOf('AcquireCredentialsHandle').map((call) => call.package)).toEqual([acquired]);
  });

  it('takes Negotiate for NTLM where that is all there is', async () => {
    script({ initiator: oneLeg });
    const { code, requests } = await probe(
      (token) => (token === undefined ? { status: 401, challenge: 'Negotiate' } : { status: 200 }),
      '--package',
      'NTLM',
    );
    expect(code).toBe(0);
    expect(requests[1]?.[1]).toBe(`Negotiate ${in64(first)}`);
  });

  it('does not send Kerberos by NTLM', async () => {
    const binding = script({});
    const { answer: told } = await probe(() => ({ status: 401, challenge: 'NTLM' }), '--package', 'Kerberos');
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_NOT_OFFERED',
      message: 'The server does not offer Negotiate, only NTLM.',
      hint: 'Try --package NTLM.',
    });
    expect(binding.callsOf('AcquireCredentialsHandle')).toEqual([]);
  });
});

describe('sspi probe of a web server shows', () => {
  it('what was asked for and not granted', async () => {
    const binding = script({ initiator: [{ status: SEC_E_OK, token: first, flags: 0x10000 }] });
    const { answer: told } = await probe(
      (token) => (token === undefined ? { status: 401, challenge: 'Negotiate' } : { status: 200 }),
      '--flags',
      'integrity,delegate',
    );
    expect(told.result.context).toMatchObject({ granted: ['integrity'], notGranted: ['delegate'] });
    // With replayDetect and sequenceDetect, which integrity brings along; without mutualAuth.
    expect(binding.callsOf('InitializeSecurityContext')[0]?.flags).toBe(0x1000d);
  });

  it('a header that is large for many servers', async () => {
    const large = Buffer.alloc(7000, 1);
    script({ initiator: [{ status: SEC_E_OK, token: large }] });
    const { answer: told } = await probe((token) =>
      token === undefined ? { status: 401, challenge: 'Negotiate' } : { status: 200 },
    );
    const { length } = `Negotiate ${in64(large)}`;
    expect(told.result.remarks).toEqual([expect.stringContaining(`The Authorization header has ${length} bytes`)]);
  });

  it('the call that failed on the token of the server', async () => {
    script({ initiator: [{ status: CONTINUE, token: first }, { status: INVALID_TOKEN }] });
    const { code, answer: told } = await probe(honest);
    expect(code).toBe(1);
    expect(told.error).toMatchObject({ code: 'SEC_E_INVALID_TOKEN', api: 'InitializeSecurityContext', leg: 1 });
    expect(told.result.legs).toMatchObject([
      { from: 'client', failed: false },
      { from: 'server', failed: false, status: 'HTTP 401 Unauthorized' },
      { from: 'client', failed: true, status: 'SEC_E_INVALID_TOKEN' },
    ]);
    expect(told.result).not.toHaveProperty('context');
  });
});

describe('a web server that does not do its part', () => {
  /** Answers each request with the next text; without one, it stays silent. */
  async function probeRaw(
    answers: readonly (string | ((socket: Socket) => void))[],
    ...more: string[]
  ): Promise<JsonRun> {
    const sockets = new Set<Socket>();
    let next = 0;
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => {
        const reply = answers[next++];
        if (typeof reply === 'function') reply(socket);
        else if (reply !== undefined) socket.write(reply);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await cliJson(['probe', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ...more]);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  const challenge = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n';
  const end = (socket: Socket): void => void socket.end();

  it('answers a token with another protocol', async () => {
    script({ initiator: legs });
    const { code, answer: told } = await probeRaw([challenge, '220 mail.corp.test ESMTP\r\n']);
    expect(code).toBe(1);
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_HTTP',
      message: expect.stringMatching(/^The server did not answer with HTTP: .*status line/),
    });
  });

  it('ends the connection instead of answering a token', async () => {
    script({ initiator: legs });
    const { answer: told } = await probeRaw([challenge, end]);
    expect(told.error?.code).toBe('ERR_SSPI_CLI_CONNECTION_LOST');
  });

  it('ends the connection instead of answering at all', async () => {
    script({});
    const { answer: told } = await probeRaw([end]);
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_HTTP',
      message: 'The server did not answer with HTTP: socket hang up.',
    });
  });

  it('resets the connection within the page', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: first }] });
    const { answer: told } = await probeRaw([
      challenge,
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.resetAndDestroy()),
    ]);
    expect(told.error?.code).toBe('ERR_SSPI_CLI_HTTP');
    expect(told.result.outcome).toBe('failed');
  });

  it.each([
    [0, []],
    [1, [challenge]],
  ])('stays silent after %d answers', async (_, answers) => {
    script({ initiator: legs });
    const { code, answer: told } = await probeRaw(answers, '--timeout', '0.3');
    expect(code).toBe(1);
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_TIMEOUT',
      message: 'It took longer than 0.3 s, and was waiting for the server’s answer.',
    });
  });

  it('asks for legs without end', async () => {
    script({ initiator: Array.from({ length: 20 }, () => ({ status: CONTINUE, token: first })) });
    const {
      code,
      answer: told,
      requests,
    } = await probe((token) => ({
      status: 401,
      challenge: token === undefined ? 'Negotiate' : `Negotiate ${in64(answer)}`,
    }));
    expect(code).toBe(1);
    expect(told.error?.code).toBe('ERR_SSPI_BAD_ANSWER');
    expect(requests.length).toBeLessThanOrEqual(11);
  });

  it('ends the sign-on while the client still has a token to send', async () => {
    script({ initiator: legs });
    const { code, answer: told } = await probe((token) => {
      if (token === undefined) return { status: 401, challenge: 'Negotiate' };
      return { status: 200, challenge: `Negotiate ${in64(answer)}` };
    });
    expect(code).toBe(1);
    expect(told.error?.code).toBe('ERR_SSPI_PEER_ENDED');
    expect(told.result.legs).toHaveLength(3);
  });

  it('sends the client elsewhere before it has proved its identity', async () => {
    script({ initiator: legs });
    const { answer: told } = await probe((token) =>
      token === undefined
        ? { status: 401, challenge: 'Negotiate' }
        : { status: 302, location: 'https://elsewhere.corp.test/' },
    );
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_UNFINISHED',
      message: 'The server answered HTTP 302 without its last token: it has not proved its identity.',
    });
  });

  it('refuses after the client has sent its last token', async () => {
    script({ initiator: [{ status: SEC_E_OK, token: first }] });
    const { answer: told } = await probe(() => ({ status: 401, challenge: ['Negotiate', 'Basic realm="x"'] }));
    expect(told.error).toMatchObject({
      code: 'ERR_SSPI_CLI_REFUSED',
      message: 'The server refused the sign-on (HTTP 401), and offers Negotiate, Basic.',
    });
    expect(told.result).not.toHaveProperty('context');
  });
});

describe('sspi probe over TLS', () => {
  const file = (name: string): string => path.join(checkout, 'test/data', name);
  const cert = fs.readFileSync(file('tls-cert.pem'));
  const tls = { cert, key: fs.readFileSync(file('tls-key.pem')) };
  let server: Server;
  beforeEach(async () => (server = await serve(honest, tls)));
  afterEach(() => server.close());

  it('refuses a certificate that is not trusted, before any token goes', async () => {
    const binding = script({ initiator: legs });
    const { code, answer: told } = await cliJson(['probe', server.url]);
    expect(code).toBe(1);
    expect(told.error).toMatchObject({ code: 'ERR_SSPI_CLI_CERTIFICATE', hint: expect.stringContaining('--ca') });
    expect(told.result.certificate).toMatchObject({ trusted: false, problem: expect.any(String) });
    expect(server.requests).toEqual([]);
    expect(binding.callsOf('InitializeSecurityContext')).toEqual([]);
  });

  it('gives the channel binding of the certificate on every leg, and shows it', async () => {
    const binding = script({ initiator: legs });
    const { code, answer: told } = await cliJson(['probe', server.url, '--insecure']);
    expect(told.error).toBeUndefined();
    expect(code).toBe(0);
    const data = tlsServerEndPoint(new X509Certificate(cert));
    const calls = binding.callsOf('InitializeSecurityContext');
    expect(calls).toHaveLength(3);
    for (const { channelBindings } of calls) expect(channelBindings).toEqual(secChannelBindings(data));
    const prefix = 'tls-server-end-point:';
    expect(told.result.certificate).toMatchObject({
      channelBinding: prefix + data.toString('hex', prefix.length),
      bindingGiven: true,
    });
  });

  it('gives none where it is told so', async () => {
    const binding = script({ initiator: legs });
    const { answer: told } = await cliJson(['probe', server.url, '--insecure', '--no-channel-bindings']);
    expect(told.result.certificate['bindingGiven']).toBe(false);
    for (const { channelBindings } of binding.callsOf('InitializeSecurityContext')) {
      expect(channelBindings).toBeUndefined();
    }
  });
});
