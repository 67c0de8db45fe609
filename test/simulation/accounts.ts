/** The accounts of the simulated domain, and what each of them is allowed: told apart from the server's own reading of a token. */
export interface Account {
  readonly name: string;
  readonly sid: string;
  /** Groups that count. */
  readonly memberOf: readonly string[];
  /** Groups that count only when access is denied. */
  readonly denyOnly: readonly string[];
  /** Groups that are in the token and switched off. */
  readonly disabled: readonly string[];
  /** The platform does not tell the token. */
  readonly withheld: boolean;
}

export const staff = 'S-1-5-21-1-2-3-1200';
export const admins = 'S-1-5-32-544';
const guests = 'S-1-5-32-546';

const account = (name: string, rid: number, more: Partial<Account> = {}): Account => ({
  name: `CORP\\${name}`,
  sid: `S-1-5-21-1-2-3-${rid}`,
  memberOf: [],
  denyOnly: [],
  disabled: [],
  withheld: false,
  ...more,
});

export const accounts: readonly Account[] = [
  account('alice', 1101, { memberOf: [staff, admins] }),
  account('bob', 1102, { memberOf: [staff], denyOnly: [admins] }),
  account('carol', 1103, { memberOf: [admins], denyOnly: [staff] }),
  account('dave', 1104, { disabled: [staff, admins] }),
  account('eve', 1105),
  account('gast', 501, { memberOf: [guests, staff] }),
  account('shade', 1106, { withheld: true, memberOf: [staff] }),
];

/** SE_GROUP_ENABLED, and with it SE_GROUP_USE_FOR_DENY_ONLY. */
const attribute = { enabled: 0x04, denyOnly: 0x14 } as const;

/** The groups of the account's access token, as QuerySecurityContextToken has them. */
export const rawGroupsOf = ({ memberOf, denyOnly, disabled }: Account): { sid: string; attributes: number }[] => [
  ...memberOf.map((sid) => ({ sid, attributes: attribute.enabled })),
  ...denyOnly.map((sid) => ({ sid, attributes: attribute.denyOnly })),
  ...disabled.map((sid) => ({ sid, attributes: 0 })),
];

/** The option `allow` of a simulated server. */
export interface AllowList {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** May this account pass? */
export function isPermitted({ sid, memberOf, withheld }: Account, { users, groups }: AllowList): boolean {
  const isOpen = users.length === 0 && groups.length === 0;
  if (withheld) return isOpen;
  if (memberOf.includes(guests)) return false;
  return isOpen || users.includes(sid) || groups.some((group) => memberOf.includes(group));
}
