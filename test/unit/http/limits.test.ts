/** What clients who have not signed on may use. */
import { createServer } from 'node:http';
import { SignOnServer } from '#lib/http/server/sign-on';
import { checkedSettings } from '#lib/http/server/options';
import { systemClock } from '#lib/http/server/clock';
import {
  cleanUp,
  connect,
  domain,
  eventually,
  kerberos,
  listen,
  ManualClock,
  ntlm,
  ntlmTarget,
  scripted,
  serve,
  settled,
  tokenOf,
  tokensOf,
  type Answer,
  type Client,
  type Tokens,
} from './support';

afterEach(cleanUp);

async function firstLeg(client: Client): Promise<{ readonly tokens: Tokens; readonly challenge: Answer }> {
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  return { tokens, challenge: await client.ask({ headers: { Authorization: await tokens.next() } }) };
}

test('acceptsInFlight: more are 503 with Retry-After, and go through once a place is free', async () => {
  let open!: () => void;
  const until = new Promise<void>((resolve) => (open = resolve));
  const provider = scripted({ acceptor: [{ until }], negotiated: 'Kerberos' });
  const { port } = await serve({ limits: { acceptsInFlight: 2 } });
  const clients = [await connect(port), await connect(port), await connect(port)] as const;
  const headers = { Authorization: `Negotiate ${Buffer.from('6e00', 'hex').toString('base64')}` };
  clients[0].send({ headers });
  clients[1].send({ headers });
  await eventually(() => provider.callsOf('AcceptSecurityContext').length === 2);
  const busy = await clients[2].ask({ headers });
  expect(busy).toMatchObject({ status: 503, body: '', headers: { 'retry-after': ['1'] } });
  // Whoever needs no thread is served all the same.
  expect((await clients[2].ask()).status).toBe(401);
  open();
  expect((await clients[0].read()).status).toBe(200);
  expect((await clients[1].read()).status).toBe(200);
  expect((await clients[2].ask({ headers })).status).toBe(200);
});

test('a place is free when the call that hangs has returned, and not when its client has left', async () => {
  let open!: () => void;
  const until = new Promise<void>((resolve) => (open = resolve));
  const provider = scripted({ acceptor: ({ context }) => (context === 1 ? { until } : {}), negotiated: 'Kerberos' });
  const { port } = await serve({ limits: { acceptsInFlight: 1 } });
  const headers = { Authorization: `Negotiate ${Buffer.from('6e00', 'hex').toString('base64')}` };
  const leaving = await connect(port);
  leaving.send({ headers });
  await eventually(() => provider.callsOf('AcceptSecurityContext').length === 1);
  leaving.socket.destroy();
  await eventually(() => provider.callsOf('DeleteSecurityContext').length === 1);
  const client = await connect(port);
  expect((await client.ask({ headers })).status).toBe(503);
  open();
  await settled();
  expect((await client.ask({ headers })).status).toBe(200);
});

test('pendingHandshakes: more are 503; one that ends makes room', async () => {
  domain();
  const { port } = await serve({ limits: { pendingHandshakes: 2 } });
  const first = await connect(port);
  const { tokens, challenge } = await firstLeg(first);
  await firstLeg(await connect(port));
  expect((await firstLeg(await connect(port))).challenge.status).toBe(503);
  expect((await first.ask({ headers: { Authorization: await tokens.next(challenge) } })).status).toBe(200);
  expect((await firstLeg(await connect(port))).challenge.status).toBe(401);
});

test('pendingHandshakesPerAddress', async () => {
  domain();
  const { port } = await serve({ limits: { pendingHandshakesPerAddress: 1 } });
  const leaving = await connect(port);
  await firstLeg(leaving);
  const client = await connect(port);
  expect((await firstLeg(client)).challenge.status).toBe(503);
  leaving.socket.destroy();
  await settled();
  await eventually(() => leaving.ended);
  await settled();
  expect((await ntlm(client)).status).toBe(200);
});

test('legs: one more is 401, and the handshake is gone', async () => {
  const provider = scripted({ acceptor: () => ({ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('more') }) });
  const { port } = await serve({ limits: { legs: 3 } });
  const client = await connect(port);
  const headers = { Authorization: `Negotiate ${Buffer.from('again').toString('base64')}` };
  for (let leg = 0; leg < 3; leg++) expect(tokenOf(await client.ask({ headers }))?.toString()).toBe('more');
  expect(await client.ask({ headers })).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(3);
  await settled();
  expect(provider.liveCounts().contexts).toBe(0);
});

