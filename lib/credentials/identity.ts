import { bytesOf, checkedOptions, checkedString, describe, optionalBoolean } from '../arguments';
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
  /**
   * Passed on once and not kept. A view of bytes holds the password in UTF-8, without a byte order mark or terminator: it never
   * becomes a JavaScript string, which nobody can erase.
   */
  readonly password: string | NodeJS.ArrayBufferView;
  /**
   * True fills a password of bytes with zeros as soon as `acquireCredentials` has taken it or refused its arguments, before it
   * returns its promise. Default false.
   */
  readonly zeroPassword?: boolean | undefined;
}

/**
 * Nobody: the null session of NTLM and Negotiate (user, domain and password are empty). A word of its own, because SSPI takes the
 * current user where an identity has no user.
 */
export type Anonymous = 'anonymous';

/** UNICODE_STRING's 32,766 characters of up to 3 bytes each. */
const mostPasswordBytes = 3 * 32_766;

/** The identity structure for the binding; undefined means the current user, unbounded. */
export function rawIdentity(
  packageName: string,
  identity: Identity | Anonymous | undefined,
  bounds: CheckedBounds | undefined,
  wine: boolean,
): RawIdentity | undefined {
  const packageList = bounds?.list;
  let raw: RawIdentity | undefined;
  if (identity === anonymous) {
    // Empty texts, not null pointers, which would be the current user.
    raw = { user: '', domain: '', password: '', packageList };
  } else if (identity !== undefined) {
    const { user, domain } = splitUser(identity);
    const { password } = identity;
    // L"" and not a null pointer: beside a user, packages may read the domain without asking whether there is one.
    const secret = typeof password === 'string' ? password : passwordBytes(password);
    raw = { user, domain: domain ?? '', password: secret, packageList };
  } else if (packageList !== undefined) {
    raw = { user: undefined, domain: undefined, password: undefined, packageList };
  }
  return wine ? identityForWine(packageName, raw) : raw;
}

/**
 * Throws for an identity that is not of the documented form, naming no part of it. SSPI takes the current user where a
 * user is missing, so one that names nobody must not get so far.
 */
export function checkIdentity(value: Identity | Anonymous | undefined): void {
  if (value === undefined || value === anonymous) return;
  const known = ['user', 'domain', 'password', 'zeroPassword'];
  const { user, domain, password, zeroPassword } = checkedOptions(value, 'identity', known);
  checkedString(user, 'identity.user');
  if (domain !== undefined && domain !== '') checkedString(domain, 'identity.domain');
  if (typeof password !== 'string' && !ArrayBuffer.isView(password)) {
    throw invalidArgument(`identity.password must be a string or a view of bytes, not ${describe(password)}`);
  }
  const zero = optionalBoolean(zeroPassword, 'identity.zeroPassword') ?? false;
  if (typeof password === 'string') {
    if (zero) throw invalidArgument('identity.zeroPassword is for passwords of bytes: a string cannot be erased');
  } else {
    checkPasswordBytes(passwordBytes(password));
  }
  checkNames(splitUser({ user, domain }));
}

/** Erases a password whose owner asked for that, whatever else is wrong with the options. */
export function zeroPassword(identity: unknown): void {
  if (typeof identity !== 'object' || identity === null) return;
  const { password, zeroPassword: zero } = identity as Partial<Identity>;
  if (zero === true && ArrayBuffer.isView(password)) passwordBytes(password).fill(0);
}

const anonymous: Anonymous = 'anonymous';

const passwordBytes = (password: NodeJS.ArrayBufferView): Buffer => bytesOf(password, 'identity.password');

function checkPasswordBytes(bytes: Buffer): void {
  if (bytes.length > mostPasswordBytes) {
    throw invalidArgument(`identity.password is longer than ${mostPasswordBytes} bytes`);
  }
  const { isUtf8 } = require('node:buffer') as typeof import('node:buffer');
  if (isUtf8(bytes)) return;
  throw usageError('ERR_SSPI_INVALID_ARGUMENT', 'identity.password is not UTF-8.', {
    hint: 'Bytes of a password are taken as UTF-8: convert UTF-16 or a code page first.',
  });
}

/** Domains whose account names are mail addresses. */
const domainsOfAddresses = ['azuread', 'microsoftaccount'];

function checkNames({ user, domain }: Account): void {
  if (user.trim() === '' || user.startsWith('@')) throw badIdentity('identity.user names no user');
  if (domain === undefined) {
    if (user.endsWith('@')) throw badIdentity('identity.user ends with an @ and names no domain');
    if (user.includes('\\')) throw badIdentity('identity.user has a backslash and names no domain before it');
    return;
  }
  if (domain.includes('\\')) throw badIdentity('identity.domain has a backslash');
  if (user.includes('\\')) {
    throw badIdentity('identity.user has a backslash too many: the domain is named already');
  }
  if (user.includes('@') && !domainsOfAddresses.includes(domain.toLowerCase())) {
    throw badIdentity('identity names its domain twice: after the @ of the user, and apart from it');
  }
}

function badIdentity(message: string): Error {
  return usageError('ERR_SSPI_INVALID_ARGUMENT', `${message}.`, {
    hint: 'Give the domain once: as `domain`, or in the user as CORP\\alice (one backslash) or alice@corp.test.',
  });
}

/** Whose identity it is: all of it that may be told. */
export function accountOf(identity: Identity | Anonymous): Account {
  if (identity === anonymous) return { user: 'ANONYMOUS LOGON', domain: 'NT AUTHORITY', emptyPassword: false };
  const { password } = identity;
  const length = typeof password === 'string' ? password.length : password.byteLength;
  return { ...splitUser(identity), emptyPassword: length === 0 };
}

function splitUser({ user, domain }: Pick<Identity, 'user' | 'domain'>): { user: string; domain: string | undefined } {
  if (domain !== undefined && domain !== '') return { user, domain };
  const backslash = user.indexOf('\\');
  if (backslash <= 0) return { user, domain: undefined };
  return { user: user.slice(backslash + 1), domain: user.slice(0, backslash) };
}
