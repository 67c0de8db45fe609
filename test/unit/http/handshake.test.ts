/** In the middle of a handshake, and what belongs to which connection. */
import {
  cleanUp,
  connect,
  domain,
  eventually,
  kerberos,
  ntlm,
  ntlmTarget,
  scripted,
  serve,
  settled,
  tokenOf,
  tokensOf,
} from './support';

afterEach(cleanUp);

/** A raw NTLM message of a type, which SSPI is to judge. */
const ntlmMessage = (type: number): string => {
  const bytes = Buffer.alloc(40);
  bytes.write('NTLMSSP\0', 'latin1');
  bytes.writeUInt32LE(type, 8);
  return `Negotiate ${bytes.toString('base64')}`;
};

test.each([
  ['a request without a token', {}, false],
  ['under optional, too', {}, true],
  ['with a bare Negotiate', { Authorization: 'Negotiate' }, false],
  ['with another scheme', { Authorization: 'Bearer x' }, true],
])('%s is answered 400, and the handshake goes on', async (_name, headers, optional) => {
  domain();
  const { port } = await serve({ optional });
  const client = await connect(port);
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  const challenge = await client.ask({ headers: { Authorization: await tokens.next() } });
  expect(await client.ask({ headers })).toMatchObject({ status: 400, body: '' });
  const answer = await client.ask({ headers: { Authorization: await tokens.next(challenge) } });
  expect(answer.body).toBe('EXAMPLE\\alice NTLM false');
});

test('pipelined, an anonymous request between the legs gets 400, each in its turn', async () => {
  let open!: () => void;
  const until = new Promise<void>((resolve) => (open = resolve));
  scripted({
    acceptor: [{ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('challenge'), until }, { status: 'SEC_E_OK' }],
    negotiated: 'NTLM',
    clientName: 'CORP\\alice',
  });
  const { port } = await serve();
  const client = await connect(port);
  client.send({ headers: { Authorization: ntlmMessage(1) } });
  client.send();
  client.send({ headers: { Authorization: ntlmMessage(3) } });
  client.send();
  await settled();
  expect(client.unread).toBe('');
  open();
  expect(tokenOf(await client.read())?.toString()).toBe('challenge');
  expect((await client.read()).status).toBe(400);
  expect((await client.read()).body).toBe('CORP\\alice NTLM false');
  expect((await client.read()).body).toBe('CORP\\alice NTLM true');
});

test('an initial token begins anew', async () => {
  const provider = scripted({
    acceptor: [{ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('challenge') }],
  });
  const { port } = await serve();
  const client = await connect(port);
  for (let attempt = 0; attempt < 3; attempt++) {
    expect((await client.ask({ headers: { Authorization: ntlmMessage(1) } })).status).toBe(401);
  }
  expect(provider.callsOf('AcceptSecurityContext').map(({ context }) => context)).toEqual([1, 2, 3]);
  expect(provider.liveCounts().contexts).toBe(1);
});

test('a second leg on another socket finds no handshake', async () => {
  domain();
  const { port } = await serve();
  const [first, second] = [await connect(port), await connect(port)];
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  const challenge = await first.ask({ headers: { Authorization: await tokens.next() } });
  const Authorization = await tokens.next(challenge);
  expect((await second.ask({ headers: { Authorization } })).status).toBe(400);
  // Whose handshake it is, it ends with.
  expect((await first.ask({ headers: { Authorization } })).body).toBe('EXAMPLE\\alice NTLM false');
});

test('two clients at once, their legs interleaved, are each themselves', async () => {
  domain();
  const { port } = await serve();
  const [first, second] = [await connect(port), await connect(port)];
  const [alice, bob] = [await tokensOf('alice', { target: ntlmTarget }), await tokensOf('bob', { target: ntlmTarget })];
  const one = await first.ask({ headers: { Authorization: await alice.next() } });
  const two = await second.ask({ headers: { Authorization: await bob.next() } });
  expect((await first.ask({ headers: { Authorization: await alice.next(one) } })).body).toMatch(/alice/);
  expect((await second.ask({ headers: { Authorization: await bob.next(two) } })).body).toMatch(/bob/);
  expect((await first.ask()).body).toBe('EXAMPLE\\alice NTLM true');
  expect((await second.ask()).body).toBe('EXAMPLE\\bob NTLM true');
});

