/** Two mechanisms that talk to each other, over a domain in memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { createMechanism, type Mechanism, type MechanismOptions } from 'sspi/sasl';
import { memoryProvider, useProvider, type MemoryDomainOptions, type ScriptedProvider } from 'sspi/testing';
import type { Leg } from 'sspi';

const cleanups: (() => unknown)[] = [];

export function onCleanUp(end: () => unknown): void {
  cleanups.push(end);
}

/** Ends what the test has begun, the latest first, and holds the provider to its contract: nothing may be left over. */
export async function cleanUp(): Promise<void> {
  for (const end of cleanups.splice(0).reverse()) await end();
}

export const target = 'ldap/dc1.example.test';

export function domain(options: MemoryDomainOptions = {}): ScriptedProvider {
  const provider = memoryProvider({ users: { alice: 'Wonderland', bob: 'Builder' }, ...options });
  const use = useProvider(provider);
  onCleanUp(async () => {
    use.restore();
    await clean(provider);
  });
  return provider;
}

/** Streams that close free what they own a moment later; what is still there after a second is a leak. */
async function clean(provider: ScriptedProvider): Promise<void> {
  for (const deadline = Date.now() + 1000; ; await delay(2)) {
    try {
      provider.assertClean();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

type Partly = Partial<MechanismOptions>;

export function client(options: Partly = {}): Mechanism {
  const made = createMechanism({
    mechanism: 'GSSAPI',
    ...(options.handshake === undefined && { target }),
    ...options,
  });
  onCleanUp(() => made.dispose());
  return made;
}

export function server(options: Partly = {}): Mechanism {
  const made = createMechanism({ mechanism: 'GSSAPI', role: 'acceptor', ...options });
  onCleanUp(() => made.dispose());
  return made;
}

/** Runs both sides to their end, and gives the legs of each. */
export async function exchange(
  initiator: Mechanism,
  acceptor: Mechanism,
): Promise<{ readonly sent: readonly Leg[]; readonly answered: readonly Leg[] }> {
  const sent: Leg[] = [];
  const answered: Leg[] = [];
  let mine = await initiator.step();
  for (;;) {
    sent.push(mine);
    if (mine.token === undefined) break;
    const theirs = await acceptor.step(mine.token);
    answered.push(theirs);
    if (!mine.expectsReply) break;
    mine = await initiator.step(theirs.token);
  }
  return { sent, answered };
}

/** A GSSAPI client and server after their exchange. */
export async function established(
  ofClient: Partly = {},
  ofServer: Partly = {},
): Promise<{ readonly initiator: Mechanism; readonly acceptor: Mechanism }> {
  const initiator = client(ofClient);
  const acceptor = server(ofServer);
  await exchange(initiator, acceptor);
  return { initiator, acceptor };
}
