/** How a command is started on Windows, where most of Node's commands (npm, npx, tsc) are batch files, which only cmd.exe can run. */
import { statSync } from 'node:fs';
import path from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** What to pass to `spawn`. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  /** The arguments are quoted already. */
  readonly verbatim: boolean;
}

/** @param isFile Whether a file exists; tests replace it. */
export function windowsInvocation(
  command: string,
  args: readonly string[],
  env: Env,
  isFile: (file: string) => boolean = existsAsFile,
): Invocation {
  const file = find(command, env, isFile) ?? command;
  if (!/\.(?:cmd|bat)$/i.test(file)) return { file, args, verbatim: false };
  const line = [escapedForCmd(path.win32.normalize(file)), ...args.map((arg) => quotedForBatch(arg))].join(' ');
  const cmd = env['ComSpec'] ?? env['COMSPEC'] ?? 'cmd.exe';
  // /s: exactly the first and the last quotation mark are removed.
  return { file: cmd, args: ['/d', '/s', '/c', `"${line}"`], verbatim: true };
}

/** Searches the directories of PATH, and the extensions of PATHEXT, as cmd.exe does. */
function find(command: string, env: Env, isFile: (file: string) => boolean): string | undefined {
  const extensions = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';').filter((each) => each !== '');
  const hasExtension = extensions.some((each) => command.toLowerCase().endsWith(each.toLowerCase()));
  const names = hasExtension ? [command] : extensions.map((each) => `${command}${each.toLowerCase()}`);
  const isPath = /[\\/:]/.test(command);
  const directories = isPath ? [''] : (env['Path'] ?? env['PATH'] ?? '').split(';').filter((each) => each !== '');
  for (const directory of directories) {
    for (const name of names) {
      const file = isPath ? name : path.win32.join(directory.replace(/^"|"$/g, ''), name);
      if (isFile(file)) return file;
    }
  }
  return undefined;
}

const escapedForCmd = (text: string): string => text.replace(/[()\][%!^"`<>&|;, *?]/g, '^$&');

/**
 * First for the program at the end, by the rules of Microsoft's C runtime; then for cmd.exe twice, since a batch file passes its
 * arguments on to another command line.
 */
function quotedForBatch(arg: string): string {
  const quoted = `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
  return escapedForCmd(escapedForCmd(quoted));
}

function existsAsFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
