import type { Role } from './sides';

/**
 * Context requirements by name. The same name has another number on the other side, and some granted bits mean something else
 * than the requested bit of the same number, so there are four tables. Numbers: sspi.h, ISC_REQ_*, ASC_REQ_*, ISC_RET_*,
 * ASC_RET_*. ALLOCATE_MEMORY, MESSAGES and FRAGMENT_TO_FIT are left out: the binding owns the memory and passes whole tokens.
 */

/** What a client may request: ISC_REQ_*. */
export const initiatorFlags = Object.freeze({
  delegate: 0x00000001,
  mutualAuth: 0x00000002,
  replayDetect: 0x00000004,
  sequenceDetect: 0x00000008,
  confidentiality: 0x00000010,
  useSessionKey: 0x00000020,
  promptForCreds: 0x00000040,
  useSuppliedCreds: 0x00000080,
  useDceStyle: 0x00000200,
  datagram: 0x00000400,
  connection: 0x00000800,
  callLevel: 0x00001000,
  fragmentSupplied: 0x00002000,
  extendedError: 0x00004000,
  stream: 0x00008000,
  integrity: 0x00010000,
  identify: 0x00020000,
  nullSession: 0x00040000,
  manualCredValidation: 0x00080000,
  forwardCredentials: 0x00400000,
  noIntegrity: 0x00800000,
  useHttpStyle: 0x01000000,
  unverifiedTargetName: 0x20000000,
  confidentialityOnly: 0x40000000,
} as const);

/** What a server may request: ASC_REQ_*. */
export const acceptorFlags = Object.freeze({
  delegate: 0x00000001,
  mutualAuth: 0x00000002,
  replayDetect: 0x00000004,
  sequenceDetect: 0x00000008,
  confidentiality: 0x00000010,
  useSessionKey: 0x00000020,
  sessionTicket: 0x00000040,
  useDceStyle: 0x00000200,
  datagram: 0x00000400,
  connection: 0x00000800,
  callLevel: 0x00001000,
  fragmentSupplied: 0x00002000,
  extendedError: 0x00008000,
  stream: 0x00010000,
  integrity: 0x00020000,
  licensing: 0x00040000,
  identify: 0x00080000,
  allowNullSession: 0x00100000,
  allowNonUserLogons: 0x00200000,
  allowContextReplay: 0x00400000,
  noToken: 0x01000000,
  proxyBindings: 0x04000000,
  allowMissingBindings: 0x10000000,
} as const);

/** What a client may be granted: ISC_RET_*, with the name of the request if both mean the same. */
export const initiatorGrants = Object.freeze({
  delegate: 0x00000001,
  mutualAuth: 0x00000002,
  replayDetect: 0x00000004,
  sequenceDetect: 0x00000008,
  confidentiality: 0x00000010,
  useSessionKey: 0x00000020,
  usedCollectedCreds: 0x00000040,
  useSuppliedCreds: 0x00000080,
  useDceStyle: 0x00000200,
  datagram: 0x00000400,
  connection: 0x00000800,
  intermediateReturn: 0x00001000,
  callLevel: 0x00002000,
  extendedError: 0x00004000,
  stream: 0x00008000,
  integrity: 0x00010000,
  identify: 0x00020000,
  nullSession: 0x00040000,
  manualCredValidation: 0x00080000,
  fragmentOnly: 0x00200000,
  forwardCredentials: 0x00400000,
  useHttpStyle: 0x01000000,
  noAdditionalToken: 0x02000000,
  reauthentication: 0x08000000,
  confidentialityOnly: 0x40000000,
} as const);

/** What a server may be granted: ASC_RET_*, with the name of the request if both mean the same. */
export const acceptorGrants = Object.freeze({
  delegate: 0x00000001,
  mutualAuth: 0x00000002,
  replayDetect: 0x00000004,
  sequenceDetect: 0x00000008,
  confidentiality: 0x00000010,
  useSessionKey: 0x00000020,
  sessionTicket: 0x00000040,
  useDceStyle: 0x00000200,
  datagram: 0x00000400,
  connection: 0x00000800,
  callLevel: 0x00001000,
  thirdLegFailed: 0x00004000,
  extendedError: 0x00008000,
  stream: 0x00010000,
  integrity: 0x00020000,
  licensing: 0x00040000,
  identify: 0x00080000,
  nullSession: 0x00100000,
  allowNonUserLogons: 0x00200000,
  allowContextReplay: 0x00400000,
  fragmentOnly: 0x00800000,
  noToken: 0x01000000,
  noAdditionalToken: 0x02000000,
} as const);

/**
 * Not a flag of SSPI: protected messages may be repeated, lost and reordered, because the caller's own protocol handles that
 * (for example over datagrams). Without it, `confidentiality` and `integrity` also request `replayDetect` and `sequenceDetect`.
 */
export type AllowReplay = 'allowReplay';
/** A name in `flags` of `initiate`. Meanings: Microsoft's page on InitializeSecurityContext, fContextReq. */
export type InitiatorFlag = keyof typeof initiatorFlags | AllowReplay;
/** A name in `flags` of `accept`. Meanings: Microsoft's page on AcceptSecurityContext, fContextReq. */
export type AcceptorFlag = keyof typeof acceptorFlags | AllowReplay;
/** A name in `SecurityContext.flags` of a client, and in its `require.flags`. */
export type InitiatorGrant = keyof typeof initiatorGrants;
/** A name in `SecurityContext.flags` of a server, and in its `require.flags`. */
export type AcceptorGrant = keyof typeof acceptorGrants;
/** A name in `SecurityContext.flags`. */
export type GrantedFlag = InitiatorGrant | AcceptorGrant;

export type FlagTable = Readonly<Record<string, number>>;

/** What a side may request, by name. */
export function requestsOf(role: Role): FlagTable {
  return role === 'initiator' ? initiatorFlags : acceptorFlags;
}

/** What a side may be granted, by name. */
export function grantsOf(role: Role): FlagTable {
  return role === 'initiator' ? initiatorGrants : acceptorGrants;
}

/** The bit of a granted flag on one side; both sides know these names. */
export function grantBit(role: Role, name: InitiatorGrant & AcceptorGrant): number {
  return grantsOf(role)[name] as number;
}

const decoded = {
  initiator: new Map<number, readonly GrantedFlag[]>(),
  acceptor: new Map<number, readonly GrantedFlag[]>(),
};

/** The names of granted bits, lowest bit first; bits without a name are left out. The list is frozen. */
export function decodeGrants(bits: number, role: Role): readonly GrantedFlag[] {
  const known = decoded[role].get(bits);
  if (known !== undefined) return known;
  const names: GrantedFlag[] = [];
  for (const [name, bit] of Object.entries(grantsOf(role))) {
    if ((bits & bit) !== 0) names.push(name as GrantedFlag);
  }
  Object.freeze(names);
  // There are few combinations in practice, and a peer must not be able to make this grow without limit.
  if (decoded[role].size < 256) decoded[role].set(bits, names);
  return names;
}
