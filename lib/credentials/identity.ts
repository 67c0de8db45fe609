import { bytesOf, checkedOptions, checkedString, describe, optionalBoolean } from '../arguments';
import { invalidArgument, usageError } from '../errors/make';
import { identityForWine } from '../wine';
import type { Account } from '../errors/evidence';
import type { RawIdentity } from '../binding/binding';
import type { CheckedBounds } from './package-bounds';

/** Whom to log on as instead of the current user. */
export interface Identity {
  /**
   * `alice`, or, if `domain` is not given, with the domain in it: `alice@corp.test` (a user principal name) or `CORP\alice`
   * (split at the backslash).
   */
  readonly user: string;
  /** The domain's NetBIOS or DNS name, or the realm. The empty string means no domain. */
  readonly domain?: string | undefined;
  /**
   * Passed on once and not stored. A view of bytes contains the password in UTF-8, without a byte order mark or terminator. It
   * never becomes a JavaScript string, which could not be erased.
   */
  readonly password: string | NodeJS.ArrayBufferView;
  /**
   * True fills a password of bytes with zeros as soon as `acquireCredentials` has taken it or refused its arguments, before it
   * returns its promise. Default false.
   */
  readonly zeroPassword?: boolean | undefined;
}

/**
 * The three strings that SspiEncodeAuthIdentityAsStrings makes of an identity, as Windows' credential prompt and credential
 * providers hand them over: a smart card's credential, say, which has no password. They are passed to
 * SspiEncodeStringsAsAuthIdentity as they are.
 * @see https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-sspiencodestringsasauthidentity
 */
export interface PackedIdentity {
  /** Passed on as it is: neither split nor checked for a domain. */
  readonly user: string;
  readonly domain?: string | undefined;
  /** The packed credentials string. It is a secret. */
  readonly packedCredentials: string;
}

/**
 * Nobody: the null session of NTLM and Negotiate (user, domain and password are empty). It is a separate word, because SSPI
 * uses the current user if an identity has no user.
 */
export type Anonymous = 'anonymous';

/** All that the option `identity` takes. */
export type AnyIdentity = Identity | PackedIdentity | Anonymous;

/** UNICODE_STRING's 32,766 characters of up to 3 bytes each. */
const mostPasswordBytes = 3 * 32_766;

/** The identity structure for the binding; undefined means the current user without limits on packages. */
export function rawIdentity(
  packageName: string,
  identity: AnyIdentity | undefined,
  bounds: CheckedBounds | undefined,
  wine: boolean,
): RawIdentity | undefined {
  const packageList = bounds?.list;
  let raw: RawIdentity | undefined;
  if (identity === anonymous) {
    // Empty texts, not null pointers, which would be the current user.
    raw = { user: '', domain: '', password: '', packageList };
  } else if (isPacked(identity)) {
    const { user, domain = '', packedCredentials: password } = identity;
    raw = { user, domain, password, packageList: undefined, isPacked: true };
  } else if (identity !== undefined) {
    const { user, domain } = splitUser(identity);
    const { password } = identity;
    // L"" and not a null pointer: if there is a user, packages may read the domain without checking whether there is one.
    const secret = typeof password === 'string' ? password : passwordBytes(password);
    raw = { user, domain: domain ?? '', password: secret, packageList };
  } else if (packageList !== undefined) {
    raw = { user: undefined, domain: undefined, password: undefined, packageList };
  }
  return wine ? identityForWine(packageName, raw) : raw;
}

/**
 * Throws for an identity that does not have the documented form; the message contains no part of it. SSPI uses the current user
 * if there is no user, so an identity without one must not reach SSPI.
 */
export function checkIdentity(value: AnyIdentity | undefined): void {
  if (value === undefined || value === anonymous) return;
  if (isPacked(value)) return checkPacked(value);
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

/** Erases a password whose owner requested that, whatever else is wrong with the options. */
export function zeroPassword(identity: unknown): void {
  if (typeof identity !== 'object' || identity === null) return;
  const { password, zeroPassword: zero } = identity as Partial<Identity>;
  if (zero === true && ArrayBuffer.isView(password)) passwordBytes(password).fill(0);
}

function isPacked(identity: AnyIdentity | undefined): identity is PackedIdentity {
  return typeof identity === 'object' && (identity as PackedIdentity | null)?.packedCredentials !== undefined;
}

function checkPacked(value: PackedIdentity): void {
  const { user, domain, packedCredentials } = checkedOptions(value, 'identity', [
    'user',
    'domain',
    'packedCredentials',
  ]);
  checkedString(user, 'identity.user');
  if (domain !== undefined && domain !== '') checkedString(domain, 'identity.domain');
  if (typeof packedCredentials !== 'string' || packedCredentials === '' || packedCredentials.includes('\0')) {
    throw invalidArgument('identity.packedCredentials must be a string that is not empty and has no NUL character');
  }
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

/** Domains whose account names are email addresses. */
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

/** Whose identity it is: everything that is not secret. */
export function accountOf(identity: AnyIdentity): Account {
  if (identity === anonymous) return { user: 'ANONYMOUS LOGON', domain: 'NT AUTHORITY', emptyPassword: false };
  if (isPacked(identity)) return { user: identity.user, domain: identity.domain, emptyPassword: false };
  const { password } = identity;
  const length = typeof password === 'string' ? password.length : password.byteLength;
  return { ...splitUser(identity), emptyPassword: length === 0 };
}

/** An account as it is shown: `CORP\alice`, or the user as it was given; undefined for the user of the process. */
export function accountName(account: Account | undefined): string | undefined {
  if (account === undefined) return undefined;
  const { user, domain } = account;
  return domain === undefined ? user : `${domain}\\${user}`;
}

function splitUser({ user, domain }: Pick<Identity, 'user' | 'domain'>): { user: string; domain: string | undefined } {
  if (domain !== undefined && domain !== '') return { user, domain };
  const backslash = user.indexOf('\\');
  if (backslash <= 0) return { user, domain: undefined };
  return { user: user.slice(backslash + 1), domain: user.slice(0, backslash) };
}
