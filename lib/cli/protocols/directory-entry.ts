import { Failure } from '../failure';
import { resultCodes, type LdapEntry } from '../../wire/ldap-messages';
import type { Dialogue } from '../../ldap/dialogue';

/** Reads attributes of one object that must exist; the root DSE has the name ''. */
export async function readEntry(dialogue: Dialogue, dn: string, ...attributes: readonly string[]): Promise<LdapEntry> {
  const { result, entry } = await dialogue.read(dn, ...attributes);
  if (result.code === resultCodes.success && entry !== undefined) return entry;
  throw new Failure('ERR_SSPI_CLI_LDAP', `Reading "${dn}" failed: ${result.name}. ${result.diagnostic}`.trim());
}
