import { encodeToken } from '../tokens';
import { field, makeRequest, Tokens, type Parts } from './requests';
import { nobodysPath } from '../ground-truth';
import type { Account } from '../accounts';
import type { ClientConnection } from '../connection';
import type { Random } from '../random';
import type { Schedule } from '../schedule';
import type { UserAgent } from './user-agent';
import type { Wiretap } from './wiretap';
import type { DirectRoute } from '../routes';

/**
 * Nobody, who wants to be taken for somebody: replays what it has overheard, says that others have sent its requests, asks in the
 * middle of its own handshakes, and sends halves.
 */
export class Attacker implements UserAgent {
  readonly name: string;
  readonly account: Account | undefined = undefined;
  readonly #route: DirectRoute;
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #wiretap: Wiretap;
  readonly #tokens: Tokens;

  constructor(name: string, route: DirectRoute, random: Random, schedule: Schedule, wiretap: Wiretap) {
    this.name = name;
    this.#route = route;
    this.#random = random;
    this.#schedule = schedule;
    this.#wiretap = wiretap;
    this.#tokens = new Tokens('CORP\\nobody', random, wiretap);
  }

  async run(): Promise<void> {
    const attempts = this.#random.between(2, 6);
    for (let attempt = 0; attempt < attempts; attempt++) {
      await this.#schedule.pause(`${this.name} waits`);
      await this.#attempt();
    }
  }

  async #attempt(): Promise<void> {
    const upgrade = this.#random.chance(0.15);
    const roll = this.#random.next();
    if (roll < 0.4) await this.#ask({ upgrade, authorization: this.#replayed() });
    else if (roll < 0.55) await this.#ask({ authorization: this.#tokens.negotiate('Negotiate') });
    else if (roll < 0.65) await this.#ask({ authorization: this.#tokens.ticket(false) });
    else if (roll < 0.85) await this.#ask({ upgrade });
    else this.#leaveHalf();
  }

  #ask(parts: Parts): Promise<unknown> {
    return this.#route.ask(this, (id) => {
      const asked = makeRequest(this.#route, parts)(id);
      const lie = this.#random.pick([undefined, ['X-Forwarded-For', '127.0.0.1'], ['X-User', 'CORP\\alice']] as const);
      return lie === undefined ? asked : { ...asked, headers: [...asked.headers, lie] };
    });
  }

  #replayed(): Parts['authorization'] {
    const { claims } = this.#wiretap;
    if (claims.length === 0) return this.#tokens.ticket(false);
    const claim = this.#random.chance(0.6) ? (claims.at(-1) as (typeof claims)[number]) : this.#random.pick(claims);
    const wrapping = this.#random.pick(['raw', 'spnego'] as const);
    return (id) => [field('Negotiate', encodeToken(claim, wrapping, id))];
  }

  #leaveHalf(): void {
    const connection: ClientConnection = this.#route.connection;
    const text = this.#random.pick([
      `GET ${nobodysPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Negotiate YII`,
      `GET ${nobodysPath} HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`,
      `POST ${nobodysPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf of`,
      '\0\0\0\0 not HTTP at all\r\n\r\n',
    ]);
    connection.writeRaw(text);
    this.#route.leave(this.#random.pick(['end', 'reset']));
  }
}
