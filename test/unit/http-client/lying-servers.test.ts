/** Servers that lie, stall and attack: each ends in a coded error, with sockets and handles back at their start. */
import type { Socket } from 'node:net';
import type { SspiAgentOptions } from 'sspi/http';
import {
  agentFor,
  answer,
  ask,
  challenge,
  cleanUp,
  domain,
  eventually,
  kerberosOrigin,
  lyingServer,
  ntlmNegotiate,
  ntlmOrigin,
  pieces,
  scripted,
  serve,
  tokenField,
  type Asked,
  type Lie,
} from './support';

afterEach(cleanUp);

const later = { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('leg') } as const;
const last = { status: 'SEC_E_OK', token: Buffer.from('last'), flags: ['mutualAuth'] } as const;
const asksFirst =
  (lie: Lie): Lie =>
  (request, index, socket) =>
    request.authorization === undefined ? challenge('Negotiate') : lie(request, index, socket);

/** What the request ends with. Its socket must be gone. */
async function failure(lie: Lie, options: SspiAgentOptions = {}, asked: Asked = {}): Promise<unknown> {
  const server = await lyingServer(lie);
  const url = kerberosOrigin(server.port);
  const agent = agentFor({ origins: [url], ntlm: [url], ...options });
  const error = await ask(url, agent, asked).then(
    ({ status }) => new Error(`answered with ${status}`),
    (reason: unknown) => reason,
  );
  await eventually(() => server.open() === 0);
  return error;
}

