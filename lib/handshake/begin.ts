import { Handshake } from './handshake';
import {
  checkedAcceptOptions,
  checkedInitiateOptions,
  type AcceptOptions,
  type CheckedOptions,
  type InitiateOptions,
} from './options';
import { coreOf, type Credentials, type CredentialsCore } from '../credentials/credentials';
import { invalidArgument } from '../errors/make';
import { refuseBindingsUnderWine } from '../wine';
import { publisher } from '../events/publisher';

/** See `initiate` in index.ts. */
export function initiate(credentials: Credentials, options: InitiateOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'inbound') {
    throw invalidArgument("these credentials are for a server: acquire them with use 'outbound' or 'both'");
  }
  return new Handshake(core, takenUnderWine(core, checkedInitiateOptions(options, core.stream)), publisher);
}

/** See `accept` in index.ts. */
export function accept(credentials: Credentials, options: AcceptOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'outbound') {
    throw invalidArgument("these credentials are for a client: acquire them with use 'inbound' or 'both'");
  }
  return new Handshake(core, takenUnderWine(core, checkedAcceptOptions(options, core.stream)), publisher);
}

function takenUnderWine({ binding, package: packageName }: CredentialsCore, options: CheckedOptions): CheckedOptions {
  const enforced = options.protection !== undefined && options.protection.policy !== 'never';
  if (options.channelBindings !== undefined || enforced) refuseBindingsUnderWine(binding, packageName);
  return options;
}
