import { bytesOf } from '../bytes';
import { gssChannelBindings } from '../bindings-hash';
import { cursorOver, decodeBytes } from '../decode-bytes';
import { context, element, sequence } from '../der';
import { InspectError } from '../error';
import { DecodePath } from '../reading';
import { tokenBytes } from '../token-bytes';
import type { DecodedToken } from '../types';
import type { Hex } from '../values';
import { findAv } from './av-pairs';
import { rc4 } from './ciphers';
import { hmacMd5, md4, md5 } from './digests';
import * as ntlm from './keys';
import { micOf } from './mic';
import { ntlmFlags } from './names';
import type { NtlmAuthenticate, NtlmChallenge, NtlmNegotiate, NtlmSignature } from './types';

/** The three messages of a captured exchange: bytes, hex, base64 or header lines, raw or inside SPNEGO. */
export interface NtlmExchange {
  /** Needed for the MIC, and inside SPNEGO for the mechListMIC. */
  readonly negotiate?: Uint8Array | string;
  readonly challenge: Uint8Array | string;
  readonly authenticate: Uint8Array | string;
}

/** The secret with which the user is assumed to have signed on. */
export type NtlmSecret =
  | { readonly password: string; readonly ntHash?: undefined }
  /** The NT hash (16 bytes, or their hex digits) also works, except for the LM response. */
  | { readonly ntHash: Uint8Array | Hex; readonly password?: undefined };

export interface VerifyOptions {
  /**
   * The application data of the channel bindings that the server expects, such as `tls-server-end-point:` and the hash of
   * its certificate; compared with the hash in the message.
   */
  readonly channelBindings?: Uint8Array;
  /** Return the keys of the session: anybody who has them can read and forge its messages. Default: false. */
  readonly reveal?: boolean;
}

/**
 * - `match`, `mismatch`: it was checked.
 * - `absent`: the message has none.
 * - `not-checked`: it cannot be checked with the given input, or because the response itself is wrong.
 */
export type Check = 'match' | 'mismatch' | 'absent' | 'not-checked';

/** The result of each check. */
export interface NtlmVerification {
  /** True if the response matches the password and all other checks succeeded. */
  readonly ok: boolean;
  readonly version: 'NTLMv2' | 'NTLMv1' | 'NTLMv1-ESS' | 'LM' | 'anonymous';
  readonly userName: string;
  readonly domainName: string;
  readonly ntResponse: Check;
  readonly lmResponse: Check;
  /** The message integrity code over the three messages. */
  readonly mic: Check;
  /** The channel bindings in the response, compared with those that were passed. */
  readonly channelBindings: Check;
  /** SPNEGO's mechListMIC. */
  readonly mechListMIC: Check;
  /** What this means, most important first. */
  readonly findings: readonly string[];
  /** With `reveal`, if the response matches. */
  readonly keys?: NtlmSessionKeys;
}

/** The keys of MS-NLMP 3.3 and 3.4, as hex. */
export interface NtlmSessionKeys {
  readonly sessionBaseKey: Hex;
  readonly keyExchangeKey: Hex;
  readonly exportedSessionKey: Hex;
  /** Absent without extended session security. */
  readonly clientSignKey?: Hex;
  readonly serverSignKey?: Hex;
  readonly clientSealKey: Hex;
  readonly serverSealKey: Hex;
}

/** One message, with the bytes that were sent. */
interface Sent<T> {
  readonly message: T;
  readonly raw: Buffer;
  /** The token that it was in: itself, or SPNEGO. */
  readonly outer: DecodedToken;
  readonly outerBytes: Buffer;
}

/** Compares both halves of the answer with the expected values. */
interface Proof {
  readonly nt: Check;
  readonly lm: Check;
  /** Absent if neither half matches. */
  readonly keyExchangeKey?: Buffer;
  readonly sessionBaseKey?: Buffer;
  /** The names with which the response matches, if they are not those of the message. */
  readonly otherDomain?: string;
}

