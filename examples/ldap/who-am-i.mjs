/** Two ways to ask a directory server who we are. */
import { formatSid } from 'sspi';

/** @typedef {import('./connection.mjs').LdapConnection} LdapConnection */

/**
 * The "who am I?" operation (RFC 4532): Active Directory answers `u:CORP\alice`. Not every server supports it.
 * @param {LdapConnection} connection
 */
export function whoAmI(connection) {
  return connection.extended('1.3.6.1.4.1.4203.1.11.3');
}

/**
 * The account of the first SID in the token that the server has made for this connection: the root DSE's attribute tokenGroups
 * (MS-ADTS, section 3.1.1.3.2) lists them.
 * @param {LdapConnection} connection
 */
export async function accountName(connection) {
  const { attributes } = await connection.read('', 'tokenGroups');
  const first = attributes.get('tokengroups')?.[0];
  if (first === undefined) throw new Error('The server lists no SIDs.');
  const sid = formatSid(first);
  const account = await connection.read(`<SID=${sid}>`, 'sAMAccountName');
  return { sid, dn: account.dn, name: account.attributes.get('samaccountname')?.[0]?.toString() ?? '' };
}
