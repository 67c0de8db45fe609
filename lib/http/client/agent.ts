/** The agent of node:http and node:https that signs on. */
import http from 'node:http';
import { checkedRecord } from '../check';
import { checkedSignOnOptions, signOnOptionNames, type SignOnOptions } from './options';
import { originOf } from './origin';
import type https from 'node:https';
import type net from 'node:net';
import type tls from 'node:tls';
import type { ChooseRoutes, Route } from './proxy';
import type { Destination, SignOnClient } from './client';
import type { Duplex } from 'node:stream';

/** Options of {@link SspiAgent}: those of the sign-on, and those of Node's agents, TLS included. */
export interface SspiAgentOptions extends SignOnOptions, Omit<https.AgentOptions, keyof SignOnOptions> {}

/** The options of a connection, as Node's agent hands them on. */
interface ConnectionOptions extends tls.ConnectionOptions {
  port?: number | undefined;
  readonly protocol?: string | null | undefined;
  readonly socketPath?: string | undefined;
  readonly _defaultAgent?: object | undefined;
  /** Of this agent's: see `addRequest`. */
  sspiPath?: string;
  readonly sspiRoutes?: readonly Route[];
}

const routesOption = Symbol('sspi.routes');

interface WithRoutes extends SspiAgentOptions {
  readonly [routesOption]?: ChooseRoutes;
}

/** Node's agent, with what its types leave out. */
interface AgentInternals {
  addRequest(request: http.ClientRequest, options: object): void;
  protocol: string | undefined;
  defaultPort: number;
}

/**
 * A default port that no URL has. Node asks the agent for it before it says which protocol the request has, and leaves the
 * default port out of the Host field: the agent replaces it by 80 or 443 when the request comes.
 */
const unknownPort = -1;
const knownPlaces = 1000;
/** Whoever only serves needs no TLS of a client. */
const nodeHttps = (): typeof https => require('node:https') as typeof https;
const base = http.Agent.prototype as unknown as AgentInternals;

/**
 * An agent for `node:http` and `node:https` that signs on with the user's Windows logon where a listed origin, or the proxy, asks
 * for it (RFC 4559: Negotiate, and NTLM where it is permitted). One agent serves both protocols, and every client that takes an
 * agent: axios, got, needle, follow-redirects, ws.
 *
 * A whole sign-on runs on one connection, and connections are kept apart by credential, service principal name, delegation and
 * proxy. A failed sign-on is an `'error'` of the request, with the code of an {@link SspiError}.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option.
 * @example
 * ```ts
 * const agent = new SspiAgent({ origins: ['https://intranet.corp.test'] });
 * https.get('https://intranet.corp.test/', { agent }, (response) => response.pipe(process.stdout));
 * ```
 */
export class SspiAgent extends http.Agent implements AsyncDisposable {
  /** What Node's agent was made with. */
  declare readonly options: https.AgentOptions;
  readonly #client: SignOnClient;
  readonly #tls: https.Agent;
  /** What is added to the name of a pool, by host and port. */
  readonly #suffixes = new Map<string, string>();

  constructor(options: SspiAgentOptions = {}) {
    const { signOn, node } = split(options);
    super({ keepAlive: true, ...node });
    const { SignOnClient: Client } = require('./client') as typeof import('./client');
    this.#client = new Client(checkedSignOnOptions(signOn), (options as WithRoutes)[routesOption]);
    this.#tls = new (nodeHttps().Agent)(node);
    const own = this as unknown as AgentInternals;
    // Undefined is either: Node compares it with the protocol of the request.
    own.protocol = undefined;
    own.defaultPort = unknownPort;
  }

  /** Ends all connections, and frees the credentials. */
  override destroy(): void {
    super.destroy();
    this.#tls.destroy();
    void this.#client.close();
  }