export function verifyNtlmExchange(
  exchange: NtlmExchange,
  secret: NtlmSecret,
  options: VerifyOptions = {},
): NtlmVerification {
  requireObject(exchange, 'exchange');
  requireObject(secret, 'secret');
  requireObject(options, 'options');
  const { negotiate, challenge, authenticate } = exchange;
  const { channelBindings, reveal } = options;
  const expected = channelBindings === undefined ? undefined : bytesOf(channelBindings, 'options.channelBindings');
  const { ntHash, lmHash } = hashes(secret);
  const first = negotiate === undefined ? undefined : ntlmMessage<NtlmNegotiate>(negotiate, 'ntlm-negotiate');
  const second = ntlmMessage<NtlmChallenge>(challenge, 'ntlm-challenge');
  const third = ntlmMessage<NtlmAuthenticate>(authenticate, 'ntlm-authenticate');
  const { message } = third;
  const bindings = checkBindings(message, expected);
  const proof = prove(second, third, ntHash, lmHash);
  const exported = proof.keyExchangeKey === undefined ? undefined : exportedKey(message, proof.keyExchangeKey);
  const checks = {
    ntResponse: proof.nt,
    lmResponse: proof.lm,
    mic: checkMic(first, second, third, exported),
    channelBindings: bindings,
    mechListMIC: checkMechList(first, third, exported),
  };
  const proven = checks.ntResponse === 'match' || (checks.ntResponse === 'absent' && checks.lmResponse === 'match');
  const result: NtlmVerification = {
    ok: proven && !Object.values(checks).includes('mismatch') && proof.otherDomain === undefined,
    version: versionOf(message),
    userName: message.userName,
    domainName: message.domainName,
    ...checks,
    findings: findings(checks, third, proof, first !== undefined),
  };
  const { sessionBaseKey, keyExchangeKey } = proof;
  if (
    reveal !== true ||
    !proven ||
    sessionBaseKey === undefined ||
    keyExchangeKey === undefined ||
    exported === undefined
  ) {
    return result;
  }
  return { ...result, keys: sessionKeys(message.flags?.value ?? 0, sessionBaseKey, keyExchangeKey, exported) };
}

function argument(reason: string): InspectError {
  return new InspectError('ERR_SSPI_INSPECT_ARGUMENT', reason, 0);
}

function requireObject(value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null) throw argument(`${what} is not an object`);
}

function hashes(secret: NtlmSecret): { ntHash: Buffer; lmHash: Buffer | undefined } {
  if (typeof secret.password === 'string') {
    return { ntHash: ntlm.ntowfV1(secret.password), lmHash: ntlm.lmowfV1(secret.password) };
  }
  const { ntHash } = secret;
  const isHex = typeof ntHash === 'string' && /^[0-9a-f]{32}$/i.test(ntHash);
  const isBytes = ArrayBuffer.isView(ntHash) && ntHash.byteLength === 16;
  if (!isHex && !isBytes) throw argument('secret has neither a password nor an ntHash of 16 bytes');
  return { ntHash: isHex ? Buffer.from(ntHash, 'hex') : Buffer.from(ntHash as Uint8Array), lmHash: undefined };
}

function ntlmMessage<T extends NtlmNegotiate | NtlmChallenge | NtlmAuthenticate>(
  input: Uint8Array | string,
  kind: T['kind'],
): Sent<T> {
  const outerBytes = tokenBytes(input, `the message for ${kind}`);
  const outer = decodeBytes(outerBytes, true, new DecodePath());
  const message = innermost(outer);
  if (message.kind !== kind) {
    const reason = `expected ${kind}, found ${message.kind}`;
    throw new InspectError('ERR_SSPI_INSPECT_ARGUMENT', reason, message.offset);
  }
  const start = message.offset + (message.gss?.length ?? 0);
  const end = message.offset + message.length + (message.trailing?.length ?? 0);
  return { message: message as T, raw: outerBytes.subarray(start, end), outer, outerBytes };
}

function innermost(token: DecodedToken): DecodedToken {
  if (token.kind === 'spnego-init') return token.mechToken ?? token;
  if (token.kind === 'spnego-response') return token.responseToken ?? token;
  return token;
}

