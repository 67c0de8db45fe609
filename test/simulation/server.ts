/** The real server under the simulation: node:http's own parser and answers, on sockets in memory. */
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { acquireCredentials, type Credentials } from 'sspi';
import { optionsOf } from './settings';
import type { Duplex } from 'node:stream';
import type { GroundTruth } from './ground-truth';
import type { RequestFacts, Told } from './facts';
import type { Identity } from 'sspi/http';
import type { Link } from './link';
import type { Random } from './random';
import type { Schedule } from './schedule';
import type { ServerCode } from './server-code';
import type { SignOnServer } from '#lib/http/server/sign-on';
import type { SimulatedClock } from './clock';

export class SimulatedServer {
  readonly #server: Server;
  readonly #signOn: SignOnServer;
  readonly #credentials: Credentials | undefined;
  /** Upgraded connections whose identity has to end by `maxAge`. */
  readonly #upgraded = new Map<Duplex, number>();
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #truth: GroundTruth;
  readonly #clock: SimulatedClock;

  static async start(
    code: ServerCode,
    random: Random,
    schedule: Schedule,
    truth: GroundTruth,
    clock: SimulatedClock,
  ): Promise<SimulatedServer> {
    const { settings } = truth;
    const credentials = settings.ownCredentials
      ? await acquireCredentials({ package: 'Negotiate', use: 'inbound' })
      : undefined;
    const options = { ...optionsOf(settings), ...(credentials === undefined ? {} : { credentials }) };
    const signOn = new code.SignOnServer(code.checkedSettings(options), clock);
    await signOn.ready();
    return new SimulatedServer(signOn, code, credentials, random, schedule, truth, clock);
  }

  private constructor(
    signOn: SignOnServer,
    code: ServerCode,
    credentials: Credentials | undefined,
    random: Random,
    schedule: Schedule,
    truth: GroundTruth,
    clock: SimulatedClock,
  ) {
    this.#signOn = signOn;
    this.#credentials = credentials;
    this.#random = random;
    this.#schedule = schedule;
    this.#truth = truth;
    this.#clock = clock;
    const middleware = code.signOnOf(signOn);
    this.#server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => {
      // The date would differ from run to run.
      response.sendDate = false;
      middleware(request, response, () => void this.#serve(request, response));
    });
    middleware.attach(this.#server);
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#serveUpgrade(request, socket, head);
    });
  }

  accept({ socket }: Link): void {
    this.#server.emit('connection', socket);
  }

  /** What the server still holds; all of it has to be nothing when every connection is gone. */
  get held(): Readonly<Record<string, number>> {
    const { usage, connections } = this.#signOn.judge;
    return { ...usage.inUse, connections: connections.count, timers: this.#clock.pending };
  }

  /** Upgraded connections that `maxAge` should have ended. */
  get outlived(): number {
    const now = this.#clock.now();
    return [...this.#upgraded].filter(([socket, until]) => !socket.destroyed && now >= until).length;
  }

  async close(): Promise<void> {
    await this.#signOn.close();
    await this.#credentials?.dispose();
  }

  // -- The application ----------------------------------------------------------------------------------------------------

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const facts = this.#truth.passed(request.url, told(request.sspi));
    if (facts === undefined) return void response.destroy();
    if (request.sspi !== undefined && !response.closed) this.#checkContext(facts, request.sspi);
    const random = this.#random;
    const body = random.chance(0.7) ? await bodyOf(request) : undefined;
    if (body !== undefined && !request.destroyed && body !== (facts.asked.body ?? '')) {
      this.#truth.violation(`The body of request ${facts.id} arrived as ${JSON.stringify(body)}`);
    }
    if (random.chance(0.4)) await this.#schedule.pause(`answer to ${facts.id}`);
    const { sspi } = request;
    const headers = { 'X-Request': String(facts.id), ...(sspi?.name === undefined ? {} : { 'X-User': sspi.name }) };
    if (random.chance(0.2)) response.setHeader('WWW-Authenticate', 'Basic realm="other"');
    response.writeHead(random.pick([200, 200, 200, 404]), headers);
    if (random.chance(0.3)) response.write('part of ');
    response.end(`the answer to ${facts.id}`);
  }

  #checkContext(facts: RequestFacts, identity: Identity): void {
    const { id } = facts;
    // A kept identity's context ends with the connection's next Authorization, which may be there already.
    if (this.#truth.isSuperseded(facts)) return;
    try {
      if (identity.context.clientName !== identity.name) {
        this.#truth.violation(`The context of request ${id} is that of ${identity.context.clientName ?? '?'}`);
      }
    } catch (error) {
      this.#truth.violation(`The context of request ${id} has ended too early: ${(error as Error).message}`);
    }
  }

  #serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const facts = this.#truth.passed(request.url, told(request.sspi));
    if (facts === undefined) return void socket.destroy();
    const { sspi } = request;
    if (sspi !== undefined) {
      this.#checkContext(facts, sspi);
      this.#noteMaxAge(facts, socket);
    }
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    const user = sspi?.name === undefined ? '' : `X-User: ${sspi.name}\r\n`;
    const fields = `Connection: Upgrade\r\nUpgrade: websocket\r\nX-Request: ${facts.id}\r\n${user}`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`);
    let received = '';
    const answerLines = (bytes: Buffer): void => {
      received += bytes.toString('latin1');
      const lines = received.split('\n');
      received = lines.pop() ?? '';
      for (const line of lines) if (socket.writable) socket.write(`${line} for ${request.sspi?.name ?? 'nobody'}\n`);
    };
    if (head.length > 0) answerLines(head);
    socket.on('data', answerLines);
  }

  #noteMaxAge(facts: RequestFacts, socket: Duplex): void {
    const { maxAge } = this.#truth.settings;
    // A persisted identity began with the sign-on that established it.
    const requests = facts.connection.requests
      .slice(0, facts.index + 1)
      .filter(({ signedOn }) => signedOn !== undefined);
    const begun = requests.at(-1)?.served?.at ?? this.#clock.now();
    if (maxAge !== Infinity) this.#upgraded.set(socket, begun + maxAge);
  }
}

function told(identity: Identity | undefined): Told | undefined {
  if (identity === undefined) return undefined;
  const { name, sid, groups, package: packageName, persisted } = identity;
  return { name, sid, groups, package: packageName, persisted };
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  try {
    let body = '';
    for await (const chunk of request) body += (chunk as Buffer).toString('latin1');
    return body;
  } catch {
    return undefined;
  }
}
