import * as ldap from '../wire/ldap-messages';
import { closedError, messageError } from './errors';
import { LdapMessageParser } from '../wire/ldap-parser';
import { WireError } from '../wire/wire-error';
import type { BerReader } from '../wire/ber';
import type { Duplex } from 'node:stream';

/** More than the largest token that SSPI makes, in base64 or not. */
const largestMessage = 1 << 20;

type Message = ReturnType<typeof ldap.readMessage>;

interface Waiting {
  readonly id: number;
  readonly reject: (error: unknown) => void;
  /** Takes a message of the answer. @returns With the last one, what hands the whole answer over. */
  readonly take: (message: Message) => (() => void) | undefined;
}

/** What reading an object gives. */
export interface Reading {
  readonly result: ldap.LdapResult;
  /** Undefined if the directory sent no object. */
  readonly entry: ldap.LdapEntry | undefined;
}

/**
 * The requests of a sign-on, one at a time. It takes the connection only as long as it waits for an answer, and every byte after an
 * answer is an error: before the connection is protected, it could only come from somebody who writes into it.
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

  bind(mechanism: string, credentials: Buffer | undefined): Promise<ldap.BindResult> {
    const request = ldap.saslBindRequest(mechanism, credentials);
    return this.#request(request, ldap.responseTags.bind, ldap.readBindResponse);
  }

  /** An extended operation without a value. */
  extended(oid: string): Promise<ReturnType<typeof ldap.readExtendedResponse>> {
    return this.#request(ldap.extendedRequest(oid), ldap.responseTags.extended, ldap.readExtendedResponse);
  }

  /** Reads attributes of one object; the root DSE has the name ''. */
  read(dn: string, ...attributes: readonly string[]): Promise<Reading> {
    let entry: ldap.LdapEntry | undefined;
    return this.#exchange(ldap.readRequest(dn, attributes), ({ tag, operation }) => {
      if (tag === ldap.responseTags.searchDone) return { result: ldap.readResult(operation), entry };
      if (tag === ldap.responseTags.searchEntry) entry = ldap.readSearchEntry(operation);
      else if (tag !== ldap.responseTags.searchReference) throw foreign(tag);
      return undefined;
    });
  }

  /** Tells the directory that this is the end, and closes the connection. */
  close(): void {
    this.#socket.end(ldap.message(++this.#lastId, ldap.unbindRequest()), () => this.#socket.destroy());
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

  #request<T extends object>(operation: Buffer, expected: number, parse: (answer: BerReader) => T): Promise<T> {
    return this.#exchange(operation, ({ tag, operation: answer }) => {
      if (tag !== expected) throw foreign(tag);
      return parse(answer);
    });
  }

  /** @param take Gives the answer, when its last message has come. */
  #exchange<T extends object>(operation: Buffer, take: (message: Message) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) {
        reject(this.#fault);
        return;
      }
      const id = ++this.#lastId;
      const takeOne = (message: Message): (() => void) | undefined => {
        const answer = take(message);
        return answer && (() => resolve(answer));
      };
      this.#waiting = { id, take: takeOne, reject };
      this.#socket.write(ldap.message(id, operation));
      this.#socket.resume();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#parser.push(chunk);
      for (let message = this.#parser.next(); message !== undefined; message = this.#parser.next()) {
        const handOver = this.#take(ldap.readMessage(message));
        if (handOver === undefined) continue;
        if (this.#parser.pending > 0) throw early();
        this.#socket.pause();
        this.#waiting = undefined;
        handOver();
        return;
      }
    } catch (error) {
      this.#fail(error instanceof WireError ? messageError(`The directory sent ${error.message}.`, error) : error);
    }
  };

  #take(message: Message): (() => void) | undefined {
    // Number 0: the server closes the connection, and says why (RFC 4511, section 4.4.1).
    if (message.id === 0 && message.tag === ldap.responseTags.extended) {
      const { name, diagnostic } = ldap.readResult(message.operation);
      throw messageError(`The directory closes the connection: ${name} (${diagnostic}).`);
    }
    if (this.#waiting === undefined) throw early();
    if (message.id === this.#waiting.id) return this.#waiting.take(message);
    throw messageError(`Message ${message.id} is no answer to message ${this.#waiting.id}.`);
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

const foreign = (tag: number): Error => messageError(`Operation 0x${tag.toString(16)} is no answer to the request.`);
