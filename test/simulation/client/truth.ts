/**
 * What really happened, and what may be said of it. Nothing here asks the client: where a request arrives is known from the
 * network, whose it is from the program that created it, and whose a token is from the provider that made it.
 */
import { decodeClaim } from '../tokens';
import { mayHaveToken, proxyMayHaveToken, wayOf, type ProgramFacts } from './programs';
import { numberOf, valuesOf } from './request-reader';
import type { ClientContext } from './domain';
import type { Origin, Proxy } from './places';
import type { RequestHead } from '#lib/wire/http-head';

export interface RequestFacts {
  readonly id: number;
  readonly program: ProgramFacts;
  readonly url: URL;
  readonly method: string;
  readonly body: string;
  /** The body comes in pieces. */
  readonly streams: boolean;
  readonly arrivals: Arrival[];
  /** The answer that the program got, or the error. */
  outcome: Outcome | undefined;
  /** The program gave it up. */
  abandoned: boolean;
}

export interface Outcome {
  readonly status: number | undefined;
  readonly user: string | undefined;
  readonly error: (Error & { readonly code?: unknown }) | undefined;
}

export interface Arrival {
  readonly connection: ConnectionFacts;
  readonly tokens: readonly Token[];
}

interface Token {
  readonly field: 'authorization' | 'proxy-authorization';
  readonly context: ClientContext;
  readonly isNtlm: boolean;
}

export interface ConnectionFacts {
  readonly id: number;
  /** Of a proxy's connection to a server: the connection that it serves. */
  readonly root: ConnectionFacts;
  readonly to: { readonly origin: Origin } | { readonly proxy: Proxy };
  owner: ProgramFacts | undefined;
  /** Tokens that came with CONNECT, before it is known whose the connection is. */
  readonly early: Token[];
  /** Parties that have received a request on it. */
  readonly asked: Set<string>;
}

/** As many tokens no request needs. */
const mostTokens = 12;
const mostArrivals = 20;
/** Servers that never ask for a sign-on as servers do. */
const neverAsk: readonly string[] = ['asks as a proxy', 'garbage'];

export class Truth {
  readonly violations: string[] = [];
  readonly requests: RequestFacts[] = [];
  readonly clients: ReadonlyMap<number, ClientContext>;
  readonly #connectionOf = new Map<ClientContext, ConnectionFacts>();
  readonly #all: ConnectionFacts[] = [];

  constructor(clients: ReadonlyMap<number, ClientContext>) {
    this.clients = clients;
  }

  violation(text: string): void {
    this.violations.push(text);
  }

  created(facts: Pick<RequestFacts, 'program' | 'url' | 'method' | 'body' | 'streams'>): RequestFacts {
    const id = this.requests.length;
    const url = new URL(`${facts.url.href}r/${id}`);
    const request = { ...facts, id, url, arrivals: [], outcome: undefined, abandoned: false };
    this.requests.push(request);
    return request;
  }

