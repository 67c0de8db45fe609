import { readFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { readKrb5Conf } from './krb5-conf';

/** Where a domain controller may be. */
export interface Controller {
  readonly host: string;
  readonly kerberosPort: number;
}

/** The domain that this machine or its user belongs to. */
export interface Domain {
  /** In capitals. */
  readonly realm: string;
  readonly controllers: readonly Controller[];
  /** How it was found. */
  readonly source: string;
}

const kerberosPort = 88;
type Env = Readonly<Record<string, string | undefined>>;

/** Finds the domain: under Wine in libkrb5's configuration, on Windows in the environment of the logon and in DNS. */
export async function findDomain(
  env: Env,
  wine: boolean,
  named: string | undefined,
  timeout: number,
): Promise<Domain | undefined> {
  if (wine) {
    const found = fromKrb5Conf(env);
    if (found !== undefined && (named === undefined || named.toUpperCase() === found.realm)) return found;
  }
  const dnsDomain = named ?? env['USERDNSDOMAIN'];
  if (dnsDomain === undefined || dnsDomain === '') return undefined;
  const realm = dnsDomain.toUpperCase();
  const controllers = await fromDns(dnsDomain, timeout);
  if (controllers.length > 0) return { realm, controllers, source: `DNS: _kerberos._tcp.${dnsDomain}` };
  const logon = env['LOGONSERVER']?.replace(/^\\\\/, '');
  const own = env['COMPUTERNAME'];
  if (logon === undefined || logon === '' || logon.toUpperCase() === own?.toUpperCase()) {
    return { realm, controllers: [], source: 'no domain controller in the DNS' };
  }
  return { realm, controllers: [{ host: `${logon}.${dnsDomain}`, kerberosPort }], source: 'LOGONSERVER' };
}

async function fromDns(dnsDomain: string, timeout: number): Promise<Controller[]> {
  try {
    const records = await new Resolver({ timeout, tries: 1 }).resolveSrv(`_kerberos._tcp.${dnsDomain}`);
    return records
      .sort((a, b) => a.priority - b.priority)
      .map(({ name, port }) => ({ host: name, kerberosPort: port }));
  } catch {
    return [];
  }
}

function fromKrb5Conf(env: Env): Domain | undefined {
  const list = env['KRB5_CONFIG'] ?? '/etc/krb5.conf';
  for (const file of list.split(/:(?=\/)/)) {
    const text = readUnixFile(file);
    if (text === undefined) continue;
    const { defaultRealm, kdcs } = readKrb5Conf(text);
    if (defaultRealm === undefined) continue;
    return { realm: defaultRealm, controllers: kdcs.map(controllerOf), source: file };
  }
  return undefined;
}

function controllerOf(place: string): Controller {
  const [, host = place, port] = /^(?:\w+\/)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(place) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, '$1'), kerberosPort: port === undefined ? kerberosPort : Number(port) };
}

/** A file of the host system, which is Wine's drive Z:. */
export function readUnixFile(file: string): string | undefined {
  try {
    return readFileSync(process.platform === 'win32' && file.startsWith('/') ? `Z:${file}` : file, 'utf8');
  } catch {
    return undefined;
  }
}
