import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

jest.setTimeout(120_000);

export const checkout = dirname(dirname(__dirname));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<Ran> {
  // npm is a script of the shell on Windows.
  const shell = process.platform === 'win32' && command === 'npm';
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, shell, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 128, stdout, stderr }),
    );
  });
}

/** As `run`, for programs that must succeed. */
export async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const ran = await run(command, args, cwd);
  expect(ran).toEqual({ ...ran, code: 0 });
  return ran.stdout;
}

export const runNode = (args: readonly string[], cwd: string, env = process.env): Promise<Ran> =>
  run(process.execPath, args, cwd, env);

export interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** An application's directory, outside the checkout so that nothing of it is found by accident. */
export class Application {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'sspi-app-')));
  packed!: Packed;
  /** What npm said when it installed. */
  installation!: Ran;

  get installed(): string {
    return join(this.directory, 'node_modules', 'sspi');
  }

  /** Packs the package as it would be published, and installs that with scripts allowed and no network. */
  async install(): Promise<void> {
    this.write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', this.directory];
    const [packed] = JSON.parse(await succeed('npm', pack, checkout)) as [Packed];
    this.packed = packed;
    const options = ['--offline', '--ignore-scripts=false', '--foreground-scripts', '--no-audit', '--no-fund'];
    const cache = ['--cache', join(this.directory, 'npm-cache')];
    this.installation = await run('npm', ['install', packed.filename, ...options, ...cache], this.directory);
  }

  /** Lends a package that the checkout has, such as types. */
  lend(name: string): void {
    const target = join(this.directory, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(checkout, 'node_modules', name), target, 'junction');
  }

  uninstall(): void {
    rmSync(this.installed, { recursive: true, maxRetries: 5 });
  }

  write(file: string, text: string): string {
    const path = join(this.directory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, maxRetries: 5 });
  }
}
