import type { Io } from './io';

/** How a command ended, for scripts. */
export const exitCodes = {
  ok: 0,
  /** It failed, or was refused. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Not possible on this machine. */
  unsupported: 3,
} as const;

/** What `help` says about a command. */
export interface Help {
  /** The forms of the command line, without `sspi`. */
  readonly usage: readonly string[];
  /** Paragraphs. */
  readonly about: readonly string[];
  /** Each option as it is written, and its meaning. Every command also has `--json` and `--help`. */
  readonly options: readonly (readonly [string, string])[];
  /** Each command line, without `sspi`, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
}

/** One command. */
export interface Command {
  readonly help: Help;
  /** Runs it; the number is the exit code. The caller reports what it throws. */
  run(argv: readonly string[], io: Io): Promise<number>;
}
