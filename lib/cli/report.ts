import { commands } from './commands';
import { exitCodes } from './command';
import { faultOf, formatFault } from './output/faults';
import { styleFor } from './output/style';
import { writeJson } from './output/json';
import { SspiError } from '../errors/sspi-error';
import { UsageError } from './usage-error';
import type { Io } from './io';

/** Reports an error that ended a command, and returns the exit code. */
export function report(error: unknown, argv: readonly string[], io: Io): number {
  const [name = ''] = argv;
  const known = Object.hasOwn(commands, name);
  if (argv.includes('--json')) {
    writeJson(io, { command: name, ok: false, error: { ...faultOf(error), ...unsupportedText(error, name) } });
    return exitCodeOf(error);
  }
  const style = styleFor(io.stderr, io.env);
  const prefix = known ? `sspi ${name}: ` : 'sspi: ';
  if (UsageError.is(error)) {
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    const more = known ? ` See: sspi help ${name}` : '';
    io.stderr.write(`${prefix}${error.message}${hint}${more}\n`);
  } else {
    const text = unsupportedText(error, name)?.message ?? formatFault(error, style);
    io.stderr.write(`${prefix}${text}\n`);
  }
  return exitCodeOf(error);
}

function unsupportedText(error: unknown, name: string): { message: string } | undefined {
  if (!SspiError.isSspiError(error, 'ERR_SSPI_UNSUPPORTED_PLATFORM')) return undefined;
  return {
    message: `"${name}" calls SSPI, which only Windows (or Wine) has, and this is ${process.platform}; "sspi decode" works here.`,
  };
}

function exitCodeOf(error: unknown): number {
  if (UsageError.is(error)) return exitCodes.usage;
  const unsupported =
    SspiError.isSspiError(error, 'ERR_SSPI_UNSUPPORTED_PLATFORM') ||
    SspiError.isSspiError(error, 'ERR_SSPI_BINARY_UNAVAILABLE');
  return unsupported ? exitCodes.unsupported : exitCodes.failed;
}
