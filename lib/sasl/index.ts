/// <reference types="node" preserve="true" />
/**
 * `sspi/sasl`: the SASL mechanisms GSSAPI (RFC 4752) and GSS-SPNEGO over SSPI, for clients and servers of any protocol: LDAP,
 * IMAP, SMTP, Kafka and others.
 *
 * - {@link createMechanism}: one exchange, as legs, and then the protected connection.
 *
 * @packageDocumentation
 */
import { once } from '../once';
import type { Mechanism } from './mechanism';
import type { MechanismOptions } from './options';

const mechanisms = once(() => require('./mechanism') as typeof import('./mechanism'));
const settings = once(() => require('./options') as typeof import('./options'));

/**
 * Makes one SASL exchange, on either side. Nothing is acquired before the first leg. Dispose of it (`await using`), or of the
 * stream that its `secure()` returned, when the connection closes.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option.
 * @example
 * ```ts
 * const mechanism = createMechanism({ mechanism: 'GSSAPI', target: 'ldap/dc1.corp.test', layer: 'confidentiality' });
 * for await (const leg of mechanism.legs(challenges)) await send(leg.token);
 * const stream = mechanism.secure(socket);
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc4752
 */
export function createMechanism(options: MechanismOptions): Mechanism {
  const { Mechanism: Exchange } = mechanisms();
  return new Exchange(settings().checkedSettings(options));
}

export type { Mechanism } from './mechanism';
export type { MechanismName, MechanismOptions } from './options';
export type { SecurityLayer } from '../wire/sasl-layers';
