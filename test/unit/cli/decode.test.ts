import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decode, formatTree } from 'sspi/inspect';
import { checkout, cli, cliJson } from './support';

interface KnownAnswers {
  readonly spnego_tokens: Readonly<
    Record<'negTokenResp_acceptCompleted_noToken' | 'negTokenInit2_serverHint' | 'negTokenInit_krb5', string>
  >;
  readonly freerdp_ntlm_http: Readonly<Record<'negotiate' | 'challenge' | 'authenticate' | 'mic', string>>;
}

const knownAnswers = JSON.parse(
  fs.readFileSync(path.join(checkout, 'test/data/known-answers.json'), 'utf8'),
) as KnownAnswers;

const tokens = knownAnswers.spnego_tokens;
const ntlm = knownAnswers.freerdp_ntlm_http;
const accepted = tokens.negTokenResp_acceptCompleted_noToken;
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

let directory: string;
beforeAll(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-cli-'))));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const place = path.join(directory, name);
  fs.writeFileSync(place, content);
  return place;
}

describe('sspi decode', () => {
  it('prints the tree of a token in hex', async () => {
    const { code, stdout, stderr } = await cli(['decode', accepted]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${formatTree(decode(accepted))}\n`);
    expect(stdout).toMatch(/^SPNEGO NegTokenResp \(9 bytes\)\n[^]*negState: 0 accept-completed/);
  });

  it.each(Object.entries(tokens).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))(
    'reads %s in base64 as in hex',
    async (_, hex) => {
      const [one, other] = [await cli(['decode', base64(hex)]), await cli(['decode', hex])];
      expect(one).toEqual(other);
      expect(one.code).toBe(0);
    },
  );

  it('prints what decode returns as JSON', async () => {
    const { code, answer } = await cliJson(['decode', ntlm.challenge]);
    expect(code).toBe(0);
    expect(answer).toEqual({ command: 'decode', ok: true, result: decode(ntlm.challenge) });
  });

  it('takes a header in one word, or unquoted in several', async () => {
    const value = `Negotiate ${base64(accepted)}`;
    const quoted = await cli(['decode', `WWW-Authenticate: ${value}`]);
    const unquoted = await cli(['decode', 'WWW-Authenticate:', 'Negotiate', base64(accepted)]);
    expect(quoted.code).toBe(0);
    expect(quoted.stdout).toMatch(/WWW-Authenticate.*Negotiate[^]*accept-completed/);
    expect(unquoted).toEqual(quoted);
    expect((await cli(['decode', value])).stdout).toContain('accept-completed');
  });

  it.each([
    ['bytes', () => Buffer.from(ntlm.negotiate, 'hex')],
    ['hex with line ends', () => `${ntlm.negotiate.replace(/(.{20})/g, '$1\r\n')}\r\n`],
    ['base64', () => `${base64(ntlm.negotiate)}\n`],
    ['UTF-8 with its mark', () => `\uFEFF${base64(ntlm.negotiate)}`],
    [
      'UTF-8 with its mark and other letters',
      () => `\uFEFFX-Name: Jürgen\nAuthorization: NTLM ${base64(ntlm.negotiate)}\n`,
    ],
    ['UTF-16 in the other order', () => Buffer.from(`\uFEFF${base64(ntlm.negotiate)}\r\n`, 'utf16le').swap16()],
    ['UTF-16, as PowerShell redirects', () => Buffer.from(`\uFEFF${base64(ntlm.negotiate)}\r\n`, 'utf16le')],
    [
      'the output of curl -v',
      () => `> GET / HTTP/1.1\n> Authorization: NTLM ${base64(ntlm.negotiate)}\n> Accept: */*\n`,
    ],
  ])('reads %s from a file and from the standard input', async (name, content) => {
    const place = file(`${name.replace(/\W/g, '-')}.txt`, content());
    const fromFile = await cli(['decode', place]);
    expect(fromFile).toMatchObject({ code: 0, stderr: '' });
    expect(fromFile.stdout).toContain('NTLM NEGOTIATE (40 bytes)');
    expect(await cli(['decode', '-'], { stdin: content() })).toEqual(fromFile);
  });

  // Windows' shells have no such files.
  const onPosix = process.platform === 'win32' ? it.skip : it;

  onPosix('reads a FIFO', async () => {
    const fifo = path.join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const writer = spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', ntlm.negotiate, fifo]);
    const { code, stdout } = await cli(['decode', fifo]);
    expect({ code, line: stdout.split('\n')[0] }).toEqual({ code: 0, line: 'NTLM NEGOTIATE (40 bytes)' });
    if (writer.exitCode === null) await once(writer, 'exit');
  });

  onPosix('reads what a shell puts in the place of a file', () => {
    const script = `exec 9< <(printf %s "$1"); "$2" "$3" decode /dev/fd/9`;
    const args = ['-c', script, 'bash', ntlm.negotiate, process.execPath, path.join(checkout, 'dist/cli/main.js')];
    expect(execFileSync('bash', args, { encoding: 'utf8' })).toContain('NTLM NEGOTIATE (40 bytes)');
  });

  onPosix('stops at the limit, where an input has no end', async () => {
    const { code, stderr } = await cli(['decode', '/dev/zero']);
    expect(code).toBe(1);
    expect(stderr).toContain('is longer than the maximum of 67108864 bytes');
    const endless = (async function* () {
      for (;;) yield Buffer.alloc(1 << 20);
    })();
    expect((await cli(['decode', '-'], { stdin: endless })).stderr).toContain('longer than the maximum');
  });

  it('masks what could be cracked, and reveals it when told to', async () => {
    const proof = ntlm.mic;
    expect((await cli(['decode', ntlm.authenticate])).stdout).not.toContain(proof);
    expect((await cli(['decode', ntlm.authenticate, '--reveal'])).stdout).toContain(proof);
    expect(JSON.stringify((await cliJson(['decode', ntlm.authenticate])).answer)).not.toContain(proof);
    expect(JSON.stringify((await cliJson(['decode', ntlm.authenticate, '--reveal'])).answer)).toContain(proof);
  });

  describe('bad input', () => {
    it('ends with 1 and the offset of the fault, and shows what could be read', async () => {
      const cut = tokens.negTokenInit_krb5.slice(0, 400);
      const { code, stdout, stderr } = await cli(['decode', cut]);
      expect(code).toBe(1);
      expect(stdout).toContain('SPNEGO NegTokenInit');
      expect(stderr).toMatch(/^sspi decode: .*\(byte \d+\)\n$/);
    });

    it('gives offset, path and the partial result as JSON', async () => {
      const cut = tokens.negTokenInit_krb5.slice(0, 400);
      const { code, answer } = await cliJson(['decode', cut]);
      expect(code).toBe(1);
      expect(answer.ok).toBe(false);
      expect(answer.error).toMatchObject({ code: 'ERR_SSPI_INSPECT_TRUNCATED', offset: expect.any(Number) });
      expect(answer.error?.['path']).not.toBe('');
      expect(answer.result.kind).toBe('spnego-init');
    });

    it('counts characters where the text itself is wrong', async () => {
      const { answer } = await cliJson(['decode', 'oRQw$qAD']);
      expect(answer.error).toMatchObject({ code: 'ERR_SSPI_INSPECT_ENCODING', offset: 4 });
    });

    it.each(['a1073', 'ffffffff', ''])('refuses "%s" with 1', async (text) => {
      expect((await cli(['decode', '-'], { stdin: text })).code).toBe(1);
    });

    it('says that there is no such file where a name was meant', async () => {
      const { code, stderr } = await cli(['decode', './no-such-file.bin']);
      expect(code).toBe(1);
      expect(stderr).toContain('There is no file with this name either.');
      expect((await cli(['decode', 'oRQw$qAD'])).stderr).not.toContain('file');
    });

    it('wants an input', async () => {
      const { code, stderr } = await cli(['decode']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^sspi decode: It needs a token/);
    });

    it('lets no control character of a token reach the terminal', async () => {
      const hostile = Buffer.from(ntlm.authenticate, 'hex');
      const at = hostile.indexOf(Buffer.from('Username', 'utf16le'));
      expect(at).toBeGreaterThan(0);
      hostile.writeUInt16LE(0x1b, at);
      const { stdout } = await cli(['decode', hostile.toString('hex')]);
      expect(stdout).toContain('\\u{1b}');
      expect(stdout).not.toContain('\x1b');
    });
  });

  describe('colours', () => {
    const coloured = (text: string): boolean => text.includes('\x1b[');

    it('are for terminals only', async () => {
      expect(coloured((await cli(['decode', accepted])).stdout)).toBe(false);
      expect(coloured((await cli(['decode', accepted], { terminal: true })).stdout)).toBe(true);
    });

    it.each([
      ['NO_COLOR', { NO_COLOR: '1' }, true, false],
      ['an empty NO_COLOR', { NO_COLOR: '' }, true, true],
      ['FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
      ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
      ['FORCE_COLOR before NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
      ['TERM=dumb', { TERM: 'dumb' }, true, false],
    ] as const)('follow %s', async (_, env, terminal, expected) => {
      expect(coloured((await cli(['decode', accepted], { env, terminal })).stdout)).toBe(expected);
    });

    it('leave the text as it is otherwise', async () => {
      const { stdout } = await cli(['decode', accepted], { terminal: true });
      // eslint-disable-next-line no-control-regex -- escape sequences are what is taken away
      expect(stdout.replace(/\x1b\[\d+m/g, '')).toBe((await cli(['decode', accepted])).stdout);
    });

    it('are never in JSON', async () => {
      const { stdout } = await cli(['decode', accepted, '--json'], { env: { FORCE_COLOR: '1' }, terminal: true });
      expect(coloured(stdout)).toBe(false);
    });
  });
});
