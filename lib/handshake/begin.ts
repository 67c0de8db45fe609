import { Handshake } from './handshake';
import { checkedAcceptOptions, checkedInitiateOptions, type AcceptOptions, type InitiateOptions } from './options';
import { coreOf, type Credentials } from '../credentials/credentials';
import { invalidArgument } from '../errors/make';

/** See `initiate` in index.ts. */
export function initiate(credentials: Credentials, options: InitiateOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'inbound') {
    throw invalidArgument("these credentials are for a server: acquire them with use 'outbound' or 'both'");
  }
  return new Handshake(core, checkedInitiateOptions(options, core.stream));
}

/** See `accept` in index.ts. */
export function accept(credentials: Credentials, options: AcceptOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'outbound') {
    throw invalidArgument("these credentials are for a client: acquire them with use 'inbound' or 'both'");
  }
  return new Handshake(core, checkedAcceptOptions(options));
}
