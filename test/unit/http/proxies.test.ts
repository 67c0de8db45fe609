/** Proxies that send several clients' requests over one connection. */
import { cleanUp, connect, domain, kerberos, ntlm, ntlmTarget, serve, tokensOf } from './support';

afterEach(cleanUp);

const via = { Via: '1.1 proxy' };

test.each(['Via', 'Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'x-forwarded-user'])(
  '%s: nothing is kept on the connection',
  async (name) => {
    domain();
    const { port } = await serve({ persist: 'connection' });
    const client = await connect(port);
    const answer = await kerberos(client, 'alice', { headers: { [name]: 'x' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'persistent-auth': ['false'] } });
    expect((await client.ask()).status).toBe(401);
  },
);

test('the mark stays with the connection, and an identity that it had is gone', async () => {
  domain();
  const { port } = await serve({ persist: 'connection' });
  const client = await connect(port);
  expect((await kerberos(client, 'alice')).headers['persistent-auth']).toEqual(['true']);
  expect((await client.ask()).body).toBe('EXAMPLE\\alice Kerberos true');
  expect((await client.ask({ headers: via })).status).toBe(401);
  expect((await client.ask()).status).toBe(401);
  // Without the header, on the same connection.
  expect((await kerberos(client, 'bob')).headers['persistent-auth']).toEqual(['false']);
  expect((await client.ask()).status).toBe(401);
});

test('two users over one connection are each themselves', async () => {
  domain();
  const { port } = await serve({ persist: 'connection' });
  const client = await connect(port);
  for (const user of ['alice', 'bob', 'alice']) {
    expect((await kerberos(client, user, { headers: via })).body).toBe(`EXAMPLE\\${user} Kerberos false`);
    expect((await client.ask({ headers: via })).status).toBe(401);
  }
});

test('a token that is not its client’s last: 401 without a token, and no handshake stays', async () => {
  const provider = domain();
  const { port } = await serve({ ntlm: 'allow' });
  const client = await connect(port);
  // The tokens of the domain in memory do not show that they are NTLM's: SSPI with NTLM denied refuses them.
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  const answer = await client.ask({ headers: { ...via, Authorization: await tokens.next() } });
  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  expect((await client.ask({ headers: via })).status).toBe(401);
  expect(provider.liveCounts().contexts).toBe(1);
});

test('a header in the middle of a handshake ends it', async () => {
  domain();
  const { port } = await serve();
  const client = await connect(port);
  const tokens = await tokensOf('alice', { target: ntlmTarget });
  const challenge = await client.ask({ headers: { Authorization: await tokens.next() } });
  expect((await client.ask({ headers: via })).status).toBe(401);
  const answer = await client.ask({ headers: { Authorization: await tokens.next(challenge) } });
  expect(answer.status).not.toBe(200);
});

test('connection-per-client: an identity is kept behind the proxy, too', async () => {
  domain();
  const { port } = await serve({ persist: 'connection', proxy: 'connection-per-client', ntlm: 'allow' });
  const client = await connect(port);
  expect((await ntlm(client, 'alice', { headers: via })).headers['persistent-auth']).toEqual(['true']);
  expect((await client.ask({ headers: via })).body).toBe('EXAMPLE\\alice NTLM true');
});

test('a proxy that adds no header cannot be seen: persist request closes that', async () => {
  domain();
  const { port } = await serve({ persist: 'request' });
  const client = await connect(port);
  expect((await ntlm(client, 'alice')).status).toBe(200);
  expect((await client.ask()).status).toBe(401);
});
