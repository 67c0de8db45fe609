/// <reference types="node" preserve="true" />
/**
 * `sspi/mssql`: SQL Server as the current Windows user, through the drivers tedious (16 to 20) and mssql as they are.
 *
 * - {@link windowsSignOn}: the configuration of a tedious `Connection`, or of an mssql pool.
 * - {@link windowsConnector}: tedious' option `connector` alone.
 *
 * @packageDocumentation
 */
import type { ConnectorOptions, SignOnOptions } from './options';
import type { SqlServerConfiguration, WindowsSignOnConfiguration } from './configuration';
import type { WindowsConnector } from './connector';

/**
 * A configuration for tedious' `Connection` or mssql's pool, with Windows sign-on (Kerberos, or NTLM) in place of a user and a
 * password. `encrypt` (default true), `trustServerCertificate`, `serverName`, `cryptoCredentialsDetails` and
 * `multiSubnetFailover` keep their meaning; what follows the login is the driver's alone.
 *
 * Failures before the login ends are the driver's ESOCKET, with an {@link SspiError} as `cause`; a refusal by the server is the
 * driver's ELOGIN.
 *
 * @param configuration The driver's. It is not changed.
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option: for a user, a password, a domain, another authentication, a
 * connector of the caller's, a connection string.
 * @example
 * ```ts
 * const connection = new Connection(windowsSignOn({ server: 'sql.corp.test', options: { database: 'hr' } }));
 * const pool = await mssql.connect(windowsSignOn({ server: 'sql.corp.test', database: 'hr', pool: { max: 50 } }));
 * ```
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
 */
export function windowsSignOn<const Configuration extends SqlServerConfiguration>(
  configuration: Configuration,
  options: SignOnOptions = {},
): WindowsSignOnConfiguration<Configuration> {
  return (require('./configuration') as typeof import('./configuration')).withWindowsSignOn(configuration, options);
}

/**
 * tedious' option `connector`, for a configuration that is put together elsewhere; that one must say `encrypt: false`, because
 * the connector encrypts. All connections of one connector share one credential.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option. The connector rejects with ERR_SSPI_SQL_CONNECTION,
 * ERR_SSPI_SQL_ENCRYPTION, ERR_SSPI_SQL_PROTOCOL, ERR_SSPI_SQL_TIMEOUT, ERR_SSPI_ABORTED, and what acquiring credentials and
 * the first leg throw; its socket fails with these, too, and with ERR_SSPI_SQL_DRIVER.
 * @example
 * ```ts
 * const connector = windowsConnector({ encrypt: 'strict', packages: { deny: ['NTLM'] } });
 * const connection = new Connection({ server: 'sql.corp.test', options: { encrypt: false, connector } });
 * ```
 */
export function windowsConnector(options: ConnectorOptions = {}): WindowsConnector {
  return (require('./connector') as typeof import('./connector')).makeConnector(options);
}

export type { ConnectTarget } from './dial';
export type { ConnectorOptions, SignOnOptions } from './options';
export type { SqlServerConfiguration, WindowsSignOnConfiguration } from './configuration';
export type { WindowsConnector } from './connector';