describe('an answer to a token', () => {
  test.each<[string, string, string]>([
    ['that is garbage', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'ERR_SSPI_BAD_ANSWER'],
    ['without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300_000)}`, 'ERR_SSPI_BAD_ANSWER'],
    ['with a field that cannot be read', 'HTTP/1.1 200 OK\r\nX y\r\n\r\n', 'ERR_SSPI_BAD_ANSWER'],
    ['without the server’s token', answer(200), 'ERR_SSPI_REQUIREMENT_NOT_MET'],
    ['with an error, and without the server’s token', answer(503), 'ERR_SSPI_REQUIREMENT_NOT_MET'],
    ['with another challenge and no token', challenge('Negotiate'), 'SEC_E_LOGON_DENIED'],
    ['with another scheme', challenge(`NTLM ${Buffer.from('x').toString('base64')}`, 'Basic'), 'SEC_E_LOGON_DENIED'],
    ['with a token that is no token', answer(200, [tokenField('garbage')]), 'SEC_E_INVALID_TOKEN'],
    [
      'that is a redirection to another origin',
      answer(302, ['Location: http://evil.example.test/']),
      'ERR_SSPI_ORIGIN_REFUSED',
    ],
    ['that is a redirection to no URL', answer(302, ['Location: http://[']), 'ERR_SSPI_ORIGIN_REFUSED'],
    ['that is a redirection to itself', answer(302, ['Location: /elsewhere']), 'ERR_SSPI_REQUIREMENT_NOT_MET'],
  ])('%s', async (_name, text, code) => {
    domain();
    expect(await failure(asksFirst(() => text))).toMatchObject({ name: 'SspiError', code });
  });

  test('that comes in single bytes is read', async () => {
    domain();
    const text = answer(200);
    const lie = asksFirst((_request, _index, socket) => {
      socket.setNoDelay(true);
      for (const byte of text) socket.write(byte);
      return undefined;
    });
    expect(await failure(lie, { mutualAuth: false, keepAlive: false })).toEqual(new Error('answered with 200'));
  });

  test('that is the end of the connection', async () => {
    domain();
    const lie = asksFirst((_request, _index, socket) => void socket.destroy());
    expect(await failure(lie)).toMatchObject({ code: 'ERR_SSPI_CONNECTION_LOST' });
  });

  test('that never comes: the client’s own limits apply', async () => {
    const provider = domain();
    const never = asksFirst(() => undefined);
    expect(await failure(never, {}, { signal: AbortSignal.timeout(50) })).toMatchObject({ name: 'AbortError' });
    const timed = failure(
      never,
      {},
      { timeout: 50, body: (request) => request.on('timeout', () => request.destroy()).end() },
    );
    expect(await timed).toMatchObject({ code: 'ECONNRESET' });
    await eventually(() => provider.liveCounts().contexts === 0);
  });
});

test.each([
  ['ends', (socket: Socket) => void socket.end()],
  ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
])('a kept connection that %s when the next request comes is the client’s to repeat, token or not', async (_, end) => {
  const provider = domain();
  const server = await lyingServer(asksFirst((_request, index, socket) => (index < 2 ? answer(200) : end(socket))));
  const url = kerberosOrigin(server.port);
  const agent = agentFor({ origins: [url], mutualAuth: false });
  expect(await ask(url, agent)).toMatchObject({ status: 200 });
  let reused: boolean | undefined;
  const again = ask(url, agent, {
    body: (request) => {
      reused = request.reusedSocket;
      request.end();
    },
  });
  await expect(again).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(reused).toBe(true);
  expect(server.requests.map(({ authorization }) => authorization !== undefined)).toEqual([false, true, true]);
  await eventually(() => server.open() === 0 && provider.liveCounts().contexts === 0);
});

describe('a leg that must be followed by another one', () => {
  const ntlm = { status: 'SEC_I_CONTINUE_NEEDED', token: ntlmNegotiate } as const;

  test('that is never answered', async () => {
    scripted({ initiator: [ntlm, last] });
    expect(
      await failure(
        asksFirst(() => undefined),
        { handshakeTimeout: 30 },
      ),
    ).toMatchObject({
      code: 'ERR_SSPI_PEER_TIMEOUT',
    });
  });

  test('whose answer has a body without end', async () => {
    scripted({ initiator: [ntlm, last] });
    const lie = asksFirst(() =>
      answer(401, [tokenField('challenge')], '').replace('Content-Length: 0', 'Content-Length: 9'),
    );
    expect(await failure(lie, { handshakeTimeout: 30 })).toMatchObject({ code: 'ERR_SSPI_PEER_TIMEOUT' });
  });

  test('whose answer has a body of ten megabytes', async () => {
    scripted({ initiator: [ntlm, last] });
    const lie = asksFirst(() => answer(401, [tokenField('challenge')], 'x'.repeat(10_000_000)));
    expect(await failure(lie)).toMatchObject({ code: 'ERR_SSPI_BAD_ANSWER' });
  });

  test('whose answer closes the connection', async () => {
    scripted({ initiator: [ntlm, last] });
    const lie = asksFirst(() => answer(401, [tokenField('challenge'), 'Connection: close']));
    expect(await failure(lie)).toMatchObject({ code: 'ERR_SSPI_CONNECTION_LOST' });
  });

  test('and that takes the request without its body for the request', async () => {
    scripted({ initiator: [ntlm, last] });
    const lie = asksFirst(() => answer(200));
    expect(await failure(lie, {}, { method: 'POST', body: 'body' })).toMatchObject({ code: 'ERR_SSPI_BAD_ANSWER' });
  });

  test('is sent without the body, and the last one with it', async () => {
    scripted({ initiator: [ntlm, last], negotiated: 'NTLM' });
    const bodies: string[] = [];
    const lie = asksFirst(({ authorization, body }) => {
      bodies.push(body);
      return authorization?.includes(Buffer.from('last').toString('base64')) === true
        ? answer(200)
        : answer(401, [tokenField('challenge')]);
    });
    const options = { keepAlive: false };
    expect(await failure(lie, options, { method: 'POST', body: 'body' })).toEqual(new Error('answered with 200'));
    expect(bodies).toEqual(['', 'body']);
  });
});

test('a server that asks again and again', async () => {
  scripted({ initiator: () => later });
  const endless = asksFirst(() => answer(401, [tokenField('more')]));
  expect(await failure(endless)).toMatchObject({
    code: 'ERR_SSPI_BAD_ANSWER',
    message: expect.stringContaining('10 legs') as string,
  });
});

test('a server that says yes while a leg is owed', async () => {
  scripted({ initiator: [later, later] });
  expect(await failure(asksFirst(() => answer(200, [tokenField('more')])))).toMatchObject({
    code: 'ERR_SSPI_PEER_ENDED',
  });
});

test('a 401 after success is no reason to begin again', async () => {
  const provider = scripted({ initiator: [last] });
  const error = await failure(asksFirst(() => challenge('Negotiate')));
  expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', status: 0x8009030c, hint: expect.any(String) as string });
  expect(provider.callsOf('InitializeSecurityContext')).toHaveLength(1);
});

test('ten schemes: the one that can be answered is', async () => {
  domain();
  const schemes = [
    'Basic realm="a, Negotiate"',
    'Digest realm="b"',
    'Bearer',
    'Hoba',
    'Mutual',
    'SCRAM-SHA-256',
    'vapid',
    'OAuth',
    'NEGOTIATE',
    'NTLM',
  ];
  const server = await lyingServer(({ authorization }) =>
    authorization === undefined ? challenge(...schemes) : answer(200),
  );
  const url = kerberosOrigin(server.port);
  expect((await ask(url, agentFor({ origins: [url], mutualAuth: false }))).status).toBe(200);
  expect(server.requests[1]?.authorization).toMatch(/^Negotiate /);
});

test('a challenge of the other kind is handed on: 407 of an origin', async () => {
  const provider = domain();
  const server = await lyingServer(() => answer(407, ['Proxy-Authenticate: Negotiate']));
  const url = kerberosOrigin(server.port);
  expect((await ask(url, agentFor({ origins: [url] }))).status).toBe(407);
  expect(provider.callsOf('InitializeSecurityContext')).toEqual([]);
});

test('names are resolved once for a sign-on: another address cannot come in between', async () => {
  scripted({ initiator: [{ status: 'SEC_I_CONTINUE_NEEDED', token: ntlmNegotiate }, last], negotiated: 'NTLM' });
  const server = await lyingServer(
    asksFirst(({ authorization }) =>
      authorization?.endsWith(Buffer.from('last').toString('base64')) === true
        ? answer(200)
        : answer(401, [tokenField('x')]),
    ),
  );
  const url = `http://rebound.example.test:${server.port}`;
  let lookups = 0;
  const lookup = (_host: string, options: { all?: boolean }, callback: (...all: unknown[]) => void): void => {
    const address = ++lookups === 1 ? '127.0.0.1' : '127.0.0.66';
    if (options.all === true) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
  const agent = agentFor({ origins: [url], ntlm: [url] });
  expect((await ask(url, agent, { lookup: lookup as never })).status).toBe(200);
  expect([lookups, server.connections()]).toEqual([1, 1]);
});

test('what is no HTTP before a token is the client’s business', async () => {
  const provider = domain();
  expect(await failure(() => 'SSH-2.0-OpenSSH_9.2\r\n\r\n')).toMatchObject({
    code: expect.stringMatching(/^HPE_/) as string,
  });
  expect(await failure((_request, _index, socket) => void socket.destroy())).toMatchObject({ code: 'ECONNRESET' });
  expect(provider.callsOf('InitializeSecurityContext')).toEqual([]);
});

describe('a stream as body', () => {
  /** Its end does not come before the answer, however busy the machine is. */
  const post: Asked = { method: 'POST', body: (request) => void request.write('one') };
  const fields = (head: string): string => /^expect: .*$/im.exec(head)?.[0] ?? '';

  test('is sent after 100 Continue, and the client does not hear of it', async () => {
    domain();
    let received = '';
    const { port, server } = await serve({}, (request, response) => {
      request.on('data', (bytes: Buffer) => (received += bytes.toString()));
      request.on('end', () => response.end('thanks'));
    });
    let sent = '';
    server.on('connection', (socket: Socket) =>
      socket.on('data', (bytes: Buffer) => (sent += bytes.toString('latin1'))),
    );
    const url = kerberosOrigin(port);
    const heard: string[] = [];
    const answered = await ask(url, agentFor({ origins: [url] }), {
      method: 'POST',
      body: (request) => {
        request.on('continue', () => heard.push('continue'));
        request.write('one');
        void eventually(() => received === 'one').then(() => request.end('two'));
      },
    });
    expect([answered.body, received, heard]).toEqual(['thanks', 'onetwo', []]);
    expect(sent.match(/^Expect: 100-continue/gm)).toHaveLength(2);
  });

  test('is sent after a second where nobody says 100, and another leg is then too late', async () => {
    scripted({ initiator: [later, last] });
    const heads: string[] = [];
    const lie: Lie = ({ head, authorization }, _index, socket) => {
      heads.push(fields(head));
      if (authorization === undefined) return answer(401, ['WWW-Authenticate: Negotiate', 'Connection: close']);
      socket.removeAllListeners('data');
      socket.once('data', () => socket.write(answer(401, [tokenField('more')])));
      return undefined;
    };
    const long = { method: 'POST', body: pieces('x'.repeat(300_000), 'two') };
    expect(await failure(lie, {}, long)).toMatchObject({ code: 'ERR_SSPI_BODY_SENT' });
    expect(heads).toEqual(['Expect: 100-continue', 'Expect: 100-continue']);
  });

  test('and another leg while it is held back', async () => {
    scripted({ initiator: [later, last] });
    const lie = asksFirst(() => answer(401, [tokenField('more')]));
    expect(await failure(lie, {}, post)).toMatchObject({ code: 'ERR_SSPI_BODY_SENT' });
  });

  test('that nobody wants ends the connection with the answer', async () => {
    domain();
    const server = await lyingServer(() => answer(413, [], 'too large'));
    const url = kerberosOrigin(server.port);
    const answered = await ask(url, agentFor({ origins: [url] }), post);
    expect([answered.status, answered.headers.connection, answered.body]).toEqual([413, 'close', 'too large']);
    await eventually(() => server.open() === 0);
  });
});

test('redirects carry no token to another origin, on either protocol', async () => {
  domain();
  const other = await lyingServer(() => challenge('Negotiate', 'NTLM'));
  const server = await lyingServer(asksFirst(() => answer(302, [`Location: ${ntlmOrigin(other.port)}/`])));
  const url = kerberosOrigin(server.port);
  const agent = agentFor({ origins: [url], mutualAuth: false });
  const first = await ask(url, agent);
  const second = await ask(first.headers.location ?? '', agent);
  expect([first.status, second.status]).toEqual([302, 401]);
  expect(other.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
});
