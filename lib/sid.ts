import { invalidArgument } from './errors/make';
import { bytesOf, describe } from './arguments';

/** The parts of a security identifier (MS-DTYP, section 2.4.2). */
export interface Sid {
  /** The authority that issued it, below 2^48: 5 is NT, 1 is the world, 16 is for integrity levels. */
  readonly authority: number;
  /** The numbers after the authority, at most 15 of 32 bits; the last is the relative identifier (RID). */
  readonly subAuthorities: readonly number[];
}

/** SECURITY_MAX_SUB_AUTHORITIES */
const maxSubAuthorities = 15;
const header = 8;
/** `S-1-`, an authority of 48 bits and 15 numbers of 32 bits. */
const longestText = 4 + 15 + maxSubAuthorities * 11;
const form = /^S-1-(0x[0-9a-f]{1,12}|\d{1,15})((?:-\d{1,10})*)$/i;

/** See `parseSid` in index.ts. */
export function parseSid(sid: string | NodeJS.ArrayBufferView): Sid {
  if (typeof sid === 'string') return parseText(sid);
  const bytes = bytesOf(sid, 'sid');
  const count = bytes[1] ?? 0;
  if (bytes.length < header || bytes[0] !== 1 || count > maxSubAuthorities || bytes.length !== header + 4 * count) {
    throw invalidArgument(`sid is not a security identifier: ${bytes.length} bytes of another form`);
  }
  return made(
    bytes.readUIntBE(2, 6),
    Array.from({ length: count }, (_, i) => bytes.readUInt32LE(header + 4 * i)),
  );
}

/** See `formatSid` in index.ts. */
export function formatSid(sid: Sid | string | NodeJS.ArrayBufferView): string {
  const { authority, subAuthorities } = checkedSid(sid);
  // ConvertSidToStringSid writes authorities of more than 32 bits in hexadecimal.
  const issuer = authority > 0xffffffff ? `0x${authority.toString(16).toUpperCase().padStart(12, '0')}` : authority;
  return ['S', 1, issuer, ...subAuthorities].join('-');
}

/** See `sidToBytes` in index.ts. */
export function sidToBytes(sid: Sid | string): Buffer {
  const { authority, subAuthorities } = checkedSid(sid);
  const bytes = Buffer.alloc(header + 4 * subAuthorities.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  subAuthorities.forEach((number, i) => bytes.writeUInt32LE(number, header + 4 * i));
  return bytes;
}

/** The relative identifiers of accounts that every domain has (MS-DTYP, section 2.4.2.4). */
const wellKnownRids = {
  administrator: 500,
  guest: 501,
  krbtgt: 502,
  domainAdmins: 512,
  domainUsers: 513,
  domainGuests: 514,
  domainComputers: 515,
  domainControllers: 516,
  certificatePublishers: 517,
  schemaAdmins: 518,
  enterpriseAdmins: 519,
  groupPolicyCreatorOwners: 520,
  readOnlyDomainControllers: 521,
  cloneableDomainControllers: 522,
  protectedUsers: 525,
  keyAdmins: 526,
  enterpriseKeyAdmins: 527,
} as const;

/** The name of an account or group that every domain has. */
export type WellKnownDomainAccount = keyof typeof wellKnownRids;

/** See `domainSid` in index.ts. */
export function domainSid(domain: string, account: WellKnownDomainAccount): string {
  const { authority, subAuthorities } = parseSid(domain);
  if (authority !== 5 || subAuthorities[0] !== 21 || subAuthorities.length < 4 || subAuthorities.length > 5) {
    throw invalidArgument('domain must be the identifier of a domain or of one of its accounts, S-1-5-21-…');
  }
  if (typeof account !== 'string' || !Object.hasOwn(wellKnownRids, account)) {
    throw invalidArgument(`account must be one of ${Object.keys(wellKnownRids).join(', ')}`);
  }
  return formatSid(made(authority, [...subAuthorities.slice(0, 4), wellKnownRids[account]]));
}

function parseText(text: string): Sid {
  // The length is checked first: longer texts are not examined.
  const match = text.length <= longestText ? form.exec(text) : null;
  const authority = Number(match?.[1]);
  const numbers = match?.[2] === undefined || match[2] === '' ? [] : match[2].slice(1).split('-').map(Number);
  if (match === null || authority > 0xffffffffffff || numbers.some((number) => number > 0xffffffff)) {
    throw invalidArgument(`sid is not a security identifier: ${excerpt(text)}`);
  }
  if (numbers.length > maxSubAuthorities) {
    throw invalidArgument(`sid has ${numbers.length} sub-authorities; the maximum is ${maxSubAuthorities}`);
  }
  return made(authority, numbers);
}

function checkedSid(sid: Sid | string | NodeJS.ArrayBufferView): Sid {
  if (typeof sid === 'string' || ArrayBuffer.isView(sid)) return parseSid(sid);
  const { authority, subAuthorities } = (sid ?? {}) as Partial<Sid>;
  const isWhole = (value: unknown, limit: number): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= limit;
  if (
    !isWhole(authority, 0xffffffffffff) ||
    !Array.isArray(subAuthorities) ||
    subAuthorities.length > maxSubAuthorities ||
    !subAuthorities.every((number) => isWhole(number, 0xffffffff))
  ) {
    throw invalidArgument(`sid must be a security identifier, not ${describe(sid)}`);
  }
  return sid;
}

function made(authority: number, subAuthorities: readonly number[]): Sid {
  return Object.freeze({ authority, subAuthorities: Object.freeze(subAuthorities) });
}

function excerpt(text: string): string {
  const shown = 40;
  return JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text);
}
