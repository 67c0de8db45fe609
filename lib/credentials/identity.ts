import { checkedOptions, checkedString, describe } from '../arguments';
import { invalidArgument, usageError } from '../errors/make';
import { identityForWine } from '../wine';
import type { Account } from '../errors/evidence';
import type { RawIdentity } from '../binding/binding';
import type { CheckedBounds } from './package-bounds';

/** Whom to log on as, where it is not the current user. */
export interface Identity {
  /**
   * `alice`, or with the domain in it, where `domain` is not given: `alice@corp.test` (a user principal name) or
   * `CORP\alice` (split at the backslash).
   */
  readonly user: string;
  /** The domain's NetBIOS or DNS name, or the realm. The empty string is no domain. */
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
    // L"" and not a null pointer: beside a user, packages may read the domain without asking whether there is one.
    raw = { user, domain: domain ?? '', password: identity.password, packageList };
  } else if (packageList !== undefined) {
    raw = { user: undefined, domain: undefined, password: undefined, packageList };
  }
  return wine ? identityForWine(packageName, raw) : raw;
}

/**
 * Throws for an identity that is not of the documented form, naming no part of it. SSPI takes the current user where a
 * user is missing, so one that names nobody must not get so far.
 */
export function checkIdentity(value: Identity | undefined): void {
  if (value === undefined) return;
  const { user, domain, password } = checkedOptions(value, 'identity', ['user', 'domain', 'password']);
  checkedString(user, 'identity.user');
  if (domain !== undefined && domain !== '') checkedString(domain, 'identity.domain');
  if (typeof password !== 'string') {
    throw invalidArgument(`identity.password must be a string, not ${describe(password)}`);
  }
  checkNames(splitUser({ user, domain, password }));
}

/** Domains whose account names are mail addresses. */
const domainsOfAddresses = ['azuread', 'microsoftaccount'];

function checkNames({ user, domain }: Account): void {
  if (user.trim() === '' || user.startsWith('@')) throw badIdentity('identity.user contains no user name');
  if (domain === undefined) {
    if (user.endsWith('@')) throw badIdentity('identity.user ends with an @ and contains no domain');
    if (user.includes('\\')) throw badIdentity('identity.user has a backslash without a domain before it');
    return;
  }
  if (domain.includes('\\')) throw badIdentity('identity.domain has a backslash');
  if (user.includes('\\')) {
    throw badIdentity('identity.user has one backslash too many: the domain is already given');
  }
  if (user.includes('@') && !domainsOfAddresses.includes(domain.toLowerCase())) {
    throw badIdentity('identity has two domains: one after the @ of the user, and a separate one');
  }
}

function badIdentity(message: string): Error {
  return usageError('ERR_SSPI_INVALID_ARGUMENT', `${message}.`, {
    hint: 'Pass the domain once: as `domain`, or in `user` as CORP\\alice (one backslash) or alice@corp.test.',
  });
}

/** Whose identity it is: all of it that may be told. */
export function accountOf(identity: Identity): Account {
  return { ...splitUser(identity), emptyPassword: identity.password === '' };
}

function splitUser({ user, domain }: Identity): { user: string; domain: string | undefined } {
  if (domain !== undefined && domain !== '') return { user, domain };
  const backslash = user.indexOf('\\');
  if (backslash <= 0) return { user, domain: undefined };
  return { user: user.slice(backslash + 1), domain: user.slice(0, backslash) };
}
