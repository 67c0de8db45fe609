import { Failure } from '../failure';
import { ldapReason } from './ldap-reason';
import { resultCodes, type BindResult } from '../../wire/ldap-messages';
import type { LdapConnection } from '../protocols/ldap-connection';
import type { LegFacts } from './trace';

/** The requests of one SASL bind and their answers, each of which is shown as the server's leg. */
export class BindDialogue {
  readonly #connection: LdapConnection;
  readonly #mechanism: string;
  readonly #answered: (leg: LegFacts) => void;

  constructor(connection: LdapConnection, mechanism: string, answered: (leg: LegFacts) => void) {
    this.#connection = connection;
    this.#mechanism = mechanism;
    this.#answered = answered;
  }

  /** @param last True if the server must accept this token as the last one. */
  async bind(token: Buffer | undefined, last: boolean): Promise<BindResult> {
    const start = performance.now();
    const answer = await this.#connection.saslBind(this.#mechanism, token);
    const good = answer.code === resultCodes.success || (answer.code === resultCodes.saslBindInProgress && !last);
    this.#answered({
      from: 'server',
      status: answer.name,
      failed: !good,
      duration: performance.now() - start,
      // The messages that negotiate GSSAPI's layer are protected, but are shown as tokens.
      token: answer.credentials,
      note: `bindResponse, ${this.#mechanism}`,
    });
    if (!good) throw refusal(answer);
    return answer;
  }

  /** The end of GSSAPI: the client's choice of a layer. */
  async chooseLayer(choice: Buffer): Promise<void> {
    const answer = await this.#connection.saslBind(this.#mechanism, choice);
    if (answer.code !== resultCodes.success) throw refusal(answer);
  }
}

export function refusal(answer: BindResult): Failure {
  const { name, diagnostic } = answer;
  const reason = layerReason(diagnostic) ?? ldapReason(diagnostic);
  const text = diagnostic === '' ? '' : `: ${diagnostic}`;
  return new Failure('ERR_SSPI_CLI_REFUSED', `The server refused the bind (${name})${text}`, reason);
}

/** What to do about Samba's messages on signing and encryption inside TLS. */
function layerReason(diagnostic: string): string | undefined {
  if (/sign or seal are not allowed/i.test(diagnostic)) {
    return 'The server accepts no signing or encryption inside TLS: use --package Kerberos (GSSAPI), which negotiates none.';
  }
  return /sign or seal are required/i.test(diagnostic)
    ? 'The server requires signing or encryption, but accepts neither inside TLS: use ldap://, or set “ldap server require strong auth” of Samba.'
    : undefined;
}

/** The token that the server sent; without one, its answer is a refusal. */
export function credentialsOf(answer: BindResult): Buffer {
  if (answer.credentials === undefined) throw refusal(answer);
  return answer.credentials;
}
