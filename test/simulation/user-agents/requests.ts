/** The requests of user agents. */
import { encodeLaterTicket, encodeToken, type Claim, type Wrapping } from '../tokens';
import { foreignOrigin, listedOrigin } from '../settings';
import type { Answer, Asked, SigningOn } from '../messages';
import type { Make, Route } from '../routes';
import type { Random } from '../random';
import type { Scheme } from 'sspi/http';
import type { Wiretap } from './wiretap';

export interface Parts {
  readonly method?: string | undefined;
  readonly body?: string | undefined;
  readonly upgrade?: boolean | undefined;
  /** The page that has the browser send it. */
  readonly page?: 'own' | 'listed' | 'foreign' | undefined;
  readonly host?: string | undefined;
  /** The values of Authorization; a function is told the request's number. */
  readonly authorization?: readonly string[] | ((id: number) => readonly string[]) | undefined;
  readonly signsOn?: SigningOn | undefined;
}

/** What would be taken for a request if a server lost count of a body's bytes. */
export const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';

export function makeRequest(route: Route, parts: Parts): Make {
  const { method = 'GET', body, upgrade = false, page, host = route.host, authorization = [], signsOn } = parts;
  const origins = { own: `http://${host}`, listed: listedOrigin, foreign: foreignOrigin };
  return (id): Asked => {
    const values = typeof authorization === 'function' ? authorization(id) : authorization;
    return {
      method,
      body,
      upgrade,
      signsOn,
      headers: [
        ['Host', host],
        ...values.map((value) => ['Authorization', value] as const),
        ...(upgrade
          ? ([
              ['Connection', 'Upgrade'],
              ['Upgrade', 'websocket'],
            ] as const)
          : []),
        ...(page === undefined ? [] : ([['Origin', origins[page]]] as const)),
      ],
    };
  };
}

/** The Authorization fields of one user. */
export class Tokens {
  readonly #user: string;
  readonly #wiretap: Wiretap;
  readonly #random: Random;

  constructor(user: string, random: Random, wiretap: Wiretap) {
    this.#user = user;
    this.#random = random;
    this.#wiretap = wiretap;
  }

  /** A ticket: the whole sign-on in one leg. */
  ticket(genuine = true): (id: number) => readonly string[] {
    const claim = this.#claim('ap-req', this.#wiretap.freshNonce(), genuine);
    const wrapping = this.#wrapping();
    return (id) => [field('Negotiate', encodeToken(claim, wrapping, id))];
  }

  /** Names no user, and has the server ask for a ticket. */
  hint(): (id: number) => readonly string[] {
    return (id) => [field('Negotiate', encodeToken(this.#claim('hint', ''), 'spnego', id))];
  }

  laterTicket(): (id: number) => readonly string[] {
    const claim = this.#claim('ap-req', this.#wiretap.freshNonce());
    return (id) => [field('Negotiate', encodeLaterTicket(claim, id))];
  }

  /** NTLM's first message. */
  negotiate(scheme: Scheme): (id: number) => readonly string[] {
    const wrapping = scheme === 'NTLM' ? 'raw' : this.#wrapping();
    return (id) => [field(scheme, encodeToken(this.#claim('negotiate', ''), wrapping, id))];
  }

  /** NTLM's last message, for a challenge. */
  authenticate(scheme: Scheme, challenge: string, genuine = true): (id: number) => readonly string[] {
    const claim = this.#claim('authenticate', challenge, genuine);
    this.#wiretap.overhear(claim);
    const wrapping = scheme === 'NTLM' ? 'raw' : this.#wrapping();
    return (id) => [field(scheme, encodeToken(claim, wrapping, id))];
  }

  /** NTLM in a form that its signature does not show. */
  opaque(): (id: number) => readonly string[] {
    return (id) => [field('Negotiate', encodeToken(this.#claim('opaque', ''), 'raw', id))];
  }

  #claim(kind: Claim['kind'], nonce: string, genuine = true): Claim {
    return { kind, user: this.#user, nonce, genuine };
  }

  #wrapping(): Wrapping {
    return this.#random.pick(['raw', 'spnego']);
  }
}

export const field = (scheme: string, token: Buffer): string => `${scheme} ${token.toString('base64')}`;

/** The token with which an answer goes on; undefined where it does not. */
export function replyOf(answer: Answer | undefined, scheme: Scheme): string | undefined {
  if (answer?.status !== 401) return undefined;
  const value = answer.headers.get('www-authenticate')?.find((each) => each.startsWith(`${scheme} `));
  return value === undefined ? undefined : Buffer.from(value.slice(scheme.length + 1), 'base64').toString('latin1');
}

/** The challenge in NTLM's second message. */
export const challengeOf = (reply: string): string => reply.replace(/ for \d+$/, '');

/** The request that the server's token answers. */
export const answeredBy = (reply: string): number => Number(/ for (\d+)$/.exec(reply)?.[1]);
