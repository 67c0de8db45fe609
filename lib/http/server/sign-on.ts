import { addWhenSent } from './headers';
import { addToFirstWrite, answerUpgrade, hasOpenAnswer } from './upgrade';
import { afterLimit, type Clock } from './clock';
import { answer } from './answer';
import { attachTo } from './attach';
import { fastifyPlugin, koaMiddleware, type FastifyPlugin, type KoaMiddleware } from './frameworks';
import { HeldContinues } from './continue';
import { Judge } from './judge';
import { publish, refusedEvent } from './events';
import { publishIdentity } from './identity-of';
import { refusal, type Refusal } from './refusal';
import { Service } from './service';
import type { ContextLease } from './identity';
import type { Duplex } from 'node:stream';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Passed, Verdict } from './verdict';
import type { Settings } from './options';

/** A listener of 'upgrade'. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Windows sign-on for an HTTP server, from {@link authenticate}: a middleware of node:http, Express and Connect, with what
 * else a server needs.
 */
export interface SignOn extends AsyncDisposable {
  /** Answers what may not pass; calls `next` for what may. */
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
  /**
   * Acquires the credential and resolves the names in the options, so that a wrong setting fails the start. Call it before
   * `listen`, and after `attach` where this process ends TLS. Requests that come earlier begin it and wait for it.
   * @throws {SspiError} (by rejection) ERR_SSPI_NAME_UNKNOWN; ERR_SSPI_INVALID_ARGUMENT where Extended Protection 'always'
   * has nothing to hold a client to; what acquireCredentials throws.
   */
  ready(): Promise<void>;
  /**
   * Has the server's WebSockets sign on (listeners of 'upgrade', whenever they are added, see only requests that passed), its
   * 431s logged, and `Expect: 100-continue` answered after the sign-on; closes this sign-on with the server.
   * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for a server whose maxHeaderSize is below 73,728.
   */
  attach(server: Server): void;
  /** For a listener of 'upgrade', where `attach` does not fit: `handler` sees only requests that passed. */
  upgrade(handler: UpgradeHandler): (this: unknown, request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** A plugin of Fastify 5: `await fastify.register(signOn.fastify)`. */
  readonly fastify: FastifyPlugin;
  /** A middleware of Koa: `app.use(signOn.koa)`. */
  readonly koa: KoaMiddleware;
  /** Ends every handshake and identity, and frees the credentials. Requests are answered 503 from then on. */
  close(): Promise<void>;
}

/** NGHTTP2_HTTP_1_1_REQUIRED (RFC 9113, section 7). */
const http11Required = 0x0d;

interface Http2Like {
  readonly stream?: { close(code: number): void };
}

export class SignOnServer {
  readonly judge: Judge;
  readonly #settings: Settings;
  readonly #service: Service;
  readonly #clock: Clock;
  /** Requests that have passed: a second mounting lets them through, and does not give their token to SSPI again. */
  readonly #passed = Symbol('sspi.http.passed');
  readonly continues = new HeldContinues();
  /** The open servers that are attached. */
  readonly #servers = new Set<Server>();

  constructor(settings: Settings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#service = new Service(settings);
    this.judge = new Judge(settings, this.#service, clock);
  }

  ready(): Promise<void> {
    return this.#service.ready();
  }

  async close(): Promise<void> {
    this.judge.connections.close();
    await this.#service.close();
  }

  /** Lets a request pass, or answers it. */
  handle(request: IncomingMessage, response: ServerResponse, pass: () => void, refuse?: () => void): void {
    if (this.#hasPassed(request)) return pass();
    if (request.httpVersionMajor >= 2) return this.#handleHttp2(request, pass);
    const sendContinue = this.continues.claim(request);
    const verdict = this.judge.judge(request, false);
    if (!(verdict instanceof Promise)) {
      if (this.#conclude(verdict, request, response, sendContinue, refuse)) pass();
      return;
    }
    void verdict.then((found) => {
      // Outside of the promise: what the application throws is an uncaught exception, as without this middleware.
      if (this.#conclude(found, request, response, sendContinue, refuse)) process.nextTick(pass);
    });
  }

  /** HTTP/2 cannot sign on: its connections are shared, and RFC 9113 has the client come again by HTTP/1.1. */
  #handleHttp2(request: IncomingMessage, pass: () => void): void {
    if (this.#settings.optional && request.headers.authorization === undefined) return pass();
    (request as Http2Like).stream?.close(http11Required);
  }

  #conclude(
    verdict: Verdict,
    request: IncomingMessage,
    response: ServerResponse,
    sendContinue: (() => void) | undefined,
    refuse: (() => void) | undefined,
  ): boolean {
    if (verdict.kind === 'passed') {
      this.#publish(verdict, request);
      const { additions, lease } = verdict;
      if (additions !== undefined) addWhenSent(response, additions);
      if (lease !== undefined) this.#endWithAnswer(lease, request, response);
      sendContinue?.();
      return true;
    }
    refuse?.();
    if (verdict.kind === 'refused') this.#report(verdict.refusal, request);
    // The handshake needs the connection, and Node ends one whose client may send its body or not: so it is to send it.
    if (verdict.kind === 'continued') sendContinue?.();
    if (verdict.kind !== 'gone') answer(response, verdict);
    return false;
  }

  /** A pipelined answer that the connection does not live to see emits no 'close': so its context ends with that, too. */
  #endWithAnswer(lease: ContextLease, request: IncomingMessage, response: ServerResponse): void {
    if (response.closed || response.destroyed) return lease.end();
    const connection = this.judge.connections.of(request.socket);
    connection.endWithConnection(lease);
    response.once('close', () => connection.endLease(lease));
  }

  #hasPassed(request: IncomingMessage): boolean {
    return (request as unknown as Record<symbol, unknown>)[this.#passed] === true;
  }

  #publish({ identity }: Passed, request: IncomingMessage): void {
    (request as unknown as Record<symbol, unknown>)[this.#passed] = true;
    if (identity !== undefined) publishIdentity(request, identity);
  }

  #report(refusal: Refusal, request: IncomingMessage): void {
    this.report(refusal, this.judge.connections.of(request.socket).address);
  }

  report(refusal: Refusal, address: string | undefined): void {
    publish('refused', () => refusedEvent(address, refusal));
    const { status, code, reason, package: packageName } = refusal;
    try {
      this.#settings.logger?.({
        status,
        code,
        reason,
        ...(packageName === undefined ? {} : { package: packageName }),
        address,
      });
    } catch {
      // A log that fails changes no answer.
    }
  }

