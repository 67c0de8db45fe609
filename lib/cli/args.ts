import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './usage-error';

type Options = NonNullable<ParseArgsConfig['options']>;

const common = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

interface Config<T extends Options> {
  args: string[];
  options: T & typeof common;
  allowPositionals: true;
  strict: true;
}

/** The parsed command line of a command. */
export type Parsed<T extends Options> = ReturnType<typeof parseArgs<Config<T>>>;

/**
 * Parses the arguments of a command; every command has `--json` and `--help`.
 * @throws {UsageError} if anything is wrong with them.
 */
export function parse<const T extends Options>(argv: readonly string[], options: T): Parsed<T> {
  const known = { ...options, ...common };
  try {
    return parseArgs<Config<T>>({ args: [...argv], options: known, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageErrorOf(error, Object.keys(known));
  }
}

function usageErrorOf(error: unknown, known: readonly string[]): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== 'string' || !code.startsWith('ERR_PARSE_ARGS_')) return error;
  const [, name] = /^Unknown option '--?([^']*)'/.exec(message) ?? [];
  if (name === undefined) return new UsageError(message);
  const { nearest } = require('./nearest') as typeof import('./nearest');
  const near = nearest(name, known);
  return new UsageError(`There is no option --${name}.`, near === undefined ? undefined : `Did you mean --${near}?`);
}

/** A number of seconds in milliseconds. */
export function millisecondsOf(value: string | undefined, option: string, fallback: number): number {
  if (value === undefined) return fallback;
  const seconds = Number(value);
  if (value.trim() === '' || !(seconds > 0) || seconds > 86_400) {
    throw new UsageError(`${option} needs a positive number of seconds, not "${value}".`);
  }
  return Math.ceil(seconds * 1000);
}
