import { formatSid } from '../index';

/** What this module needs of a driver's client; that of ldapts has it. */
export interface DirectoryClient {
  exop(oid: string): Promise<{ readonly value?: string | undefined }>;
  search(
    base: string,
    options: {
      scope: 'base';
      filter: string;
      attributes: string[];
      explicitBufferAttributes?: string[];
    },
  ): Promise<{ readonly searchEntries: readonly object[] }>;
}

/** Who a connection is to the directory. */
export interface DirectoryIdentity {
  /** What the directory said, such as `u:CORP\alice`; empty for an anonymous connection. */
  readonly authzid: string;
  readonly kind: 'user' | 'dn' | 'anonymous';
  /** `alice`, with the kind user. */
  readonly user: string | undefined;
  /** `CORP`, where the directory names it. */
  readonly domain: string | undefined;
  /** The distinguished name, with the kind dn. */
  readonly dn: string | undefined;
}

/** The operation of RFC 4532. */
export const whoAmIOid = '1.3.6.1.4.1.4203.1.11.3';

/**
 * Asks the directory who this connection is (RFC 4532).
 *
 * @param client A client of ldapts, or anything with its `exop`.
 * @throws What the driver throws; Samba up to 4.21, for example, does not support the operation: use {@link tokenGroups}.
 * @example
 * ```ts
 * const { user, domain } = await whoAmI(client); // 'alice', 'CORP'
 * ```
 */
export async function whoAmI(client: Pick<DirectoryClient, 'exop'>): Promise<DirectoryIdentity> {
  const { value = '' } = await client.exop(whoAmIOid);
  return Object.freeze(identityOf(value));
}

function identityOf(authzid: string): DirectoryIdentity {
  const nothing = { authzid, user: undefined, domain: undefined, dn: undefined };
  if (authzid === '') return { ...nothing, kind: 'anonymous' };
  if (/^dn:/i.test(authzid)) {
    const dn = authzid.slice(3);
    return dn === '' ? { ...nothing, kind: 'anonymous' } : { ...nothing, kind: 'dn', dn };
  }
  const name = authzid.replace(/^u:/i, '');
  const slash = name.indexOf('\\');
  if (slash >= 0) return { ...nothing, kind: 'user', user: name.slice(slash + 1), domain: name.slice(0, slash) };
  const at = name.lastIndexOf('@');
  return at > 0
    ? { ...nothing, kind: 'user', user: name.slice(0, at), domain: name.slice(at + 1) }
    : { ...nothing, kind: 'user', user: name };
}

const attribute = 'tokenGroups';

/**
 * The security identifiers in the token that Active Directory has made for this connection (MS-ADTS, section 3.1.1.3.2.26): the
 * user's own, and those of all groups, nested ones included.
 *
 * @param client A client of ldapts, or anything with its `search`.
 * @returns SIDs as Windows writes them, the user's first. Empty where the directory has no such attribute, such as OpenLDAP.
 * @throws What the driver throws.
 * @example
 * ```ts
 * const isAdministrator = (await tokenGroups(client)).includes('S-1-5-32-544');
 * ```
 */
export async function tokenGroups(client: Pick<DirectoryClient, 'search'>): Promise<readonly string[]> {
  const { searchEntries } = await client.search('', {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes: [attribute],
    explicitBufferAttributes: [attribute],
  });
  const [root] = searchEntries as readonly Readonly<Record<string, unknown>>[];
  const values = root?.[attribute] ?? [];
  const all: readonly unknown[] = Array.isArray(values) ? values : [values];
  return all.filter((value) => Buffer.isBuffer(value)).map((value) => formatSid(value));
}