  // -- Upgrades and servers -----------------------------------------------------------------------------------------------

  /** Hands an upgrade over to `pass`, or answers it. */
  handleUpgrade(
    server: Server | undefined,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    pass: () => void,
  ): void {
    if (this.#hasPassed(request)) return pass();
    // Node has taken its own listener away: without one, a reset would be an uncaught exception.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    const conclude = (verdict: Verdict): boolean => {
      const passes = this.#concludeUpgrade(verdict, server, request, socket, head);
      socket.removeListener('error', ignore);
      return passes;
    };
    const verdict = this.judge.judge(request, true);
    if (!(verdict instanceof Promise)) {
      if (conclude(verdict)) pass();
      return;
    }
    void verdict.then((found) => {
      if (socket.destroyed) return this.#endUnused(found);
      // The client has ended meanwhile, which nobody will hear of again: no WebSocket comes of that.
      if (socket.readableEnded && found.kind === 'passed') {
        this.#endUnused(found);
        socket.destroy();
        return;
      }
      if (!conclude(found)) return;
      process.nextTick(() => {
        // The same, at the last moment: the handler listens for the end from here on.
        if (socket.readableEnded) socket.destroy();
        else pass();
      });
    });
  }

  #endUnused(verdict: Verdict): void {
    if (verdict.kind === 'passed') verdict.lease?.end();
  }

  #concludeUpgrade(
    verdict: Verdict,
    server: Server | undefined,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): boolean {
    if (hasOpenAnswer(socket)) return this.#refuseOvertaking(verdict, request, socket);
    if (verdict.kind === 'passed') {
      this.#publish(verdict, request);
      const { additions, lease, until } = verdict;
      if (additions !== undefined) addToFirstWrite(socket, additions);
      if (lease !== undefined) this.judge.connections.of(request.socket).endWithConnection(lease);
      const timer = afterLimit(this.#clock, until - this.#clock.now(), () => socket.destroy());
      if (timer !== undefined) socket.once('close', () => timer.cancel());
      return true;
    }
    if (verdict.kind === 'refused') this.#report(verdict.refusal, request);
    if (verdict.kind !== 'gone') answerUpgrade(server, request, socket, head, verdict);
    else socket.destroy();
    return false;
  }

  /** An answer to an earlier request is still to be written: whatever an upgrade writes would be taken for it. */
  #refuseOvertaking(verdict: Verdict, request: IncomingMessage, socket: Duplex): false {
    this.#endUnused(verdict);
    const reason = 'An upgrade came before the earlier requests of its connection were answered.';
    this.#report(verdict.kind === 'refused' ? verdict.refusal : refusal(400, reason), request);
    socket.destroy();
    return false;
  }

  noteTls(): void {
    this.#service.noteTls();
  }

  noteClosed(server: Server): void {
    this.#servers.delete(server);
    // Nobody waits for it: what it has to free keeps the process until then.
    if (this.#servers.size === 0) this.close().catch(() => undefined);
  }

  attach(server: Server): void {
    if (this.#servers.has(server)) return;
    attachTo(this, server);
    this.#servers.add(server);
  }
}

/** The public face: a function with methods. */
export function signOnOf(server: SignOnServer): SignOn {
  const signOn = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void =>
    server.handle(request, response, () => next());
  const close = (): Promise<void> => server.close();
  return Object.assign(signOn, {
    ready: () => server.ready(),
    attach: (httpServer: Server) => server.attach(httpServer),
    upgrade: (handler: UpgradeHandler) =>
      function (this: unknown, request: IncomingMessage, socket: Duplex, head: Buffer): void {
        server.handleUpgrade(serverOf(this, request), request, socket, head, () => handler(request, socket, head));
      },
    fastify: fastifyPlugin(server),
    koa: koaMiddleware(server),
    close,
    [Symbol.asyncDispose]: close,
  });
}

/** Node calls listeners as methods of the server; whoever calls one otherwise leaves the socket's. */
function serverOf(receiver: unknown, request: IncomingMessage): Server | undefined {
  const isServer = (value: unknown): value is Server =>
    typeof (value as Partial<Server> | undefined)?.emit === 'function';
  if (isServer(receiver)) return receiver;
  const { server } = request.socket as { readonly server?: unknown };
  return isServer(server) ? server : undefined;
}
