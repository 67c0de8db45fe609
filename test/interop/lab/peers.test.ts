/** The peers themselves, by clients that this project did not write: what fails here is the lab's fault, not the addon's. */
import { Peers, runInLab } from '../support/lab';

describe('third-party peers, by third-party clients', () => {
  let peers: Peers;

  beforeAll(async () => {
    peers = await Peers.start('apache', 'squid', 'slapd', 'mariadb');
  }, 120_000);

  afterAll(() => peers[Symbol.asyncDispose](), 30_000);

  test('curl signs on to Apache by Kerberos', async () => {
    const { host, port } = peers.get('apache');
    const { stdout } = await runInLab('curl', ['-si', '--negotiate', '-u', ':', `http://${host}:${port}/krb/`]);
    expect(stdout).toContain('X-Remote-User: alice@CORP.TEST');
  }, 60_000);

  test('curl passes squid by Kerberos and by NTLM', async () => {
    const [proxy, apache] = [peers.get('squid'), peers.get('apache')];
    const url = `http://${apache.host}:${apache.port}/open/`;
    const through = (...args: string[]) =>
      runInLab('curl', ['-s', '-x', `http://${proxy.host}:${proxy.port}`, ...args, url]);
    expect((await through('--proxy-negotiate', '-U', ':')).stdout).toBe('open');
    expect((await through('--proxy-ntlm', '-U', 'CORP\\bob:Builder-2024!')).stdout).toBe('open');
    expect(peers.log('squid')).toContain('alice@CORP.TEST');
  }, 60_000);

  test('ldapwhoami binds to OpenLDAP, sealed', async () => {
    const { host, port } = peers.get('slapd');
    const { stdout } = await runInLab('ldapwhoami', ['-N', '-Y', 'GSSAPI', '-H', `ldap://${host}:${port}`]);
    expect(stdout).toBe('dn:uid=alice,ou=people,dc=peers,dc=test');
  }, 60_000);

  test('the mariadb client signs on with a ticket', async () => {
    const { host, port } = peers.get('mariadb');
    const { stdout } = await runInLab('mariadb', [
      '--no-defaults',
      '-h',
      host,
      '-P',
      String(port),
      '-u',
      'alice',
      '-Nse',
      'select current_user()',
    ]);
    expect(stdout).toBe('alice@%');
  }, 60_000);
});
