/** Clients that sign on to the server of sspi/http over loopback, in Windows' node.exe of each version. */
import { WebSocketServer } from 'ws';
import { SspiAgent, type AuthenticateOptions, type Identity, type SignOnOptions } from 'sspi/http';
import { checkout, runNode } from '../support/child';
import { cleanUp, onCleanUp, serve, settled, type Served } from '../unit/http/support';
import { describeInDomain, lab } from './support/lab';
import { firstMessage, httpClients } from './support/http-clients';
import { keyDigest, watchInitiators, type Initiated } from './support/initiators';
import { leavesNothingAlive } from './support/live-counts';
import { perPlatform } from './support/platform';

afterEach(async () => {
  await cleanUp();
  jest.restoreAllMocks();
});
leavesNothingAlive();

/** What the server says of a request. */
interface Told {
  readonly by: string;
  readonly name: string | null;
  readonly key: string | null;
  readonly persisted: boolean;
  readonly method: string;
  readonly body: string;
}

type ToldOfIdentity = Pick<Told, 'by' | 'name' | 'key' | 'persisted'>;

const describeIdentity = (identity: Identity): ToldOfIdentity => {
  const { package: by, name = null, persisted, context } = identity;
  return { by, name, key: keyDigest(context), persisted };
};

const startServer = (options: AuthenticateOptions): Promise<Served> =>
  serve(options, (request, response) => {
    const { sspi, method } = request;
    const told = sspi === undefined ? {} : describeIdentity(sspi);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => response.end(JSON.stringify({ ...told, method, body })));
  });

const parsed = (text: string): Told => JSON.parse(text) as Told;
const localhost = ({ port }: Served): string => `http://localhost:${port}`;
const kerberosTo = (url: string): SignOnOptions => ({ origins: [url], spn: lab().services.web.spn });

/** Wine names nobody: there, both ends are known by the session key that they share, and Wine 8 has none for Kerberos. */
function expectPair(told: ToldOfIdentity | undefined, initiated: Initiated | undefined, name: string): void {
  expect(told?.name).toBe(perPlatform({ wine8: null, windows: name }));
  expect(initiated?.package).toBe(told?.by);
  expect(told?.key).toBe(initiated?.key);
}

const expectKey = (initiated: Initiated | undefined): void =>
  expect(initiated?.key).toEqual(
    perPlatform<unknown>({ wine8: null, wine10: expect.any(String), windows: expect.any(String) }),
  );

const alice = 'CORP\\alice';

