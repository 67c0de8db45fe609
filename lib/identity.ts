import { checkedOptions, checkedString, describe } from './arguments';
import { invalidArgument } from './errors/make';
import { identityForWine } from './wine';
import type { Account } from './errors/evidence';
import type { RawIdentity } from './binding/binding';
import type { CheckedBounds } from './package-bounds';

/** Whom to log on as, where it is not the current user. */
export interface Identity {
  /**
   * `alice`, `alice@corp.test` (a user principal name, when there is no `domain`) or `CORP\alice` (split at the backslash,
   * when there is no `domain`).
   */
  readonly user: string;
  /** The domain's NetBIOS or DNS name, or the realm. */
  readonly domain?: string | undefined;
  /** Passed on once and not kept. */
  readonly password: string;
}

/** The identity structure for the binding; undefined means the current user, unbounded. */
export function rawIdentity(
  packageName: string,
  identity: Identity | undefined,
  bounds: CheckedBounds | undefined,
  wine: boolean,
): RawIdentity | undefined {
  const packageList = bounds?.list;
  let raw: RawIdentity | undefined;
  if (identity !== undefined) {
    const { user, domain } = splitUser(identity);
    raw = { user, domain, password: identity.password, packageList };
  } else if (packageList !== undefined) {
    raw = { user: undefined, domain: undefined, password: undefined, packageList };
  }
  return wine ? identityForWine(packageName, raw) : raw;
}

/** Throws for an identity that is not of the documented form, naming no part of it. */
export function checkIdentity(value: Identity | undefined): void {
  if (value === undefined) return;
  const { user, domain, password } = checkedOptions(value, 'identity', ['user', 'domain', 'password']);
  checkedString(user, 'identity.user');
  if (domain !== undefined && domain !== '') checkedString(domain, 'identity.domain');
  if (typeof password !== 'string') {
    throw invalidArgument(`identity.password must be a string, not ${describe(password)}`);
  }
}

/** Whose identity it is: all of it that may be told. */
export function accountOf(identity: Identity): Account {
  return { ...splitUser(identity), emptyPassword: identity.password === '' };
}

function splitUser({ user, domain }: Identity): { user: string; domain: string | undefined } {
  if (domain !== undefined) return { user, domain: domain === '' ? undefined : domain };
  const backslash = user.indexOf('\\');
  if (backslash <= 0) return { user, domain: undefined };
  return { user: user.slice(backslash + 1), domain: user.slice(0, backslash) };
}
