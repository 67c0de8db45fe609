import path from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { exitCodes, type Command } from '../command';
import { withPreload } from '../child/node-options';
import type { Io } from '../io';

const registerFile = path.join(__dirname, '..', '..', 'http', 'register', 'index.js');

/** Sent on to the command. A terminal sends SIGINT to both, and the command decides what to do with it. */
const forwarded: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];

/** `sspi run` */
export const runCommand: Command = {
  help: {
    usage: ['run -- <command> [arguments…]'],
    about: [
      'Runs a command whose Node processes pass an authenticating proxy as the current user: those of the command itself and all that it starts. It sets NODE_OPTIONS, so that they load sspi/register; the command is not changed.',
      'The proxy comes from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY. Kerberos is used for it; NTLM, and a proxy by its address, only if SSPI_PROXY_NTLM names it: SSPI_PROXY_NTLM=http://proxy.corp.test:3128.',
      'The exit code is that of the command.',
    ],
    options: [],
    examples: [
      ['run -- npm install', 'install packages through the proxy'],
      ['run -- node tool.js --verbose', 'any program on Node'],
    ],
  },

  run(argv, io) {
    const [first, ...rest] = argv;
    const [command, ...args] = first === '--' ? rest : argv;
    if (command === undefined || command === '') throw usageError('It needs a command: sspi run -- npm install.');
    if (first !== '--' && command.startsWith('-')) {
      throw usageError(`There is no option ${command}.`, 'Write the command after --: sspi run -- npm install.');
    }
    return runChild(command, args, io);
  },
};

function usageError(message: string, hint?: string): Error {
  const { UsageError } = require('../usage-error') as typeof import('../usage-error');
  return new UsageError(message, hint);
}

async function runChild(command: string, args: readonly string[], { env }: Io): Promise<number> {
  const child = start(command, args, { ...env, NODE_OPTIONS: withPreload(env['NODE_OPTIONS'], registerFile) });
  const listeners = forwarded.map((signal) => [signal, () => void child.kill(signal)] as const);
  const ignore = (): void => undefined;
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.on('SIGINT', ignore);
  try {
    const { code, signal } = await ended(child, command);
    if (signal === null) return code ?? exitCodes.failed;
    for (const [name, listener] of listeners) process.off(name, listener);
    process.off('SIGINT', ignore);
    // Whoever waits for this process sees how the command ended.
    process.kill(process.pid, signal);
    return exitCodes.failed;
  } finally {
    for (const [signal, listener] of listeners) process.off(signal, listener);
    process.off('SIGINT', ignore);
  }
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  if (process.platform !== 'win32') return spawn(command, args, { env, stdio: 'inherit' });
  const { windowsInvocation } = require('../child/windows-command') as typeof import('../child/windows-command');
  const { file, args: all, verbatim } = windowsInvocation(command, args, env);
  return spawn(file, all, { env, stdio: 'inherit', windowsVerbatimArguments: verbatim });
}

function ended(child: ChildProcess, command: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const { Failure } = require('../failure') as typeof import('../failure');
      const why = cause.code === 'ENOENT' ? 'there is no such command' : cause.message;
      reject(new Failure('ERR_SSPI_CLI_RUN', `"${command}" could not be started: ${why}.`, undefined, cause));
    });
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}
