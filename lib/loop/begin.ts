import { Handshake } from './handshake';
import { checkedAcceptOptions, checkedInitiateOptions, type AcceptOptions, type InitiateOptions } from './options';
import { coreOf, type Credentials } from '../credentials';
import { invalidArgument } from '../errors/make';

/**
 * Begins a handshake as the client (InitializeSecurityContext). Nothing is called before the first leg.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_UNKNOWN_FLAG, ERR_SSPI_CHANNEL_BINDINGS, ERR_SSPI_DISPOSED.
 * @example
 * ```ts
 * await using client = initiate(credentials, {
 *   target: 'HTTP/web.corp.test',
 *   flags: ['mutualAuth', 'confidentiality'],
 *   require: { flags: ['mutualAuth'] },
 * });
 * for await (const leg of client.legs(incoming)) await send(leg.token);
 * const sealed = client.context.wrap(Buffer.from('hello'));
 * ```
 */
export function initiate(credentials: Credentials, options: InitiateOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'inbound')
    throw invalidArgument("these credentials are for accepting: acquire them with use 'outbound' or 'both'");
  return new Handshake(core, checkedInitiateOptions(options));
}

/**
 * Begins a handshake as the server (AcceptSecurityContext). One handshake belongs to one connection: keep it with the socket
 * object, never under anything a client can write.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, ERR_SSPI_UNKNOWN_FLAG, ERR_SSPI_CHANNEL_BINDINGS, ERR_SSPI_DISPOSED.
 * @example
 * ```ts
 * await using server = accept(credentials, { flags: ['confidentiality', 'extendedError'] });
 * for await (const leg of server.legs(incoming)) await send(leg.token);
 * console.log(server.context.clientName);
 * ```
 */
export function accept(credentials: Credentials, options: AcceptOptions = {}): Handshake {
  const core = coreOf(credentials);
  if (core.use === 'outbound')
    throw invalidArgument("these credentials are for initiating: acquire them with use 'inbound' or 'both'");
  return new Handshake(core, checkedAcceptOptions(options));
}
