import { TokenSource, isThenable, type IncomingTokens } from './incoming';
import { tokenRequired } from './leg-input';
import type { SecurityContext } from '../context/security-context';
import type { SendableLeg } from './leg';
import type { StateMachine } from './state-machine';

/** Drives a handshake to its end with the tokens of `incoming`. See `Handshake.legs`. */
export async function* legs(
  machine: StateMachine,
  incoming: IncomingTokens | undefined,
): AsyncGenerator<SendableLeg, SecurityContext, void> {
  machine.beginIteration();
  let source: TokenSource | undefined;
  try {
    for (;;) {
      let token: unknown;
      if (machine.awaitsToken) {
        if (incoming === undefined) throw tokenRequired(machine.role);
        source ??= new TokenSource(incoming);
        const next = source.next();
        token = source.token(isThenable(next) ? await machine.waitForPeer(next) : next);
        machine.checkAlive();
      }
      const leg = await machine.advance(token);
      if (leg.token !== undefined) yield leg as SendableLeg;
      if (!leg.expectsReply) return machine.context;
      machine.checkAlive();
    }
  } catch (error) {
    const last = machine.failIteration(error);
    if (last !== undefined) yield last;
    throw error;
  } finally {
    machine.endIteration();
  }
}
