import { createHash } from 'node:crypto';
import * as sspi from 'sspi';
import type { Handshake, Leg, SecurityContext } from 'sspi';

/** A digest of the session key, which both ends of one handshake share and nobody else has; null where there is none. */
export function keyDigest(context: SecurityContext): string | null {
  try {
    return createHash('sha256').update(context.sessionKey()).digest('hex');
  } catch (error) {
    if ((error as sspi.SspiError).code === 'SEC_E_UNSUPPORTED_FUNCTION') return null;
    throw error;
  }
}

export interface Initiated {
  readonly package: string;
  readonly key: string | null;
  readonly mutual: boolean;
}

/** What every initiator of this process has established, in order, until the test ends: clients do not hand out their contexts. */
export function watchInitiators(): readonly Initiated[] {
  const established: Initiated[] = [];
  const { initiate } = sspi;
  jest.spyOn(sspi, 'initiate').mockImplementation((...args): Handshake => {
    const handshake = initiate(...args);
    const step = handshake.step.bind(handshake);
    jest.spyOn(handshake, 'step').mockImplementation(async (token): Promise<Leg> => {
      const leg = await step(token);
      if (!leg.expectsReply) {
        const { context } = handshake;
        const mutual = context.flags.includes('mutualAuth');
        established.push({ package: context.package, key: keyDigest(context), mutual });
      }
      return leg;
    });
    return handshake;
  });
  return established;
}