describeInDomain('by Kerberos, as the current user', () => {
  test.each(httpClients)('%s', async (_name, make) => {
    const initiated = watchInitiators();
    const url = localhost(await startServer({ schemes: ['Negotiate'] }));
    const client = make(kerberosTo(url));
    onCleanUp(() => client.close());
    for (const [round, body] of [undefined, 'text', undefined].entries()) {
      const told = parsed(await client.ask(`${url}/`, body));
      expect(told).toMatchObject({ by: 'Kerberos', persisted: false, method: body === undefined ? 'GET' : 'POST' });
      expect(told.body).toBe(body ?? '');
      // Each request has a handshake of its own, and the server has proved its identity in it.
      expect(initiated).toHaveLength(round + 1);
      expect(initiated[round]).toMatchObject({ package: 'Kerberos', mutual: true });
      expectKey(initiated[round]);
      expectPair(told, initiated[round], alice);
    }
    if (initiated[0]?.key !== null) expect(new Set(initiated.map(({ key }) => key)).size).toBe(3);
  });

  test('got and createFetch in a process of their own', async () => {
    // jest does not load ES modules such as got, and its fetch is of another realm. The process has the tickets of this one.
    const url = localhost(await startServer({ schemes: ['Negotiate'] }));
    const program = `
      import got from 'got';
      import { createFetch, SspiAgent } from 'sspi/http';
      const options = ${JSON.stringify(kerberosTo(url))};
      const agent = new SspiAgent(options);
      const client = got.extend({ agent: { http: agent, https: agent }, retry: { limit: 0 } });
      const url = ${JSON.stringify(`${url}/`)};
      const fetch = createFetch(options);
      console.log(JSON.stringify([
        await client.get(url).json(),
        await client.post(url, { body: 'text' }).json(),
        await (await fetch(url)).json(),
        await (await fetch(url, { method: 'POST', body: 'text' })).json(),
      ]));
      await fetch.close();
      await agent.close();`;
    const { stdout, stderr, code } = await runNode(['--input-type=module', '-e', program], {
      provider: false,
      cwd: checkout,
    });
    expect([code, stderr]).toEqual([0, '']);
    const signedOn = { by: 'Kerberos', name: perPlatform({ wine8: null, windows: alice }), persisted: false };
    const both = [
      { ...signedOn, method: 'GET', body: '' },
      { ...signedOn, method: 'POST', body: 'text' },
    ];
    expect(JSON.parse(stdout)).toMatchObject([...both, ...both]);
  });

  test('ws', async () => {
    const initiated = watchInitiators();
    const served = await startServer({ schemes: ['Negotiate'] });
    const sockets = new WebSocketServer({ server: served.server });
    sockets.on('connection', (socket, { sspi }) => socket.send(JSON.stringify(sspi && describeIdentity(sspi))));
    const url = localhost(served);
    const agent = new SspiAgent(kerberosTo(url));
    onCleanUp(() => agent.close());
    const told = JSON.parse(await firstMessage(url, agent)) as ToldOfIdentity;
    expect(initiated).toHaveLength(1);
    expectKey(initiated[0]);
    expectPair(told, initiated[0], alice);
  });

  test('an origin that is not listed gets no token', async () => {
    const initiated = watchInitiators();
    const { port } = await startServer({ schemes: ['Negotiate'] });
    for (const [, make] of httpClients) {
      const client = make(kerberosTo(`http://localhost:${port + 1}`));
      onCleanUp(() => client.close());
      // axios and node:http differ in what they make of a 401: none of them gets in.
      const answer = await client.ask(`http://localhost:${port}/`).catch((error: unknown) => String(error));
      expect(answer).not.toContain('"by"');
    }
    expect(initiated).toEqual([]);
  });
});

describeInDomain('by NTLM, where it is permitted', () => {
  const asBob = (url: string): SignOnOptions => {
    const { name, password } = lab().users.bob;
    return { origins: [url], identity: { user: name, domain: lab().workgroup, password } };
  };

  test.each(httpClients)('%s', async (_name, make) => {
    const initiated = watchInitiators();
    const url = localhost(await startServer({ schemes: ['NTLM'] }));
    const client = make({ ...asBob(url), ntlm: [url] });
    onCleanUp(() => client.close());
    const told = parsed(await client.ask(`${url}/`, 'text'));
    expect(told).toMatchObject({ by: 'NTLM', persisted: false, method: 'POST', body: 'text' });
    expect(initiated).toHaveLength(1);
    expectPair(told, initiated[0], 'CORP\\bob');
    // undici's pool would take a second connection for a request that follows at once.
    await settled();
    // The connection is signed on for the requests that follow.
    expect(parsed(await client.ask(`${url}/`))).toMatchObject({ by: 'NTLM', persisted: true, method: 'GET' });
    expect(initiated).toHaveLength(1);
  });

  test('and not elsewhere', async () => {
    const initiated = watchInitiators();
    const url = localhost(await startServer({ schemes: ['NTLM'] }));
    for (const [, make] of httpClients) {
      const client = make(asBob(url));
      onCleanUp(() => client.close());
      const answer = await client.ask(`${url}/`).catch((error: unknown) => String(error));
      expect(answer).not.toContain('"by"');
    }
    expect(initiated).toEqual([]);
  });
});