/** The bytes of a payload field of an AUTHENTICATE message; decoding it has checked that they are there. */
function payload(raw: Buffer, descriptor: number): Buffer {
  const length = raw.readUInt16LE(descriptor);
  const offset = raw.readUInt32LE(descriptor + 4);
  return length === 0 ? Buffer.alloc(0) : raw.subarray(offset, offset + length);
}

const lmDescriptor = 12;
const ntDescriptor = 20;
const micOffset = 72;

function versionOf({ ntResponse, lmResponse }: NtlmAuthenticate): NtlmVerification['version'] {
  if (ntResponse.type === 'absent') return lmResponse.type === 'LM' ? 'LM' : 'anonymous';
  return ntResponse.type === 'unknown' ? 'NTLMv1' : ntResponse.type;
}

function prove(
  second: Sent<NtlmChallenge>,
  third: Sent<NtlmAuthenticate>,
  ntHash: Buffer,
  lmHash: Buffer | undefined,
): Proof {
  const { message, raw } = third;
  const serverChallenge = Buffer.from(second.message.serverChallenge, 'hex');
  const lm = payload(raw, lmDescriptor);
  const nt = payload(raw, ntDescriptor);
  if (message.ntResponse.type === 'NTLMv2') return proveV2(second.message, message, serverChallenge, lm, nt, ntHash);
  const flags = message.flags?.value ?? 0;
  const answered =
    message.ntResponse.type === 'NTLMv1-ESS'
      ? ntlm.sessionChallenge(serverChallenge, lm.subarray(0, 8))
      : serverChallenge;
  const ntCheck = nt.length === 0 ? 'absent' : compare(nt, ntlm.desl(ntHash, answered));
  const lmCheck = checkLmV1(message, lm, nt, serverChallenge, lmHash);
  const fits = ntCheck === 'match' || lmCheck === 'match';
  if (!fits || message.ntResponse.type === 'unknown') return { nt: ntCheck, lm: lmCheck };
  const sessionBaseKey = md4(ntHash);
  const needsLm =
    (flags & (ntlmFlags.lmKey | ntlmFlags.nonNtSessionKey)) !== 0 && (flags & ntlmFlags.extendedSessionSecurity) === 0;
  if (needsLm && lmHash === undefined) return { nt: ntCheck, lm: lmCheck, sessionBaseKey };
  const keyExchangeKey = ntlm.kxKey(flags, sessionBaseKey, lmHash ?? Buffer.alloc(16), lm, serverChallenge);
  return { nt: ntCheck, lm: lmCheck, sessionBaseKey, keyExchangeKey };
}

function checkLmV1(
  message: NtlmAuthenticate,
  lm: Buffer,
  nt: Buffer,
  serverChallenge: Buffer,
  lmHash: Buffer | undefined,
): Check {
  if (message.lmResponse.type !== 'LM') return 'absent';
  // Clients that do not send an LM response send the NT response twice.
  if (nt.length > 0 && lm.equals(nt)) return 'absent';
  return lmHash === undefined ? 'not-checked' : compare(lm, ntlm.desl(lmHash, serverChallenge));
}

function proveV2(
  challenge: NtlmChallenge,
  message: NtlmAuthenticate,
  serverChallenge: Buffer,
  lm: Buffer,
  nt: Buffer,
  ntHash: Buffer,
): Proof {
  const proof = nt.subarray(0, 16);
  const clientChallenge = nt.subarray(16);
  for (const domain of domainsToTry(challenge, message)) {
    const key = ntlm.ntowfV2(ntHash, message.userName, domain);
    if (!hmacMd5(key, serverChallenge, clientChallenge).equals(proof)) continue;
    const isLmV2 = message.lmResponse.type === 'LMv2';
    const lmCheck = isLmV2 ? compare(lm.subarray(0, 16), hmacMd5(key, serverChallenge, lm.subarray(16))) : 'absent';
    const sessionBaseKey = hmacMd5(key, proof);
    const result: Proof = { nt: 'match', lm: lmCheck, sessionBaseKey, keyExchangeKey: sessionBaseKey };
    return domain === message.domainName ? result : { ...result, otherDomain: domain };
  }
  return { nt: 'mismatch', lm: message.lmResponse.type === 'LMv2' ? 'not-checked' : 'absent' };
}