  connected(to: ConnectionFacts['to'], root?: ConnectionFacts): ConnectionFacts {
    const made = { id: this.#all.length + 1, to, owner: undefined, early: [], asked: new Set<string>() };
    const facts = made as unknown as { root: ConnectionFacts } & ConnectionFacts;
    facts.root = root ?? facts;
    this.#all.push(facts);
    return facts;
  }

  // -- Where a request arrives ----------------------------------------------------------------------------------------------

  /** The head of a request, wherever it arrives: at a server, or at a proxy. */
  arrived(connection: ConnectionFacts, head: RequestHead): void {
    const tokens = this.#tokensOf(head);
    const { root } = connection;
    for (const token of tokens) this.#isOfOneConnection(token, root);
    const id = numberOf(head);
    if (id === undefined) {
      if (head.method !== 'CONNECT' || 'origin' in connection.to) {
        return this.violation(`Nobody has sent ${head.method} ${head.target}`);
      }
      root.early.push(...tokens);
      return;
    }
    const request = this.requests[id];
    if (request === undefined) return this.violation(`There is no request ${id}`);
    const { url } = request;
    this.#isOfOneProgram(request, connection);
    this.#came(request, connection, head);
    for (const token of root.early.splice(0)) this.#judge(request, root, token);
    for (const token of tokens) this.#judge(request, connection, token);
    request.arrivals.push({ connection, tokens });
    const own = request.arrivals.filter((arrival) => arrival.connection.root === arrival.connection);
    const count = own.reduce((sum, { tokens: each }) => sum + each.length, 0);
    if (count > mostTokens || own.length > mostArrivals)
      this.violation(`Request ${id} goes on and on: ${count} tokens`);
    root.asked.add(url.origin);
    if ('proxy' in connection.to) root.asked.add(connection.to.proxy.origin);
  }

  #tokensOf(head: RequestHead): readonly Token[] {
    return (['authorization', 'proxy-authorization'] as const).flatMap((field) =>
      valuesOf(head, field).flatMap((value): Token[] => {
        const [, scheme, text = ''] = /^(Negotiate|NTLM) (.*)$/.exec(value) ?? [];
        const bytes = Buffer.from(text, 'base64');
        const claim = scheme === undefined ? undefined : decodeClaim(bytes);
        const context = claim && this.clients.get(claim.request);
        if (context === undefined) {
          this.violation(`A token that no package has made: ${value}`);
          return [];
        }
        return [{ field, context, isNtlm: context.package === 'NTLM' || bytes.includes('NTLMSSP\0') }];
      }),
    );
  }

