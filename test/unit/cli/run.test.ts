/** `sspi run`: a command whose processes load `sspi/register`. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { checkout, plainEnvironment, run, type ChildEnding } from '../../support/child';
import { cleanUp, domain, onCleanUp, startOrigin, startProxy } from '../proxy/support';
import { cli } from './support';
import { programs } from '../register/programs';
import { windowsInvocation } from '#lib/cli/child/windows-command';
import { withPreload } from '#lib/cli/child/node-options';

afterEach(cleanUp);

const main = path.join(checkout, 'dist', 'cli', 'main.js');
const inMemory = `--require ${path.join(checkout, 'dist-test', 'unit', 'in-memory.js')}`;

/** Without the line that says that this machine has no SSPI. */
const quiet = { SSPI_REGISTER_TOLD: '1' };

function sspiRun(args: readonly string[], env: Record<string, string> = {}, file = main): Promise<ChildEnding> {
  return run(process.execPath, [file, 'run', ...args], { ...plainEnvironment(), ...quiet, ...env });
}

test('a program passes the proxy, and its output is its own', async () => {
  domain();
  const proxy = await startProxy();
  const url = `http://localhost:${await startOrigin()}/`;
  const env = { HTTP_PROXY: proxy.url, NODE_OPTIONS: inMemory };
  const { code, stdout, stderr } = await sspiRun(['--', 'node', '-e', programs.request, url], env);
  expect(JSON.parse(stdout)).toMatchObject({ status: 200 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(proxy.log.at(-1)).toContain('EXAMPLE\\alice');
});

test('from a directory with a blank in its path, and with NODE_OPTIONS that were set before', async () => {
  domain();
  const proxy = await startProxy();
  const url = `http://localhost:${await startOrigin()}/`;
  const place = fs.mkdtempSync(
    path.join(os.tmpdir(), process.platform === 'win32' ? 'a blank ' : 'a blank and "quotes" '),
  );
  onCleanUp(() => fs.rmSync(place, { recursive: true }));
  fs.cpSync(path.join(checkout, 'dist'), path.join(place, 'dist'), { recursive: true });
  fs.copyFileSync(path.join(checkout, 'package.json'), path.join(place, 'package.json'));
  const env = { HTTP_PROXY: proxy.url, NODE_OPTIONS: `${inMemory} --no-warnings` };
  const script = `console.error(process.env.NODE_OPTIONS.includes('--no-warnings')); ${programs.request}`;
  const ending = await sspiRun(['--', 'node', '-e', script, url], env, path.join(place, 'dist', 'cli', 'main.js'));
  expect(ending.stderr).toContain('true');
  expect(JSON.parse(ending.stdout)).toMatchObject({ status: 200 });
  expect(proxy.log.at(-1)).toContain('EXAMPLE\\alice');
});

test('the exit code is the command’s, and the dashes can be left out', async () => {
  expect((await sspiRun(['--', 'node', '-e', 'process.exit(7)'])).code).toBe(7);
  expect((await sspiRun(['node', '-e', 'process.exit(8)'])).code).toBe(8);
});

test('arguments arrive as they are', async () => {
  const args = ['', 'a b', '"', '--json', '%PATH%', '$HOME', '--', 'ü', '\\'];
  const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
  const { stdout } = await sspiRun(['--', 'node', '-e', script, '--', ...args]);
  expect(JSON.parse(stdout)).toEqual(args);
});

test('nothing is loaded but what starts the command', async () => {
  const script = `
    process.on('exit', () => console.log(JSON.stringify(Object.keys(require('module')._cache))));
    process.argv.splice(1, 0, ${JSON.stringify(main)});
    require(${JSON.stringify(main)});`;
  const env = { ...plainEnvironment(), ...quiet };
  const { stdout } = await run(process.execPath, ['-e', script, 'run', '--', 'node', '-e', '0'], env);
  const cli = path.dirname(main);
  const files = (JSON.parse(stdout) as string[]).map((file) => path.relative(cli, file).replaceAll('\\', '/'));
  const own = ['child/node-options', 'command', 'commands', 'commands/run', 'io', 'main', 'run'];
  const onWindows = process.platform === 'win32' ? ['child/windows-command'] : [];
  expect(files.sort()).toEqual([...own, ...onWindows].map((name) => `${name}.js`).sort());
});

if (process.platform !== 'win32') {
  test('a signal reaches the command, and how it ended reaches whoever waits', async () => {
    const script = `process.on('SIGTERM', () => process.exit(5)); console.log('ready'); setInterval(() => 0, 1000)`;
    const env = { ...plainEnvironment(), ...quiet };
    const child = spawn(process.execPath, [main, 'run', '--', 'node', '-e', script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([5, null]);
    expect(await sspiRun(['--', 'node', '-e', `process.kill(process.pid, 'SIGTERM')`])).toMatchObject({
      signal: 'SIGTERM',
    });
  });
}

test('a command that does not exist', async () => {
  const ending = await sspiRun(['--', 'no-such-command']);
  expect(ending).toMatchObject({ code: 1, stdout: '' });
  expect(ending.stderr).toContain('no such command');
});

test.each([[['run']], [['run', '--']], [['run', '--frobnicate', 'node']]])('not a command: %j', async (argv) => {
  expect((await cli(argv)).code).toBe(2);
});

describe('NODE_OPTIONS', () => {
  test.each([
    [undefined, '/opt/sspi/index.js', '--require /opt/sspi/index.js'],
    ['', '/opt/sspi/index.js', '--require /opt/sspi/index.js'],
    ['--no-warnings ', '/opt/a.js', '--no-warnings --require /opt/a.js'],
    ['--require /opt/a.js', '/opt/a.js', '--require /opt/a.js'],
    [undefined, 'C:\\Program Files\\sspi\\index.js', '--require "C:\\\\Program Files\\\\sspi\\\\index.js"'],
    [undefined, '/opt/a "b"/c.js', '--require "/opt/a \\"b\\"/c.js"'],
  ])('%j and %s', (given, file, expected) => {
    expect(withPreload(given, file)).toBe(expected);
  });
});

describe('on Windows', () => {
  const files = ['C:\\node\\npm.cmd', 'C:\\node\\node.exe', 'C:\\a b\\tool.bat'];
  const isFile = (file: string): boolean => files.some((each) => each.toLowerCase() === file.toLowerCase());
  const env = { Path: 'C:\\other;"C:\\a b";C:\\node', PATHEXT: '.COM;.EXE;.BAT;.CMD', ComSpec: 'C:\\Windows\\cmd.exe' };
  const invoke = (command: string, ...args: string[]): unknown => windowsInvocation(command, args, env, isFile);

  test('a program is started as it is', () => {
    expect(invoke('node', '-e', 'a b')).toEqual({ file: 'C:\\node\\node.exe', args: ['-e', 'a b'], verbatim: false });
    expect(invoke('nothing')).toEqual({ file: 'nothing', args: [], verbatim: false });
  });

  test('a batch file by cmd.exe, and its arguments mean nothing to it', () => {
    expect(invoke('npm', 'install')).toEqual({
      file: 'C:\\Windows\\cmd.exe',
      args: ['/d', '/s', '/c', '"C:\\node\\npm.cmd ^^^"install^^^""'],
      verbatim: true,
    });
    expect(invoke('tool', 'a&b', '"%PATH%"', 'c\\')).toEqual({
      file: 'C:\\Windows\\cmd.exe',
      args: ['/d', '/s', '/c', '"C:\\a^ b\\tool.bat ^^^"a^^^&b^^^" ^^^"\\^^^"^^^%PATH^^^%\\^^^"^^^" ^^^"c\\\\^^^""'],
      verbatim: true,
    });
  });
});
