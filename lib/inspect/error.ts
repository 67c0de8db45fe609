import type { InspectErrorCode, Problem } from './problem';
import type { DecodedFragment } from './types';

const brand = Symbol.for('sspi.InspectError');

/**
 * The only error that this module throws.
 *
 * `instanceof` works across realms and duplicate copies of the package; programs match on `code`.
 *
 * @example
 * ```ts
 * try {
 *   decode(token);
 * } catch (error) {
 *   if (!(error instanceof InspectError)) throw error;
 *   console.error(error.code, 'at byte', error.offset, 'in', error.path);
 *   if (error.partial) console.error(formatTree(error.partial)); // what could be read up to the fault
 * }
 * ```
 */
export class InspectError extends Error {
  readonly code: InspectErrorCode;
  /**
   * The position of the error: counted from 0 in the bytes of the token (for base64, hex and headers, in the decoded bytes),
   * or, with `ERR_SSPI_INSPECT_ENCODING`, in the characters of the text. In a truncated token it is at the first incomplete
   * item.
   */
  readonly offset: number;
  /** The field that was being read, as a path into the decoded result, such as `mechToken.ticket.realm`; '' at the root. */
  readonly path: string;
  /** What was read before the error, with a `problem` where reading stopped. */
  readonly partial: DecodedFragment | undefined;

  constructor(code: InspectErrorCode, reason: string, offset: number, path = '', partial?: DecodedFragment) {
    super(describeProblem({ code, reason, offset, path }));
    this.code = code;
    this.offset = offset;
    this.path = path;
    this.partial = partial;
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}
InspectError.prototype.name = 'InspectError';

/** One sentence of a problem: the field, the reason and the offset. */
export function describeProblem({ code, reason, offset, path }: Problem): string {
  if (code === 'ERR_SSPI_INSPECT_ARGUMENT') return reason;
  const unit = code === 'ERR_SSPI_INSPECT_ENCODING' ? 'character' : 'byte';
  return `${path === '' ? '' : `${path}: `}${reason} (${unit} ${offset})`;
}
