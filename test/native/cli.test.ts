import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { JsonAnswer } from '../unit/cli/support';
import { describeInDomain, Program, run, type Ending, type ProgramOptions } from '../examples/processes';
import { wine } from './support/platform';

jest.setTimeout(180_000);

const program = 'dist/cli/main.js';

const sspi = (args: readonly string[], options: ProgramOptions = {}): Promise<Ending> =>
  run(program, { ...options, args });

async function json(args: readonly string[], options?: ProgramOptions): Promise<JsonAnswer & { code: number | null }> {
  const { code, stdout, stderr } = await sspi([...args, '--json'], options);
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as JsonAnswer) };
}

describe('sspi packages', () => {
  it('lists the packages of a sign-on', async () => {
    const { code, result } = await json(['packages']);
    expect(code).toBe(0);
    const names = result.packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Negotiate', 'Kerberos', 'NTLM', 'Schannel']));
    const { stdout } = await sspi(['packages']);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^${String(name)} +\\d+ `, 'm'));
  });
});

describe('sspi decode', () => {
  it('works where SSPI is, too', async () => {
    const { code, stdout } = await sspi(['decode', '-'], { input: 'Negotiate oQcwBaADCgEA' });
    expect(code).toBe(0);
    expect(stdout).toContain('accept-completed');
  });
});

describeInDomain('sspi whoami', () => {
  it('has credentials of Kerberos with their end', async () => {
    const { code, result } = await json(['whoami']);
    expect(code).toBe(0);
    const kerberos = result.packages.find((one) => one['package'] === 'Kerberos');
    expect(kerberos).toMatchObject({ available: true });
    const hours = (Date.parse(String(kerberos?.['expiry'])) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThan(25);
  });

  it('names the user of each package, or says why it cannot', async () => {
    const { result } = await json(['whoami']);
    const { wine, packages } = result;
    expect(packages).toHaveLength(3);
    for (const { name, nameUnavailable } of packages) {
      if (wine === undefined) expect(name).toMatch(/\balice\b/i);
      else expect(nameUnavailable).toBe(`Wine ${wine} does not tell (SEC_E_UNSUPPORTED_FUNCTION)`);
    }
  });
});

describeInDomain('sspi probe of a name', ({ services, users, workgroup }) => {
  it('goes by Kerberos, with an acceptor in the same process', async () => {
    const { code, stdout, stderr } = await sspi(['probe', services.web.spn]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^→ {2}1 {2}InitializeSecurityContext {2}SEC_I_CONTINUE_NEEDED .* bytes .* ms\n.*AP-REQ for HTTP/m,
    );
    expect(stdout).toMatch(/^← {2}2 {2}AcceptSecurityContext +SEC_E_OK .*\n.*AP-REP/m);
    expect(stdout).toMatch(/^Package +Kerberos \(requested Negotiate\)$/m);
    expect(stdout).toMatch(/^Why +The client got a ticket for HTTP\/web\.corp\.test/m);
    expect(stdout).toMatch(/^Granted .*mutualAuth.*integrity/m);
  });

  it('knows a name that nobody owns', async () => {
    const { code, error, result } = await json(['probe', 'HTTP/unknown.corp.test', '--package', 'Kerberos']);
    expect(code).toBe(1);
    expect(result).toMatchObject({ outcome: 'failed', legs: [{ failed: true }] });
    expect(error?.causes?.map(({ cause }) => cause)).toContain('spn-unknown');
  });

  it('goes by NTLM as somebody else, whose password comes from the standard input', async () => {
    const user = `${workgroup}\\${users.bob.name}`;
    const args = ['probe', services.web.spn, '--package', 'NTLM', '--user', user, '--password-stdin'];
    const good = await json(args, { input: `${users.bob.password}\n` });
    expect(good.error).toBeUndefined();
    expect(good.result).toMatchObject({ outcome: 'established', package: { used: 'NTLM' } });
    expect(good.result.legs.map(({ summary }) => summary)).toContainEqual(
      expect.stringContaining('NTLM AUTHENTICATE of CORP\\bob'),
    );
    const bad = await json(args, { input: 'no password of his\n' });
    expect(bad.code).toBe(1);
    expect(bad.error?.code).toBe('SEC_E_LOGON_DENIED');
  });

  it('draws the exchange', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-probe-'));
    try {
      const file = path.join(directory, 'exchange.html');
      const { code } = await sspi(['probe', services.web.spn, '--html', file]);
      expect(code).toBe(0);
      const page = fs.readFileSync(file, 'utf8');
      expect(page).toMatch(/^<!DOCTYPE html>/);
      expect(page).toContain('Established by Kerberos');
      expect(page).toContain('Kerberos AP-REQ for HTTP/web.corp.test');
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});

describeInDomain('sspi probe of a directory server', ({ controller, realm, users }) => {
  const { address, ports, spn } = controller;

  it.each([
    ['GSS-SPNEGO', 'Negotiate'],
    ['GSSAPI', 'Kerberos'],
  ])('binds by %s', async (mechanism, packageName) => {
    const { code, result, error } = await json(['probe', `ldap://${address}:${ports.ldap}`, '--package', packageName]);
    expect(error).toBeUndefined();
    expect(code).toBe(0);
    expect(result).toMatchObject({
      outcome: 'established',
      // The URL has an address; the server tells the name.
      target: { spn },
      service: { mechanism, protection: 'sealed', account: expect.stringMatching(/\balice\b/) },
    });
  });

  it('binds as somebody else', async () => {
    const { result, error } = await json(
      [
        'probe',
        `ldap://${address}:${ports.ldap}`,
        '--package',
        'Kerberos',
        '--user',
        users.bob.name,
        '--domain',
        realm,
      ],
      { env: { SSPI_PASSWORD: users.bob.password } },
    );
    expect(error).toBeUndefined();
    expect(result.service['account']).toMatch(/\bbob\b/);
  });

  it('trusts the certificate of ldaps only when it is told to, and shows its channel binding', async () => {
    const untrusted = await json(['probe', `ldaps://${address}`]);
    expect(untrusted.code).toBe(1);
    expect(untrusted.error?.code).toBe('ERR_SSPI_CLI_CERTIFICATE');
    expect(untrusted.result.legs).toEqual([]);

    // Samba 4.17 takes no bind by SASL inside TLS as it is set up here. Samba 4.22 takes one that is bound to its channel, and
    // says SEC_E_BAD_BINDINGS, because Wine gives the bindings to no package of its own.
    const refused = await json(['probe', `ldaps://${address}`, '--insecure']);
    expect(refused.error).toMatchObject({
      code: 'ERR_SSPI_CLI_REFUSED',
      message: expect.stringMatching(/sign or seal|80090346/i),
    });
    expect(refused.result.certificate).toMatchObject({
      trusted: false,
      channelBinding: expect.stringMatching(/^tls-server-end-point:[0-9a-f]{64}$/),
    });
  });

  it('tells when nobody listens', async () => {
    const { code, error } = await json(['probe', `ldap://${address}:1`]);
    expect(code).toBe(1);
    expect(error?.code).toBe('ERR_SSPI_CLI_CONNECT');
  });
});

