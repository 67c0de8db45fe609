import type { InitiatorFlag } from '../../flags/tables';
import type { Session } from './session';
import type { SpnTarget } from './target';

const flags: readonly InitiatorFlag[] = [
  'mutualAuth',
  'integrity',
  'confidentiality',
  'replayDetect',
  'sequenceDetect',
];

/** The legs between a client and a server in this process, for a bare service principal name. */
export async function probeSpn(target: SpnTarget, session: Session): Promise<void> {
  const { settings, findings } = session;
  const client = await session.initiate(settings.spn ?? target.text, settings.package, flags);
  let leg = await client.step();
  const acceptor = settings.accept ? await session.acceptor(settings.package) : undefined;
  if (acceptor === undefined) {
    if (client.established) session.established(client);
    findings.outcome = 'initiated';
    return;
  }
  session.stage = 'accepting in this process';
  while (leg.token !== undefined) {
    const answer = await acceptor.step(leg.token);
    if (!leg.expectsReply || answer.token === undefined) break;
    leg = await client.step(answer.token);
  }
  session.established(client, acceptor.context.clientName);
}
