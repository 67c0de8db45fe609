import net from 'node:net';
import { lookupService } from 'node:dns/promises';
import type { Attempt } from './attempt';
import type { ConnectTarget } from './dial';
import type { Settings } from './options';

/**
 * The service principal names to try, in order. SQL Server registers `MSSQLSvc/fqdn:port`, for a named instance its TCP port as
 * well, and `MSSQLSvc/fqdn` for the default instance (Microsoft: "Register a Service Principal Name for Kerberos Connections").
 *
 * @param address The connected server's, whose name stands in where the host is a short name or an address.
 */
export async function serviceNames(
  { spn }: Settings,
  { host, port }: ConnectTarget,
  address: string | undefined,
  attempt: Attempt,
): Promise<readonly string[]> {
  if (typeof spn === 'function') return [spn(host, port)];
  if (spn !== undefined) return [spn];
  const name = await fullName(host.replace(/\.$/, ''), port, address, attempt);
  return [`MSSQLSvc/${name}:${port}`, `MSSQLSvc/${name}`];
}

async function fullName(host: string, port: number, address: string | undefined, attempt: Attempt): Promise<string> {
  const isAddress = net.isIP(host) !== 0;
  if (!isAddress && host.includes('.')) return host;
  if (address === undefined) return host;
  const found = await attempt.unlessOver(
    lookupService(address, port).then(
      ({ hostname }) => hostname,
      () => undefined,
    ),
  );
  if (found === undefined || !found.includes('.') || net.isIP(found) !== 0) return host;
  // A reverse entry may name any host: for a short name only its own continuation counts.
  return isAddress || found.toLowerCase().startsWith(`${host.toLowerCase()}.`) ? found : host;
}
