/**
 * Windows' node.exe with the real secur32 signs on, through unchanged drivers, to a server of SQL Server's protocol on MIT
 * Kerberos and gss-ntlmssp. It is not SQL Server.
 */
import { readFileSync } from 'node:fs';
import { Peers, peersCertificate, runOnWindows, type PeerDescription } from '../support/lab';
import type { SignOn, SignedOn } from './program/sign-ons';

type Mode = 'plain' | 'login' | 'tls' | 'strict' | 'denying' | 'routing';

interface SqlServerPeer extends PeerDescription {
  readonly ports: Readonly<Record<Mode, number>>;
  readonly instance: string;
}

const trusted = { cryptoCredentialsDetails: { ca: readFileSync(peersCertificate, 'utf8') } };
const modes = {
  plain: { encrypt: false },
  login: { encrypt: false },
  tls: { encrypt: true, ...trusted },
  strict: { encrypt: 'strict', ...trusted },
} as const;
const drivers = ['tedious 20', 'tedious 19', 'mssql'] as const;
const bob = { user: 'CORP\\bob', password: 'Builder-2024!' };
const packages = { deny: ['NTLM'] };
const kerberos = { packages, spn: 'MSSQLSvc/sql.corp.test:14001' };
const ntlm = { identity: bob, packages: { allow: ['NTLM'] } };

const everywhere = drivers.flatMap((driver) =>
  (Object.keys(modes) as (keyof typeof modes)[]).map((mode) => ({ driver, mode })),
);

function signOnsTo({ ports, instance }: SqlServerPeer): readonly SignOn[] {
  const plain = { port: ports.plain, encrypt: false };
  return [
    ...everywhere.flatMap(({ driver, mode }): SignOn[] => {
      const options = { port: ports[mode], ...modes[mode] };
      return [{ name: `Kerberos, ${driver}, ${mode}`, driver, options, signOn: kerberos }];
    }),
    { name: 'a port without an SPN', driver: 'tedious 20', options: plain, signOn: { packages } },
    {
      name: 'routing',
      driver: 'tedious 20',
      options: { port: ports.routing, encrypt: false },
      signOn: { packages, spn: 'MSSQLSvc/sql.corp.test' },
    },
    {
      name: 'a named instance',
      driver: 'tedious 20',
      options: { instanceName: instance, encrypt: false },
      signOn: kerberos,
    },
    { name: 'a pool of 50', driver: 'mssql', options: plain, signOn: kerberos, pool: 50 },
    {
      name: 'wrong SPN',
      driver: 'tedious 20',
      options: plain,
      signOn: { packages, spn: 'MSSQLSvc/unknown.corp.test' },
    },
    {
      name: '18456',
      driver: 'tedious 20',
      options: { port: ports.denying, encrypt: false },
      signOn: kerberos,
    },
    // Under Wine an explicit identity takes the place of the cached tickets, so these are last.
    ...everywhere.map(({ driver, mode }): SignOn => ({
      name: `NTLM, ${driver}, ${mode}`,
      driver,
      options: { port: ports[mode], ...modes[mode] },
      signOn: ntlm,
    })),
    {
      name: '18452',
      driver: 'tedious 20',
      options: plain,
      signOn: { ...ntlm, identity: { ...bob, password: 'not the password' } },
    },
  ];
}

describe('a server of SQL Server’s protocol', () => {
  let peers: Peers;
  let results: ReadonlyMap<string, SignedOn>;

  beforeAll(async () => {
    peers = await Peers.start('sqlserver');
    const signOns = signOnsTo(peers.get('sqlserver') as SqlServerPeer);
    const program = 'dist-test/interop/mssql/program/sign-ons.js';
    const { code, stdout, stderr } = await runOnWindows(program, [JSON.stringify(signOns)]);
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    if (code !== 0 || lines.length !== signOns.length) {
      throw new Error(`the sign-ons ended with ${code}:\n${stdout}\n${stderr}\n${peers.log('sqlserver')}`);
    }
    results = new Map(lines.map((line) => JSON.parse(line) as SignedOn).map((result) => [result.name, result]));
  }, 240_000);
  afterAll(() => peers[Symbol.asyncDispose](), 30_000);

  const result = (name: string): SignedOn => results.get(name) as SignedOn;
  const alice = { who: 'alice@CORP.TEST', mechanism: 'Kerberos' };

  test.each(everywhere)('Kerberos through $driver, $mode', ({ driver, mode }) => {
    const encrypted = mode === 'tls' || mode === 'strict' ? 'True' : 'False';
    expect(result(`Kerberos, ${driver}, ${mode}`)).toMatchObject({ rows: [{ ...alice, encrypted }] });
  });

  test.each(everywhere)('NTLM in three legs through $driver, $mode', ({ driver, mode }) => {
    const { rows } = result(`NTLM, ${driver}, ${mode}`);
    expect(rows).toEqual([
      expect.objectContaining({ who: expect.stringMatching(/^CORP\\bob$/i) as string, mechanism: 'NTLM' }),
    ]);
  });

  test.each(['routing', 'a named instance'])('%s', (name) => {
    expect(result(name)).toMatchObject({ rows: [alice] });
  });

  test('a pool of 50, with a connection that is killed and replaced', () => {
    const { rows = [] } = result('a pool of 50');
    expect(rows).toHaveLength(51);
    expect(new Set(rows.map(({ who }) => who))).toEqual(new Set(['alice@CORP.TEST']));
  });

  test('a wrong SPN fails on this side', () => {
    const { code, cause } = result('wrong SPN');
    expect({ code, cause }).toEqual({ code: 'ESOCKET', cause: expect.stringMatching(/^SEC_E_/) as string });
  });

  test('a name that the domain does not know with the port: Wine does not say so, which the second try needs', () => {
    const { code, cause } = result('a port without an SPN');
    expect({ code, cause }).toEqual({ code: 'ESOCKET', cause: 'SEC_E_NO_CREDENTIALS' });
  });

  test.each([
    ['18456', /Login failed for user 'alice@CORP\.TEST'\. \[sspi: /, 'sql-no-login'],
    ['18452', /untrusted domain\. \[sspi: /, 'sql-untrusted'],
  ])('%s is the driver’s error, with the cause', (name, message, cause) => {
    expect(result(name)).toMatchObject({ code: 'ELOGIN', refusal: [cause] });
    expect(result(name).message).toMatch(message);
  });

  test.each(['tedious', 'mssql'])('examples/sql-server/%s.mjs', async (example) => {
    const { ports } = peers.get('sqlserver') as SqlServerPeer;
    const place = ['--server', 'sql.corp.test', '--port', String(ports.plain), '--spn', kerberos.spn, '--no-encrypt'];
    expect(await runOnWindows(`examples/sql-server/${example}.mjs`, place)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('You are alice@CORP.TEST') as string,
    });
  });

  test('nothing is left alive after any of them', () => {
    expect([...results.values()].filter(({ live }) => String(live) !== '0,0,0,0')).toEqual([]);
  });
});
