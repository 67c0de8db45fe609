import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join, win32 } from 'node:path';
import { listPackages, type SspiError } from 'sspi';
import { deniedBySandbox, sandboxed } from '#lib/binding/sandboxed';
import { notLoaded, nowhereToLook, otherAddon } from '#lib/binding/load-failure';
import { isFullyQualified } from '#lib/binding/running-file';
import { targetOf } from '#lib/binding/portable-executable';
import { cli, cliJson, pretendPlatform } from './cli/support';
import { rejection } from './support';

/** Why the addon did not load: each cause by name, with what the loader said and the flag or variable that it is about. */

const directory = mkdtempSync(join(os.tmpdir(), 'sspi-loading-'));
const { arch } = process;
let restorePlatform: () => void;
let permission: PropertyDescriptor | undefined;

beforeEach(() => {
  restorePlatform = pretendPlatform('win32');
  permission = Object.getOwnPropertyDescriptor(process, 'permission');
});
afterEach(() => {
  restorePlatform();
  Object.defineProperty(process, 'arch', { value: arch });
  jest.restoreAllMocks();
  delete process.env['SSPI_BINARY'];
  delete process.env['NODE_OPTIONS'];
  if (permission === undefined) Reflect.deleteProperty(process, 'permission');
  else Object.defineProperty(process, 'permission', permission);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A file with the headers of a library for this process, or another one. */
function library(name: string, machine = { x64: 0x8664, ia32: 0x14c, arm64: 0xaa64 }[process.arch as 'x64']): string {
  const bytes = Buffer.alloc(512);
  bytes.write('MZ');
  bytes.writeUInt32LE(128, 0x3c);
  bytes.write('PE\0\0', 128, 'latin1');
  bytes.writeUInt16LE(machine, 132);
  const file = join(directory, name);
  writeFileSync(file, bytes);
  return file;
}

/** Has process.dlopen say what Node says on Windows: the system's text, then the file's name. */
function loaderSays(text: string, properties: object = { code: 'ERR_DLOPEN_FAILED' }): void {
  jest.spyOn(process, 'dlopen').mockImplementation((_, file) => {
    throw Object.assign(new Error(`${text}\r\n${file}`), properties);
  });
}

const disabled = 'Cannot load native addon because loading addons is disabled.';
const disabledCode = { code: 'ERR_DLOPEN_DISABLED' };
const causesOf = (error: SspiError): string[] =>
  error.explain().causes.map(({ cause, likelihood }) => `${cause} ${likelihood}`);
const failure = (): Promise<SspiError> => rejection(listPackages());
const permit = (): unknown => Object.defineProperty(process, 'permission', { value: {}, configurable: true });

interface Case {
  readonly title: string;
  readonly says: string;
  readonly properties?: object;
  readonly prepare?: () => void;
  readonly causes: readonly string[];
  readonly names: string;
}

const cases: readonly Case[] = [
  {
    title: 'the permission model without --allow-addons',
    says: disabled,
    properties: disabledCode,
    prepare: permit,
    causes: ['addons-not-permitted certain'],
    names: '--allow-addons',
  },
  {
    title: '--no-addons',
    says: disabled,
    properties: disabledCode,
    causes: ['addons-disabled certain'],
    names: '--no-addons',
  },
  {
    title: 'both',
    says: disabled,
    properties: disabledCode,
    prepare: () => {
      permit();
      process.env['NODE_OPTIONS'] = '--no-addons';
    },
    causes: ['addons-disabled certain', 'addons-not-permitted certain'],
    names: '--no-addons',
  },
  {
    title: 'the permission model with --allow-addons, and --no-addons',
    says: disabled,
    properties: disabledCode,
    prepare: () => {
      permit();
      process.env['NODE_OPTIONS'] = '--allow-addons --no-addons';
    },
    causes: ['addons-disabled certain'],
    names: '--no-addons',
  },
  {
    title: 'Deno without --allow-ffi',
    says: 'Requires ffi access to "sspi.node", run again with the --allow-ffi flag',
    properties: { name: 'NotCapable' },
    causes: ['addons-not-permitted certain'],
    names: '--allow-ffi',
  },
  {
    title: 'an Application Control policy',
    says: 'An Application Control policy has blocked this file.',
    causes: ['addon-blocked certain'],
    names: 'App Control',
  },
  {
    title: 'a group policy',
    says: 'This program is blocked by group policy. For more information, contact your system administrator.',
    causes: ['addon-blocked certain'],
    names: 'AppLocker',
  },
  {
    title: 'a virus scanner',
    says: 'Operation did not complete successfully because the file contains a virus or potentially unwanted software.',
    causes: ['addon-blocked certain'],
    names: 'virus scanner',
  },
  {
    title: 'rights on the file',
    says: 'Access is denied.',
    causes: ['addon-blocked likely'],
    names: 'icacls',
  },
  {
    title: 'a policy in another language',
    says: 'Diese Datei wurde durch eine Anwendungssteuerungsrichtlinie blockiert.',
    causes: ['addon-refused likely', 'addon-blocked possible'],
    names: 'doctor',
  },
  {
    title: 'a missing procedure',
    says: 'The specified procedure could not be found.',
    causes: ['addon-refused likely', 'addon-blocked possible'],
    names: 'doctor',
  },
];

describe.each(cases)('$title', ({ says, properties, prepare, causes, names }) => {
  let file: string;
  beforeEach(() => {
    file = library('sspi.node');
    process.env['SSPI_BINARY'] = file;
    prepare?.();
    loaderSays(says, properties);
  });

  test('is its own cause, in the message and the explanation', async () => {
    const error = await failure();
    expect(error).toMatchObject({ code: 'ERR_SSPI_BINARY_UNAVAILABLE', cause: expect.any(Error) });
    expect(causesOf(error)).toEqual(causes);
    for (const text of [error.message, String(error.explain())]) {
      expect(text).toContain(`"${says}"`);
      expect(text).toContain(file);
      expect(text).toContain(names);
      expect(text).not.toContain('Run on Windows');
    }
  });

  test('is in --json and what doctor says', async () => {
    const { answer } = await cliJson(['packages']);
    expect(answer.error?.message).toContain(`"${says}"`);
    expect(answer.error?.causes?.map(({ cause }) => cause)).toEqual(causes.map((cause) => cause.split(' ')[0]));
    const doctor = await cliJson(['doctor']);
    const check = doctor.answer.result.checks.find(({ id }) => id === 'binary');
    expect(check).toMatchObject({ status: 'fail', detail: expect.stringContaining(`"${says}"`) });
    expect(check?.advice).toContain(names);
    expect((await cli(['doctor'])).stdout.replace(/\s+/g, ' ')).toContain(names);
  });
});

describe('SSPI_BINARY', () => {
  const says = 'The specified module could not be found.';
  beforeEach(() => loaderSays(says));

  test.each([
    ['a relative path', 'prebuilds/sspi.node', 'absolute'],
    ['no file', join(directory, 'none.node'), 'does not exist'],
    ['a folder', directory, 'does not exist'],
    ['a file of another kind', __filename, 'not a Windows library'],
    ['a file for another architecture', library('other.node', 0x1c4), `this process is ${process.arch}`],
  ])('that names %s is its own cause', async (_, value, why) => {
    process.env['SSPI_BINARY'] = value;
    const error = await failure();
    expect(causesOf(error)).toEqual(['addon-setting certain']);
    expect(error.message).toContain(value);
    expect(error.message).toContain(why);
    expect(error.hint).toContain('SSPI_BINARY');
    const doctor = await cliJson(['doctor']);
    expect(doctor.answer.result.checks.find(({ id }) => id === 'binary')?.advice).toContain('SSPI_BINARY');
  });

  test('that names another addon is its own cause', async () => {
    process.env['SSPI_BINARY'] = library('another.node');
    jest.spyOn(process, 'dlopen').mockImplementation(() => undefined);
    expect(causesOf(await failure())).toEqual(['addon-setting certain']);
    loaderSays('Module did not self-register');
    expect(causesOf(await failure())).toEqual(['addon-setting certain']);
  });

  test('is no cause where it is not set', async () => {
    Object.defineProperty(process, 'arch', { value: 'mips' });
    const error = await failure();
    expect(causesOf(error)).toEqual(['addon-missing certain']);
    expect(error.message).toContain('there is none for mips');
    expect(error.hint).toContain('x64, ia32 and arm64');
  });
});

describe('the addon in its place', () => {
  const loaderFailed = Object.assign(new Error('It does not load.'), { code: 'ERR_DLOPEN_FAILED' });
  const failureOf = (path: string): SspiError =>
    notLoaded(path, { path, setting: undefined }, process.arch, loaderFailed);

  test.each([
    ['that is not there', join(directory, 'none.node'), 'addon-missing certain', 'bundler'],
    ['that is for another architecture', library('other.node', 0x1c4), 'addon-architecture certain', process.arch],
    ['that is something else', __filename, 'addon-damaged certain', 'Reinstall'],
  ])('%s has a cause of its own', (_, path, cause, names) => {
    const error = failureOf(path);
    expect(causesOf(error)).toEqual([cause]);
    expect(error.message).toContain('"It does not load."');
    expect(error.hint).toContain(names);
  });

  test('that a sandbox hides has a cause of its own', () => {
    jest.spyOn(fs, 'statSync').mockImplementation(() => {
      throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
    });
    const error = failureOf(library('sspi.node'));
    expect(causesOf(error)).toEqual(['addon-unreadable certain']);
    expect(error.message).toContain('--allow-fs-read');
  });

  test('that is another library has a cause of its own', () => {
    const path = library('sspi.node');
    expect(causesOf(otherAddon(path, { path, setting: undefined }))).toEqual(['addon-damaged certain']);
  });

  test('that cannot be looked for has a remedy', () => {
    const error = nowhereToLook({ path: undefined, setting: undefined });
    expect(causesOf(error)).toEqual(['addon-missing certain']);
    expect(error.hint).toContain('SSPI_BINARY');
  });
});

describe('a platform that a bundler wrote in', () => {
  beforeEach(() => {
    restorePlatform();
    restorePlatform = pretendPlatform('linux');
  });

  test('is its own cause on Windows', async () => {
    jest.spyOn(os, 'platform').mockReturnValue('win32');
    const error = await failure();
    expect(error.code).toBe('ERR_SSPI_UNSUPPORTED_PLATFORM');
    expect(causesOf(error)).toEqual(['platform-folded certain']);
    expect(error.message).toContain('process.platform says "linux"');
    expect(error.message).not.toContain('Run on Windows');
  });

  test('is none elsewhere, where tests have sspi/testing', async () => {
    jest.spyOn(os, 'platform').mockReturnValue('linux');
    const error = await failure();
    expect(causesOf(error)).toEqual(['platform certain']);
    for (const text of [error.message, error.hint, String(error.explain())]) expect(text).toContain('sspi/testing');
  });
});

describe('a look-up that a sandbox denies', () => {
  const denied = [
    ['Node', Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' })],
    ['Deno 2', Object.assign(new Error('Requires read access'), { name: 'NotCapable' })],
    ['Deno 1', Object.assign(new Error('Requires read access'), { name: 'PermissionDenied' })],
  ] as const;

  test.each(denied)('by %s is a miss', (_, error) => {
    const look = (): never => {
      throw error;
    };
    expect(sandboxed(look)).toBeUndefined();
    expect(deniedBySandbox(error)).toBe(true);
    expect(deniedBySandbox(new Error('EACCES'))).toBe(false);
  });

  test.each(denied)('by %s of the environment leaves an SspiError', async (_, error) => {
    loaderSays('The specified module could not be found.');
    const { env } = process;
    Object.defineProperty(process, 'env', {
      configurable: true,
      get: () => {
        throw error;
      },
    });
    try {
      expect((await failure()).code).toBe('ERR_SSPI_BINARY_UNAVAILABLE');
    } finally {
      Object.defineProperty(process, 'env', { configurable: true, value: env, writable: true });
    }
  });
});

test('a path is fully qualified where neither the current folder nor the current drive matters', () => {
  for (const path of ['C:\\app', 'C:/app', '\\\\server\\share\\app', '\\\\?\\C:\\app', 'B:\\~BUN\\root']) {
    expect([path, isFullyQualified(path, win32)]).toEqual([path, true]);
  }
  for (const path of ['\\app', '/app', 'C:app', 'app', '.\\app', '', '/']) {
    expect([path, isFullyQualified(path, win32)]).toEqual([path, false]);
  }
});

test('what a library is for stands in its header', () => {
  expect(targetOf(library('a.node', 0x8664))).toBe('x64');
  expect(targetOf(library('a.node', 0x14c))).toBe('ia32');
  expect(targetOf(library('a.node', 0xaa64))).toBe('arm64');
  expect(targetOf(library('a.node', 0x1c4))).toBe('machine 0x1c4');
  writeFileSync(join(directory, 'short.node'), 'MZ');
  expect(targetOf(join(directory, 'short.node'))).toBe('none');
  expect(targetOf(__filename)).toBe('none');
});
