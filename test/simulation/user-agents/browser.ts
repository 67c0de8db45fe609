import { answeredBy, challengeOf, makeRequest, replyOf, smuggled, Tokens, type Parts } from './requests';
import type { Account } from '../accounts';
import type { Answer } from '../messages';
import type { ClientConnection } from '../connection';
import type { Random } from '../random';
import type { Alone, Route } from '../routes';
import type { Schedule } from '../schedule';
import type { Scheme } from 'sspi/http';
import type { UserAgent } from './user-agent';
import type { Wiretap } from './wiretap';

/** A name of somebody else's that leads to this server (DNS rebinding). */
const reboundHost = 'rebound.evil.test';

/** What the request is, besides its token. */
type Shape = Omit<Parts, 'authorization' | 'signsOn'>;

/**
 * A browser of one user. It signs on in every way there is, fails at it, sends requests one after the other or at once, opens
 * WebSockets, has pages of other sites send requests, and leaves in the middle.
 */
export class Browser implements UserAgent {
  readonly name: string;
  readonly account: Account;
  readonly #route: Route;
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #tokens: Tokens;

  constructor(name: string, account: Account, route: Route, random: Random, schedule: Schedule, wiretap: Wiretap) {
    this.name = name;
    this.account = account;
    this.#route = route;
    this.#random = random;
    this.#schedule = schedule;
    this.#tokens = new Tokens(account.name, random, wiretap);
  }

  async run(): Promise<void> {
    const visits = this.#random.between(1, 3);
    for (let visit = 0; visit < visits; visit++) {
      await this.#schedule.pause(`${this.name} comes`);
      await this.#route.inTurn(() => this.#visit());
      if (this.#random.chance(0.15)) this.#route.leave(this.#random.pick(['end', 'reset']));
    }
  }

  async #visit(): Promise<void> {
    // Whoever takes a connection over signs on first, well or badly, and has said by that who it is.
    if (this.#route.changesHands || this.#random.chance(0.6)) await this.#signOn();
    const requests = this.#random.between(1, 4);
    for (let request = 0; request < requests; request++) {
      if (this.#random.chance(0.2)) await this.#schedule.pause(`${this.name} goes on`);
      await this.#act();
    }
  }

  #act(): Promise<unknown> {
    const roll = this.#random.next();
    if (roll < 0.5) return this.#ask(this.#shape());
    if (roll < 0.55) return this.#ask({ host: reboundHost });
    if (roll < 0.66) return this.#burst();
    if (roll < 0.78) return this.#signOn();
    if (roll < 0.92) return this.#webSocket();
    if (roll < 0.96) return this.#preflight();
    return this.#ask({ ...this.#shape(), page: 'foreign', method: 'POST', body: smuggled });
  }

  // -- Signing on ---------------------------------------------------------------------------------------------------------

  async #signOn(shape = this.#shape()): Promise<Answer | undefined> {
    const roll = this.#random.next();
    if (roll < 0.25) return this.#byTicket(shape);
    if (roll < 0.7) return this.#byNtlm(shape);
    if (roll < 0.78) return this.#afterHint(shape);
    if (roll < 0.88) return this.#ask({ ...shape, authorization: this.#tokens.opaque() });
    return this.#fail(shape);
  }

