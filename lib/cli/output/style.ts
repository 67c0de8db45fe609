import type { Output } from '../io';

/** Wraps texts in colours, or leaves them as they are. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const plain = (text: string): string => text;
const uncoloured: Style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

/** SGR parameters of ECMA-48. */
const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    text === '' ? '' : `\x1b[${open}m${text}\x1b[${close}m`;

const coloured: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39),
};

/**
 * Colours for an output: on terminals only, unless the environment says otherwise. FORCE_COLOR takes precedence over NO_COLOR,
 * as in Node itself.
 */
export function styleFor(output: Output, env: Readonly<Record<string, string | undefined>>): Style {
  return isColoured(output, env) ? coloured : uncoloured;
}

function isColoured(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return output.isTerminal && term !== 'dumb';
}
