/** A dispatcher of undici whose connections sign on. */
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { inShape } from './handler-shapes';
import { originOf } from '../origin';
import { whenOpen } from '../connection/when-open';
import type { Destination, SignOnClient } from '../client';
import type { ServerTls } from './server-tls';

/** What is used of undici's Agent, in any version. */
export interface AgentLike {
  dispatch(options: object, handler: object): boolean;
  close(callback: (error?: Error | null) => void): unknown;
  destroy(error: Error | null, callback: (error?: Error | null) => void): unknown;
}

export type AgentClass = new (options: object) => AgentLike;

interface ConnectOptions {
  readonly hostname: string;
  readonly protocol: string;
  readonly port?: string | number | null;
  readonly servername?: string | null;
  readonly localAddress?: string | null;
}

type Connected = (error: Error | null, socket: object | null) => void;
type Closed = (error?: Error | null) => void;

/**
 * Makes an Agent of undici. One connection serves one request after the other (no pipelining): a handshake has its connection for
 * itself.
 *
 * @param modern True if the Agent takes only handlers of the second shape.
 */
export function makeDispatcher(
  Agent: AgentClass,
  client: SignOnClient,
  modern: boolean,
  serverTls: ServerTls = { listed: {}, others: {} },
): AgentLike {
  class SspiDispatcher extends Agent {
    override dispatch(options: object, handler: object): boolean {
      // undici would close the connection after HEAD, and the sign-on is the connection's.
      return super.dispatch({ reset: false, ...options }, inShape(handler, modern));
    }

    override close(callback?: Closed): Promise<void> {
      return this.#ended(callback, (done) => super.close(done));
    }

    override destroy(error?: Error | Closed | null, callback?: Closed): Promise<void> {
      const [why, done] = typeof error === 'function' ? [null, error] : [error ?? null, callback];
      return this.#ended(done, (ended) => super.destroy(why, ended));
    }

    #ended(callback: Closed | undefined, end: (done: Closed) => unknown): Promise<void> {
      const ended = new Promise<void>((resolve, reject) => {
        end((error) => (error ? reject(error) : resolve()));
      }).finally(() => client.close());
      if (callback !== undefined) {
        ended.then(
          () => callback(null),
          (error: unknown) => callback(error as Error),
        );
      }
      return ended;
    }
  }
  const connect = (options: ConnectOptions, connected: Connected): void =>
    connectTo(client, options, serverTls, connected);
  return new SspiDispatcher({ connect, pipelining: 1, allowH2: false });
}

function connectTo(client: SignOnClient, options: ConnectOptions, serverTls: ServerTls, connected: Connected): void {
  const destination = destinationOf(client, options, serverTls);
  const { origin, secure } = destination;
  if (!client.involves(origin)) {
    const socket = destination.connect();
    const signal = new AbortController().signal;
    const event = secure ? 'secureConnect' : 'connect';
    whenOpen(socket, event, { origin, timeout: client.settings.connectTimeout, signal }).then(
      () => connected(null, socket),
      (error: unknown) => connected(error as Error, null),
    );
    return;
  }
  const stream = client.stream(destination);
  const onError = (error: Error): void => connected(error, null);
  stream.once('error', onError);
  stream.once('ready', () => {
    stream.off('error', onError);
    connected(null, stream);
  });
}

function destinationOf(
  client: SignOnClient,
  { hostname, protocol, port, servername, localAddress }: ConnectOptions,
  serverTls: ServerTls,
): Destination {
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const place = { host, port: port ? Number(port) : secure ? 443 : 80, ...(localAddress && { localAddress }) };
  const origin = originOf({ secure, ...place });
  const name = hasText(servername) ? servername : net.isIP(host) === 0 ? host : undefined;
  const own = client.settings.origins.has(origin) ? serverTls.listed : serverTls.others;
  const secured = { ALPNProtocols: ['http/1.1'], ...(name !== undefined && { servername: name }), ...own };
  return {
    origin,
    host,
    port: place.port,
    secure,
    url: `${origin}/`,
    connect: () => {
      const socket: Socket = secure ? tls.connect({ ...secured, ...place }) : net.connect(place);
      return socket.setNoDelay(true);
    },
    secureOver: (socket) => tls.connect({ ...secured, socket }),
  };
}

const hasText = (value: string | null | undefined): value is string => typeof value === 'string' && value !== '';