/** The message's own domain, then the others that a client may have computed with. */
function domainsToTry(challenge: NtlmChallenge, message: NtlmAuthenticate): Set<string> {
  const pairs = challenge.targetInfo ?? [];
  const names = [
    message.domainName,
    message.domainName.toUpperCase(),
    message.domainName.toLowerCase(),
    '',
    challenge.targetName,
    findAv(pairs, 'MsvAvNbDomainName'),
    findAv(pairs, 'MsvAvDnsDomainName'),
    findAv(pairs, 'MsvAvNbComputerName'),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

function exportedKey(message: NtlmAuthenticate, keyExchangeKey: Buffer): Buffer {
  const encrypted = message.encryptedRandomSessionKey;
  const isExchanged = ((message.flags?.value ?? 0) & ntlmFlags.keyExchange) !== 0;
  if (!isExchanged || encrypted === undefined || encrypted.masked || encrypted.length !== 16) return keyExchangeKey;
  return rc4(keyExchangeKey, Buffer.from(encrypted.hex, 'hex'));
}

function checkMic(
  first: Sent<NtlmNegotiate> | undefined,
  second: Sent<NtlmChallenge>,
  third: Sent<NtlmAuthenticate>,
  exported: Buffer | undefined,
): Check {
  const { message, raw } = third;
  const { mic, announced } = micOf(message);
  if (mic === 'none') return announced ? 'mismatch' : 'absent';
  if (mic === 'zero' && !announced) return 'absent';
  // Without a connection there is no NEGOTIATE message, and the MIC is over the other two.
  const isDatagram = ((message.flags?.value ?? 0) & ntlmFlags.datagram) !== 0;
  if (exported === undefined || (first === undefined && !isDatagram)) return 'not-checked';
  const cleared = Buffer.from(raw);
  cleared.fill(0, micOffset, micOffset + 16);
  const sent = raw.subarray(micOffset, micOffset + 16);
  const check = compare(sent, hmacMd5(exported, first?.raw ?? Buffer.alloc(0), second.raw, cleared));
  // Some clients have a MIC field without announcing a MIC: it then means nothing, unless it matches.
  return check === 'mismatch' && !announced ? 'absent' : check;
}

function checkBindings(message: NtlmAuthenticate, expected: Uint8Array | undefined): Check {
  const pairs = message.ntResponse.type === 'NTLMv2' ? message.ntResponse.avPairs : [];
  const sent = findAv(pairs, 'MsvAvChannelBindings');
  if (sent === undefined || /^0*$/.test(sent)) return 'absent';
  if (expected === undefined) return 'not-checked';
  return compare(Buffer.from(sent, 'hex'), md5(gssChannelBindings(expected)));
}

/** mechListMIC is the client's first signature, over the list of mechanisms as the NegTokenInit has it. */
function checkMechList(
  first: Sent<NtlmNegotiate> | undefined,
  third: Sent<NtlmAuthenticate>,
  exported: Buffer | undefined,
): Check {
  const { outer, message } = third;
  if (outer.kind !== 'spnego-response' || outer.mechListMIC?.kind !== 'ntlm-signature') return 'absent';
  const signature = outer.mechListMIC;
  const flags = message.flags?.value ?? 0;
  // All that a session without signing and encryption has.
  if (isDummy(signature)) return (flags & (ntlmFlags.sign | ntlmFlags.seal)) === 0 ? 'absent' : 'mismatch';
  if (exported === undefined || first?.outer.kind !== 'spnego-init') return 'not-checked';
  const start = signature.offset;
  const sent = third.outerBytes.subarray(start, start + signature.length);
  const security = new ntlm.MessageSecurity(flags, exported, 'client');
  return compare(sent, security.sign(mechTypeList(first)));
}

/** The signature that SSPI makes if neither signing nor encryption was agreed on: version 1, the rest zero. */
function isDummy({ version, checksum, sequenceNumber }: NtlmSignature): boolean {
  return version === 1 && sequenceNumber === 0 && !checksum.masked && /^0*$/.test(checksum.hex);
}

/** The DER form of MechTypeList, tag and length included. */
function mechTypeList({ outer, outerBytes }: Sent<NtlmNegotiate>): Buffer {
  const token = cursorOver(outerBytes, false, new DecodePath());
  token.position = outer.offset + (outer.gss?.length ?? 0);
  const list = element(sequence(element(token, context(0), 'init'), 'init'), context(0), 'mechTypes');
  return outerBytes.subarray(list.position, list.end);
}

function compare(found: Buffer, expected: Buffer): Check {
  return found.equals(expected) ? 'match' : 'mismatch';
}

function sessionKeys(flags: number, sessionBaseKey: Buffer, keyExchangeKey: Buffer, exported: Buffer): NtlmSessionKeys {
  const clientSignKey = ntlm.signKey(flags, exported, 'client')?.toString('hex');
  const serverSignKey = ntlm.signKey(flags, exported, 'server')?.toString('hex');
  return {
    sessionBaseKey: sessionBaseKey.toString('hex'),
    keyExchangeKey: keyExchangeKey.toString('hex'),
    exportedSessionKey: exported.toString('hex'),
    ...(clientSignKey === undefined ? {} : { clientSignKey }),
    ...(serverSignKey === undefined ? {} : { serverSignKey }),
    clientSealKey: ntlm.sealKey(flags, exported, 'client').toString('hex'),
    serverSealKey: ntlm.sealKey(flags, exported, 'server').toString('hex'),
  };
}

type Checks = Pick<NtlmVerification, 'ntResponse' | 'lmResponse' | 'mic' | 'channelBindings' | 'mechListMIC'>;

function findings(
  checks: Checks,
  { message, outer }: Sent<NtlmAuthenticate>,
  proof: Proof,
  hasNegotiate: boolean,
): string[] {
  if (versionOf(message) === 'anonymous') return ['anonymous: the message proves nothing'];
  const { ntResponse, lmResponse, mic, channelBindings, mechListMIC } = checks;
  if (ntResponse === 'mismatch') {
    // The LM hash is of the password in capitals.
    if (lmResponse === 'match')
      return ['the password differs in upper and lower case: the LM response matches, the NT response does not'];
    return [
      'the response does not match: the password is another one, or the challenge is not the one that was answered',
    ];
  }
  if (ntResponse === 'absent' && lmResponse !== 'match') {
    return [
      lmResponse === 'mismatch'
        ? 'the LM response does not match: the password is another one'
        : 'only an LM response, which cannot be checked with an NT hash',
    ];
  }
  const list: string[] = [];
  const signature = outer.kind === 'spnego-response' ? outer.mechListMIC : undefined;
  const hasDummyMechListMic = signature?.kind === 'ntlm-signature' && isDummy(signature);
  if (proof.otherDomain !== undefined) {
    const { domainName } = message;
    list.push(`the password is right, but the client used the domain "${proof.otherDomain}" and sent "${domainName}"`);
  } else {
    list.push('the password is right');
  }
  if (lmResponse === 'mismatch') list.push('the LM response does not match, although the NT response does');
  if (mic === 'mismatch') {
    list.push(
      message.mic === undefined
        ? 'a MIC was announced, but is missing: the message was changed in transit'
        : 'the MIC does not match: one of the three messages was changed in transit, or is not the one that was sent',
    );
  }
  if (mic === 'absent') list.push('no MIC: nothing shows whether the messages were changed in transit');
  if (mic === 'not-checked' && !hasNegotiate) list.push('the MIC was not checked: this needs the NEGOTIATE message');
  if (channelBindings === 'mismatch') {
    list.push('the channel bindings are those of another TLS session: something terminates TLS in between');
  }
  if (channelBindings === 'absent') list.push('no channel bindings: a server that requires them will refuse');
  if (hasDummyMechListMic) {
    list.push("SPNEGO's mechListMIC is the dummy signature of a session without signing: it proves nothing");
  } else if (mechListMIC === 'mismatch') {
    list.push("SPNEGO's mechListMIC does not match: the list of mechanisms was changed in transit");
  }
  return list;
}
