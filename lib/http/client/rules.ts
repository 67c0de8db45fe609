/** What the options permit at an origin, and the names to ask for there. */
import { resolveCname } from 'node:dns/promises';
import { checkedNames, type ClientSettings } from './options';
import { isAddress } from './origin';
import { serverChallenge } from './sign-on/challenge';
import type { PartyRules } from './connection/party';

/** Chains of aliases that are longer are an error of the zone. */
const maxAliases = 8;

/** The rules for the server of this origin; undefined if it gets no credential. */
export function serverRules(settings: ClientSettings, origin: string): PartyRules | undefined {
  const { origins, ntlm, delegate, mutualAuth, preemptive } = settings;
  if (!origins.has(origin)) return undefined;
  if (isAddress(origin) && !ntlm.has(origin)) return undefined;
  return {
    kind: serverChallenge,
    origin,
    permitted: true,
    ntlm: ntlm.has(origin),
    delegate: delegate.has(origin),
    mutualAuth,
    preemptive,
    names: () => namesOf(settings, origin),
  };
}

/** What the names come from, for the key of a pool. */
export function spnKey({ spn, spnPort, canonicalNames }: ClientSettings, origin: string): string {
  const given = typeof spn === 'function' ? spn(origin) : spn;
  return JSON.stringify([given ?? null, spnPort, canonicalNames]);
}

async function namesOf({ spn, spnPort, canonicalNames }: ClientSettings, origin: string): Promise<readonly string[]> {
  const given = typeof spn === 'function' ? spn(origin) : spn;
  if (given !== undefined) return checkedNames(given);
  const { hostname, port } = new URL(origin);
  const suffix = spnPort && port !== '' ? `:${port}` : '';
  const host = hostname.replace(/^\[|\]$/g, '');
  const names = [`HTTP/${host}${suffix}`];
  if (canonicalNames && !isAddress(origin)) {
    const canonical = await canonicalName(host);
    if (canonical !== host) names.push(`HTTP/${canonical}${suffix}`);
  }
  return names;
}

async function canonicalName(host: string): Promise<string> {
  let name = host;
  for (let aliases = 0; aliases < maxAliases; aliases++) {
    const [next] = await resolveCname(name).catch((): string[] => []);
    if (next === undefined) break;
    name = next.toLowerCase().replace(/\.$/, '');
  }
  return name;
}
