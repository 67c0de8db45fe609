import type { Evidence } from './evidence';
import type { Failure } from './failure';
import type { Explanation } from '../explain/explanation';
import type { SspiApi, SspiErrorCode } from './codes';

const brand = Symbol.for('sspi.SspiError');

/** The parts of an SspiError. */
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

/** Adds the evidence of a failure to its error, unless it already has some. Returns the error. */
let withEvidence: <E>(error: E, evidence: () => Evidence) => E;

/**
 * The class of every error of this package.
 *
 * Match on {@link SspiError.code}: it is the symbolic name of SSPI's status (`'SEC_E_LOGON_DENIED'`), which is the same in
 * every language of Windows, or an `'ERR_SSPI_…'` code for a usage error. Messages are for people and may change. `instanceof
 * SspiError` also recognises errors from other copies of the package and from other realms (vm contexts, jest). No property
 * contains a secret; {@link SspiError.token} is not shown by `util.inspect` and JSON.
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
  /** The symbolic name of the status, or the `ERR_SSPI_…` code of a usage error. */
  declare readonly code: SspiErrorCode;
  /** SSPI's status as an unsigned 32-bit number; undefined for usage errors. */
  declare readonly status: number | undefined;
  /** The SSPI function that failed, without its `W`; undefined for usage errors. */
  declare readonly api: SspiApi | undefined;
  /** The index of the leg that failed, from 0; undefined outside a handshake. */
  declare readonly leg: number | undefined;
  /** One sentence that says what to do next, if there is advice. */
  declare readonly hint: string | undefined;
  /**
   * The token that the failing call produced. After a failed `step()` it can be sent to tell the peer why, before the
   * connection is closed (`extendedError`). With `'ERR_SSPI_REQUIREMENT_NOT_MET'` it is the last regular token: if you send it,
   * the peer can complete a handshake that this side has refused.
   */
  declare readonly token: Buffer | undefined;
  /**
   * With `'ERR_SSPI_REQUIREMENT_NOT_MET'`: each required flag that was not granted, and `'package'` for a package that is not
   * allowed.
   */
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
    // `name` is not an own property, so that console.log does not show it, except where the convention of the web platform
    // needs one.
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
   * Explains the error: the failed call, the decoded last tokens of both sides, what was requested and granted, the target, and
   * the likely causes in order, each with its evidence and what to check. The work is done here and not when the error is
   * created; until then the error only references the tokens. Passwords are never included, and data that could be cracked is
   * masked.
   *
   * @example
   * ```ts
   * const why = error.explain();
   * console.error(String(why)); // a page of text; JSON.stringify(why) is data
   * if (why.causes[0]?.cause === 'clock-skew') await synchronise();
   * ```
   */
  explain(): Explanation {
    // An error that only says that the handshake has already failed adds nothing to the first one.
    const { cause } = this;
    if (this.code === 'ERR_SSPI_HANDSHAKE_FAILED' && SspiError.isSspiError(cause)) return cause.explain();
    return (require('../explain/explain') as typeof import('../explain/explain')).explain(this, this.#evidence);
  }

  /** True for errors of this class from any copy of the package and any realm; with `code`, only for that code. */
  static isSspiError<Code extends SspiErrorCode>(value: unknown, code: Code): value is SspiError & { code: Code };
  static isSspiError(value: unknown): value is SspiError;
  static isSspiError(value: unknown, code?: SspiErrorCode): value is SspiError {
    if (typeof value !== 'object' || value === null || (value as Record<symbol, unknown>)[brand] !== true) return false;
    return code === undefined || (value as SspiError).code === code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass inherits this method, but not every SspiError is an instance of it.
    return this === SspiError ? SspiError.isSspiError(value) : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

export { withEvidence };

/**
 * Gives an error of this package the stack of the function that passes it on, after which V8 adds the functions that await it.
 * Where the error was created, in a callback, no caller was visible. Returns the error.
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
