/**
 * What really happened, and what may be said of it. Nothing here reads the server's state: each request is known from the user
 * agent that created it, each sign-on from the provider.
 */
import { isPermitted, type Account } from './accounts';
import {
  hasAuthorization,
  isForeign,
  isKept,
  isPooled,
  isPreflight,
  lastSignOn,
  ntlmIsAllowed,
  type ConnectionFacts,
  type RequestFacts,
  type Told,
} from './facts';
import type { Addresses } from './link';
import type { Answer, Asked } from './messages';
import type { SimulatedClock } from './clock';
import type { SimulatedSettings } from './settings';
import type { UserAgent } from './user-agents/user-agent';

export class GroundTruth {
  readonly settings: SimulatedSettings;
  readonly violations: string[] = [];
  readonly requests: RequestFacts[] = [];
  readonly #clock: SimulatedClock;
  /** On which connection each context's tokens came. */
  readonly #connectionOfContext = new Map<number, ConnectionFacts>();
  #connections = 0;

  constructor(settings: SimulatedSettings, clock: SimulatedClock) {
    this.settings = settings;
    this.#clock = clock;
  }

  violation(text: string): void {
    this.violations.push(text);
  }

  connected(addresses: Addresses): ConnectionFacts {
    return { ...addresses, id: ++this.#connections, requests: [] };
  }

  /** A user agent creates a request; `asked` is told the number that the request has. */
  created(creator: UserAgent, connection: ConnectionFacts, asked: (id: number) => Asked): RequestFacts {
    const id = this.requests.length;
    const facts: RequestFacts = {
      id,
      creator,
      connection,
      index: connection.requests.length,
      asked: asked(id),
      sentAt: this.#clock.now(),
      signedOn: undefined,
      served: undefined,
      answer: undefined,
    };
    this.requests.push(facts);
    connection.requests.push(facts);
    return facts;
  }

  // -- At the provider ----------------------------------------------------------------------------------------------------

  reachedProvider(id: number, context: number, isNtlm: boolean): void {
    const request = this.#request(id, 'a token');
    if (request === undefined) return;
    const { connection } = request;
    const earlier = this.#connectionOfContext.get(context) ?? connection;
    this.#connectionOfContext.set(context, connection);
    if (earlier !== connection) {
      this.violation(`Context ${context} got tokens of connections ${earlier.id} and ${connection.id}`);
    }
    if (isNtlm && !ntlmIsAllowed(request, this.settings)) {
      this.violation(`AcceptSecurityContext saw NTLM with request ${id}, where it is not accepted`);
    }
  }

  established(id: number, account: Account, by: 'Kerberos' | 'NTLM'): void {
    const request = this.#request(id, 'a token');
    if (request !== undefined) request.signedOn = { account, package: by };
  }

  // -- In the server's application ----------------------------------------------------------------------------------------

  /** The application is called for a request: who it is has to be true now. */
  passed(path: string | undefined, told: Told | undefined): RequestFacts | undefined {
    if (path === nobodysPath && told === undefined) return undefined;
    const request = this.#request(numberOf(path), `the path ${String(path)}`);
    if (request === undefined) return undefined;
    const { id } = request;
    if (request.served !== undefined) this.violation(`Request ${id} was served twice`);
    request.served = { told, at: this.#clock.now() };
    if (isForeign(request)) this.violation(`Request ${id}, of a page of another site, was let through`);
    if (told === undefined) {
      if (!this.settings.optional && !isPreflight(request)) this.violation(`Request ${id} passed without an identity`);
      return request;
    }
    this.#judgeIdentity(request, told);
    return request;
  }

  /** Has a later request of the connection an Authorization field, so far as has been sent? */
  isSuperseded({ connection, index }: RequestFacts): boolean {
    return connection.requests.slice(index + 1).some(hasAuthorization);
  }

  #judgeIdentity(request: RequestFacts, told: Told): void {
    const { id, creator } = request;
    const { account } = creator;
    if (account === undefined || told.name !== account.name) {
      return this.violation(`Request ${id} of ${account?.name ?? 'nobody'} got the identity of ${told.name ?? '?'}`);
    }
    if (told.sid !== (account.withheld ? undefined : account.sid)) {
      this.violation(`Request ${id}: ${told.name ?? ''} has the SID ${told.sid ?? 'undefined'}`);
    }
    this.#judgeGroups(request, account, told);
    if (!isPermitted(account, this.settings.allow)) this.violation(`Request ${id}: ${account.name} is not allowed`);
    if (told.persisted) this.#judgePersisted(request, told);
    else this.#judgeFresh(request, told);
  }

  #judgeGroups({ id }: RequestFacts, account: Account, { groups }: Told): void {
    const counted = groups?.filter(({ enabled, denyOnly }) => enabled && !denyOnly).map(({ sid }) => sid);
    const expected = account.withheld ? undefined : account.memberOf;
    if (counted?.join() !== expected?.join()) {
      this.violation(`Request ${id}: ${account.name} has the groups ${counted?.join() ?? 'undefined'}`);
    }
  }

