import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, cliJson, pretendPlatform, type JsonAnswer } from './support';
import { expectClean, script } from '../support';
import { useBinding } from '#lib/binding/load';

afterEach(expectClean);

describe('sspi packages', () => {
  it('lists what SSPI lists', async () => {
    script({});
    const { code, stdout } = await cli(['packages']);
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^Package +Max token +Comment +Capabilities$/);
    expect(rows.map((row) => row.split(/\s/)[0])).toEqual(['Negotiate', 'Kerberos', 'NTLM', 'Schannel']);
  });

  it('gives all of it as JSON', async () => {
    script({});
    const { answer } = await cliJson(['packages']);
    expect(answer.result.packages[0]).toEqual({
      name: 'Negotiate',
      comment: expect.any(String),
      maxToken: expect.any(Number),
      version: expect.any(Number),
      rpcId: expect.any(Number),
      capabilities: expect.any(Array),
    });
  });

  it('wraps the capabilities on a terminal', async () => {
    script({});
    const { stdout } = await cli(['packages'], { terminal: true, columns: 70, env: { NO_COLOR: '1' } });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  });
});

describe('sspi whoami', () => {
  it('names the user of each package, and until when', async () => {
    script({ credentialName: 'CORP\\alice', credential: { expiry: Date.now() + 3_600_000 } });
    const { code, stdout } = await cli(['whoami']);
    expect(code).toBe(0);
    for (const name of ['Negotiate', 'Kerberos', 'NTLM']) {
      expect(stdout).toMatch(new RegExp(`^${name} +CORP\\\\alice, until .* UTC \\(in 1 h 0 min\\)$`, 'm'));
    }
  });

  it('says what Wine does not tell', async () => {
    script({ wineVersion: '10.0' });
    const { answer } = await cliJson(['whoami']);
    expect(answer.result.wine).toBe('10.0');
    expect(answer.result.packages[1]).toEqual({
      package: 'Kerberos',
      available: true,
      nameUnavailable: 'Wine 10.0 does not tell (SEC_E_UNSUPPORTED_FUNCTION)',
    });
  });

  it('ends with 1 when there is nobody', async () => {
    script({ credential: { status: 0x8009030e } });
    const { code, answer } = await cliJson(['whoami']);
    expect(code).toBe(1);
    expect(answer).toMatchObject({ ok: false, error: { code: 'ERR_SSPI_CLI_NO_CREDENTIALS' } });
    expect(answer.result.packages[0]).toMatchObject({ available: false, error: { code: 'SEC_E_NO_CREDENTIALS' } });
    script({ credential: { status: 0x8009030e } });
    expect((await cli(['whoami'])).stdout).toMatch(/^Negotiate +SEC_E_NO_CREDENTIALS/m);
  });
});

describe('sspi doctor', () => {
  const byId = ({ result }: JsonAnswer, id: string): JsonAnswer['result']['checks'][number] => {
    const check = result.checks.find((one) => one.id === id);
    if (check === undefined) throw new Error(`There is no check ${id}`);
    return check;
  };

  it('checks the machine', async () => {
    script({ credentialName: 'CORP\\alice' });
    const { code, answer } = await cliJson(['doctor']);
    expect(code).toBe(0);
    expect(answer.ok).toBe(true);
    expect(byId(answer, 'node')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining(process.versions.node),
    });
    expect(byId(answer, 'packages').status).toBe('ok');
    expect(byId(answer, 'credentials-kerberos')).toMatchObject({ status: 'ok', detail: 'CORP\\alice' });
    expect(byId(answer, 'domain').status).toBe('skip');
    const { summary, checks } = answer.result;
    expect(Object.values(summary).reduce((sum, count) => sum + count, 0)).toBe(checks.length);
  });

  it('fails where a domain controller does not answer', async () => {
    script({ wineVersion: '8.0' });
    const directory = mkdtempSync(join(tmpdir(), 'sspi-doctor-'));
    // It takes connections and says nothing.
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const file = join(directory, 'krb5.conf');
    writeFileSync(file, `[libdefaults]\ndefault_realm = X.TEST\n[realms]\nX.TEST = {\n kdc = 127.0.0.1:${port}\n}\n`);
    try {
      const { code, answer } = await cliJson(['doctor', '--timeout', '0.2'], {
        env: { KRB5_CONFIG: file, KRB5CCNAME: 'FILE:/no/such/file' },
      });
      expect(code).toBe(1);
      expect(answer.error?.code).toBe('ERR_SSPI_CLI_UNHEALTHY');
      expect(byId(answer, 'domain')).toMatchObject({ status: 'ok', detail: expect.stringContaining('X.TEST') });
      expect(byId(answer, 'kdc')).toMatchObject({ status: 'fail', detail: 'no answer within 0.2 s' });
      expect(byId(answer, 'environment-krb5ccname').status).toBe('fail');
      expect(byId(answer, 'platform')).toMatchObject({ status: 'warn', detail: expect.stringContaining('Wine 8.0') });
    } finally {
      mute.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('finds out whether there is a ticket', async () => {
    script({ initiator: [{ status: 0x00090312, token: Buffer.alloc(1500) }] });
    const { code, answer } = await cliJson(['doctor', 'HTTP/127.0.0.1']);
    expect(code).toBe(0);
    expect(byId(answer, 'spn')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('a token of 1500 bytes'),
    });
    expect(byId(answer, 'address').status).toBe('warn');

    script({ initiator: [{ status: 0x80090303 }] });
    const unknown = await cliJson(['doctor', 'https://127.0.0.1/']);
    expect(unknown.code).toBe(1);
    expect(byId(unknown.answer, 'spn')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('HTTP/127.0.0.1: SEC_E_TARGET_UNKNOWN'),
      advice: expect.any(String),
    });
  });

  it('takes an addon that does not load for a finding', async () => {
    useBinding(undefined);
    const restore = pretendPlatform('win32');
    const before = process.env['SSPI_BINARY'];
    process.env['SSPI_BINARY'] = __filename;
    try {
      const { code, answer } = await cliJson(['doctor']);
      expect(code).toBe(1);
      expect(byId(answer, 'binary').status).toBe('fail');
    } finally {
      restore();
      if (before === undefined) delete process.env['SSPI_BINARY'];
      else process.env['SSPI_BINARY'] = before;
    }
  });
});
