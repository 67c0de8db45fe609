/** Signing on and being served: by Kerberos, by NTLM, again and again on one connection. */
import { createServer } from 'node:http';
import { authenticate } from 'sspi/http';
import {
  cleanUp,
  connect,
  domain,
  kerberos,
  listen,
  ntlm,
  onCleanUp,
  serve,
  tokenOf,
  tokensOf,
  whoAmI,
} from './support';

afterEach(cleanUp);

describe('Kerberos', () => {
  test('one leg: 200 with the final token, which proves the server to the client', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    const tokens = await tokensOf('alice');
    const answer = await client.ask({ headers: { Authorization: await tokens.next() } });
    expect(answer).toMatchObject({ status: 200, body: 'EXAMPLE\\alice Kerberos false' });
    await tokens.next(answer);
    expect(tokens.handshake.established).toBe(true);
  });

  test('each request signs on by itself', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    expect((await kerberos(client, 'alice')).body).toBe('EXAMPLE\\alice Kerberos false');
    expect((await client.ask()).status).toBe(401);
    expect((await kerberos(client, 'bob')).body).toBe('EXAMPLE\\bob Kerberos false');
  });
});

describe('NTLM', () => {
  test('two legs on one connection, which keeps the identity', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    expect(await ntlm(client)).toMatchObject({ status: 200, body: 'EXAMPLE\\alice NTLM false' });
    expect((await client.ask()).body).toBe('EXAMPLE\\alice NTLM true');
    expect((await client.ask()).body).toBe('EXAMPLE\\alice NTLM true');
    // Another connection is another client.
    expect((await (await connect(port)).ask()).status).toBe(401);
  });

  test('the first leg is answered 401 with a token and no other offer', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    const tokens = await tokensOf('alice', { target: 'HTTP/127.0.0.1' });
    const answer = await client.ask({ headers: { Authorization: await tokens.next() } });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toHaveLength(1);
    expect(tokenOf(answer)).toBeDefined();
  });

  test('as a scheme of its own', async () => {
    domain();
    const { port } = await serve({ schemes: ['Negotiate', 'NTLM'] });
    const client = await connect(port);
    expect((await client.ask()).headers['www-authenticate']).toEqual(['Negotiate', 'NTLM']);
    const tokens = await tokensOf('bob', { scheme: 'NTLM', package: 'NTLM' });
    const challenge = await client.ask({ headers: { Authorization: await tokens.next() } });
    expect(challenge.headers['www-authenticate']).toEqual([expect.stringMatching(/^NTLM \S+$/)]);
    const answer = await client.ask({ headers: { Authorization: await tokens.next(challenge) } });
    expect(answer.body).toBe('EXAMPLE\\bob NTLM false');
  });

  test('the scheme is taken only where it is offered', async () => {
    domain();
    const { port } = await serve();
    const client = await connect(port);
    const tokens = await tokensOf('bob', { scheme: 'NTLM', package: 'NTLM' });
    const answer = await client.ask({ headers: { Authorization: await tokens.next() } });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': ['Negotiate'] } });
  });
});

test('a request before ready() begins it and waits', async () => {
  const provider = domain();
  const signOn = authenticate();
  const server = createServer((request, response) => signOn(request, response, () => whoAmI(request, response)));
  onCleanUp(() => signOn.close());
  const client = await connect(await listen(server));
  expect(provider.callsOf('AcquireCredentialsHandle')).toHaveLength(0);
  expect((await client.ask()).status).toBe(401);
  expect((await kerberos(client)).status).toBe(200);
});
