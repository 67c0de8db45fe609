import { messageError, refusedError } from './errors';
import { resultCodes, type BindResult } from '../wire/ldap-messages';
import type { Dialogue } from './dialogue';
import type { Mechanism } from '../sasl/mechanism';

const noBytes = Buffer.alloc(0);

/** A SASL bind (RFC 4511, section 4.2): it succeeds when the mechanism has ended and the directory says so. */
export async function saslBind(dialogue: Pick<Dialogue, 'bind'>, mechanism: Mechanism): Promise<void> {
  let leg = await mechanism.step();
  for (;;) {
    const answer = await dialogue.bind(mechanism.name, leg.token ?? noBytes);
    if (answer.code === resultCodes.success) {
      if (leg.expectsReply) await finish(mechanism, answer);
      return;
    }
    if (answer.code !== resultCodes.saslBindInProgress) throw refusedError('the bind', answer);
    if (!leg.expectsReply) throw messageError('The directory continues a bind that is complete.');
    leg = await mechanism.step(owed(answer));
  }
}

/** With success there may come the last token, which proves the directory's identity. */
async function finish(mechanism: Mechanism, answer: BindResult): Promise<void> {
  const { expectsReply } = await mechanism.step(owed(answer));
  if (expectsReply || !mechanism.established) {
    throw messageError('The directory reported success before the sign-on was complete.');
  }
}

function owed({ credentials }: BindResult): Buffer {
  if (credentials === undefined) throw messageError('The directory sent no credentials although it owes some.');
  return credentials;
}
