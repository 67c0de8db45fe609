import { checkedRecord, checkedSignal, checkedText, checkedWhole, describe, invalidOption } from '../sasl/check';
import { Resolver } from 'node:dns/promises';
import { SspiError } from '../index';
import type { Pinged } from './site';
import type { SrvRecord } from 'node:dns';

/** Options of {@link findControllers}. */
export interface FindControllersOptions {
  /**
   * A site of Active Directory, such as `'Berlin'`: its controllers come first. True is the site of this machine, which controllers are
   * asked for over UDP, a second for each of three; if none of them names one, the result is that without a site. Default: no site.
   */
  readonly site?: string | true | undefined;
  /** True finds global catalogues (port 3268) instead of controllers of the domain. Default false. */
  readonly globalCatalog?: boolean | undefined;
  /** DNS servers to ask, as of `dns.setServers`. Default: those of this machine. */
  readonly servers?: readonly string[] | undefined;
  /** How long each DNS server may take, in milliseconds. Default 5,000. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A domain controller that DNS lists. */
export interface DomainController {
  /** Its full name in lower case, for the URL and the target. */
  readonly host: string;
  readonly port: number;
  /** True if it is listed for the site that was asked for, or found. */
  readonly inSite: boolean;
}

const names = ['site', 'globalCatalog', 'servers', 'timeout', 'signal'];
const usualTimeout = 5000;
const mostPings = 3;
const pingTimeout = 1000;
const ldapPort = 389;

/**
 * Finds the domain controllers of a domain in DNS, as Windows does (MS-ADTS, section 6.3.2.3).
 *
 * @param domain Its DNS name, `corp.test`; for a global catalogue that of the forest.
 * @returns In the order in which to try them: those of the site first, then by priority, at random by weight (RFC 2782).
 * @throws {SspiError} (by rejection) ERR_SSPI_LDAP_NO_CONTROLLER, with DNS's error as `cause`; ERR_SSPI_INVALID_ARGUMENT;
 * ERR_SSPI_ABORTED.
 * @example
 * ```ts
 * const [{ host, port }] = await findControllers('corp.test', { site: true });
 * const client = new Client({ url: `ldap://${host}:${port}`, createConnection: sspiConnection() });
 * ```
 */
export async function findControllers(
  domain: string,
  options: FindControllersOptions = {},
): Promise<readonly [DomainController, ...DomainController[]]> {
  const { site, globalCatalog, resolver, signal } = checked(domain, options);
  const zone = domain.replace(/\.$/, '');
  const [service, place] = globalCatalog ? ['_gc._tcp', ''] : ['_ldap._tcp', 'dc._msdcs.'];
  const aborted = (): void => resolver.cancel();
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    signal?.throwIfAborted();
    const listed = resolver.resolveSrv(`${service}.${place}${zone}`);
    const inSite = async (): Promise<readonly SrvRecord[]> => {
      const name = site === true ? await ownSite(inOrder(await listed), globalCatalog ? undefined : zone) : site;
      return name === undefined ? [] : resolver.resolveSrv(`${service}.${name}._sites.${place}${zone}`);
    };
    const [near, all] = await Promise.allSettled([inSite(), listed]);
    signal?.throwIfAborted();
    const found = merge(recordsOf(near), recordsOf(all));
    const [first, ...rest] = found;
    if (first === undefined) throw none(domain, all.status === 'rejected' ? all.reason : undefined);
    return Object.freeze([first, ...rest] as const);
  } catch (error) {
    throw signal?.aborted === true ? abortedBy(signal) : error;
  } finally {
    signal?.removeEventListener('abort', aborted);
  }

  /** What the first controller says that answers; a global catalogue may be of another domain than the forest's first. */
  async function ownSite(records: readonly SrvRecord[], asked: string | undefined): Promise<string | undefined> {
    const { askForSite } = require('./site') as typeof import('./site');
    for (const { name, port } of records.slice(0, mostPings)) {
      const address = await addressOf(resolver, name);
      signal?.throwIfAborted();
      if (address === undefined) continue;
      const found = await askForSite({ ...address, port: globalCatalog ? ldapPort : port }, asked, pingTimeout, signal);
      // It becomes a part of a DNS name.
      if (found !== undefined && isDnsName(found)) return found;
    }
    return undefined;
  }
}

async function addressOf(resolver: Resolver, name: string): Promise<Pick<Pinged, 'address' | 'family'> | undefined> {
  const [four] = await resolver.resolve4(name).catch(() => []);
  if (four !== undefined) return { address: four, family: 4 };
  const [six] = await resolver.resolve6(name).catch(() => []);
  return six === undefined ? undefined : { address: six, family: 6 };
}

function checked(domain: unknown, options: FindControllersOptions) {
  checkedRecord(options, 'options', names);
  if (typeof domain !== 'string' || !isDnsName(domain))
    throw invalidOption('domain must be a DNS name, such as corp.test');
  const site = options.site === true ? true : checkedText(options.site, 'site');
  if (typeof site === 'string' && !isDnsName(site)) throw invalidOption('site must be the name of a site');
  const { globalCatalog = false, servers } = options;
  if (typeof globalCatalog !== 'boolean') {
    throw invalidOption(`globalCatalog must be true or false, not ${describe(globalCatalog)}`);
  }
  const timeout = checkedWhole(options.timeout, 'timeout', 1, 0x7fffffff, usualTimeout);
  const resolver = new Resolver({ timeout, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return { site, globalCatalog, resolver, signal: checkedSignal(options.signal) };
}

const isDnsName = (text: string): boolean =>
  /^(?!-)[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u.test(text) && text.length < 254;

const recordsOf = (result: PromiseSettledResult<readonly SrvRecord[]>): readonly SrvRecord[] =>
  result.status === 'fulfilled' ? result.value : [];

function merge(near: readonly SrvRecord[], all: readonly SrvRecord[]): DomainController[] {
  const found = new Map<string, DomainController>();
  const add = (records: readonly SrvRecord[], inSite: boolean): void => {
    for (const { name, port } of inOrder(records)) {
      const host = name.toLowerCase();
      const place = `${host}:${port}`;
      if (host !== '' && !found.has(place)) found.set(place, Object.freeze({ host, port, inSite }));
    }
  };
  add(near, true);
  add(all, false);
  return [...found.values()];
}

/** RFC 2782: the lowest priority first; within one, at random, with a chance in proportion to the weight. */
export function inOrder(records: readonly SrvRecord[], random: () => number = Math.random): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawn(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawn(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Records of weight 0 come first in the running sum, so that they keep a small chance.
  const left = [...records].sort((a, b) => a.weight - b.weight);
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let threshold = Math.floor(random() * (total + 1));
    const index = left.findIndex(({ weight }) => (threshold -= weight) <= 0);
    order.push(...left.splice(Math.max(index, 0), 1));
  }
  return order;
}

const abortedBy = (signal: AbortSignal): SspiError =>
  new SspiError({ code: 'ERR_SSPI_ABORTED', message: 'The operation was aborted.', cause: signal.reason });

function none(domain: string, cause: unknown): SspiError {
  const hint = "Check the domain's name, and that this machine asks the domain's DNS servers.";
  const message = `DNS lists no domain controller for ${domain}. ${hint}`;
  return new SspiError({ code: 'ERR_SSPI_LDAP_NO_CONTROLLER', message, hint, cause });
}
