import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { commands } from '#lib/cli/commands';
import { useBinding } from '#lib/binding/load';
import { checkout, cli, cliJson, pretendPlatform } from './support';

const { version, bin } = JSON.parse(fs.readFileSync(path.join(checkout, 'package.json'), 'utf8')) as {
  version: string;
  bin: { sspi: string };
};
const names = Object.keys(commands);
const token = 'a1073005a0030a0100';

describe('help', () => {
  it.each([['help'], ['--help'], ['-h']])('%s lists the commands', async (...argv) => {
    const { code, stdout, stderr } = await cli(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
    expect(stdout).toContain(version);
    expect(stdout).toMatch(/^ {2}3 {2}not possible on this machine$/m);
  });

  it('comes on stderr, with 2, where no command is given', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe((await cli(['help'])).stdout);
  });

  it.each(names)('of %s has usage, options and examples', async (name) => {
    const { code, stdout } = await cli(['help', name]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage\n  sspi ${name}`));
    expect(stdout).toMatch(/^Options\n[^]*--json[^]*\nExamples\n {2}sspi /m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
    expect(await cli([name, '--help'])).toEqual({ code, stdout, stderr: '' });
    expect((await cli([name, '-h', '--nonsense'])).stdout).toBe(stdout);
  });

  it.each([['version'], ['--version'], ['-v']])('%s is the package’s', async (word) => {
    expect(await cli([word])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('mistakes', () => {
  it.each([
    ['porbe', 'probe'],
    ['docter', 'doctor'],
    ['who', 'whoami'],
    ['PACKAGE', 'packages'],
    ['dec', 'decode'],
    ['hlep', 'help'],
  ])('%s suggests %s', async (word, meant) => {
    const { code, stderr } = await cli([word]);
    expect(code).toBe(2);
    expect(stderr).toBe(`sspi: There is no command "${word}". Did you mean sspi ${meant}?\n`);
  });

  it.each(['xyzzy', 'constructor', 'toString'])('%s suggests nothing', async (word) => {
    expect(await cli([word])).toMatchObject({
      code: 2,
      stderr: `sspi: There is no command "${word}". sspi help lists the commands.\n`,
    });
    expect((await cli(['help', word])).code).toBe(2);
  });

  it('in an option suggest the nearest', async () => {
    const { code, stderr } = await cli(['decode', '--reveel', token]);
    expect(code).toBe(2);
    expect(stderr).toBe('sspi decode: There is no option --reveel. Did you mean --reveal? See: sspi help decode\n');
  });

  it.each([
    ['packages', 'Kerberos'],
    ['whoami', 'me'],
    ['doctor', 'a', 'b'],
    ['doctor', 'http://'],
    ['doctor', '--timeout', 'soon'],
    ['probe'],
    ['probe', 'HTTP/a', 'HTTP/b'],
    ['probe', 'web.corp.test'],
    ['probe', 'ftp://web.corp.test/'],
    ['probe', 'http://'],
    ['probe', 'http://alice:secret@web.corp.test/'],
    ['probe', 'HTTP/web', '--timeout', '-1'],
    ['probe', 'HTTP/web', '--timeout', '0'],
    ['probe', 'HTTP/web', '--flags', 'mutualauth'],
    ['probe', 'HTTP/web', '--password-stdin'],
    ['probe', 'HTTP/web', '--domain', 'CORP'],
    ['probe', 'HTTP/web', '--ca', '/no/such/file'],
  ])('%s %s %s %s end with 2', async (...argv) => {
    const restore = pretendPlatform('linux');
    try {
      // Whatever needs SSPI would end with 3: the command line is looked at first, except for files.
      expect((await cli(argv)).code).toBe(argv.includes('--ca') ? 3 : 2);
    } finally {
      restore();
    }
  });

  it('are told as JSON where JSON is asked for', async () => {
    const { code, stderr, answer } = await cliJson(['decode', '--nope']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(answer).toEqual({
      command: 'decode',
      ok: false,
      error: { code: 'ERR_SSPI_CLI_USAGE', message: 'There is no option --nope.' },
    });
  });

  it('never repeat a password that was given on the command line', async () => {
    const { code, stdout, stderr } = await cli(['probe', 'HTTP/web', '--user', 'alice', '--password', 'hunter2']);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stderr).toMatch(/read by every user.*--password-stdin/);
    const url = await cli(['probe', 'http://alice:hunter2@web.corp.test/']);
    expect(url.stdout + url.stderr).not.toContain('hunter2');
  });
});

describe('off Windows', () => {
  let restore: () => void;
  beforeEach(() => {
    useBinding(undefined);
    restore = pretendPlatform('linux');
  });
  afterEach(() => restore());

  it.each([['packages'], ['whoami'], ['probe', 'HTTP/web.corp.test'], ['doctor']])(
    '%s says in one sentence what is missing, with 3',
    async (...argv) => {
      const { code, stdout, stderr } = await cli(argv);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toBe(
        `sspi ${argv[0]}: "${argv[0]}" calls SSPI, which only Windows (or Wine) has, and this is linux; "sspi decode" works here.\n`,
      );
    },
  );

  it('says so as JSON, too', async () => {
    const { code, answer } = await cliJson(['packages']);
    expect(code).toBe(3);
    expect(answer).toMatchObject({ command: 'packages', ok: false, error: { code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' } });
  });

  it('asks for no password before', async () => {
    const { code } = await cli(['probe', 'HTTP/web', '--user', 'alice', '--password-stdin']);
    expect(code).toBe(3);
  });

  it('decodes', async () => {
    expect((await cli(['decode', token])).code).toBe(0);
  });
});

describe('the program', () => {
  const program = path.join(checkout, bin.sspi);
  const start = (args: readonly string[], input = ''): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8' });

  it('is what package.json names, and begins with a line for the shell', () => {
    expect(fs.readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('ends with the code of the command', () => {
    expect(start(['decode', token])).toMatchObject({ status: 0, stderr: '' });
    expect(start(['decode', 'ffff'])).toMatchObject({ status: 1, stdout: '' });
    expect(start(['nonsense'])).toMatchObject({ status: 2, stdout: '' });
  });

  it('reads a pipe', () => {
    expect(start(['decode', '-'], token).stdout).toBe(start(['decode', token]).stdout);
  });

  it('writes more than a pipe holds', async () => {
    // A quarter of a megabyte of JSON, read slowly.
    const many = `WWW-Authenticate: Negotiate ${Buffer.from(token, 'hex').toString('base64')}\n`.repeat(1000);
    const child = spawn(process.execPath, [program, 'decode', '--json', '-']);
    child.stdin.end(many);
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(text.length).toBeGreaterThan(250_000);
    expect((JSON.parse(text) as { result: { entries: unknown[] } }).result.entries).toHaveLength(1000);
  });

  it('takes it quietly when nobody reads its output', async () => {
    const many = `WWW-Authenticate: Negotiate ${Buffer.from(token, 'hex').toString('base64')}\n`.repeat(5000);
    const child = spawn(process.execPath, [program, 'decode', '-']);
    child.stdout.destroy();
    child.stdin.on('error', () => undefined);
    child.stdin.end(many);
    let complaints = '';
    child.stderr.on('data', (chunk) => (complaints += String(chunk)));
    await new Promise((resolve) => child.on('close', resolve));
    expect(complaints).toBe('');
  });

  it('loads for decode only what decoding needs', () => {
    const script = `
      process.argv.splice(2, 0, 'decode', '${token}');
      require(${JSON.stringify(program)});
      process.on('exit', () => console.error(JSON.stringify(Object.keys(require.cache))));`;
    const { stderr } = spawnSync(process.execPath, ['-e', script, 'x'], { encoding: 'utf8' });
    const loaded = (JSON.parse(stderr) as string[]).map((file) => path.relative(path.join(checkout, 'dist'), file));
    expect(loaded.length).toBeLessThanOrEqual(30);
    expect(loaded.filter((file) => !/^(cli|inspect)\b/.test(file))).toEqual([]);
    expect(loaded.filter((file) => /probe|doctor|protocols|output|diagram|ntlm|kerberos/.test(file))).toEqual([]);
  });
});
