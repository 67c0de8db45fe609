import { usageError } from '../errors/make';
import { withCaller, type SspiError } from '../errors/sspi-error';

/** The error that a handshake failed with, and whether somebody has received it. */
export class Fault {
  #error: unknown;
  #told = false;
  /** The same while it is an error of this package's that no caller has received. */
  #unseen: SspiError | undefined;

  /** @param told Whether a caller waits and receives it. */
  set(error: unknown, told: boolean): void {
    this.#error = error;
    this.#told = told;
  }

  /** This package made the error: where it leaves, it is to show whom it is passed on by. */
  own(error: SspiError): void {
    this.#unseen = error;
  }

  markTold(): void {
    this.#told = true;
  }

  /** For a later caller: the error if nobody was there to hear it, else one that names it as its cause. */
  forLaterCaller(): SspiError {
    if (!this.#told) {
      this.#told = true;
      return this.#error as SspiError;
    }
    return usageError('ERR_SSPI_HANDSHAKE_FAILED', 'The handshake has already failed.', { cause: this.#error });
  }

  /** An error on its way out: one of ours was made in a callback, a timer or a signal's abort, where its stack shows no caller. */
  forCaller(error: unknown): unknown {
    if (error === undefined || error !== this.#unseen) return error;
    this.#unseen = undefined;
    return withCaller(error);
  }
}
