/// <reference types="node" preserve="true" />
/**
 * `sspi/ldap`: LDAP connections to Active Directory and other directories as the current Windows user, signed or encrypted, for the
 * driver ldapts.
 *
 * - {@link sspiConnection}: for the driver's `createConnection`.
 * - {@link findControllers}: the domain controllers of a domain.
 * - {@link whoAmI} and {@link tokenGroups}: who a connection is to the directory.
 * - {@link directoryReason}: what Active Directory's error numbers mean.
 *
 * @packageDocumentation
 */
import type net from 'node:net';
import type { LdapConnectionOptions } from './options';

/**
 * Makes the `createConnection` of ldapts' client. The connections that it makes are bound and protected before they emit
 * `connect`, so the driver needs no `bind()`; a connection that the driver makes anew is bound anew.
 *
 * @returns A function like `net.connect` (`(port, host)`, or `({ port, host })`). Its stream fails with an {@link SspiError}, which the
 * driver passes on: ERR_SSPI_LDAP_REFUSED, ERR_SSPI_LDAP_MESSAGE, those of `sspi/sasl` and of the handshake.
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option.
 * @example
 * ```ts
 * const client = new Client({ url: 'ldap://dc1.corp.test', createConnection: sspiConnection() });
 * const { searchEntries } = await client.search('dc=corp,dc=test', { filter: '(sAMAccountName=alice)' });
 * ```
 */
export function sspiConnection(options: LdapConnectionOptions = {}): typeof net.connect {
  const { Connector } = require('./connect') as typeof import('./connect');
  const { checkedSettings } = require('./options') as typeof import('./options');
  const connector = new Connector(checkedSettings(options));
  return ((...args: readonly unknown[]) => connector.connect(args)) as unknown as typeof net.connect;
}

export { directoryReason } from './directory-reason';
export { findControllers } from './controllers';
export { tokenGroups, whoAmI } from './who-am-i';
export type { DirectoryClient, DirectoryIdentity } from './who-am-i';
export type { DirectoryReason } from './directory-reason';
export type { DomainController, FindControllersOptions } from './controllers';
export type { LdapConnectionOptions } from './options';
