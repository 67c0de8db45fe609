import { AccountDirectory, type Direction } from './directory';
import { Lanes } from './lanes';
import { Status } from '../binding/constants';
import { abortable } from '../abortable';
import { abortedError, invalidArgument } from '../errors/make';
import { checkedOptions, checkedSignal, checkedString, describe } from '../arguments';
import { formatSid, sidToBytes } from '../sid';
import { loadBinding } from '../binding/load';
import { statusCode } from '../errors/status-code';
import { withCaller } from '../errors/sspi-error';
import type { Binding, RawAccount } from '../binding/binding';
import type { SspiStatusCode } from '../errors/codes';

/** What kind of account it is (SID_NAME_USE). `alias` is a group of one machine, such as Administrators. */
export type AccountType =
  | 'user'
  | 'group'
  | 'domain'
  | 'alias'
  | 'wellKnownGroup'
  | 'deletedAccount'
  | 'invalid'
  | 'unknown'
  | 'computer'
  | 'label'
  | 'logonSession';

/** An account as the security authority knows it. */
export interface Account {
  readonly sid: string;
  /** `alice`. Built-in accounts are named in the machine's language. */
  readonly name: string;
  /** The NetBIOS name of its domain: `CORP`, `BUILTIN`; empty for accounts without a domain, such as Everyone. */
  readonly domain: string;
  readonly type: AccountType;
}

/** The result of one look-up. */
export interface AccountLookup {
  /** The identifier in Windows' notation, or the name as it was passed. */
  readonly asked: string;
  /** Undefined if nothing was found: `code` says why. */
  readonly account: Account | undefined;
  /**
   * `SEC_E_OK`; `ERROR_NONE_MAPPED` if nobody knows the account; otherwise what prevented Windows from finding out, such as
   * `ERROR_TRUSTED_RELATIONSHIP_FAILURE` for a domain that cannot be reached.
   */
  readonly code: SspiStatusCode;
}

/** Options of {@link lookupNames} and {@link lookupSids}. */
export interface LookupOptions {
  /** Aborting rejects at once. A running call continues without being awaited; a call that waits for its turn is not made. */
  readonly signal?: AbortSignal | undefined;
  /** How old an answer may be, in milliseconds: 600,000 by default; 0 asks again. Failures are cached for 10 to 60 s. */
  readonly maxAge?: number | undefined;
}

/** The limit for calls of all look-ups together: the other threads of the addon remain free for handshakes. */
const callsAtOnce = 16;
/** Of which so many may be for one domain: one that cannot be reached leaves lanes for the others. */
const callsOfADomain = 4;
const defaultMaxAge = 600_000;

interface Directories {
  readonly bySid: AccountDirectory;
  readonly byName: AccountDirectory;
}

const directoriesOf = new WeakMap<Binding, Directories>();

/** See `lookupNames` in index.ts. */
export async function lookupNames(
  sids: readonly string[],
  options: LookupOptions = {},
): Promise<readonly AccountLookup[]> {
  const asked = checkedList(sids, 'sids').map((sid) => {
    if (typeof sid !== 'string') throw invalidArgument(`sids must contain strings, not ${describe(sid)}`);
    return formatSid(sid);
  });
  return lookup(asked, options, 'bySid');
}

/** See `lookupSids` in index.ts. */
export async function lookupSids(
  names: readonly string[],
  options: LookupOptions = {},
): Promise<readonly AccountLookup[]> {
  const asked = checkedList(names, 'names').map((name) => checkedString(name, 'names’ entry'));
  return lookup(asked, options, 'byName');
}

async function lookup(
  asked: readonly string[],
  options: LookupOptions,
  by: keyof Directories,
): Promise<readonly AccountLookup[]> {
  checkedOptions(options, 'options', ['signal', 'maxAge']);
  const signal = checkedSignal(options.signal);
  const maxAge = checkedAge(options.maxAge);
  if (signal?.aborted === true) throw abortedError(signal);
  const binding = loadBinding();
  const inquiry = directories(binding)[by].inquire(asked, maxAge);
  try {
    const [outcome] = await abortable(binding, Promise.allSettled([inquiry.answers]), signal);
    if (outcome.status === 'rejected') throw withCaller(outcome.reason);
    const answers = outcome.value;
    const { key } = directions[by];
    return Object.freeze(asked.map((each) => decode(each, answers.get(key(each)) as RawAccount)));
  } finally {
    inquiry.release();
  }
}

const directions = {
  bySid: {
    key: (sid) => sid,
    domain: (sid) => sid.slice(0, sid.lastIndexOf('-')),
  },
  byName: {
    key: (name) => name.toLowerCase(),
    domain: (name) => /^[^\\]*(?=\\)|(?<=@).*$/.exec(name.toLowerCase())?.[0] ?? '',
  },
} satisfies Record<keyof Directories, Omit<Direction, 'ask'>>;

function directories(binding: Binding): Directories {
  let found = directoriesOf.get(binding);
  if (found === undefined) {
    const lanes = new Lanes(callsAtOnce, callsOfADomain);
    const bySid = {
      ...directions.bySid,
      ask: (sids: readonly string[]) => binding.lookupAccountSids(sids.map(sidToBytes)),
    };
    const byName = { ...directions.byName, ask: (names: readonly string[]) => binding.lookupAccountNames(names) };
    found = { bySid: new AccountDirectory(bySid, lanes), byName: new AccountDirectory(byName, lanes) };
    directoriesOf.set(binding, found);
  }
  return found;
}

/** SID_NAME_USE, from 1 */
const accountTypes: readonly (AccountType | undefined)[] = [
  undefined,
  'user',
  'group',
  'domain',
  'alias',
  'wellKnownGroup',
  'deletedAccount',
  'invalid',
  'unknown',
  'computer',
  'label',
  'logonSession',
];

function decode(asked: string, { status, sid, name, domain, type }: RawAccount): AccountLookup {
  const account =
    status === Status.ok ? Object.freeze({ sid, name, domain, type: accountTypes[type] ?? 'unknown' }) : undefined;
  return Object.freeze({ asked, account, code: statusCode(status) });
}

function checkedList(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(`${name} must be an array, not ${describe(value)}`);
  return value;
}

function checkedAge(value: unknown): number {
  if (value === undefined) return defaultMaxAge;
  if (typeof value !== 'number' || !(value >= 0)) {
    throw invalidArgument('maxAge must be a number of milliseconds that is not negative');
  }
  return value;
}