  /** The identity is said to come from this request's own token. */
  #judgeFresh(request: RequestFacts, told: Told): void {
    const { id, signedOn } = request;
    if (signedOn === undefined || signedOn.account.name !== told.name || signedOn.package !== told.package) {
      return this.violation(`Request ${id} is said to have signed on, and has not`);
    }
    if (told.package === 'NTLM' && !ntlmIsAllowed(request, this.settings)) {
      this.violation(`Request ${id} signed on by NTLM, which is not accepted from there`);
    }
  }

  /** The identity is said to come from an earlier request of the connection. */
  #judgePersisted(request: RequestFacts, told: Told): void {
    const { id } = request;
    const source = lastSignOn(request);
    const { served } = source ?? {};
    if (hasAuthorization(request)) this.violation(`Request ${id} has a token and got what its connection keeps`);
    if (source === undefined || served?.told === undefined || served.told.name !== told.name) {
      return this.violation(`Request ${id} got an identity that the connection's last Authorization did not establish`);
    }
    if (!isKept(source, this.settings)) this.violation(`Request ${id} got an identity that is not to be kept`);
    if (isPooled(request, this.settings)) this.violation(`Request ${id} got an identity on a proxy's connection`);
    if (this.#clock.now() >= served.at + this.settings.maxAge) {
      this.violation(`Request ${id} got an identity older than maxAge`);
    }
    if (told.package === 'NTLM' && !ntlmIsAllowed(request, this.settings)) {
      this.violation(`Request ${id} has an identity of NTLM, which is not accepted from there`);
    }
  }

  // -- At the client ------------------------------------------------------------------------------------------------------

  /** A whole answer has arrived for the connection's first request that has none. */
  answered(request: RequestFacts, answer: Answer): void {
    const { id, served } = request;
    if (request.answer !== undefined) this.violation(`Request ${id} was answered twice`);
    request.answer = answer;
    const { status, headers } = answer;
    if (status === 500) this.violation(`Request ${id} was answered 500`);
    const echo = headers.get('x-request')?.[0];
    if (echo !== undefined && echo !== String(id))
      this.violation(`The answer to request ${echo} came for request ${id}`);
    if ((echo === undefined) !== (served === undefined)) {
      this.violation(`Request ${id} was ${served === undefined ? 'not ' : ''}served, and its answer says otherwise`);
    }
    if (echo === undefined) this.#judgeRefusal(request, answer);
    else this.#judgeEcho(request, answer);
    this.#judgeFinalToken(request, answer);
    this.#judgeExpected(request, answer);
  }

  #judgeEcho({ id, served, creator }: RequestFacts, { headers }: Answer): void {
    const name = headers.get('x-user')?.[0];
    if (name !== served?.told?.name) this.violation(`Request ${id} changed its identity to ${name ?? 'nobody'}`);
    if (name !== undefined && name !== creator.account?.name) {
      this.violation(`The answer to request ${id} of ${creator.account?.name ?? 'nobody'} is for ${name}`);
    }
  }

  #judgeRefusal({ id }: RequestFacts, { status, headers, body }: Answer): void {
    if (body !== '') this.violation(`Request ${id} was refused with a body`);
    const offers = headers.get('www-authenticate') ?? [];
    if (status === 401 && offers.length === 0) this.violation(`Request ${id} was answered 401 without a challenge`);
    if (status === 503 && !headers.has('retry-after')) this.violation(`Request ${id} got a 503 without Retry-After`);
    if (status === 503 && !this.settings.tight && this.settings.outage === 0) {
      this.violation(`Request ${id} was answered 503 for no reason`);
    }
  }

  /** A token of the server's answers the token of this request, and no other. */
  #judgeFinalToken({ id }: RequestFacts, { headers }: Answer): void {
    for (const value of headers.get('www-authenticate') ?? []) {
      const [, text] = value.split(' ');
      const token = text === undefined ? '' : Buffer.from(text, 'base64').toString('latin1');
      const [, of] = / for (\d+)$/.exec(token) ?? [];
      if (of !== undefined && Number(of) !== id) this.violation(`Request ${id} got the token for request ${of}`);
    }
  }

  /** What has to succeed has to succeed: a server that refuses everybody is no good either. */
  #judgeExpected(request: RequestFacts, answer: Answer): void {
    const { account } = request.creator;
    if (account === undefined || this.#mayFail(request)) return;
    if (this.#completes(request)) return this.#judgeCompleted(request, account, answer);
    if (!hasAuthorization(request) && !isPreflight(request)) this.#judgeKept(request);
  }

  /** Is there a reason besides the user for which this request may be refused? */
  #mayFail(request: RequestFacts): boolean {
    const { tight, outage } = this.settings;
    return tight || outage > 0 || isForeign(request) || this.#clock.now() - request.sentAt >= handshakeTimeout;
  }

  /** Does this request's token complete a sign-on? */
  #completes(request: RequestFacts): boolean {
    const { signsOn } = request.asked;
    if (signsOn === undefined || signsOn === 'at once') return signsOn === 'at once';
    const first = this.requests[signsOn.after];
    if (first?.connection !== request.connection || this.#clock.now() - first.sentAt >= legTimeout) return false;
    const between = request.connection.requests.slice(first.index + 1, request.index);
    return !isPooled(request, this.settings) && !between.some(hasAuthorization) && this.#packageIsAccepted(request);
  }

  #packageIsAccepted(request: RequestFacts): boolean {
    return request.signedOn?.package !== 'NTLM' || ntlmIsAllowed(request, this.settings);
  }

  #judgeCompleted(request: RequestFacts, account: Account, { status, headers }: Answer): void {
    const { id, served, signedOn } = request;
    if (!isPermitted(account, this.settings.allow)) {
      if (status !== 403) this.violation(`Request ${id} of somebody not allowed was answered ${status}`);
    } else if (served?.told === undefined) this.violation(`Request ${id} signed on, and was answered ${status}`);
    const token = Buffer.from(`mutual for ${id}`).toString('base64');
    if (signedOn?.package === 'Kerberos' && headers.get('www-authenticate')?.includes(`Negotiate ${token}`) !== true) {
      this.violation(`The answer to request ${id} lacks the final token`);
    }
    const keeps = isKept(request, this.settings) && !isPooled(request, this.settings) && served !== undefined;
    if (headers.get('persistent-auth')?.join() !== String(keeps)) {
      this.violation(`The answer to request ${id} says that its identity is ${keeps ? 'not ' : ''}kept`);
    }
  }

  /** A request without a token gets what its connection keeps. */
  #judgeKept(request: RequestFacts): void {
    const { id, served } = request;
    if (isPooled(request, this.settings)) return;
    const source = lastSignOn(request);
    if (source?.served?.told === undefined || !isKept(source, this.settings)) return;
    if (this.#clock.now() >= source.served.at + this.settings.maxAge) return;
    // A request for which NTLM does not hold ends the identity for those after it, too.
    const since = request.connection.requests.slice(source.index + 1, request.index + 1);
    if (source.signedOn?.package === 'NTLM' && !since.every((each) => ntlmIsAllowed(each, this.settings))) return;
    if (served?.told === undefined) this.violation(`Request ${id} lost the identity that its connection keeps`);
  }

  #request(id: number, what: string): RequestFacts | undefined {
    const request = this.requests[id];
    if (request === undefined) this.violation(`Nobody created a request for ${what}`);
    return request;
  }
}

/** The defaults of limits. */
const handshakeTimeout = 60_000;
const legTimeout = 30_000;

/** Of requests that no user agent has created: an attacker's halves. They sign on as nobody. */
export const nobodysPath = '/nobody';

const numberOf = (path: string | undefined): number => Number(/^\/r\/(\d+)$/.exec(path ?? '')?.[1] ?? NaN);
