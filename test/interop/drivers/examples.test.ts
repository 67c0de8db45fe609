/** The examples of drivers, in Windows' node.exe, with servers that this project did not write. */
import { Peers, runOnWindows } from '../support/lab';

let peers: Peers;

beforeAll(async () => {
  peers = await Peers.start('mariadb', 'postfix');
}, 120_000);
afterAll(() => peers[Symbol.asyncDispose](), 30_000);

const run = (example: string, ...args: readonly string[]): ReturnType<typeof runOnWindows> =>
  runOnWindows(`examples/drivers/${example}.mjs`, args);

describe('MariaDB through mysql2', () => {
  const port = (): string => String(peers.get('mariadb').port);

  test('knows the user', async () => {
    const { code, stdout, stderr } = await run('mariadb', '127.0.0.1', port(), 'alice', 'MariaDB/db.corp.test');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '[{"me":"alice@%"}]', stderr: '' });
  }, 60_000);

  test('a server that names another principal is refused: the caller’s target counts', async () => {
    const { code, stderr } = await run('mariadb', '127.0.0.1', port(), 'alice', 'MariaDB/other.corp.test');
    expect(code).not.toBe(0);
    expect(stderr).toContain('the server is mariadb/db.corp.test, not MariaDB/other.corp.test');
  }, 60_000);
});

describe('Postfix through nodemailer', () => {
  const send = (target: string): ReturnType<typeof run> =>
    runOnWindows(
      'examples/drivers/mail.mjs',
      ['127.0.0.1', String(peers.get('postfix').port), 'bob@corp.test', target],
      {
        env: { SMTP_INSECURE: '1' },
      },
    );

  test('takes the message of the user', async () => {
    const { code, stdout, stderr } = await send('smtp/mail.corp.test');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^250 /);
    expect(peers.log('postfix')).toMatch(/sasl_method=GSSAPI, sasl_username=alice/);
  }, 60_000);

  test('a service that nobody owns: the driver passes the error on', async () => {
    const { code, stderr } = await send('smtp/unknown.corp.test');
    expect(code).not.toBe(0);
    expect(stderr).toContain('SEC_E_');
  }, 60_000);
});

test('the LDAP search', async () => {
  const { code, stdout, stderr } = await run('ldap-search', '--target', 'ldap/dc1.corp.test', '--filter', '(cn=alice)');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^CN=alice,.*DC=corp,DC=test\nI am S-1-5-21-\d+-\d+-\d+-\d+$/i);
}, 60_000);
