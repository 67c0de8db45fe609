/** Servers that lie: they read HTTP by hand, and answer with whatever text they like. */
import { RequestReader, valuesOf, type ReadRequest } from './request-reader';
import type { ConnectionFacts, Truth } from './truth';
import type { Duplex } from 'node:stream';
import type { Conduct, Origin } from './places';
import type { Listener } from './network';
import type { Random } from '../random';

interface Talk {
  readonly stream: Duplex;
  /** Has the client go on with legs. */
  readonly endless: boolean;
}

export const answer = (status: number, fields: readonly string[] = [], body = 'a lie'): string =>
  [`HTTP/1.1 ${status} Text`, ...fields, `Content-Length: ${body.length}`, '', body].join('\r\n');

/** The answer to HEAD has no body. */
export const asAnswerTo = ({ method }: { readonly method: string }, text: string): string =>
  method === 'HEAD' && text.startsWith('HTTP/1.1 ') ? text.slice(0, text.indexOf('\r\n\r\n') + 4) : text;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const challenge = 'WWW-Authenticate: Negotiate';
const withToken = (text: string): string => `${challenge} ${base64(text)}`;

export class LyingServer implements Listener {
  readonly to: { readonly origin: Origin };
  readonly #origins: readonly Origin[];
  readonly #random: Random;
  readonly #truth: Truth;
  #ticket = 0;

  constructor(origin: Origin, origins: readonly Origin[], random: Random, truth: Truth) {
    this.to = { origin };
    this.#origins = origins;
    this.#random = random;
    this.#truth = truth;
  }

  accept(stream: Duplex, connection: ConnectionFacts): void {
    const talk: Talk = { stream, endless: this.#random.chance(0.7) };
    const reader = new RequestReader(
      ({ head }) => this.#truth.arrived(connection, head),
      (request) => this.#answer(talk, request),
    );
    stream.on('data', (bytes: Buffer) => {
      try {
        reader.feed(bytes);
      } catch (error) {
        this.#truth.violation(`What arrived is no HTTP: ${(error as Error).message}`);
        stream.destroy();
      }
    });
    stream.on('end', () => stream.end());
  }

  #answer(talk: Talk, request: ReadRequest): void {
    const text = this.#lie(this.to.origin.conduct, talk, request);
    if (text === undefined || !talk.stream.writable) return;
    talk.stream.write(asAnswerTo(request.head, text), 'latin1');
    if (/^connection: close/im.test(text)) talk.stream.end();
  }

  #lie(conduct: Conduct, talk: Talk, request: ReadRequest): string | undefined {
    const random = this.#random;
    const token = valuesOf(request.head, 'authorization')[0];
    const first = answer(401, [challenge, ...(random.chance(0.3) ? ['WWW-Authenticate: NTLM'] : [])]);
    if (conduct === 'anything') {
      const any = random.pick([
        'refuses for ever',
        'asks again',
        'says yes',
        'forges',
        'redirects',
        'closes',
        'garbage',
      ]);
      return this.#lie(any, talk, request);
    }
    if (conduct === 'refuses for ever') return first;
    if (conduct === 'asks as a proxy') {
      return answer(407, ['Proxy-Authenticate: Negotiate', 'Proxy-Authenticate: NTLM', challenge]);
    }
    if (conduct === 'garbage')
      return random.pick(['SSH-2.0-OpenSSH_9.2\r\n\r\n', '\0\0\r\n\r\n', 'HTTP/1.1 abc\r\n\r\n']);
    if (conduct === 'redirects') return answer(random.pick([302, 307]), [this.#location()]);
    if (token === undefined && conduct !== 'silent') return first;
    switch (conduct) {
      case 'asks again':
        return answer(401, [withToken(talk.endless ? 'more' : `challenge ${++this.#ticket} for 1`)]);
      case 'changes scheme':
        return answer(401, [`WWW-Authenticate: NTLM ${base64('challenge 1 for 1')}`, 'WWW-Authenticate: NTLM']);
      case 'says yes':
        return answer(200, random.pick([[], [], ['Persistent-Auth: true'], ['Persistent-Auth: false']]));
      case 'forges':
        return answer(200, [withToken(random.pick([`mutual for ${this.#ticket++}`, 'more', '\0\0']))]);
      case 'asks after success': {
        const context = Number(
          /<<.*\|(\d+)>>/s.exec(Buffer.from(token?.split(' ')[1] ?? '', 'base64').toString('latin1'))?.[1],
        );
        return answer(401, [withToken(`mutual for ${context}`)]);
      }
      case 'redirects in the middle':
        return answer(302, [this.#location()]);
      case 'closes':
        return random.chance(0.5) ? this.#close(talk) : answer(401, [withToken('more'), 'Connection: close']);
      default:
        return undefined;
    }
  }

  #close({ stream }: Talk): undefined {
    stream.destroy();
  }

  #location(): string {
    return `Location: ${this.#random.pick(this.#origins).origin}/${this.#random.pick(['', 'a/'])}`;
  }
}
