import * as ldap from '../wire/ldap-messages';
import { closedError, messageError } from './errors';
import { LdapMessageParser } from '../wire/ldap-parser';
import { WireError } from '../wire/wire-error';
import type { Duplex } from 'node:stream';

/** More than the largest token that SSPI makes, in base64 or not. */
const largestMessage = 1 << 20;

interface Waiting {
  readonly id: number;
  readonly resolve: (answer: ReturnType<typeof ldap.readMessage>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The requests of a sign-on over a connection that is not protected yet, one at a time. It takes the connection only as long as it
 * waits for an answer, and every byte after an answer is an error: it could only come from somebody who writes into the connection
 * before it is protected.
 */
export class Dialogue {
  readonly #socket: Duplex;
  readonly #parser = new LdapMessageParser(largestMessage);
  #lastId = 0;
  #waiting: Waiting | undefined;
  #fault: Error | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('error', this.#onError);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.pause();
  }

  async bind(mechanism: string, credentials: Buffer | undefined): Promise<ldap.BindResult> {
    const answer = await this.#request(ldap.saslBindRequest(mechanism, credentials), ldap.responseTags.bind);
    return read(() => ldap.readBindResponse(answer));
  }

  async extended(oid: string): Promise<ldap.LdapResult> {
    const answer = await this.#request(ldap.extendedRequest(oid), ldap.responseTags.extended);
    return read(() => ldap.readExtendedResponse(answer));
  }

  /** Gives the connection back. */
  end(): void {
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onError);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#parser.pending > 0) throw early();
  }

  async #request(operation: Buffer, expected: number): Promise<ReturnType<typeof ldap.readMessage>['operation']> {
    const { tag, operation: answer } = await this.#exchange(operation);
    if (tag !== expected) throw messageError(`Operation 0x${tag.toString(16)} is no answer to the request.`);
    return answer;
  }

  #exchange(operation: Buffer): Promise<ReturnType<typeof ldap.readMessage>> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) {
        reject(this.#fault);
        return;
      }
      const id = ++this.#lastId;
      this.#waiting = { id, resolve, reject };
      this.#socket.write(ldap.message(id, operation));
      this.#socket.resume();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#parser.push(chunk);
      const message = this.#parser.next();
      if (message === undefined) return;
      if (this.#parser.pending > 0) throw early();
      this.#socket.pause();
      this.#answer(ldap.readMessage(message));
    } catch (error) {
      this.#fail(error instanceof WireError ? messageError(`The directory sent ${error.message}.`, error) : error);
    }
  };

  #answer(answer: ReturnType<typeof ldap.readMessage>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // Number 0: the server closes the connection, and says why (RFC 4511, section 4.4.1).
    if (answer.id === 0 && answer.tag === ldap.responseTags.extended) {
      const { name, diagnostic } = ldap.readResult(answer.operation);
      waiting?.reject(messageError(`The directory closes the connection: ${name} (${diagnostic}).`));
    } else if (waiting?.id === answer.id) waiting.resolve(answer);
    else waiting?.reject(messageError(`Message ${answer.id} is no answer to message ${waiting.id}.`));
  }

  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onEnd = (): void => this.#fail(closedError());

  #fail(error: unknown): void {
    this.#fault ??= error as Error;
    this.#waiting?.reject(this.#fault);
    this.#waiting = undefined;
  }
}

const early = (): Error => messageError('Bytes of the directory arrived before the connection was protected.');

function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof WireError ? messageError(`The directory sent ${error.message}.`, error) : error;
  }
}
