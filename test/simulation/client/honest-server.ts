/** The server half of `sspi/http`, on node:http, at a place of the network. */
import http from 'node:http';
import { makeSignOn } from '#lib/http/server/authenticate';
import { RequestReader } from './request-reader';
import type { ConnectionFacts, Truth } from './truth';
import type { Duplex } from 'node:stream';
import type { Listener } from './network';
import type { Origin } from './places';
import type { Random } from '../random';
import type { SignOn } from 'sspi/http';
import type { SimulatedClock } from '../clock';

export class HonestServer implements Listener {
  readonly to: { readonly origin: Origin };
  readonly #truth: Truth;
  readonly #server: http.Server;
  readonly #signOn: SignOn;

  static async start(origin: Origin, random: Random, truth: Truth, clock: SimulatedClock): Promise<HonestServer> {
    const { persist } = origin;
    const signOn = makeSignOn(
      {
        ntlm: 'allow',
        proxy: 'connection-per-client',
        persist,
        schemes: random.pick([['Negotiate'], ['Negotiate', 'NTLM']]),
      },
      clock,
    );
    await signOn.ready();
    return new HonestServer(origin, random, truth, signOn);
  }

  private constructor(origin: Origin, random: Random, truth: Truth, signOn: SignOn) {
    this.to = { origin };
    this.#truth = truth;
    this.#signOn = signOn;
    this.#server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) => {
      // The date would differ from run to run.
      response.sendDate = false;
      signOn(request, response, () => {
        let body = '';
        request.setEncoding('latin1').on('data', (text: string) => (body += text));
        request.on('end', () => {
          this.#compare(request.url ?? '', body);
          response.setHeader('X-User', request.sspi?.name ?? 'nobody');
          if (random.chance(0.3)) response.write('part of ');
          response.end('the answer');
        });
      });
    });
    signOn.attach(this.#server);
  }

  accept(stream: Duplex, connection: ConnectionFacts): void {
    const reader = new RequestReader(({ head }) => this.#truth.arrived(connection, head));
    const push = stream.push.bind(stream);
    // Seen as it arrives: a server that is wrong could otherwise hide it.
    stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (Buffer.isBuffer(chunk)) reader.feed(chunk);
      return push(chunk, encoding);
    };
    this.#server.emit('connection', stream);
  }

  async close(): Promise<void> {
    await this.#signOn.close();
  }

  #compare(url: string, body: string): void {
    const id = Number(/\/r\/(\d+)$/.exec(url)?.[1]);
    const request = this.#truth.requests[id];
    if (request === undefined || request.body === body) return;
    this.#truth.violation(`The body of request ${id} arrived as ${JSON.stringify(body)}`);
  }
}