describeInDomain('sspi probe of a web server', ({ services, users, workgroup }) => {
  it('signs on to the example, by Kerberos and by NTLM', async () => {
    await using server = new Program('examples/http-negotiate-server.mjs', { args: ['--port', '0'] });
    const [, url = ''] = await server.printed(/listening on (http:\S+)/);

    const kerberos = await json(['probe', url, '--spn', services.web.spn]);
    expect(kerberos.error).toBeUndefined();
    expect(kerberos.result).toMatchObject({
      outcome: 'established',
      package: { requested: 'Negotiate', used: 'Kerberos' },
      service: { status: 'HTTP 200 OK' },
      offers: ['Negotiate'],
    });

    const user = `${workgroup}\\${users.bob.name}`;
    const ntlm = await json(['probe', url, '--package', 'NTLM', '--user', user], {
      env: { SSPI_PASSWORD: users.bob.password },
    });
    expect(ntlm.error).toBeUndefined();
    expect(ntlm.result.package['used']).toBe('NTLM');
  });

  it('blames the IP address where there is no ticket for it', async () => {
    await using server = new Program('examples/http-negotiate-server.mjs', { args: ['--port', '0'] });
    const [, url = ''] = await server.printed(/listening on (http:\S+)/);
    const { code, error } = await json(['probe', url, '--package', 'Kerberos']);
    expect(code).toBe(1);
    expect(error?.causes?.map(({ cause }) => cause)).toContainEqual(expect.stringMatching(/address/));
  });
});

