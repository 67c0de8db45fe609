import { usageError } from '../errors/make';
import { withCaller, type SspiError } from '../errors/sspi-error';

/** The error with which a handshake failed, and whether somebody has received it. */
export class Fault {
  #error: unknown;
  #told = false;
  /** The same error, while it is one of this package that no caller has received. */
  #unseen: SspiError | undefined;

  /** @param told Whether a caller is waiting and receives it. */
  set(error: unknown, told: boolean): void {
    this.#error = error;
    this.#told = told;
  }

  /** This package made the error, so its stack should show where it leaves the package. */
  own(error: SspiError): void {
    this.#unseen = error;
  }

  markTold(): void {
    this.#told = true;
  }

  /** For a later caller: the error itself if nobody has received it, otherwise one that has it as its cause. */
  forLaterCaller(): SspiError {
    if (!this.#told) {
      this.#told = true;
      return this.#error as SspiError;
    }
    return usageError('ERR_SSPI_HANDSHAKE_FAILED', 'The handshake has already failed.', { cause: this.#error });
  }

  /** An error that leaves the package: one of ours was made in a callback, a timer or an abort, so its stack shows no caller. */
  forCaller(error: unknown): unknown {
    if (error === undefined || error !== this.#unseen) return error;
    this.#unseen = undefined;
    return withCaller(error);
  }
}
