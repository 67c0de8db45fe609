/** Why a cell cannot be seen in the lab. A failure that none of these explains is one of this package, or of the lab. */
import type { Cell, Outcome } from './cells';

interface Limit {
  readonly because: string;
  readonly failure: RegExp;
  applies(cell: Cell): boolean;
}

const limits: readonly Limit[] = [
  {
    because: "Wine's NTLM server grants neither integrity nor confidentiality: it has no keys.",
    failure: /^ERR_SSPI_REQUIREMENT_NOT_MET .*not granted: (confidentiality, )?integrity/,
    applies: ({ peer, mechanism, initiator }) => peer === 'gss-ntlmssp' && mechanism === 'NTLM' && initiator === 'peer',
  },
  {
    because: "Wine's Negotiate server passes SPNEGO on to the Kerberos library of the host, which has no NTLM.",
    failure: /^SEC_E_INTERNAL_ERROR AcceptSecurityContext failed on leg 0/,
    applies: ({ peer, mechanism, initiator }) =>
      peer === 'gss-ntlmssp' && mechanism === 'SPNEGO' && initiator === 'peer',
  },
  {
    because: "Samba's LDAP server demands messages that are at least signed, unless TLS protects the connection.",
    failure: /strongerAuthRequired/,
    applies: ({ peer, layer }) => peer === 'Samba' && layer === 'none',
  },
  {
    because:
      "MIT's library, which is Wine's Kerberos, requests confidentiality in its token whatever the program wants, and Samba then takes encrypted messages only.",
    failure: /^(the server closed the connection|ECONNRESET .*)$/,
    applies: ({ peer, mechanism, layer }) => peer === 'Samba' && mechanism === 'SPNEGO' && layer !== 'confidentiality',
  },
  {
    because:
      "If confidentiality was not agreed on, gss-ntlmssp refuses the signatures that Wine's NTLM makes. With confidentiality it accepts them.",
    failure: /^the peer: BadMICError/,
    applies: ({ peer, initiator, layer }) => peer === 'gss-ntlmssp' && initiator === 'sspi' && layer === 'integrity',
  },
  {
    because:
      "If confidentiality was not agreed on, Wine's NTLM encrypts a message in the way of NTLM 1 (`ntlm_SpSealMessage` in `dlls/msv1_0/main.c`), which Samba refuses.",
    failure: /^(the server closed the connection|ECONNRESET .*)$/,
    applies: ({ peer, mechanism, layer }) => peer === 'Samba' && mechanism === 'NTLM' && layer === 'integrity',
  },
];

/** What is seen of a cell: everything; everything, with an AES key instead of RC4; or nothing, for this reason. */
export type Seen = 'seen' | 'seen with AES' | `impossible: ${string}`;

/** @returns undefined for a failure that nothing explains. */
export function seenOf(cell: Cell, { failure, form }: Outcome): Seen | undefined {
  if (failure === undefined) return cell.key === 'rc4' && form === 'RFC 4121' ? 'seen with AES' : 'seen';
  if (cell.key === 'rc4' && failure.includes('KDC has no support for encryption type')) {
    return "impossible: The lab's domain controller makes no tickets with RC4 session keys.";
  }
  const limit = limits.find((known) => known.applies(cell) && known.failure.test(failure));
  return limit === undefined ? undefined : `impossible: ${limit.because}`;
}