test('what was sent on one connection is refused on a new one', async () => {
  domain();
  const { port } = await serve();
  const first = await connect(port);
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  const challenge = await first.ask({ headers: { Authorization: await tokens.next() } });
  const Authorization = await tokens.next(challenge);
  expect((await first.ask({ headers: { Authorization } })).status).toBe(200);
  const later = await connect(port);
  expect((await later.ask({ headers: { Authorization } })).status).toBe(400);
  expect((await later.ask()).status).toBe(401);
});

test('a new Authorization on a signed-on connection signs on anew', async () => {
  domain();
  const { port } = await serve();
  const client = await connect(port);
  await ntlm(client, 'alice');
  expect((await ntlm(client, 'bob')).body).toBe('EXAMPLE\\bob NTLM false');
  expect((await client.ask()).body).toBe('EXAMPLE\\bob NTLM true');
});

test.each([
  ['a wrong password', async () => (await tokensOf('bob', { password: 'wrong', target: ntlmTarget })).next()],
  ['a malformed token', async () => 'Negotiate !'],
  ['an invalid token', async () => `Negotiate ${Buffer.from('no token').toString('base64')}`],
  ['another scheme', async () => 'Basic YTpi'],
])('after %s nothing is left of an identity that the connection had', async (_name, value) => {
  domain();
  const { port } = await serve();
  const client = await connect(port);
  expect((await ntlm(client, 'alice')).status).toBe(200);
  await client.ask({ headers: { Authorization: await value() } });
  expect([400, 401]).toContain((await client.ask()).status);
});

test('an empty POST carries the first leg, and the body comes with the last', async () => {
  domain();
  const { port } = await serve({}, (request, response) => void request.pipe(response));
  const client = await connect(port);
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  const challenge = await client.ask({ method: 'POST', body: '', headers: { Authorization: await tokens.next() } });
  const Authorization = await tokens.next(challenge);
  expect(await client.ask({ method: 'POST', body: 'the body', headers: { Authorization } })).toMatchObject({
    status: 200,
    body: 'the body',
  });
});

test('the body of a refused request is passed over, and that of a slow sign-on is not lost', async () => {
  domain();
  const { port } = await serve({}, (request, response) => void request.pipe(response));
  const client = await connect(port);
  expect((await client.ask({ method: 'POST', body: 'x'.repeat(300_000) })).status).toBe(401);
  const answer = await kerberos(client, 'alice', { method: 'POST', body: 'y'.repeat(300_000) });
  expect(answer.body).toBe('y'.repeat(300_000));
});

test('a body that looks like a request is none', async () => {
  domain();
  const { port } = await serve();
  const client = await connect(port);
  await client.ask({ method: 'POST', body: 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n' });
  expect((await kerberos(client)).body).toBe('EXAMPLE\\alice Kerberos false');
  await settled();
  expect(client.unread).toBe('');
});

test('a client that leaves in the middle leaves nothing', async () => {
  const provider = domain();
  const { port } = await serve();
  for (let i = 0; i < 100; i++) {
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: ntlmTarget });
    await client.ask({ headers: { Authorization: await tokens.next() } });
    client.socket.destroy();
    await tokens[Symbol.asyncDispose]();
  }
  await eventually(() => provider.liveCounts().contexts === 0);
});

test('a client that leaves while SSPI works is served by nobody', async () => {
  let open!: () => void;
  const until = new Promise<void>((resolve) => (open = resolve));
  const provider = scripted({ acceptor: [{ until }], negotiated: 'Kerberos' });
  let served = 0;
  const { port, server } = await serve({}, (_request, response) => {
    served++;
    response.end();
  });
  const client = await connect(port);
  const closed = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)));
  const second = await connect(port);
  second.send({ headers: { Authorization: `Negotiate ${Buffer.from('6e00', 'hex').toString('base64')}` } });
  await eventually(() => provider.callsOf('AcceptSecurityContext').length === 1);
  second.socket.destroy();
  await closed;
  open();
  await settled();
  expect(served).toBe(0);
  await eventually(() => provider.liveCounts().contexts === 0);
  client.socket.destroy();
});
