/** How this process reaches servers through the proxies of its environment. Loaded when the first connection takes one. */
import { ClientCredentials } from '../client/credentials';
import { openConnection, openTunnel, proxyRules, type ProxyChoice } from '../client/proxy/index';
import { SignOnStream, type Opened } from '../client/connection/sign-on-stream';
import { leftAlone, notice } from './notice';
import { whatIsMissing } from '../client/supported';
import type { Duplex } from 'node:stream';
import type net from 'node:net';

/** Connecting to a proxy, and each of its answers, in milliseconds. */
const timeout = 60_000;

type Connect = (place: { readonly host: string; readonly port: number }) => net.Socket;

export class Ways {
  readonly #credentials = new ClientCredentials();
  readonly #connect: Connect;
  #supported: Promise<boolean> | undefined;

  /** @param connect net.connect as it was before this process was changed. */
  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /**
   * Can this process sign on? If not, it says once what is missing, and from then on the program does what it did without this
   * module.
   */
  supported(): Promise<boolean> {
    return (this.#supported ??= whatIsMissing().then((missing) => {
      if (missing !== undefined) notice(leftAlone(missing));
      return missing === undefined;
    }));
  }

  /**
   * A connection for requests of one origin by plain HTTP.
   * @param direct Opens the connection that the program would have without this module.
   */
  plain(origin: string, proxy: ProxyChoice, direct: () => Duplex): Duplex {
    return this.#stream(origin, async (signal) => {
      if (!(await this.supported())) return { socket: direct() };
      return this.#opened(proxy, signal);
    });
  }

  /** A connection of a program that speaks to the proxy itself. */
  toProxy(proxy: ProxyChoice): Duplex {
    return this.#stream(proxy.origin, (signal) => this.#opened(proxy, signal));
  }

  /** A connection to the proxy without anything in between. */
  raw(proxy: ProxyChoice): net.Socket {
    return this.#connect({ host: proxy.host, port: proxy.port });
  }

  /** A tunnel to a server, before TLS. */
  tunnel(proxy: ProxyChoice, host: string, port: number, signal?: AbortSignal): Promise<net.Socket> {
    const options = { proxy, host, port, credentials: this.#credentials, timeout, connect: this.#connect };
    return openTunnel(signal === undefined ? options : { ...options, signal });
  }

  #stream(origin: string, open: (signal: AbortSignal) => Promise<Opened>): Duplex {
    return new SignOnStream({ open, origin, credentials: this.#credentials, handshakeTimeout: timeout });
  }

  async #opened(proxy: ProxyChoice, signal: AbortSignal): Promise<Opened> {
    const socket = await openConnection(proxy, { signal, timeout, connect: this.#connect });
    return { socket, proxy: proxyRules(proxy) };
  }
}