  /** As `destroy()`; resolves when SSPI has freed the credentials. */
  async close(): Promise<void> {
    super.destroy();
    this.#tls.destroy();
    await this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  addRequest(request: http.ClientRequest, options: ConnectionOptions): void {
    // The object is the request's own copy.
    if (options.port === unknownPort) options.port = isSecure(options) ? 443 : 80;
    const { routes, routesVary } = this.#client;
    if (routes === undefined || options.socketPath !== undefined) {
      base.addRequest.call(this, request, options);
      return;
    }
    options.sspiPath = request.path;
    if (!routesVary) {
      base.addRequest.call(this, request, options);
      return;
    }
    // The way is part of the pool's key.
    routes(destinationUrl(options)).then(
      (chosen) => {
        if (!request.destroyed) base.addRequest.call(this, request, { ...options, sspiRoutes: chosen });
      },
      (error: unknown) => void request.destroy(error as Error),
    );
  }

  override getName(given: http.ClientRequestArgs = {}): string {
    const options = given as ConnectionOptions;
    const agent = isSecure(options) ? nodeHttps().Agent.prototype : http.Agent.prototype;
    const name = agent.getName.call(this, given);
    if (options.socketPath !== undefined) return name;
    const suffix = options.sspiRoutes === undefined ? this.#suffixOf(options) : this.#newSuffix(options);
    return suffix === '' ? name : `${name}:${suffix}`;
  }

  /** Node asks for the name of a pool several times for each request. */
  #suffixOf(options: ConnectionOptions): string {
    const place = `${isSecure(options)}${options.host}:${options.port}`;
    let suffix = this.#suffixes.get(place);
    if (suffix === undefined) {
      suffix = this.#newSuffix(options);
      if (this.#suffixes.size >= knownPlaces) this.#suffixes.clear();
      this.#suffixes.set(place, suffix);
    }
    return suffix;
  }

  #newSuffix(options: ConnectionOptions): string {
    const origin = originOfOptions(options);
    return this.#client.involves(origin) ? this.#client.poolKey(origin, options.sspiRoutes) : '';
  }

  override createConnection(given: http.ClientRequestArgs): Duplex {
    const options = given as ConnectionOptions;
    const origin = originOfOptions(options);
    if (options.socketPath !== undefined || !this.#client.involves(origin)) return this.#connect(options);
    const destination: Destination = {
      origin,
      host: hostOf(options),
      port: Number(options.port),
      secure: isSecure(options),
      url: destinationUrl(options),
      connect: () => this.#connect(options),
      secureOver: (socket) => this.#secureOver(socket, options),
    };
    return this.#client.stream(destination, options.sspiRoutes);
  }

  #connect(options: ConnectionOptions): net.Socket {
    // `path` is that of the request, and would be taken for a pipe's.
    const plain = { ...options, path: options.socketPath };
    if (!isSecure(options)) return (require('node:net') as typeof net).connect(plain as net.NetConnectOpts);
    return (this.#tls as unknown as { createConnection(options: object): tls.TLSSocket }).createConnection(plain);
  }

  #secureOver(socket: net.Socket, options: ConnectionOptions): tls.TLSSocket {
    return (require('node:tls') as typeof tls).connect({
      ALPNProtocols: ['http/1.1'],
      ...options,
      path: undefined,
      socket,
    });
  }
}

/** An agent whose proxies are chosen by somebody else, for `sspi/register`. */
export function makeAgent(options: SspiAgentOptions, routes: ChooseRoutes): SspiAgent {
  const withRoutes: WithRoutes = { ...options, [routesOption]: routes };
  return new SspiAgent(withRoutes);
}

function split(options: SspiAgentOptions): { signOn: SignOnOptions; node: https.AgentOptions } {
  const known: readonly string[] = signOnOptionNames;
  checkedRecord(options, 'options', Object.keys(Object(options) as object));
  const entries = Object.entries(options);
  return {
    signOn: Object.fromEntries(entries.filter(([name]) => known.includes(name))),
    node: Object.fromEntries(entries.filter(([name]) => !known.includes(name))),
  };
}

function isSecure({ protocol, _defaultAgent }: ConnectionOptions): boolean {
  return (protocol ?? (_defaultAgent as AgentInternals | undefined)?.protocol) === 'https:';
}

const hostOf = ({ host }: ConnectionOptions): string => (host ?? 'localhost').replace(/^\[|\]$/g, '');

function originOfOptions(options: ConnectionOptions): string {
  return originOf({ secure: isSecure(options), host: hostOf(options), port: Number(options.port) });
}

/** As browsers tell it to PAC scripts: without the path where TLS hides it. */
function destinationUrl(options: ConnectionOptions): string {
  const origin = originOfOptions(options);
  return isSecure(options) ? `${origin}/` : `${origin}${options.sspiPath ?? '/'}`;
}
