import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { AddressInfo, Socket } from 'node:net';
import { secChannelBindings, tlsServerEndPoint } from 'sspi';
import { checkout, cliJson, type JsonRun } from './support';
import { CONTINUE, expectClean, script, SEC_E_OK } from '../support';

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

type Reply = (token: string | undefined) => { status: number; challenge?: string | string[]; close?: boolean };

async function serve(reply: Reply, tls?: https.ServerOptions): Promise<Server> {
  const sockets: Socket[] = [];
  const requests: (readonly [number, string | undefined])[] = [];
  const handler: http.RequestListener = (request, response) => {
    const { authorization } = request.headers;
    if (!sockets.includes(request.socket)) sockets.push(request.socket);
    requests.push([sockets.indexOf(request.socket), authorization]);
    const { status, challenge, close } = reply(authorization);
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
