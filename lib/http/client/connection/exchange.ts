/** One request and its answer, with the sign-on that the server or the proxy asks for in between. */
import { answerLate, badAnswer, bodySent, connectionLost, otherOrigin } from '../sign-on/failures';
import {
  endsConnection,
  fieldValues,
  withConnectionClose,
  type HeadField,
  type ResponseHead,
} from '../../../wire/http-head';
import { Ended, type Answer, type AnswerReader } from './answer-reader';
import { SspiError } from '../../../index';
import { challengesOf } from '../../../wire/authentication-headers';
import { chooseScheme } from '../sign-on/challenge';
import { WireError } from '../../../wire/wire-error';
import type { Duplex } from 'node:stream';
import type { OutgoingLeg } from '../sign-on/session';
import type { HeadChanges, OutgoingRequest } from './outgoing-request';
import type { Party } from './party';
import type { TLSSocket } from 'node:tls';

/** The connection, as an exchange needs it. */
export interface Line {
  readonly socket: Duplex;
  readonly tls: TLSSocket | undefined;
  readonly answers: AnswerReader;
  /** Has an earlier request been answered on it? */
  used: boolean;
}

/** The stream between the client and the connection. */
export interface ExchangeHost {
  /** The server and the proxy that may be signed on to. */
  readonly parties: readonly Party[];
  /** The origin to put before the path, for a proxy. */
  readonly absolute: () => string | undefined;
  readonly signal: AbortSignal;
  /** How long a leg that is not the last may take to be answered, in milliseconds. */
  readonly handshakeTimeout: number;
  line(): Promise<Line>;
  /** Opens the connection anew. */
  reopen(): Promise<Line>;
  /** Gives the client an informational answer (1xx). */
  inform(bytes: Buffer): void;
  /** Gives the client the answer: what follows is passed on. */
  handOn(bytes: Buffer): void;
}

type BodyMode = HeadChanges['body'];

/** How long a server has to answer Expect: 100-continue before the body is sent all the same (RFC 9110, 10.1.1). */
const expectTimeout = 1000;

/** @param sent True if the request is on its way already. */
export async function exchange(host: ExchangeHost, request: OutgoingRequest, sent: boolean): Promise<void> {
  const running = new Exchange(host, request);
  try {
    await running.run(sent);
  } finally {
    for (const party of host.parties) party.end();
  }
}

class Exchange {
  readonly #host: ExchangeHost;
  readonly #request: OutgoingRequest;
  readonly #legs = new Map<Party, OutgoingLeg>();
  #line!: Line;
  #mode: BodyMode = 'as-written';
  /** Has the connection answered this request, or none before it? */
  #heard = true;
  /** The answer that is being read. */
  #reading: Promise<Answer> | undefined;

  constructor(host: ExchangeHost, request: OutgoingRequest) {
    this.#host = host;
    this.#request = request;
  }

