import { SspiError, initiate, type Credentials, type Handshake, type InitiatorFlag, type SendableLeg } from '../index';
import { driverError, protocolError } from './errors';
import { integratedLogin, isBefore72 } from '../wire/tds/login7';
import { packetType } from '../wire/tds/packets';
import { readLoginReply, withAddedText, type LoginReply } from '../wire/tds/login-reply';
import { refusalOf } from './refusal';
import type { Attempt } from './attempt';
import type { ServerConnection } from './server-connection';
import type { Settings } from './options';

/** More replies than any sign-on has. */
const mostReplies = 16;

/** What the driver is told at the end. */
export interface Verdict {
  /** The server's words without its SSPI tokens. */
  readonly reply: Buffer;
  readonly packetSize: number | undefined;
}

export interface LoginTerms {
  readonly credentials: Credentials;
  readonly targets: readonly string[];
  readonly channelBindings: Buffer | undefined;
}

/** The sign-on: its first token in the driver's LOGIN7, the others in SSPI messages, until the server has decided. */
export class Login {
  readonly #connection: ServerConnection;
  readonly #settings: Settings;
  readonly #bound: boolean;
  readonly #handshake: Handshake;
  readonly #legs: AsyncIterator<SendableLeg, unknown, void>;
  #first: Buffer | undefined;
  #before72 = false;
  #replies = 0;
  readonly #others: Buffer[] = [];
  #last: LoginReply | undefined;

  private constructor(connection: ServerConnection, settings: Settings, handshake: Handshake, bound: boolean) {
    this.#connection = connection;
    this.#settings = settings;
    this.#handshake = handshake;
    this.#bound = bound;
    this.#legs = handshake.legs(this.#tokens());
  }

  /** Makes the first token, which fails for everything that is wrong on this side. */
  static async begin(
    connection: ServerConnection,
    settings: Settings,
    terms: LoginTerms,
    attempt: Attempt,
  ): Promise<Login> {
    const [target, ...others] = terms.targets;
    try {
      return await Login.#beginWith(connection, settings, terms, target, attempt);
    } catch (error) {
      if (others.length > 0 && SspiError.isSspiError(error, 'SEC_E_TARGET_UNKNOWN')) {
        return Login.begin(connection, settings, { ...terms, targets: others }, attempt);
      }
      const bindingsLack = SspiError.isSspiError(error, 'ERR_SSPI_UNSUPPORTED_PLATFORM');
      if (bindingsLack && terms.channelBindings !== undefined && settings.extendedProtection === 'auto') {
        return Login.begin(connection, settings, { ...terms, channelBindings: undefined }, attempt);
      }
      throw error;
    }
  }

  static async #beginWith(
    connection: ServerConnection,
    settings: Settings,
    { credentials, channelBindings }: LoginTerms,
    target: string | undefined,
    { signal }: Attempt,
  ): Promise<Login> {
    const flags: InitiatorFlag[] = ['mutualAuth', 'integrity', ...(settings.delegate ? (['delegate'] as const) : [])];
    const handshake = initiate(credentials, { target, flags, channelBindings, signal });
    const login = new Login(connection, settings, handshake, channelBindings !== undefined);
    try {
      const leg = await login.#legs.next();
      login.#first = leg.done === true ? undefined : leg.value.token;
      if (!login.#first?.length) throw protocolError('a sign-on whose first token is empty');
      return login;
    } catch (error) {
      login.dispose();
      throw error;
    }
  }

  /** Signs on in place of the driver's LOGIN7; everything but a failure of this side is the server's verdict. */
  async signOn(login7: Buffer): Promise<Verdict> {
    await this.#connection.write(packetType.login7, this.#integrated(login7));
    try {
      await this.#exchange();
    } catch (error) {
      // A refusal leaves the handshake without its end.
      if (!this.#refused) throw error;
    }
    if (this.#last === undefined || !(this.#last.acknowledged || this.#refused)) {
      const { sspi, acknowledged, errors } = await this.#reply();
      if (sspi.length > 0) throw protocolError('a token after the end of the handshake');
      if (!acknowledged && errors.length === 0) throw protocolError('neither a token nor the end of the login');
    }
    return this.#verdict();
  }

  dispose(): void {
    this.#first = undefined;
    this.#handshake[Symbol.dispose]();
  }

  get #refused(): boolean {
    return this.#last !== undefined && !this.#last.acknowledged && this.#last.errors.length > 0;
  }

  #integrated(login7: Buffer): Buffer {
    try {
      const login = integratedLogin(login7, this.#first as Buffer);
      this.#before72 = isBefore72(login7);
      this.#first = undefined;
      return login;
    } catch (error) {
      throw driverError((error as Error).message, error);
    }
  }

  async #exchange(): Promise<void> {
    for (;;) {
      const leg = await this.#legs.next();
      if (leg.done === true) return;
      const { token, failed } = leg.value;
      if (this.#last?.acknowledged === true) throw tooEarly();
      // The server takes an empty SSPI message for a broken one; and there is no answer to a failure that it could give.
      if (token.length > 0 && !failed) await this.#connection.write(packetType.sspi, token);
    }
  }

  /** The server's tokens. Only the handshake asks for them, when the server owes one. */
  async *#tokens(): AsyncGenerator<Buffer, void> {
    for (;;) {
      if (this.#last?.acknowledged === true) throw tooEarly();
      const { sspi, acknowledged } = await this.#reply();
      if (this.#refused) return;
      const [token, ...more] = sspi;
      if (token === undefined) {
        throw acknowledged ? tooEarly() : protocolError('neither a token nor the end of the login');
      }
      if (more.length > 0) throw protocolError('two tokens in one message');
      yield token;
    }
  }

  async #reply(): Promise<LoginReply> {
    this.#replies += 1;
    if (this.#replies > mostReplies) throw protocolError(`more than ${mostReplies} replies without an end`);
    const { type, payload } = await this.#connection.message();
    if (type !== packetType.reply) throw protocolError(`a message of type ${type} in place of a reply`);
    try {
      this.#last = readLoginReply(payload, this.#before72);
    } catch (error) {
      throw protocolError((error as Error).message, error);
    }
    this.#others.push(...this.#last.others);
    return this.#last;
  }

  #verdict(): Verdict {
    const { packetSize, errors } = this.#last as LoginReply;
    const refusal = this.#refused ? refusalOf(errors, this.#handshake, this.#bound) : undefined;
    const others = refusal === undefined ? this.#others : this.#others.map((token) => explained(token, refusal));
    if (refusal !== undefined) this.#tell(refusal);
    return { reply: Buffer.concat(others), packetSize };
  }

  #tell(refusal: SspiError): void {
    try {
      this.#settings.onRefusal?.(refusal);
    } catch {
      // It observes.
    }
  }
}

/** The driver makes its error of the server's text alone: the cause is added to it. */
function explained(token: Buffer, refusal: SspiError): Buffer {
  return withAddedText(token, ` [sspi: ${refusal.message}]`);
}

const tooEarly = (): SspiError =>
  protocolError('LOGINACK before the end of the handshake, so its identity is not proven');
