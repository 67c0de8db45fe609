import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { Failure } from '../failure';

/** A response whose body has been read to its end and discarded. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: http.IncomingHttpHeaders;
  /** The values of WWW-Authenticate, one for each header line. */
  readonly challenges: readonly string[];
  /** The connection cannot be used again. */
  readonly closed: boolean;
}

/** HTTP over a single socket, because a handshake belongs to its connection (RFC 4559, section 6). */
export class PinnedHttp {
  readonly #agent: PinnedAgent;
  readonly #url: URL;
  readonly #signal: AbortSignal;

  constructor(socket: Socket, url: URL, signal: AbortSignal) {
    this.#agent = new PinnedAgent(socket);
    this.#url = url;
    this.#signal = signal;
  }

  async get(authorization?: string): Promise<HttpAnswer> {
    const { host, pathname, search } = this.#url;
    const request = http.get({
      agent: this.#agent,
      path: `${pathname}${search}`,
      headers: { Host: host, Accept: '*/*', ...(authorization === undefined ? {} : { Authorization: authorization }) },
      // A server's Kerberos token is far smaller, but a page may set many cookies.
      maxHeaderSize: 256 * 1024,
      signal: this.#signal,
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    // Only a response that was read to its end returns its socket to the agent.
    response.resume();
    await once(response, 'end', { signal: this.#signal });
    const { statusCode = 0, statusMessage = '', headers } = response;
    return {
      status: statusCode,
      statusText: statusMessage,
      headers,
      challenges: response.headersDistinct['www-authenticate'] ?? [],
      closed: !request.shouldKeepAlive || /\bclose\b/i.test(headers.connection ?? ''),
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}

class PinnedAgent extends http.Agent {
  readonly #socket: Socket;
  #used = false;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (!this.#used && !this.#socket.destroyed) {
      this.#used = true;
      return this.#socket;
    }
    const lost = new Failure(
      'ERR_SSPI_CLI_CONNECTION_LOST',
      'The server closed the connection between two legs, and a handshake belongs to one connection.',
      'Look for a proxy or load balancer that does not keep connections open, and for keep-alive disabled on the server.',
    );
    // Not thrown, because the agent also calls this from events of a socket.
    process.nextTick(() => callback?.(lost, this.#socket));
    return undefined;
  }
}