  async run(sent: boolean): Promise<void> {
    this.#line = await this.#host.line();
    this.#heard = !this.#line.used;
    if (!sent) {
      await this.#request.body.settle();
      await this.#unasked();
      this.#send();
    }
    for (;;) {
      const answer = await this.#answer();
      if (answer === undefined) return;
      for (const { rules } of this.#host.parties) rules.observer?.answered(answer.head);
      const challenger = await this.#takes(answer.head);
      if (challenger === undefined) {
        this.#finish(answer);
        return;
      }
      this.#request.body.hold();
      this.#send();
    }
  }

  /** Tokens that are sent before they are asked for. */
  async #unasked(): Promise<void> {
    for (const party of this.#host.parties) {
      if (!party.wantsToken(this.#request.head.target) || this.#hasOwnCredentials(party)) continue;
      try {
        const session = await party.begin(true, this.#line.tls, this.#host.signal);
        this.#legs.set(party, await session.begin());
      } catch (error) {
        // No token has left: the party may ask for something that this machine has, and that may be sent when it is asked for.
        if (!isNoKerberos(error)) throw error;
        party.end();
      }
    }
  }

  #send(): void {
    const { body } = this.#request;
    this.#mode = this.#bodyMode();
    const absolute = this.#host.absolute();
    const credentials = [...this.#legs.values()].map(({ field, value }): HeadField => [field, value]);
    const { socket } = this.#line;
    socket.cork();
    socket.write(this.#request.text({ credentials, body: this.#mode, absolute }), 'latin1');
    if (this.#mode === 'as-written') body.flow(socket);
    socket.uncork();
  }

  #bodyMode(): BodyMode {
    const { body, expects, bodiless } = this.#request;
    if (bodiless) return 'as-written';
    const unfinished = [...this.#legs.values()].some(({ expectsReply }) => expectsReply);
    if (this.#isBound()) return 'withheld';
    if (expects || body.complete) return 'as-written';
    const signedOn = this.#host.parties.every(({ standing }) => standing === 'connection');
    const last = this.#legs.size > 0 ? !unfinished : signedOn;
    return last ? 'as-written' : 'asked';
  }

  /** Is this a leg that is bound to be answered with another challenge? */
  #isBound(): boolean {
    return [...this.#legs].some(([{ session }, { expectsReply }]) => expectsReply && session?.byNtlm === true);
  }

  /** The final answer; undefined if the client's own parser is to judge what came. */
  async #answer(): Promise<Answer | undefined> {
    for (;;) {
      const answer = await this.#next();
      if (answer === undefined) return undefined;
      const status = answer === 'late' ? 100 : answer.head.status;
      if (answer !== 'late' && (status >= 200 || status === 101)) return answer;
      if (status === 100 && this.#mode === 'asked') {
        this.#mode = 'as-written';
        this.#request.body.flow(this.#line.socket);
      } else if (answer !== 'late' && (status === 100 ? this.#request.expects : this.#legs.size === 0)) {
        this.#host.inform(answer.bytes);
      }
    }
  }

  /** `late` when the body is to be sent although nobody has asked for it. */
  async #next(): Promise<Answer | 'late' | undefined> {
    this.#reading ??= this.#line.answers.head();
    const working = this.#host.parties.find(({ session }) => session !== undefined);
    try {
      const answer = await this.#timely(this.#reading);
      this.#heard = true;
      if (answer !== 'late') this.#reading = undefined;
      else if (this.#mode !== 'asked') throw answerLate((working as Party).rules, this.#host.handshakeTimeout);
      return answer;
    } catch (error) {
      // A server may close a connection that it has kept just when a request comes. Clients know that as ECONNRESET, and repeat it.
      const idle = error instanceof Ended && !this.#heard;
      if (working !== undefined && !idle) throw translated(error, working);
      if (!(error instanceof WireError) && !(error instanceof Ended)) throw error;
      // The client sees what it would see without a sign-on.
      this.#host.handOn(Buffer.alloc(0));
      return undefined;
    }
  }

  /** A leg of Kerberos is answered with the answer itself, which may take as long as the client is patient. */
  #timely(answer: Promise<Answer>): Promise<Answer | 'late'> {
    if (this.#mode === 'asked') return within(expectTimeout, answer);
    return this.#isBound() ? within(this.#host.handshakeTimeout, answer) : answer;
  }

  /**
   * Takes the answer's tokens.
   *
   * @returns Who has asked, if there is another leg to send; undefined if the answer is the client's.
   */
  async #takes(head: ResponseHead): Promise<Party | undefined> {
    const challenger = this.#host.parties.find(({ rules }) => rules.kind.status === head.status);
    for (const party of this.#host.parties) {
      // A proxy's challenge comes before the server has seen the request.
      if (party !== challenger && challenger?.rules.kind.party !== 'proxy') await this.#completes(party, head);
    }
    if (challenger === undefined) return undefined;
    const challenges = fieldValues(head, challenger.rules.kind.challenge);
    if (challenger.session !== undefined) {
      const leg = await challenger.session.answered({ status: head.status, challenges });
      if (leg === undefined) return undefined;
      await this.#clear(head, challenger);
      this.#legs.set(challenger, leg);
      return challenger;
    }
    if (!challenger.rules.permitted || this.#hasOwnCredentials(challenger)) return undefined;
    if (chooseScheme(challenges, challenger.rules) === undefined) return undefined;
    challenger.standing = 'unknown';
    await this.#clear(head, challenger);
    // Bindings belong to the connection, which may be a new one.
    const session = await challenger.begin(false, this.#line.tls, this.#host.signal);
    this.#legs.set(challenger, await session.begin(challenges));
    return challenger;
  }

  async #completes(party: Party, head: ResponseHead): Promise<void> {
    const { session, rules } = party;
    if (session === undefined) return;
    const challenges = fieldValues(head, rules.kind.challenge);
    if (this.#legs.get(party)?.expectsReply === true) this.#mustNotMove(party, head, challenges);
    await session.answered({ status: head.status, challenges });
    if (this.#mode === 'withheld') {
      throw badAnswer(rules, `HTTP ${head.status} answered a leg that was sent without the body of the request`);
    }
    party.complete(head, this.#request.head.target);
    this.#legs.delete(party);
  }

  /** A redirection in the middle of a sign-on must not lead to another origin. */
  #mustNotMove({ rules }: Party, head: ResponseHead, challenges: readonly string[]): void {
    const [location] = fieldValues(head, 'location');
    if (location === undefined || head.status < 300 || head.status >= 400 || rules.kind.party === 'proxy') return;
    if (challengesOf(challenges).some(({ token68 }) => token68 !== undefined)) return;
    const to = URL.canParse(location, rules.origin) ? new URL(location, rules.origin).origin : 'an unknown origin';
    if (to !== rules.origin) throw otherOrigin(rules, to);
  }

  /** Makes the connection ready for the next leg, or takes a new one if that is still possible. */
  async #clear(head: ResponseHead, challenger: Party): Promise<void> {
    const { body, bodiless } = this.#request;
    const { rules, session } = challenger;
    const begun = session?.begun === true;
    if (body.flowing && !body.canReplay) throw bodySent(rules);
    // What was promised and not sent: the peer would take what follows for it.
    const owed = !bodiless && this.#mode !== 'withheld' && !(body.flowing && body.complete);
    if (begun && owed) throw bodySent(rules);
    if (begun && endsConnection(head)) throw connectionLost(rules);
    if (owed || endsConnection(head)) {
      body.hold();
      this.#line = await this.#host.reopen();
      return;
    }
    try {
      const { handshakeTimeout } = this.#host;
      const drained = this.#line.answers.drain(head, this.#request.head.method);
      if ((await within(handshakeTimeout, drained)) === 'late') throw answerLate(rules, handshakeTimeout);
    } catch (error) {
      throw translated(error, challenger);
    }
  }

  #finish({ head, bytes }: Answer): void {
    const { body } = this.#request;
    if (this.#mode === 'asked') {
      // The server has answered without the body, which is owed: after this answer the connection cannot be used.
      body.discard();
      this.#host.handOn(Buffer.from(withConnectionClose(head), 'latin1'));
      return;
    }
    body.release();
    this.#host.handOn(bytes);
  }

  #hasOwnCredentials({ rules }: Party): boolean {
    return this.#request.has(rules.kind.credentials.toLowerCase());
  }
}

/** Has this machine no Kerberos for the party? Credentials that a program passes may then choose NTLM, which is not sent unasked. */
const isNoKerberos = (error: unknown): boolean =>
  SspiError.isSspiError(error, 'SEC_E_TARGET_UNKNOWN') || SspiError.isSspiError(error, 'ERR_SSPI_REQUIREMENT_NOT_MET');

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | 'late'> {
  if (milliseconds === Infinity) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'late');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What went wrong with a connection in the middle of a sign-on. */
function translated(error: unknown, { rules }: Party): unknown {
  if (error instanceof WireError) return badAnswer(rules, error.message, error);
  return error instanceof Ended ? connectionLost(rules, error.cause) : error;
}
