import { afterLimit, type Clock, type Timer } from './clock';
import { SignedOn, type ContextLease, type Principal } from './identity';
import type { Passed } from './verdict';
import type { PendingHandshake } from './pending';
import type { Socket } from 'node:net';

/** An identity that a connection keeps. */
interface Kept {
  readonly principal: Principal;
  readonly lease: ContextLease;
  /** What later requests of the connection get. */
  readonly verdict: Passed;
  /** It was accepted since the client is on this machine, which has to hold for later requests, too. */
  readonly loopbackOnly: boolean;
  readonly timer: Timer | undefined;
}

/**
 * What is known of one connection: it belongs to the socket object, never to anything that a client can write. Requests of one
 * connection are judged one after the other, in their order.
 */
export class Connection {
  readonly socket: Socket;
  readonly address: string | undefined;
  /** A proxy that may share it among clients has used it: nothing is kept any more. */
  pooled = false;
  closed = false;
  /** Why a time limit has ended the handshake that was pending, until somebody asks. */
  lapsed: string | undefined;
  #pending: PendingHandshake | undefined;
  #kept: Kept | undefined;
  #last: Promise<unknown> | undefined;
  /** Contexts of single requests, which end with the connection at the latest. */
  readonly #leases = new Set<ContextLease>();

  constructor(socket: Socket) {
    this.socket = socket;
    this.address = socket.remoteAddress;
  }

  get pending(): PendingHandshake | undefined {
    return this.#pending;
  }

  get kept(): Kept | undefined {
    return this.#kept;
  }

  /** True while an earlier request is being judged. */
  get busy(): boolean {
    return this.#last !== undefined;
  }

  /** Runs `judge` when all earlier requests of the connection have been judged. */
  inTurn<T>(judge: () => T | Promise<T>): Promise<T> {
    const turn = this.#last === undefined ? (async () => judge())() : this.#last.then(judge);
    const last: Promise<void> = turn.then(
      () => this.#ended(last),
      () => this.#ended(last),
    );
    this.#last = last;
    return turn;
  }

  #ended(last: Promise<unknown>): void {
    if (this.#last === last) this.#last = undefined;
  }

  begin(handshake: PendingHandshake): void {
    this.#pending = handshake;
  }

  /** The pending handshake has ended well: from here on its context is the caller's. */
  complete(): void {
    this.#pending = undefined;
  }

  /** Nothing waits for it: a call that hangs must not hold up the connection. */
  endHandshake(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.end().catch(() => undefined);
  }

  /** @param until on the clock; Infinity for no limit. */
  keep(principal: Principal, lease: ContextLease, loopbackOnly: boolean, clock: Clock, until: number): void {
    this.drop();
    const identity = new SignedOn(principal, lease, true);
    this.#kept = {
      principal,
      lease,
      loopbackOnly,
      verdict: { kind: 'passed', identity, additions: { persistent: true }, lease: undefined, until },
      timer: afterLimit(clock, until - clock.now(), () => this.drop()),
    };
  }

  /** The kept identity's verdict, unless it is too old. */
  keptVerdict(clock: Clock): Passed | undefined {
    const kept = this.#kept;
    if (kept === undefined) return undefined;
    const { until } = kept.verdict;
    if (until !== Infinity && clock.now() >= until) {
      this.drop();
      return undefined;
    }
    return kept.verdict;
  }

  /** Ends the kept identity. */
  drop(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    kept?.timer?.cancel();
    kept?.lease.end();
  }

  /** A proxy that may share the connection has used it. */
  pool(): void {
    this.pooled = true;
    this.drop();
    this.endHandshake();
  }

  /** Has a context end with the connection, unless `endLease` ends it before. */
  endWithConnection(lease: ContextLease): void {
    if (this.closed) lease.end();
    else this.#leases.add(lease);
  }

  endLease(lease: ContextLease): void {
    this.#leases.delete(lease);
    lease.end();
  }

  close(): void {
    this.closed = true;
    this.drop();
    for (const lease of this.#leases) lease.end();
    this.#leases.clear();
    this.endHandshake();
  }
}

/** The connections of one `authenticate()`. */
export class Connections {
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #open = new Set<Connection>();

  of(socket: Socket): Connection {
    return this.#bySocket.get(socket) ?? this.#make(socket);
  }

  get count(): number {
    return this.#open.size;
  }

  #make(socket: Socket): Connection {
    const connection = new Connection(socket);
    this.#bySocket.set(socket, connection);
    if (socket.destroyed) {
      connection.close();
      return connection;
    }
    this.#open.add(connection);
    socket.once('close', () => {
      this.#open.delete(connection);
      connection.close();
    });
    return connection;
  }

  /** Ends all that they keep and have under way. The sockets stay open. */
  close(): void {
    for (const connection of this.#open) {
      connection.drop();
      connection.endHandshake();
    }
  }
}