describeInDomain('sspi doctor', ({ realm, controller, services }) => {
  const find = ({ result }: JsonAnswer, id: string): JsonAnswer['result']['checks'][number] | undefined =>
    result.checks.find((check) => check.id === id);

  it('finds the machine in order, and the domain controller’s clock', async () => {
    const answer = await json(['doctor', services.web.spn]);
    expect(answer.error).toBeUndefined();
    expect(answer.code).toBe(0);
    for (const id of [
      'node',
      'binary',
      'packages',
      'credentials-kerberos',
      'domain',
      'kdc',
      'directory',
      'clock',
      'spn',
    ]) {
      expect(find(answer, id)).toMatchObject({ id, status: 'ok' });
    }
    expect(find(answer, 'domain')?.detail).toContain(realm);
    expect(find(answer, 'kdc')?.detail).toMatch(/^answers in .* \(KDC_ERR_(C_PRINCIPAL_UNKNOWN|PREAUTH_REQUIRED)\)$/);
    expect(find(answer, 'directory')?.detail).toContain(`${controller.host} answers in`);
  });

  it('fails for a name that nobody owns', async () => {
    const answer = await json(['doctor', services.unknown.spn]);
    expect(answer.code).toBe(1);
    expect(find(answer, 'spn')).toMatchObject({ status: 'fail', detail: expect.stringContaining('No account owns') });
  });
});

describe('sspi doctor and the registry', () => {
  const ids = [
    'ntlm-policy',
    'credential-guard',
    'encryption-types',
    'extended-protection',
    'ldap-signing',
    'kdc-proxy',
    'time-service',
  ];

  test('reads the security policies of this machine', async () => {
    const { result } = await json(['doctor', '--timeout', '20']);
    const found = result.checks.filter(({ id }) => ids.includes(id));
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const { status, detail } of found) {
      expect(['ok', 'warn']).toContain(status);
      expect(detail).not.toBe('');
    }
  }, 60_000);

  // Nobody's machine is changed for a test but the lab's own.
  (wine === undefined ? test.skip : test)(
    'what is set there is what is told',
    async () => {
      const lsa = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa';
      const reg = (...args: string[]): void => void execFileSync('reg', args, { stdio: 'ignore' });
      reg('add', `${lsa}\\MSV1_0`, '/v', 'RestrictSendingNTLMTraffic', '/t', 'REG_DWORD', '/d', '2', '/f');
      reg('add', lsa, '/v', 'LmCompatibilityLevel', '/t', 'REG_DWORD', '/d', '1', '/f');
      try {
        const { result } = await json(['doctor', '--timeout', '20']);
        const { detail } = result.checks.find(({ id }) => id === 'ntlm-policy') as { detail: string };
        expect(detail).toContain('outgoing NTLM is denied');
        expect(detail).toContain('older NTLM than v2 is sent (level 1)');
        expect(detail).toContain('Wine does not apply it');
      } finally {
        reg('delete', `${lsa}\\MSV1_0`, '/v', 'RestrictSendingNTLMTraffic', '/f');
        reg('delete', lsa, '/v', 'LmCompatibilityLevel', '/f');
      }
    },
    60_000,
  );
});
