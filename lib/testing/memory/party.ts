import type { Role } from '../../flags/sides';
import { acceptorGrants, initiatorGrants, type GrantedFlag, type InitiatorFlag } from '../../flags/tables';
import { createHash, hkdfSync } from 'node:crypto';
import type { MemoryDomain } from './domain';
import type { ProtectionTerms } from './protection';
import type { ScriptedLeg } from '../script';

/** What a finished handshake agreed on. */
export interface Agreement extends ProtectionTerms {
  readonly mechanism: Mechanism;
  readonly user: string;
  readonly target: string;
  /** What was granted, by name. */
  readonly flags: readonly string[];
}

export type Mechanism = 'Kerberos' | 'NTLM';

/** One side of one context, which answers each call for a leg in turn. */
export interface Party {
  leg(call: PartyCall): ScriptedLeg;
  /** Set when the handshake has succeeded. */
  readonly agreement: Agreement | undefined;
}

export interface PartyCall {
  readonly input: Buffer | undefined;
  /** ISC_REQ_* or ASC_REQ_* bits. */
  readonly flags: number;
  readonly target: string | undefined;
  readonly channelBindings: Buffer | undefined;
}

/** The options of a party. */
export interface PartyTerms {
  readonly domain: MemoryDomain;
  /** The credential's own package. */
  readonly package: string;
  /** The packages that the list in SEC_WINNT_AUTH_IDENTITY allows. */
  readonly permits: (mechanism: Mechanism) => boolean;
}

/** What Kerberos can grant; NTLM neither proves the server's identity nor delegates. */
const kerberosFlags: readonly string[] = [
  'delegate',
  'mutualAuth',
  'replayDetect',
  'sequenceDetect',
  'confidentiality',
  'useSessionKey',
  'useDceStyle',
  'connection',
  'extendedError',
  'integrity',
  'identify',
] satisfies readonly (InitiatorFlag & GrantedFlag)[];
const ntlmFlags = kerberosFlags.filter((name) => name !== 'mutualAuth' && name !== 'delegate');

/** The requested flags that the client is granted. */
export function granted(requested: readonly string[], mechanism: Mechanism): string[] {
  const able = mechanism === 'Kerberos' ? kerberosFlags : ntlmFlags;
  const names = requested.filter((name) => able.includes(name));
  // Delegation needs mutual authentication, and encryption implies integrity.
  const some = names.includes('mutualAuth') ? names : names.filter((name) => name !== 'delegate');
  return some.includes('confidentiality') && !some.includes('integrity') ? [...some, 'integrity'] : some;
}

/** Names as ISC_RET_* or ASC_RET_* bits; names that this side does not have are left out. */
export function bitsOf(names: readonly string[], role: Role): number {
  const table: Readonly<Record<string, number>> = role === 'initiator' ? initiatorGrants : acceptorGrants;
  return names.reduce((bits, name) => (bits | (table[name] ?? 0)) >>> 0, 0);
}

/** The result of a handshake that succeeded. */
export function agree(
  role: Role,
  mechanism: Mechanism,
  keys: { readonly user: Buffer; readonly nonces: string },
  names: readonly string[],
  parties: { readonly user: string; readonly target: string },
): Agreement {
  return {
    role,
    mechanism,
    key: Buffer.from(hkdfSync('sha256', keys.user, keys.nonces, 'session', 32)),
    confidentiality: names.includes('confidentiality'),
    flags: names,
    ordered: mechanism === 'NTLM' || names.includes('sequenceDetect') || names.includes('replayDetect'),
    ...parties,
  };
}

/** Represents channel bindings in a token; '' for none. */
export function bindingsDigest(channelBindings: Buffer | undefined): string {
  return channelBindings === undefined ? '' : createHash('sha256').update(channelBindings).digest('hex');
}
