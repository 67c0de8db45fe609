import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { cli, cliJson } from './support';
import { CONTINUE, LOGON_DENIED, expectClean, gate, script, SEC_E_OK } from '../support';

afterEach(expectClean);

const negotiate = Buffer.from(
  '4e544c4d5353500001000000078208a200000000000000000000000000000000060380250000000f',
  'hex',
);
const completed = Buffer.from('a1073005a0030a0100', 'hex');

const twoLegs = {
  initiator: [{ status: CONTINUE, token: negotiate }, { status: SEC_E_OK }],
  acceptor: [{ status: SEC_E_OK, token: completed }],
};

describe('sspi probe of a name', () => {
  it('shows each leg, and what it came to', async () => {
    script(twoLegs);
    const { code, stdout, stderr } = await cli(['probe', 'HTTP/web.corp.test']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('HTTP/web.corp.test by Negotiate');
    expect(lines[1]).toMatch(/^→ {2}1 {2}InitializeSecurityContext {2}SEC_I_CONTINUE_NEEDED +40 bytes +[\d.]+ ms$/);
    expect(lines[2]).toMatch(/^ {7}NTLM NEGOTIATE$/);
    expect(lines[3]).toMatch(/^← {2}2 {2}AcceptSecurityContext +SEC_E_OK +9 bytes/);
    expect(lines[5]).toMatch(/^→ {2}3 {2}InitializeSecurityContext {2}SEC_E_OK +no token/);
    expect(stdout).toMatch(/^Result +established$/m);
    expect(stdout).toMatch(/^Why +The client got no ticket for HTTP\/web\.corp\.test/m);
    expect(stdout).toMatch(/^Granted +mutualAuth, replayDetect, sequenceDetect, confidentiality, integrity$/m);
  });

  it('writes the documented JSON', async () => {
    script(twoLegs);
    const { code, answer } = await cliJson(['probe', 'HTTP/web.corp.test']);
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      command: 'probe',
      ok: true,
      result: {
        outcome: 'established',
        target: { kind: 'spn', text: 'HTTP/web.corp.test', spn: 'HTTP/web.corp.test' },
        package: { requested: 'Negotiate', reasons: [expect.stringContaining('no ticket'), expect.any(String)] },
        context: { granted: expect.arrayContaining(['mutualAuth', 'integrity']), notGranted: [] },
        legs: [
          {
            number: 1,
            from: 'client',
            call: 'InitializeSecurityContext',
            status: 'SEC_I_CONTINUE_NEEDED',
            failed: false,
            size: 40,
            token: { kind: 'ntlm-negotiate' },
          },
          { number: 2, from: 'server', call: 'AcceptSecurityContext', status: 'SEC_E_OK', size: 9 },
          { number: 3, from: 'client', status: 'SEC_E_OK' },
        ],
      },
    });
    expect(answer.result.timings['total']).toBeGreaterThan(0);
    expect(answer.result.legs[2]).not.toHaveProperty('size');
  });

  it('explains a failure, with 1', async () => {
    script({ ...twoLegs, acceptor: [{ status: LOGON_DENIED }] });
    const { code, stdout, stderr } = await cli(['probe', 'HTTP/web.corp.test']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^← {2}2 {2}AcceptSecurityContext +SEC_E_LOGON_DENIED +no token/m);
    expect(stdout).toMatch(/^Result +failed$/m);
    expect(stderr).toMatch(/^\nSEC_E_LOGON_DENIED \(0x8009030C\) from AcceptSecurityContext on leg 2\n1\. .*\n/);
    expect(stderr).toMatch(/^ {3}check {4}\S/m);
  });

  it('gives the causes of a failure as JSON', async () => {
    script({ initiator: [{ status: 0x80090303 }] });
    const { code, answer } = await cliJson(['probe', 'HTTP/unknown.corp.test']);
    expect(code).toBe(1);
    expect(answer.error).toMatchObject({
      code: 'SEC_E_TARGET_UNKNOWN',
      status: 0x80090303,
      api: 'InitializeSecurityContext',
      leg: 0,
      causes: expect.arrayContaining([expect.objectContaining({ check: expect.any(Array) })]),
    });
    expect(answer.result).toMatchObject({
      outcome: 'failed',
      legs: [{ failed: true, status: 'SEC_E_TARGET_UNKNOWN' }],
    });
  });

  it('makes the first token only, with --no-accept', async () => {
    const binding = script(twoLegs);
    const { code, answer } = await cliJson(['probe', 'HTTP/web.corp.test', '--no-accept']);
    expect(code).toBe(0);
    expect(answer.result.outcome).toBe('initiated');
    expect(binding.callsOf('AcceptSecurityContext')).toEqual([]);
    expect(binding.callsOf('AcquireCredentialsHandle')).toHaveLength(1);
  });

  it('asks for the package, the flags and the name that it is told', async () => {
    const binding = script(twoLegs);
    const more = ['--package', 'Kerberos', '--flags', 'integrity,delegate', '--spn', 'HTTP/other.corp.test'];
    const { answer } = await cliJson(['probe', 'HTTP/web.corp.test', ...more]);
    expect(answer.result.context['granted']).toEqual(['delegate', 'replayDetect', 'sequenceDetect', 'integrity']);
    expect(binding.callsOf('InitializeSecurityContext')[0]).toMatchObject({ target: 'HTTP/other.corp.test' });
    expect(binding.callsOf('AcquireCredentialsHandle').map((call) => call.package)).toEqual(['Kerberos', 'Kerberos']);
  });

  it('says what was not granted', async () => {
    const initiator = [
      { status: CONTINUE, token: negotiate },
      { status: SEC_E_OK, flags: 0x10000 },
    ];
    script({ ...twoLegs, initiator });
    const { stdout } = await cli(['probe', 'HTTP/web.corp.test', '--flags', 'mutualAuth,integrity']);
    expect(stdout).toMatch(/^Granted +integrity$/m);
    expect(stdout).toMatch(/^Not granted +mutualAuth$/m);
  });

  it('gives up in time, and says what it waited for', async () => {
    const { promise, open } = gate();
    script({ initiator: [{ status: CONTINUE, token: negotiate, until: promise }] });
    const { code, answer } = await cliJson(['probe', 'HTTP/web.corp.test', '--timeout', '0.1']);
    expect(code).toBe(1);
    expect(answer.error).toMatchObject({
      code: 'ERR_SSPI_CLI_TIMEOUT',
      message: 'It took longer than 0.1 s, and was making the first token for HTTP/web.corp.test.',
    });
    open();
  });

  it('draws the exchange', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-probe-'));
    try {
      const file = path.join(directory, 'out.html');
      script({ ...twoLegs, acceptor: [{ status: LOGON_DENIED }] });
      expect((await cli(['probe', 'HTTP/<web>', '--html', file])).code).toBe(1);
      const page = fs.readFileSync(file, 'utf8');
      expect(page).toMatch(/^<!DOCTYPE html>[^]*<title>Sign-on to HTTP\/&lt;web&gt;<\/title>/);
      expect(page).toContain('SEC_E_LOGON_DENIED');
      expect(page).toContain('To check:');
      expect(page).not.toContain('<web>');
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});

test('the page numbers legs in words as in the picture, and its causes have lines and no backticks', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-probe-'));
  try {
    const file = path.join(directory, 'out.html');
    script({ initiator: [{ status: 0x80090303 }] });
    await cli(['probe', 'HTTP/web.corp.test', '--html', file]);
    const page = fs.readFileSync(file, 'utf8');
    expect(page).toMatch(/aria-hidden="true">1<[^]*from InitializeSecurityContext on leg 1\./);
    expect(page).not.toMatch(/on leg 0|`/);
    expect(page).toMatch(/<dt>Cause 1 \(likely\)<\/dt><dd>[^<]+<br>To check: .*<code>setspn -Q service\/host<\/code>/);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

describe('the password of --user', () => {
  const probe = ['probe', 'HTTP/web.corp.test', '--user', 'alice', '--domain', 'CORP'];
  const used = async (surroundings: Parameters<typeof cli>[1], ...more: string[]): Promise<unknown> => {
    const binding = script(twoLegs);
    const answer = await cli([...probe, ...more], surroundings);
    expect(answer.stdout + answer.stderr).not.toContain('s3cret');
    expect(answer.code).toBe(0);
    return binding.callsOf('AcquireCredentialsHandle')[0]?.identity;
  };
  const identity = { user: 'alice', domain: 'CORP', password: 's3cret päss ' };

  it('comes from the standard input, without its line end', async () => {
    expect(await used({ stdin: 's3cret päss \r\n' }, '--password-stdin')).toMatchObject(identity);
    expect(await used({ stdin: 's3cret päss ' }, '--password-stdin')).toMatchObject(identity);
  });

  it('comes from the environment', async () => {
    expect(await used({ env: { SSPI_PASSWORD: 's3cret päss ' } })).toMatchObject(identity);
  });

  it('is asked for on a terminal, and not shown', async () => {
    const terminal = Object.assign(new PassThrough(), {
      isTTY: true,
      raw: [] as boolean[],
      setRawMode(raw: boolean) {
        this.raw.push(raw);
      },
    });
    // With a slip that is taken back, and a first attempt that is taken back whole.
    terminal.write('wrong\u0015s3cretx\u007f päss \r');
    expect(await used({ stdin: terminal })).toMatchObject(identity);
    expect(terminal.raw).toEqual([true, false]);
  });

  it('may be refused at the prompt', async () => {
    script(twoLegs);
    const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    terminal.write('abc\u0003');
    expect((await cli(probe, { stdin: terminal })).code).toBe(2);
  });

  it('is missed where there is no way to get it', async () => {
    script(twoLegs);
    const { code, stderr } = await cli(probe);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no terminal to prompt for it.*--password-stdin.*SSPI_PASSWORD/);
  });
});
