import { createHash } from 'node:crypto';
import type { Agreement } from './party';
import type { MemoryDomain } from './domain';
import type { RawAccessToken } from '../../binding/binding';

/** SE_GROUP_MANDATORY, _ENABLED_BY_DEFAULT and _ENABLED; SE_GROUP_USE_FOR_DENY_ONLY (winnt.h). */
const enabled = 0x7;
const denyOnly = 0x10;

/** Everyone, NETWORK, Authenticated Users: what Windows adds for everybody who signs on over the network (MS-DTYP, 2.4.2.4). */
const everybody = ['S-1-1-0', 'S-1-5-2', 'S-1-5-11'];
/** The relative identifier of Domain Users (MS-DTYP, 2.4.2.4). */
const domainUsers = 513;
/** Accounts that people make have relative identifiers from here on. */
const firstOwnAccount = 1000;

/** SECURITY_IMPERSONATION_LEVEL */
const levels = { identification: 1, impersonation: 2, delegation: 3 } as const;

/** What a server learns of the client that it has agreed with. */
export function accessTokenOf(domain: MemoryDomain, { user: name, flags }: Agreement): RawAccessToken {
  const { sid, groups = [] } = domain.user(name) ?? {};
  const own = [...everybody, `${domainSid(domain)}-${domainUsers}`].map((group) => ({
    sid: group,
    attributes: enabled,
  }));
  const more = groups.map((group) => {
    if (typeof group === 'string') return { sid: group, attributes: enabled };
    return { sid: group.sid, attributes: group.denyOnly === true ? denyOnly : enabled };
  });
  const level = flags.includes('identify')
    ? 'identification'
    : flags.includes('delegate')
      ? 'delegation'
      : 'impersonation';
  return {
    user: sid ?? `${domainSid(domain)}-${firstOwnAccount + (number(name.toLowerCase()) % 1_000_000)}`,
    groups: [...own, ...more],
    isPrimary: false,
    impersonationLevel: levels[level],
  };
}

/** The same for the same realm, in every process. */
function domainSid({ realm }: MemoryDomain): string {
  return `S-1-5-21-${number(`${realm} 1`)}-${number(`${realm} 2`)}-${number(`${realm} 3`)}`;
}

function number(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0);
}
