import { commands } from './commands';
import { exitCodes } from './command';
import type { Io } from './io';

const helpModule = (): typeof import('./help') => require('./help') as typeof import('./help');

/** Runs a command line (without `node` and the script); the number is the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined) {
      io.stderr.write(helpModule().overview(io));
      return exitCodes.usage;
    }
    if (name === 'version' || name === '--version' || name === '-v') {
      io.stdout.write(`${helpModule().packageVersion()}\n`);
      return exitCodes.ok;
    }
    if (name === 'help' || name === '--help' || name === '-h') return showHelp(rest[0], io);
    if (asksForHelp(rest)) return showHelp(name, io);
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    return await (entry ?? helpModule().find(name)).load().run(rest, io);
  } catch (error) {
    const { report } = require('./report') as typeof import('./report');
    return report(error, argv, io);
  }
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

function showHelp(name: string | undefined, io: Io): number {
  const { commandHelp, overview } = helpModule();
  io.stdout.write(name === undefined ? overview(io) : commandHelp(name, io));
  return exitCodes.ok;
}
