import { checkedRecord, checkedSignal, checkedText, checkedWhole, describe } from '../sasl/check';
import { invalidOption } from '../sasl/errors';
import { Resolver } from 'node:dns/promises';
import { SspiError } from '../index';
import type { SrvRecord } from 'node:dns';

/** Options of {@link findControllers}. */
export interface FindControllersOptions {
  /** A site of Active Directory, such as `'Berlin'`: its controllers come first. */
  readonly site?: string | undefined;
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
  /** True if it is listed for the site that was asked for. */
  readonly inSite: boolean;
}

const names = ['site', 'globalCatalog', 'servers', 'timeout', 'signal'];
const usualTimeout = 5000;

/**
 * Finds the domain controllers of a domain in DNS, as Windows does (MS-ADTS, section 6.3.2.3).
 *
 * @param domain Its DNS name, `corp.test`; for a global catalogue that of the forest.
 * @returns In the order in which to try them: those of the site first, then by priority, at random by weight (RFC 2782).
 * @throws {SspiError} (by rejection) ERR_SSPI_LDAP_NO_CONTROLLER, with DNS's error as `cause`; ERR_SSPI_INVALID_ARGUMENT;
 * ERR_SSPI_ABORTED.
 * @example
 * ```ts
 * const [{ host, port }] = await findControllers('corp.test', { site: 'Berlin' });
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
    const nowhere = Promise.resolve<readonly SrvRecord[]>([]);
    const [near, all] = await Promise.allSettled([
      site === undefined ? nowhere : resolver.resolveSrv(`${service}.${site}._sites.${place}${zone}`),
      resolver.resolveSrv(`${service}.${place}${zone}`),
    ]);
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
}

function checked(domain: unknown, options: FindControllersOptions) {
  checkedRecord(options, 'options', names);
  if (typeof domain !== 'string' || !isDnsName(domain))
    throw invalidOption('domain must be a DNS name, such as corp.test');
  const site = checkedText(options.site, 'site');
  if (site !== undefined && !isDnsName(site)) throw invalidOption('site must be the name of a site');
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
