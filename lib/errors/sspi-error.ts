import type { Evidence } from './evidence';
import type { Failure } from './failure';
import type { Explanation } from '../explain/explanation';
import type { SspiApi, SspiErrorCode } from './codes';

const brand = Symbol.for('sspi.SspiError');

/** What an SspiError is made of. */
export interface SspiErrorInit<Code extends SspiErrorCode = SspiErrorCode> {
  readonly code: Code;
  readonly message: string;
  readonly status?: number | undefined;
  readonly api?: SspiApi | undefined;
  readonly leg?: number | undefined;
  readonly hint?: string | undefined;
  readonly token?: Buffer | undefined;
  readonly missing?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** Puts what is known around a failure on its error, unless it has some already. Returns the error. */
let withEvidence: <E>(error: E, evidence: () => Evidence) => E;

/**
 * Every error that this package raises.
 *
 * Match on {@link SspiError.code}: it is the symbolic name of SSPI's status (`'SEC_E_LOGON_DENIED'`), the same in every
 * language of Windows, or an `'ERR_SSPI_…'` code for an error of use. Messages are for people and may change.
 * `instanceof SspiError` also recognises errors of other copies of the package and of other realms (vm contexts, jest).
 * No property holds a secret; {@link SspiError.token} is left out of `util.inspect` and JSON.
 *
 * @example
 * ```ts
 * try {
 *   leg = await server.step(token);
 * } catch (error) {
 *   if (!SspiError.isSspiError(error)) throw error;
 *   if (error.token) await send(error.token); // what the peer may still be told
 *   if (error.code === 'SEC_E_LOGON_DENIED') return respond(401);
 *   log(error.code, error.hint);
 * }
 * ```
 */
export class SspiError extends Error implements Failure {
  /** The symbolic name of the status, or the `ERR_SSPI_…` code of an error of use. */
  declare readonly code: SspiErrorCode;
  /** SSPI's status as an unsigned 32-bit number; undefined for errors of use. */
  declare readonly status: number | undefined;
  /** The SSPI function that failed, without its `W`; undefined for errors of use. */
  declare readonly api: SspiApi | undefined;
  /** The index of the leg that failed, from 0; undefined outside a handshake. */
  declare readonly leg: number | undefined;
  /** One sentence that says what to do, where there is something to say. */
  declare readonly hint: string | undefined;
  /**
   * The token that the failing call still made. After a failed `step()` it is what the peer may be told before the
   * connection closes (`extendedError`). With `'ERR_SSPI_REQUIREMENT_NOT_MET'` it is the last regular token: sending it
   * lets the peer finish a handshake that this side has refused.
   */
  declare readonly token: Buffer | undefined;
  /** With `'ERR_SSPI_REQUIREMENT_NOT_MET'`: each required flag that was not granted, and `'package'` for a package that may not be used. */
  declare readonly missing: readonly string[] | undefined;

  #evidence: Evidence | undefined;

  static {
    withEvidence = (error, evidence) => {
      if (typeof error === 'object' && error !== null && #evidence in error) error.#evidence ??= evidence();
      return error;
    };
  }

  constructor(init: SspiErrorInit) {
    super(init.message, 'cause' in init ? { cause: init.cause } : undefined);
    // `name` stays off the instance for console.log's sake, except where the web platform's convention wants its own.
    if (init.code === 'ERR_SSPI_ABORTED') define(this, 'name', 'AbortError');
    this.code = init.code;
    if (init.status !== undefined) this.status = init.status >>> 0;
    if (init.api !== undefined) this.api = init.api;
    if (init.leg !== undefined) this.leg = init.leg;
    if (init.missing !== undefined) this.missing = Object.freeze([...init.missing]);
    if (init.hint !== undefined) define(this, 'hint', init.hint);
    if (init.token !== undefined) define(this, 'token', init.token);
  }

  /**
   * Says why: the failed call, the last tokens of both sides decoded, what was asked for and granted, the target, and the
   * likely causes in order, each with its evidence and what to check. The work is done here and not when the error is made;
   * the error keeps the tokens by reference until it goes. Passwords are in none of it, and what could be cracked is masked.
   *
   * @example
   * ```ts
   * const why = error.explain();
   * console.error(String(why)); // a page of text; JSON.stringify(why) is data
   * if (why.causes[0]?.cause === 'clock-skew') await synchronise();
   * ```
   */
  explain(): Explanation {
    // An error that only says "it has failed before" has nothing to add to the first one.
    const { cause } = this;
    if (this.code === 'ERR_SSPI_HANDSHAKE_FAILED' && SspiError.isSspiError(cause)) return cause.explain();
    return (require('../explain/explain') as typeof import('../explain/explain')).explain(this, this.#evidence);
  }

  /**
   * True for errors of this class, whichever copy of the package or realm made them; with `code`, only for that code.
   */
  static isSspiError<Code extends SspiErrorCode>(value: unknown, code: Code): value is SspiError & { code: Code };
  static isSspiError(value: unknown): value is SspiError;
  static isSspiError(value: unknown, code?: SspiErrorCode): value is SspiError {
    if (typeof value !== 'object' || value === null || (value as Record<symbol, unknown>)[brand] !== true) return false;
    return code === undefined || (value as SspiError).code === code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass inherits this method, and every SspiError is not one of the subclass.
    return this === SspiError ? SspiError.isSspiError(value) : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

export { withEvidence };

/**
 * Gives an error of this package the stack of the function that passes it on, behind which V8 names who awaits that: where the
 * error was made, in a callback, there was no caller to be seen. Returns the error.
 */
export function withCaller<E>(error: E): E {
  if (SspiError.isSspiError(error)) Error.captureStackTrace(error, withCaller);
  return error;
}

function define(error: SspiError, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: false });
}

Object.defineProperty(SspiError.prototype, 'name', { value: 'SspiError', configurable: true, writable: true });
Object.defineProperty(SspiError.prototype, brand, { value: true });
