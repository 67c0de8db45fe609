/** How long an identity holds, and what Persistent-Auth says of it. */
import { cleanUp, connect, domain, eventually, kerberos, ManualClock, ntlm, serve, settled, tokensOf } from './support';
import type { Identity } from 'sspi/http';

afterEach(cleanUp);

test.each([
  ['auto', 'NTLM', 'true'],
  ['auto', 'Kerberos', 'false'],
  ['connection', 'NTLM', 'true'],
  ['connection', 'Kerberos', 'true'],
  ['request', 'NTLM', 'false'],
  ['request', 'Kerberos', 'false'],
] as const)('persist %s, %s: Persistent-Auth %s', async (persist, by, persistent) => {
  domain();
  const { port } = await serve({ persist });
  const client = await connect(port);
  const answer = by === 'NTLM' ? await ntlm(client) : await kerberos(client);
  expect(answer).toMatchObject({ status: 200, headers: { 'persistent-auth': [persistent] } });
  const next = await client.ask();
  if (persistent === 'false') return expect(next.status).toBe(401);
  expect(next).toMatchObject({
    status: 200,
    body: `EXAMPLE\\alice ${by} true`,
    headers: { 'persistent-auth': ['true'], 'cache-control': ['private'] },
  });
  expect(next.headers['www-authenticate']).toBeUndefined();
});

test('Persistent-Auth is false where the connection ends with the answer', async () => {
  domain();
  const { port } = await serve();
  const client = await connect(port);
  expect((await ntlm(client)).headers['persistent-auth']).toEqual(['true']);
  const last = await client.ask({ headers: { Connection: 'close' } });
  expect(last).toMatchObject({ status: 200, headers: { 'persistent-auth': ['false'] } });
});

test('an anonymous answer has no Persistent-Auth', async () => {
  domain();
  const { port } = await serve({ optional: true });
  const answer = await (await connect(port)).ask();
  expect(answer).toMatchObject({ status: 200, body: 'nobody' });
  expect(answer.headers['persistent-auth']).toBeUndefined();
  expect(answer.headers['cache-control']).toBeUndefined();
});

test('optional: a token that fails is refused all the same', async () => {
  domain();
  const { port } = await serve({ optional: true });
  const client = await connect(port);
  const Authorization = `Negotiate ${Buffer.from('nonsense').toString('base64')}`;
  expect((await client.ask({ headers: { Authorization } })).status).toBe(400);
  expect((await kerberos(client)).body).toBe('EXAMPLE\\alice Kerberos false');
});

test('maxAge: then the next request is anonymous, and the context has ended', async () => {
  const provider = domain();
  const clock = new ManualClock();
  const { port } = await serve({ maxAge: 5_000, clock });
  const client = await connect(port);
  await ntlm(client);
  clock.pass(4_999);
  expect((await client.ask()).status).toBe(200);
  clock.pass(1);
  expect((await client.ask()).status).toBe(401);
  await settled();
  expect(provider.callsOf('DeleteSecurityContext').length).toBeGreaterThan(0);
  // Signing on again begins a new term.
  expect((await ntlm(client)).status).toBe(200);
  clock.pass(4_999);
  expect((await client.ask()).status).toBe(200);
});

describe('the context of an identity', () => {
  const identities: Identity[] = [];
  const collect = async (options: Parameters<typeof serve>[0]): ReturnType<typeof serve> =>
    serve(options, (request, response) => {
      const identity = request.sspi as Identity;
      expect(identity.context.package).toBe(identity.package);
      identities.push(identity);
      response.end();
    });
  beforeEach(() => void identities.splice(0));

  test('ends with the response; name, SID and groups outlive it', async () => {
    domain();
    const { port } = await collect({});
    await kerberos(await connect(port));
    const [identity] = identities as [Identity];
    await eventually(() => ended(identity));
    expect(() => identity.context).toThrow(expect.objectContaining({ code: 'ERR_SSPI_DISPOSED' }) as Error);
    expect(() => identity.impersonate(() => 1)).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_DISPOSED' }) as Error,
    );
    expect(identity.name).toBe('EXAMPLE\\alice');
    expect(identity.sid).toMatch(/^S-1-5-21-/);
    expect(identity.hasGroup('S-1-1-0')).toBe(true);
  });

  test('ends with the connection, where the answer is still queued behind another', async () => {
    const provider = domain();
    const { port } = await serve({ persist: 'request' }, (request) => void identities.push(request.sspi as Identity));
    const client = await connect(port);
    for (const user of ['alice', 'bob']) {
      const tokens = await tokensOf(user, { flags: [] });
      client.send({ headers: { Authorization: await tokens.next() } });
      await tokens[Symbol.asyncDispose]();
    }
    await eventually(() => identities.length === 2);
    expect(identities.map(ended)).toEqual([false, false]);
    client.socket.destroy();
    await eventually(() => identities.every(ended));
    expect(provider.liveCounts().contexts).toBe(0);
  });

  test('of a kept identity ends with the connection', async () => {
    domain();
    const { port } = await collect({});
    const client = await connect(port);
    await ntlm(client);
    await client.ask();
    await settled();
    expect(identities.map(ended)).toEqual([false, false]);
    client.socket.destroy();
    await eventually(() => identities.every(ended));
  });

  test('of a kept identity ends with the next Authorization', async () => {
    domain();
    const { port } = await collect({});
    const client = await connect(port);
    await ntlm(client);
    const [first] = identities as [Identity];
    await ntlm(client, 'bob');
    expect(ended(first)).toBe(true);
    expect(ended(identities.at(-1) as Identity)).toBe(false);
  });

  test('of a kept identity ends with close()', async () => {
    domain();
    const { port, signOn } = await collect({});
    await ntlm(await connect(port));
    await signOn.close();
    expect(identities.map(ended)).toEqual([true]);
  });

  test('can be acted with while the request lasts', async () => {
    const provider = domain();
    const results: unknown[] = [];
    const { port } = await serve({}, (request, response) => {
      results.push(request.sspi?.impersonate(() => 'as alice'));
      response.end();
    });
    await kerberos(await connect(port));
    expect(results).toEqual(['as alice']);
    expect(provider.callsOf('ImpersonateSecurityContext')).toHaveLength(1);
  });
});

function ended(identity: Identity): boolean {
  try {
    return identity.context.disposed;
  } catch {
    return true;
  }
}