  #isOfOneConnection({ context }: Token, root: ConnectionFacts): void {
    const first = this.#connectionOf.get(context) ?? root;
    this.#connectionOf.set(context, first);
    if (first !== root) this.violation(`Context ${context.id} is used on the connections ${first.id} and ${root.id}`);
  }

  #isOfOneProgram({ id, program }: RequestFacts, { root }: ConnectionFacts): void {
    root.owner ??= program;
    if (root.owner !== program) {
      this.violation(`Request ${id} of program ${program.id} uses connection ${root.id} of program ${root.owner.id}`);
    }
  }

  /** Has it come to where it was sent, and the way that was chosen for it? */
  #came({ id, program, url }: RequestFacts, { to, root }: ConnectionFacts, head: RequestHead): void {
    const way = wayOf(program, url);
    const taken = 'proxy' in root.to ? root.to.proxy : undefined;
    if (way !== taken) {
      this.violation(`Request ${id} takes ${taken?.origin ?? 'the direct way'} and not ${way?.origin ?? 'that'}`);
    }
    if ('origin' in to && to.origin.origin !== url.origin) {
      this.violation(`Request ${id} for ${url.origin} arrived at ${to.origin.origin}`);
    }
    if ('proxy' in to && head.target !== url.href) {
      this.violation(`The proxy ${to.proxy.origin} is asked for ${head.target} in request ${id}`);
    }
  }

  /** The rules of "which credential goes where". */
  #judge(request: RequestFacts, connection: ConnectionFacts, { field, context, isNtlm }: Token): void {
    const { id, program, url, arrivals } = request;
    const { root } = connection;
    const wrong = (what: string): void => {
      const to = 'proxy' in connection.to ? connection.to.proxy.origin : connection.to.origin.origin;
      this.violation(`Context ${context.id} (${context.package}), ${field} of request ${id} at ${to}: ${what}`);
    };
    const isForProxy = field === 'proxy-authorization';
    const proxy = 'proxy' in connection.to ? connection.to.proxy : undefined;
    if (isForProxy && proxy === undefined) return wrong('no server may have this');
    const party = isForProxy ? (proxy as Proxy) : { origin: url.origin, host: url.hostname };
    const permitted = isForProxy ? proxyMayHaveToken(program, proxy as Proxy) : mayHaveToken(program, party);
    if (!permitted) wrong('it is not listed');
    if (isNtlm && !program.ntlm.includes(party.origin)) wrong('NTLM is not permitted there');
    if (context.target !== `HTTP/${party.host}`) wrong(`it is for ${context.target}`);
    if (context.user !== program.account.name) wrong(`it is ${context.user}'s, and not ${program.account.name}'s`);
    if (context.delegates && (isForProxy || !program.delegate.includes(party.origin))) wrong('it delegates');
    if (!isForProxy && program.mutualAuth && !isNtlm && !context.wantsProof) wrong('it asks for no proof');
    if (!isForProxy && context.hasBindings !== (url.protocol === 'https:')) wrong('its channel bindings');
    const preemptive = program.preemptive && !isForProxy;
    const asked = root.asked.has(party.origin) || arrivals.length > 0 || isForProxy;
    const never = 'origin' in connection.to && neverAsk.includes(connection.to.origin.conduct) && proxy === undefined;
    if ((!asked || never) && !preemptive) wrong('nobody has asked for it');
    if (!asked && isNtlm) wrong('NTLM before anybody has asked for it');
  }

  /** Tokens for tunnels that no request has come through: at least one program must have permitted them. */
  judgeTheRest(programs: readonly ProgramFacts[]): void {
    for (const { id, to, early } of this.#all) {
      for (const { context, isNtlm } of early) {
        const isPermitted = (program: ProgramFacts): boolean =>
          'proxy' in to &&
          program.account.name === context.user &&
          proxyMayHaveToken(program, to.proxy) &&
          (!isNtlm || program.ntlm.includes(to.proxy.origin)) &&
          context.target === `HTTP/${to.proxy.host}` &&
          !context.delegates;
        if (programs.some(isPermitted)) continue;
        this.violation(
          `Context ${context.id} (${context.package}), with CONNECT on connection ${id}: it is not listed`,
        );
      }
    }
  }

  // -- What the program gets ------------------------------------------------------------------------------------------------

  /** The head of an answer. */
  handedOn(request: RequestFacts, status: number): void {
    const { id, program, url } = request;
    const isTunnelled = url.protocol === 'https:';
    // What a proxy has sent on is not what the client has sent.
    const own = request.arrivals.filter(({ connection }) => connection.root === connection || isTunnelled);
    const last = own.at(-1);
    const tokens = last?.tokens ?? [];
    const way = wayOf(program, url);
    if (isTunnelled && way?.conduct === 'speaks first') {
      this.violation(`Request ${id} is answered through a tunnel that has spoken before TLS`);
    }
    for (const { field, context } of tokens) {
      const challenge = field === 'authorization' ? 401 : 407;
      if (status === challenge) this.violation(`Request ${id} is answered with ${status} although it has signed on`);
      if (status === 407 || field !== 'authorization' || !program.mutualAuth || context.package === 'NTLM') continue;
      if (!context.proved) this.violation(`Request ${id} is answered by a server that has not proved its identity`);
    }
  }

  ended(request: RequestFacts, outcome: Outcome): void {
    if (request.outcome !== undefined) return this.violation(`Request ${request.id} ends twice`);
    request.outcome = outcome;
    const { error, user } = outcome;
    if (user !== undefined && user !== 'nobody' && user !== request.program.account.name) {
      this.violation(`Request ${request.id} of ${request.program.account.name} is answered for ${user}`);
    }
    if (error === undefined || request.abandoned) return;
    if (typeof error.code !== 'string') this.violation(`Request ${request.id} failed without a code: ${String(error)}`);
    const answered = outcome.status !== undefined;
    const hasToken = request.arrivals.at(-1)?.tokens.some(({ field }) => field === 'authorization') === true;
    if (error.code === 'ECONNRESET' && this.#wasKept(request)) return;
    if (hasToken && !answered && !/^(ERR_SSPI|SEC_)/.test(String(error.code))) {
      this.violation(`Request ${request.id} failed in a sign-on with ${String(error.code)}: ${error.message}`);
    }
  }

  /** Did the request arrive once, on a connection that had been kept after the answer to another one? */
  #wasKept(request: RequestFacts): boolean {
    const root = request.arrivals.at(-1)?.connection.root;
    const isOnIt = ({ connection }: Arrival): boolean => connection.root === root;
    const places = request.arrivals.filter(isOnIt).map(({ connection }) => connection);
    if (new Set(places).size < places.length) return false;
    return this.requests.some((other) => {
      return other !== request && other.outcome?.status !== undefined && other.arrivals.some(isOnIt);
    });
  }
}
