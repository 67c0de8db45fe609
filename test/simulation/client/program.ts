/** A program with one agent: it asks for pages, follows redirections, and gives up. */
import http from 'node:http';
import https from 'node:https';
import { acquireCredentials, type Credentials } from 'sspi';
import type { ClientCode } from './client-code';
import type { Origin } from './places';
import type { Outcome, RequestFacts, Truth } from './truth';
import type { ProgramFacts } from './programs';
import type { Random } from '../random';
import type { Schedule } from '../schedule';
import type { SimulatedClock } from '../clock';
import type { SspiAgent, SspiAgentOptions } from 'sspi/http';

export interface World {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly clock: SimulatedClock;
  readonly truth: Truth;
  readonly code: ClientCode;
  readonly origins: readonly Origin[];
  /** Nothing goes wrong by itself: no cuts, no outages, nobody gives up. */
  readonly calm: boolean;
}

const patience = 120_000;
const mostRedirections = 4;

export class Program {
  readonly facts: ProgramFacts;
  readonly #world: World;
  readonly #agent: SspiAgent;
  readonly #credentials: Credentials | undefined;

  static async start(facts: ProgramFacts, world: World): Promise<Program> {
    const identity = { user: facts.account.name.replace(/^.*\\/, ''), domain: 'CORP', password: 'secret' };
    const credentials =
      facts.as === 'credentials'
        ? await acquireCredentials({ package: 'Negotiate', use: 'outbound', identity })
        : undefined;
    const { origins, ntlm, delegate, mutualAuth, preemptive, keepAlive } = facts;
    const options: SspiAgentOptions = {
      ...{ origins, ntlm, delegate, mutualAuth, preemptive, keepAlive, proxy: proxyOption(facts, world) },
      ...(facts.as === 'identity' ? { identity } : {}),
      ...(credentials === undefined ? {} : { credentials }),
    };
    return new Program(facts, world, new world.code.SspiAgent(options), credentials);
  }

  private constructor(facts: ProgramFacts, world: World, agent: SspiAgent, credentials: Credentials | undefined) {
    this.facts = facts;
    this.#world = world;
    this.#agent = agent;
    this.#credentials = credentials;
  }

  async run(): Promise<void> {
    const { random, schedule } = this.#world;
    const visits = random.between(2, 5);
    const running: Promise<void>[] = [];
    for (let visit = 0; visit < visits; visit++) {
      await schedule.pause(`program ${this.facts.id} goes on`);
      const origin = random.pick(this.#world.origins);
      const repeats = random.between(1, 3);
      const visiting = (async (): Promise<void> => {
        for (let repeat = 0; repeat < repeats; repeat++) await this.#visit(origin);
      })();
      if (random.chance(0.3)) running.push(visiting);
      else await visiting;
    }
    await Promise.all(running);
  }

  async close(): Promise<void> {
    await this.#agent.close();
    await this.#credentials?.dispose();
  }

  async #visit({ origin }: Origin): Promise<void> {
    const { random } = this.#world;
    let url = `${origin}/${random.pick(['', '', 'a/'])}`;
    for (let redirection = 0; redirection <= mostRedirections; redirection++) {
      const location = await this.#ask(new URL(url));
      if (location === undefined) return;
      url = location;
    }
  }

  /** @returns Where the answer leads to. */
  #ask(url: URL): Promise<string | undefined> {
    const { random, truth, clock, calm } = this.#world;
    const method = random.pick(['GET', 'GET', 'HEAD', 'POST', 'POST']);
    const body = method === 'POST' ? 'GET /smuggled HTTP/1.1\r\n\r\n'.repeat(random.between(0, 3)) : '';
    const streams = body !== '' && random.chance(0.3);
    const facts = truth.created({ program: this.facts, url, method, body, streams });
    return new Promise((resolve) => {
      const { request: send } = url.protocol === 'https:' ? https : http;
      const request = send(facts.url, { agent: this.#agent, method });
      let answer: http.IncomingMessage | undefined;
      const end = (error?: Outcome['error']): void => {
        if (facts.outcome !== undefined) return;
        timer.cancel();
        const user = answer?.headers['x-user'] as string | undefined;
        truth.ended(facts, { status: answer?.statusCode, user, error });
        const location = answer?.headers.location;
        resolve(error === undefined && (answer?.statusCode ?? 0) < 400 ? location : undefined);
      };
      const giveUp = (): void => {
        facts.abandoned = true;
        request.destroy(Object.assign(new Error('given up'), { code: 'GIVEN_UP' }));
        end(new Error('given up'));
      };
      const timer = clock.after(!calm && random.chance(0.1) ? random.pick([0, 10, 500]) : patience, giveUp);
      if (!calm && random.chance(0.08)) void this.#world.schedule.pause(`request ${facts.id} is given up`).then(giveUp);
      request.on('response', (response) => {
        answer = response;
        truth.handedOn(facts, response.statusCode ?? 0);
        response
          .on('error', end)
          .on('end', () => end())
          .on('close', () => end(response.complete ? undefined : cutOff()));
        response.resume();
      });
      request.on('error', end);
      request.on('close', () => {
        if (answer === undefined) end(cutOff());
      });
      void this.#send(request, facts);
    });
  }

  async #send(request: http.ClientRequest, { id, body, streams }: RequestFacts): Promise<void> {
    if (!streams) return void request.end(body === '' ? undefined : body);
    for (const piece of body.match(/[^]{1,30}/g) ?? []) {
      request.write(piece);
      await this.#world.schedule.pause(`the body of request ${id}`);
      if (request.destroyed) return;
    }
    request.end();
  }
}

const cutOff = (): Error => Object.assign(new Error('cut off'), { code: 'ECONNRESET' });

function proxyOption({ proxy }: ProgramFacts, { random, schedule }: World): SspiAgentOptions['proxy'] {
  if (proxy.kind === 'none') return undefined;
  if (proxy.kind === 'url') return proxy.proxy.origin;
  return async (text) => {
    if (random.chance(0.2)) await schedule.pause('the proxy is chosen');
    const { protocol, pathname } = new URL(text);
    const way = proxy.ways[protocol === 'http:' && pathname.startsWith('/a/') ? 0 : 1];
    return way === undefined ? 'DIRECT' : `PROXY ${way.host}:${way.port}`;
  };
}
