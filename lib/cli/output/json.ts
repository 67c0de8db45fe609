import type { Io } from '../io';

/** A failure as data. Further fields depend on the kind of failure. */
export interface JsonFault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly [field: string]: unknown;
}

/** The one shape of all that `--json` prints: see docs/cli.md. */
export interface JsonAnswer {
  readonly command: string;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error?: JsonFault;
}

export function writeJson(io: Io, answer: JsonAnswer): void {
  io.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}
