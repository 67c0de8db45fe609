/**
 * nginx, which sends the requests of all its clients over the same few connections, in front of servers of this package.
 * Wine names no client, but Wine 10 tells session keys: whose context answered a request is known by its key.
 *
 * @lane wine10
 */
import { Peers, runOnWindows } from '../support/lab';
import { Servers } from './servers';
import type { ClientReport, ClientSetting } from './program/protocol';

const rounds = 40;
const users = ['alice', 'bob'] as const;

interface NginxDescription {
  readonly host: string;
  readonly port: number;
  readonly silentPort: number;
  readonly upstreams: { readonly port: number; readonly silentPort: number };
}

let peers: Peers;
let servers: Servers;
let nginx: NginxDescription;

beforeAll(async () => {
  peers = await Peers.startIn('wine10', 'nginx');
  nginx = peers.get('nginx') as unknown as NginxDescription;
  // As trusting as the options allow: what must not be mixed up is then the server's own doing.
  const telling = { port: nginx.upstreams.port, options: { persist: 'connection', ntlm: 'allow' } } as const;
  const silent = { port: nginx.upstreams.silentPort, options: { persist: 'request', ntlm: 'never' } } as const;
  servers = await Servers.start([telling, silent], { lane: 'wine10' });
}, 180_000);

afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  await peers[Symbol.asyncDispose]();
}, 60_000);

async function requestsOf(client: string, port: number): Promise<ClientReport> {
  const setting: ClientSetting = { client, port, host: nginx.host, target: `HTTP/${nginx.host}`, rounds };
  const program = 'dist-test/interop/http/program/client.js';
  const { stdout, stderr } = await runOnWindows(program, [JSON.stringify(setting)], {
    lane: 'wine10',
    tickets: client,
  });
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return JSON.parse(stdout) as ClientReport;
}

test.each([
  ['tells of itself, and the server keeps identities for connections', 'port'],
  ['adds no header, and the server keeps nothing', 'silentPort'],
] as const)(
  'two users at once behind a proxy that %s: nobody is taken for another, and nobody uses NTLM',
  async (_title, port) => {
    const before = servers.lines.length;
    const reports = await Promise.all(users.map((user) => requestsOf(user, nginx[port])));
    const everyOne = { paired: rounds, strange: [], anonymous: { 401: rounds }, ntlm: '401 Negotiate' };
    expect(reports).toEqual([everyOne, everyOne]);

    const clientsOf = new Map<number, Set<string>>();
    for (const { request } of servers.lines.slice(before)) {
      if (request === undefined) continue;
      const clients = clientsOf.get(request.connection) ?? new Set();
      clientsOf.set(request.connection, clients.add(request.client));
    }
    // Otherwise nothing was shown: a connection has carried both users' requests.
    expect([...clientsOf.values()].filter((clients) => clients.size === users.length).length).toBeGreaterThan(0);
  },
  120_000,
);
