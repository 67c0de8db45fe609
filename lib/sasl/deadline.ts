import { SspiError } from '../index';

/** How long the peer may take for its next message. It does not keep the process alive. */
export class Deadline {
  readonly #milliseconds: number | undefined;
  readonly #passed: (error: SspiError) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param milliseconds Undefined for no limit. */
  constructor(milliseconds: number | undefined, passed: (error: SspiError) => void) {
    this.#milliseconds = milliseconds;
    this.#passed = passed;
  }

  /** The peer owes a message from now on, if it did not already. */
  begin(): void {
    if (this.#milliseconds === undefined || this.#timer !== undefined) return;
    const milliseconds = this.#milliseconds;
    this.#timer = setTimeout(() => {
      const message = `The peer's next message did not come within ${milliseconds / 1000} s.`;
      this.#passed(new SspiError({ code: 'ERR_SSPI_PEER_TIMEOUT', message }));
    }, milliseconds).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
