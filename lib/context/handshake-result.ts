import { answersNames, expiryUnderWine, grantsUnderWine, packageUnderWine } from '../wine';
import { Attribute, type RawContextAttribute } from './attributes';
import type { Role } from '../flags/sides';
import { grantBit } from '../flags/tables';
import type { Binding, RawAttribute } from '../binding/binding';
import type { Evidence } from '../errors/evidence';
import type { ContextHolder } from '../binding/context-holder';

/** What is known about a context when its handshake is complete. */
export interface HandshakeResult {
  readonly role: Role;
  readonly target: string | undefined;
  /** ISC_REQ_* or ASC_REQ_* bits. */
  readonly requested: number;
  /** The package that was negotiated. */
  readonly package: string;
  /** ISC_RET_* or ASC_RET_* bits. */
  readonly granted: number;
  readonly expiry: number | undefined;
  /** What the last call already queried, by attribute number. */
  readonly attributes: ReadonlyMap<number, RawAttribute>;
  /** Bytes after the handshake in the last input: the start of the protected messages. */
  readonly unread: Buffer | undefined;
}

const always = [Attribute.negotiationInfo, Attribute.sizes] as const;
const withNames = [...always, Attribute.names, Attribute.nativeNames] as const;
const ofStreams = [Attribute.negotiationInfo] as const;
const ofStreamsWithName = [...ofStreams, Attribute.names] as const;

/**
 * The attributes that are queried in the same job as the last call of a handshake. Servers want to know who the client is; for
 * a client it would be an unnecessary call to the security authority.
 */
export function endAttributes(
  binding: Binding,
  { package: packageName, stream }: { readonly package: string; readonly stream: boolean },
  role: Role,
): readonly number[] {
  if (stream) return role === 'acceptor' ? ofStreamsWithName : ofStreams;
  return role === 'acceptor' && answersNames(binding, packageName) ? withNames : always;
}

/** The options of the handshake. */
export interface HandshakeRequest {
  readonly role: Role;
  readonly target: string | undefined;
  /** ISC_REQ_* or ASC_REQ_* bits. */
  readonly flags: number;
}

/** Reads the result of a handshake; `asked` names the attributes in `answers`, in order. */
export function readHandshakeResult(
  holder: ContextHolder,
  { role, target, flags: requested }: HandshakeRequest,
  credentialPackage: string,
  peerPackage: string | undefined,
  granted: number,
  expiry: number | undefined,
  asked: readonly number[],
  answers: readonly RawAttribute[],
  unread: Buffer | undefined,
): HandshakeResult {
  const attributes = new Map<number, RawAttribute>();
  asked.forEach((attribute, i) => {
    const answer = answers[i];
    if (answer !== undefined) attributes.set(attribute, answer);
  });
  const told = negotiatedPackage(holder, attributes) ?? credentialPackage;
  const packageName = packageUnderWine(holder.binding, told, peerPackage);
  const bits = believable(grantsUnderWine(holder, packageName, role, granted), role, packageName);
  const end = expiryUnderWine(holder.binding, packageName, expiry);
  return { role, target, requested, package: packageName, granted: bits, expiry: end, attributes, unread };
}

/** What a finished handshake knows, for later errors. */
export function evidenceOfResult(result: HandshakeResult): Evidence {
  const { role, target, requested, granted, package: negotiated, attributes } = result;
  const names = attributes.get(Attribute.names);
  const nativeNames = attributes.get(Attribute.nativeNames);
  const native = nativeNames?.status === 0 ? (nativeNames.value as RawContextAttribute<'nativeNames'>) : undefined;
  return {
    role,
    target,
    requested,
    granted,
    negotiated,
    clientName: names?.status === 0 ? (names.value as RawContextAttribute<'names'>) : native?.client,
    serverName: native?.server,
  };
}

function negotiatedPackage(holder: ContextHolder, attributes: ReadonlyMap<number, RawAttribute>): string | undefined {
  const negotiation = attributes.get(Attribute.negotiationInfo);
  const negotiated =
    negotiation?.status === 0 ? (negotiation.value as RawContextAttribute<'negotiationInfo'>).package : undefined;
  if (negotiated !== undefined) return negotiated.name;
  const [info] = holder.binding.queryContextAttributesSync(holder.handle, [Attribute.packageInfo]);
  return info?.status === 0 ? (info.value as RawContextAttribute<'packageInfo'>).name : undefined;
}

/** NTLM reports a requested mutualAuth as granted, but cannot authenticate a server (MS-NLMP). */
function believable(granted: number, role: Role, packageName: string): number {
  return packageName.toLowerCase() === 'ntlm' ? (granted & ~grantBit(role, 'mutualAuth')) >>> 0 : granted;
}
