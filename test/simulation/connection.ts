import { AnswerReader, serialize, type Answer, type Asked } from './messages';
import { Link, type Addresses } from './link';
import type { ConnectionFacts, RequestFacts } from './facts';
import type { GroundTruth } from './ground-truth';
import type { Random } from './random';
import type { Schedule } from './schedule';
import type { UserAgent } from './user-agents/user-agent';

interface Open {
  readonly request: RequestFacts;
  readonly resolve: (answer: Answer | undefined) => void;
}

/** The client's side of a connection. Several user agents may use it: a proxy's, or one that changes hands. */
export class ClientConnection {
  readonly facts: ConnectionFacts;
  readonly link: Link;
  readonly #truth: GroundTruth;
  readonly #reader = new AnswerReader();
  /** Requests that wait for their answers, in order. */
  readonly #open: Open[] = [];
  #upgraded: RequestFacts | undefined;
  /** Why the server may end the connection. */
  #mayEnd = false;

  constructor(random: Random, schedule: Schedule, truth: GroundTruth, addresses: Addresses) {
    this.#truth = truth;
    this.facts = truth.connected(addresses);
    this.link = new Link(this.facts.id, random, schedule, addresses);
    this.link.onData = (bytes) => this.#receive(bytes);
    this.link.onClose = () => this.#closed();
  }

  get lost(): boolean {
    return this.link.closed;
  }

  get isUpgraded(): boolean {
    return this.#upgraded !== undefined;
  }

  /** No request waits for its answer. */
  get isQuiet(): boolean {
    return this.#open.length === 0;
  }

  /** Requests that have arrived at the server and not been answered, although the connection is open. */
  get unanswered(): readonly RequestFacts[] {
    return this.lost || !this.link.delivered ? [] : this.#open.map(({ request }) => request);
  }

  /** Sends a request. Undefined: the connection ended without an answer. */
  ask(creator: UserAgent, asked: (id: number) => Asked): Promise<Answer | undefined> {
    const request = this.#truth.created(creator, this.facts, asked);
    return new Promise((resolve) => {
      if (this.link.ended || this.isUpgraded) return resolve(undefined);
      // A server may give up a connection on which an upgrade overtakes an answer, or has a body.
      if (request.asked.upgrade && (!this.isQuiet || request.asked.body !== undefined)) this.#mayEnd = true;
      this.#open.push({ request, resolve });
      this.link.write(serialize(request.id, request.asked));
    });
  }

  /** Writes what is no request, or not a whole one: whatever the server does then is right. */
  writeRaw(text: string): void {
    this.#mayEnd = true;
    this.link.write(Buffer.from(text, 'latin1'));
  }

  /** A message on an upgraded connection; the server sends it back with the user's name. */
  say(text: string): void {
    this.link.write(Buffer.from(`${text}\n`, 'latin1'));
  }

  end(): void {
    this.#mayEnd = true;
    this.link.end();
  }

  reset(): void {
    this.#mayEnd = true;
    this.link.reset();
  }

  #receive(bytes: Buffer): void {
    this.#reader.feed(bytes);
    while (this.#upgraded === undefined) {
      const [first] = this.#open;
      if (first === undefined) {
        if (!this.#reader.isEmpty && !this.#mayEnd) {
          this.#truth.violation(`Connection ${this.facts.id} received an answer that nobody had asked for`);
        }
        return;
      }
      const answer = this.#reader.next(first.request.asked.method === 'HEAD');
      if (answer === undefined) return;
      this.#open.shift();
      if (answer.status === 101) this.#upgraded = first.request;
      if (answer.headers.get('connection')?.[0] === 'close') this.#mayEnd = true;
      this.#truth.answered(first.request, answer);
      first.resolve(answer);
    }
    this.#receiveLines(this.#upgraded);
  }

  #receiveLines({ id, creator }: RequestFacts): void {
    for (let line = this.#reader.line(); line !== undefined; line = this.#reader.line()) {
      const [, name] = line.split(' for ');
      if (name !== 'nobody' && name !== creator.account?.name) {
        this.#truth.violation(`The upgraded connection of request ${id} speaks to ${name ?? '?'}`);
      }
    }
  }

  #closed(): void {
    // `maxAge` ends an upgraded connection, which the client may not know to be one yet.
    const isUpgraded = this.isUpgraded || (this.#open[0]?.request.asked.upgrade === true && this.#open.length === 1);
    const isRight = this.#mayEnd || (isUpgraded && this.#truth.settings.maxAge !== Infinity);
    if (!isRight) this.#truth.violation(`The server ended connection ${this.facts.id} without a reason`);
    for (const { resolve } of this.#open.splice(0)) resolve(undefined);
  }
}
