import { Handshake } from './handshake';
import { checkedAcceptOptions, checkedInitiateOptions, type AcceptOptions, type InitiateOptions } from './options';
import { coreOf, type Credentials } from '../credentials/credentials';
import { invalidArgument } from '../errors/make';
import { unobserved } from '../events/observer';

/** See `initiate` in index.ts. */
export function initiate(credentials: Credentials, options: InitiateOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'inbound') {
    throw invalidArgument("these credentials are for accepting: acquire them with use 'outbound' or 'both'");
  }
  return new Handshake(core, checkedInitiateOptions(options, core.stream), unobserved);
}

/** See `accept` in index.ts. */
export function accept(credentials: Credentials, options: AcceptOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'outbound') {
    throw invalidArgument("these credentials are for initiating: acquire them with use 'inbound' or 'both'");
  }
  return new Handshake(core, checkedAcceptOptions(options), unobserved);
}
