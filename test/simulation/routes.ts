/** Where the requests of user agents go: over a connection of their own, one that changes hands, or a proxy's. */
import type { ClientConnection } from './connection';
import type { Addresses } from './link';
import type { Answer, Asked } from './messages';
import type { Random } from './random';
import type { UserAgent } from './user-agents/user-agent';

/** How a request is made, once its number is known. */
export type Make = (id: number) => Asked;

/** A request on a connection that nobody else uses any more. */
export interface Alone {
  readonly answer: Promise<Answer | undefined>;
  readonly connection: ClientConnection;
}

export interface Route {
  /** The Host header that clients write. */
  readonly host: string;
  /** Undefined: the connection ended without an answer. */
  ask(creator: UserAgent, make: Make): Promise<Answer | undefined>;
  askAlone(creator: UserAgent, make: Make): Alone;
  /** Runs what must not be mixed with what other user agents do on the connection. */
  inTurn(work: () => Promise<void>): Promise<void>;
  /** Must the first request of a turn carry an Authorization field? */
  readonly changesHands: boolean;
  /** The connection goes: by a FIN, or by a reset. */
  leave(how: 'end' | 'reset'): void;
}

export type Connect = (addresses: Addresses) => ClientConnection;

/** A connection of one user agent's own; a new one when it is lost. */
export class DirectRoute implements Route {
  readonly host: string;
  readonly changesHands: boolean;
  readonly #addresses: Addresses;
  readonly #connect: Connect;
  #connection: ClientConnection | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** @param changesHands several user agents use it, one after the other, and each signs on first. */
  constructor(host: string, addresses: Addresses, connect: Connect, changesHands = false) {
    this.host = host;
    this.#addresses = addresses;
    this.#connect = connect;
    this.changesHands = changesHands;
  }

  ask(creator: UserAgent, make: Make): Promise<Answer | undefined> {
    return this.connection.ask(creator, make);
  }

  askAlone(creator: UserAgent, make: Make): Alone {
    const connection = this.connection;
    return { answer: connection.ask(creator, make), connection };
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    if (!this.changesHands) return work();
    return (this.#turn = this.#turn.then(work));
  }

  leave(how: 'end' | 'reset'): void {
    this.#connection?.[how]();
    this.#connection = undefined;
  }

  /** The one in use now. */
  get connection(): ClientConnection {
    if (this.#connection === undefined || this.#connection.lost || this.#connection.isUpgraded) {
      this.#connection = this.#connect(this.#addresses);
    }
    return this.#connection;
  }
}

/** What a proxy writes into the requests that it passes on. */
export type Marking = 'always' | 'first' | 'never';

const marks = [
  ['Via', '1.1 proxy'],
  ['Forwarded', 'for=10.9.8.7'],
  ['X-Forwarded-For', '10.9.8.7'],
  ['x-forwarded-host', 'web.corp.test'],
] as const;

/** A proxy that sends requests of several user agents over the same connections. */
export class PoolingProxy implements Route {
  readonly host: string;
  readonly changesHands = false;
  readonly #random: Random;
  readonly #addresses: Addresses;
  readonly #connect: Connect;
  readonly #marking: Marking;
  readonly #mark: readonly [string, string];
  readonly #size: number;
  #pool: ClientConnection[] = [];

  constructor(random: Random, host: string, addresses: Addresses, connect: Connect, marking: Marking) {
    this.#random = random;
    this.host = host;
    this.#addresses = addresses;
    this.#connect = connect;
    this.#marking = marking;
    this.#mark = random.pick(marks);
    this.#size = random.between(1, 2);
  }

  ask(creator: UserAgent, make: Make): Promise<Answer | undefined> {
    return this.#send(this.#choose(), creator, make);
  }

  askAlone(creator: UserAgent, make: Make): Alone {
    const connection = this.#choose();
    this.#pool = this.#pool.filter((each) => each !== connection);
    return { answer: this.#send(connection, creator, make), connection };
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    return work();
  }

  leave(): void {
    // The proxy keeps its connections.
  }

  #choose(): ClientConnection {
    this.#pool = this.#pool.filter(({ lost }) => !lost);
    if (this.#pool.length >= this.#size) return this.#random.pick(this.#pool);
    const connection = this.#connect(this.#addresses);
    this.#pool.push(connection);
    return connection;
  }

  #send(connection: ClientConnection, creator: UserAgent, make: Make): Promise<Answer | undefined> {
    const isMarked =
      this.#marking === 'always' || (this.#marking === 'first' && connection.facts.requests.length === 0);
    if (!isMarked) return connection.ask(creator, make);
    return connection.ask(creator, (id) => {
      const asked = make(id);
      return { ...asked, headers: [...asked.headers, this.#mark] };
    });
  }
}

/** One client of a proxy that has a connection of its own for each client. */
export class ClientOfProxy extends DirectRoute {
  override ask(creator: UserAgent, make: Make): Promise<Answer | undefined> {
    return super.ask(creator, marked(make));
  }

  override askAlone(creator: UserAgent, make: Make): Alone {
    return super.askAlone(creator, marked(make));
  }
}

const marked =
  (make: Make): Make =>
  (id) => {
    const asked = make(id);
    return { ...asked, headers: [...asked.headers, ['X-Forwarded-For', '10.1.1.1']] };
  };
