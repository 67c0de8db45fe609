import { initiatorFlags } from '../flags/tables';
import type { CheckedOptions } from './options';
import type { Credentials } from '../credentials/credentials';

/** How often SSPI may ask for another credential: as often as a server has asked for a certificate, but not without limit. */
const most = 4;

/** What to do when SSPI asks for another credential: fail, repeat the call without one, or ask the caller for it. */
export type CredentialAnswer = 'fail' | 'repeat' | (() => Credentials | Promise<Credentials>);

/** Answers SSPI's requests for another credential in one handshake (SEC_I_INCOMPLETE_CREDENTIALS). */
export class CredentialRequests {
  readonly #options: CheckedOptions;
  readonly #stream: boolean;
  #count = 0;
  #withoutDefault = false;

  constructor(options: CheckedOptions, stream: boolean) {
    this.#options = options;
    this.#stream = stream;
  }

  /** The flags of the next call: once the handshake continues without a certificate, SSPI must not look for one of the user's. */
  get flags(): number {
    const { flags } = this.#options;
    return this.#withoutDefault ? (flags | initiatorFlags.useSuppliedCreds) >>> 0 : flags;
  }

  next(): CredentialAnswer {
    const { onIncompleteCredentials, role } = this.#options;
    if (++this.#count > most) return 'fail';
    if (onIncompleteCredentials !== undefined) return onIncompleteCredentials;
    if (role === 'acceptor' || !this.#stream) return 'fail';
    // Repeated, the same call continues without a client certificate. Whether that is enough is for the server to decide.
    this.#withoutDefault = true;
    return 'repeat';
  }
}
