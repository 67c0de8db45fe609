import { directoryReason } from '../../ldap/directory-reason';
import { Failure } from '../failure';
import { resultCodes, type BindResult } from '../../wire/ldap-messages';
import type { Dialogue } from '../../ldap/dialogue';
import type { LegFacts } from './trace';
import type { Mechanism } from '../../sasl/mechanism';

/** The requests of one SASL bind; each answer is shown as the server's leg. */
export class ShownBinds {
  readonly #dialogue: Dialogue;
  readonly #mechanism: Mechanism;
  readonly #answered: (leg: LegFacts) => void;

  constructor(dialogue: Dialogue, mechanism: Mechanism, answered: (leg: LegFacts) => void) {
    this.#dialogue = dialogue;
    this.#mechanism = mechanism;
    this.#answered = answered;
  }

  async bind(mechanism: string, token: Buffer | undefined): Promise<BindResult> {
    const { established: last } = this.#mechanism;
    const start = performance.now();
    const answer = await this.#dialogue.bind(mechanism, token);
    const good = answer.code === resultCodes.success || (answer.code === resultCodes.saslBindInProgress && !last);
    // GSSAPI's last request only chooses the layer: its answer is none to a leg of the handshake.
    if (mechanism !== 'GSSAPI' || !last) {
      this.#answered({
        from: 'server',
        status: answer.name,
        failed: !good,
        duration: performance.now() - start,
        // The messages that negotiate GSSAPI's layer are protected, but are shown as tokens.
        token: answer.credentials,
        note: `bindResponse, ${mechanism}`,
      });
    }
    if (!good) throw refusal(answer);
    return answer;
  }
}

export function refusal({ name, diagnostic }: BindResult): Failure {
  const hint = layerReason(diagnostic) ?? serverReason(diagnostic);
  const text = diagnostic === '' ? '' : `: ${diagnostic}`;
  return new Failure('ERR_SSPI_CLI_REFUSED', `The server refused the bind (${name})${text}`, hint);
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

function serverReason(diagnostic: string): string | undefined {
  const reason = directoryReason(diagnostic);
  return reason && `At the server: ${reason.name}. ${reason.meaning} ${reason.remedy}`;
}
