import { ClientSocket } from './client-socket';
import { Link, type ServerSocket } from '../link';
import { TlsSocket } from './tls-socket';
import type { ConnectionFacts, Truth } from './truth';
import type { Duplex } from 'node:stream';
import type { Origin, Proxy } from './places';
import type { Random } from '../random';
import type { Schedule } from '../schedule';

/** Who listens at a place. */
export interface Listener {
  readonly to: ConnectionFacts['to'];
  accept(stream: Duplex, connection: ConnectionFacts): void;
}

const addresses = { remoteAddress: '10.1.0.1', localAddress: '10.2.0.1' };

/** Names, and who listens there; connections; what goes wrong with them. */
export class Network {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly truth: Truth;
  /** The probability that a connection is cut. */
  readonly #faults: number;
  readonly #listeners = new Map<string, Listener>();
  readonly #sockets: Duplex[] = [];
  readonly #links: Link[] = [];

  constructor(random: Random, schedule: Schedule, truth: Truth, faults: number) {
    this.random = random;
    this.schedule = schedule;
    this.truth = truth;
    this.#faults = faults;
  }

  listen({ host, port }: Origin | Proxy, listener: Listener): void {
    this.#listeners.set(`${host}:${port}`, listener);
  }

  /** @param root The connection that a proxy serves with it. */
  connect = (
    { host, port }: { readonly host: string; readonly port: number },
    root?: ConnectionFacts,
  ): ClientSocket => {
    const { random, schedule } = this;
    const socket = new ClientSocket(random);
    this.#sockets.push(socket);
    const listener = this.#listeners.get(`${host}:${port}`);
    schedule.add(`connect to ${host}:${port}`, () => {
      if (socket.destroyed) return;
      if (listener === undefined || random.chance(this.#faults / 2)) {
        return void socket.destroy(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
      }
      const connection = this.truth.connected(listener.to, root);
      const link = new Link(connection.id, random, schedule, addresses, this.#faults === 0 ? 0 : 0.5);
      this.#links.push(link);
      this.#accept(listener, link.socket, connection);
      socket.opened(link);
      if (random.chance(this.#faults)) this.#cut(link);
    });
    return socket;
  };

  /** Connections that a client or proxy holds. */
  get held(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  /** Every server goes away. */
  endAll(): void {
    for (const { socket } of this.#links) socket.destroy();
  }

  #accept(listener: Listener, socket: ServerSocket, connection: ConnectionFacts): void {
    const { to } = connection;
    const isSecure = 'origin' in to && to.origin.secure;
    const stream = isSecure ? TlsSocket.toClient(socket, to.origin.host) : socket;
    stream.on('error', () => undefined);
    if (stream !== socket) socket.on('error', () => undefined);
    listener.accept(stream, connection);
  }

  #cut(link: Link): void {
    let left = this.random.between(1, 12);
    const wait = (): void => {
      if (link.closed) return;
      if (--left > 0) return this.schedule.add(`${link.id} is still whole`, wait);
      this.schedule.note(`${link.id} is cut`);
      link.socket.destroy();
    };
    this.schedule.add(`${link.id} is still whole`, wait);
  }
}