  #byTicket(shape: Shape): Promise<Answer | undefined> {
    return this.#ask({ ...shape, authorization: this.#tokens.ticket(), signsOn: 'at once' });
  }

  async #byNtlm(shape: Shape): Promise<Answer | undefined> {
    const scheme = this.#random.pick<Scheme>(['Negotiate', 'Negotiate', 'Negotiate', 'NTLM']);
    const first = await this.#ask({ ...shape, authorization: this.#tokens.negotiate(scheme) });
    const reply = replyOf(first, scheme);
    if (reply === undefined || this.#random.chance(0.05)) return first;
    if (this.#random.chance(0.2)) await this.#ask(this.#shape());
    const genuine = this.#random.chance(0.85);
    const authorization = this.#tokens.authenticate(scheme, challengeOf(reply), genuine);
    const signsOn = genuine ? { after: answeredBy(reply) } : undefined;
    const last = await this.#ask({ ...shape, authorization, signsOn });
    if (this.#random.chance(0.3)) await this.#ask({ host: reboundHost });
    return last;
  }

  async #afterHint(shape: Shape): Promise<Answer | undefined> {
    const first = await this.#ask({ ...shape, authorization: this.#tokens.hint() });
    const reply = replyOf(first, 'Negotiate');
    if (reply === undefined) return first;
    const signsOn = { after: answeredBy(reply) };
    return this.#ask({ ...shape, authorization: this.#tokens.laterTicket(), signsOn });
  }

  #fail(shape: Shape): Promise<Answer | undefined> {
    const authorization = this.#random.pick<Parts['authorization']>([
      this.#tokens.ticket(false),
      this.#tokens.authenticate('Negotiate', 'challenge 0'),
      [`Negotiate ${Buffer.from('garbage').toString('base64')}`],
      ['Negotiate =no=base64='],
      ['Basic dXNlcjpwYXNzd29yZA=='],
      ['Negotiate AAAA', 'Negotiate AAAA'],
    ]);
    return this.#ask({ ...shape, authorization });
  }

  // -- Requests -----------------------------------------------------------------------------------------------------------

  /** Several requests at once, without waiting for answers. */
  async #burst(): Promise<void> {
    const length = this.#random.between(2, 4);
    const answers: Promise<unknown>[] = [];
    for (let request = 0; request < length; request++) {
      // It is refused, and what comes after it in the same segment is not lost.
      if (this.#random.chance(0.1)) answers.push(this.#ask({ upgrade: true, page: 'foreign' }));
      const signsOn = this.#random.chance(0.4);
      answers.push(signsOn ? this.#byTicket(this.#shape()) : this.#ask(this.#shape()));
    }
    if (this.#random.chance(0.3)) answers.push(this.#webSocket());
    if (this.#random.chance(0.1)) this.#route.leave(this.#random.pick(['end', 'reset']));
    await Promise.all(answers);
  }

  async #webSocket(): Promise<void> {
    const page = this.#random.pick<Parts['page']>(['own', 'own', 'listed', 'foreign', undefined]);
    const shape: Shape = {
      upgrade: true,
      page,
      ...(this.#random.chance(0.1) ? { method: 'POST', body: smuggled } : {}),
    };
    const scheme = 'Negotiate';
    const kind = this.#random.pick(['ticket', 'ntlm', 'none'] as const);
    if (kind === 'ntlm') {
      const { answer, connection } = this.#askAlone({ ...shape, authorization: this.#tokens.negotiate(scheme) });
      const reply = replyOf(await answer, scheme);
      if (reply === undefined || connection.lost) return;
      const authorization = this.#tokens.authenticate(scheme, challengeOf(reply));
      const signsOn = { after: answeredBy(reply) };
      const last = await connection.ask(this, makeRequest(this.#route, { ...shape, authorization, signsOn }));
      return this.#speak(connection, last);
    }
    const byTicket: Parts =
      kind === 'ticket' ? { ...shape, authorization: this.#tokens.ticket(), signsOn: 'at once' } : shape;
    const { answer, connection } = this.#askAlone(byTicket);
    return this.#speak(connection, await answer);
  }

  async #speak(connection: ClientConnection, answer: Answer | undefined): Promise<void> {
    if (answer?.status !== 101) return;
    const messages = this.#random.between(0, 3);
    for (let message = 0; message < messages; message++) {
      connection.say(`message ${message}`);
      await this.#schedule.pause(`${this.name} speaks on`);
    }
    if (this.#random.chance(0.3)) connection[this.#random.pick(['end', 'reset'])]();
  }

  #preflight(): Promise<Answer | undefined> {
    return this.#route.ask(this, (id) => {
      const asked = makeRequest(this.#route, { method: 'OPTIONS', page: this.#random.pick(['foreign', 'own']) })(id);
      return { ...asked, headers: [...asked.headers, ['Access-Control-Request-Method', 'PUT']] };
    });
  }

  #shape(): Shape {
    const host = this.#random.chance(0.1) ? reboundHost : undefined;
    const roll = this.#random.next();
    if (roll < 0.65) return { host };
    if (roll < 0.75) return { host, method: 'HEAD' };
    return {
      host,
      method: 'POST',
      body: smuggled,
      page: this.#random.pick<Parts['page']>(['own', 'listed', undefined]),
    };
  }

  #ask(parts: Parts): Promise<Answer | undefined> {
    return this.#route.ask(this, makeRequest(this.#route, parts));
  }

  #askAlone(parts: Parts): Alone {
    return this.#route.askAlone(this, makeRequest(this.#route, parts));
  }
}
