import type { Account } from '../accounts';

/**
 * A program that sends requests: a browser, an attacker, later a client of `sspi/http`. Whatever carries a request, it is the
 * identity of the user agent that created it which the server's answer has to show.
 */
export interface UserAgent {
  readonly name: string;
  /** Who it can sign on as; undefined for nobody. */
  readonly account: Account | undefined;
  /** Everything it does. Ends by itself, also where connections are lost. */
  run(): Promise<void>;
}