test.each([
  ['legTimeout', { legTimeout: 1_000 }, [1_000]],
  ['handshakeTimeout', { handshakeTimeout: 1_500, legTimeout: 2_000 }, [1_500]],
] as const)('%s: a later token is 401, and an initial one begins anew', async (name, limits, times) => {
  const provider = domain();
  const clock = new ManualClock();
  const { port, refusals } = await serve({ limits, clock });
  const client = await connect(port);
  const { tokens, challenge } = await firstLeg(client);
  clock.pass(times[0] - 1);
  expect(provider.liveCounts().contexts).toBe(2);
  clock.pass(1);
  await settled();
  expect(provider.liveCounts().contexts).toBe(1);
  const late = await client.ask({ headers: { Authorization: await tokens.next(challenge) } });
  expect(late).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  expect(refusals.at(-1)?.reason).toContain(`limits.${name}`);
  expect((await ntlm(client)).status).toBe(200);
});

test('after a time limit an anonymous request is asked to sign on', async () => {
  domain();
  const clock = new ManualClock();
  const { port } = await serve({ limits: { legTimeout: 1_000 }, clock });
  const client = await connect(port);
  await firstLeg(client);
  clock.pass(1_000);
  expect((await client.ask()).status).toBe(401);
  expect((await ntlm(client)).status).toBe(200);
});

test('handshakeTimeout ends a leg that hangs, with 401', async () => {
  let open!: () => void;
  const until = new Promise<void>((resolve) => (open = resolve));
  const provider = scripted({ acceptor: [{ until }] });
  const clock = new ManualClock();
  const { port } = await serve({ limits: { handshakeTimeout: 1_000 }, clock });
  const client = await connect(port);
  client.send({ headers: { Authorization: `Negotiate ${Buffer.from('6e00', 'hex').toString('base64')}` } });
  await eventually(() => provider.callsOf('AcceptSecurityContext').length === 1);
  clock.pass(1_000);
  expect((await client.read()).status).toBe(401);
  open();
});

test('a client that stops after the first leg, ten thousand times, leaves nothing', async () => {
  const provider = scripted({ acceptor: () => ({ status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from('more') }) });
  const settings = checkedSettings({ limits: { pendingHandshakesPerAddress: Infinity } });
  const server = new SignOnServer(settings, systemClock);
  await server.ready();
  const http = createServer((request, response) => server.handle(request, response, () => response.end()));
  const port = await listen(http);
  const headers = { Authorization: `Negotiate ${Buffer.from('6e00', 'hex').toString('base64')}` };
  for (let round = 0; round < 100; round++) {
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(port)));
    await Promise.all(clients.map(async (client) => client.ask({ headers })));
    for (const { socket } of clients) socket.resetAndDestroy();
  }
  await eventually(() => server.judge.connections.count === 0);
  expect(server.judge.usage.inUse).toEqual({ accepts: 0, handshakes: 0, addresses: 0 });
  await eventually(() => provider.liveCounts().contexts === 0);
  expect(provider.callsOf('AcceptSecurityContext')).toHaveLength(10_000);
  await server.close();
}, 60_000);

test('timers are gone when nothing waits any more', async () => {
  domain();
  const clock = new ManualClock();
  const { port } = await serve({ clock, maxAge: 60_000 });
  const client = await connect(port);
  await ntlm(client);
  await kerberos(await connect(port));
  expect(clock.pending).toBe(1);
  client.socket.destroy();
  await eventually(() => clock.pending === 0);
});

test('a thousand clients at once, several identities interleaved: each is itself', async () => {
  const users = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`user${i}`, `secret${i}`]));
  domain({ users });
  const { port } = await serve({ limits: { acceptsInFlight: Infinity }, persist: 'connection' });
  const results = await Promise.all(
    Array.from({ length: 1_000 }, async (_, i) => {
      const user = `user${i % 20}`;
      const client = await connect(port);
      const tokens = await tokensOf(user, {
        password: users[user] as string,
        target: i % 2 === 0 ? ntlmTarget : 'HTTP/web.example.test',
      });
      let answer = await client.ask({ headers: { Authorization: await tokens.next() } });
      if (answer.status === 401) answer = await client.ask({ headers: { Authorization: await tokens.next(answer) } });
      const again = await client.ask();
      return [user, answer.body.split(' ')[0], again.body.split(' ')[0]];
    }),
  );
  for (const [user, first, again] of results) expect([first, again]).toEqual([`EXAMPLE\\${user}`, `EXAMPLE\\${user}`]);
}, 60_000);
