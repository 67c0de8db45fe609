import type { DecodedToken } from '../types';
import type { Oid } from '../values';

const kerberos: Oid = { oid: '1.2.840.113554.1.2.2', name: 'Kerberos' };
const ntlm: Oid = { oid: '1.3.6.1.4.1.311.2.2.10', name: 'NTLM' };
const negoEx: Oid = { oid: '1.3.6.1.4.1.311.2.2.30', name: 'NegoEx' };

/** The identifiers that Windows uses for Kerberos: its own old one, and user-to-user. */
const kerberosOids = new Set([kerberos.oid, '1.2.840.48018.1.2.2', '1.2.840.113554.1.2.2.3']);

/** The mechanism that a token is of, by its GSS framing or by its form; undefined if neither shows it. */
export function mechanismOf({ gss, kind }: DecodedToken): Oid | undefined {
  if (gss !== undefined) return gss.mechanism;
  if (kind.startsWith('ntlm-')) return ntlm;
  if (kind.startsWith('krb-')) return kerberos;
  return kind === 'negoex' ? negoEx : undefined;
}

/** A common name for identifiers of the same mechanism. */
export function familyOf({ oid }: Oid): string {
  if (kerberosOids.has(oid)) return 'Kerberos';
  return oid === ntlm.oid ? 'NTLM' : oid;
}
