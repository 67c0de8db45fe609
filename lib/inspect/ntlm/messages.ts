import { count, Cursor, join } from '../reading';
import { flagSet, type Draft, type Masked, type Note } from '../values';
import { readAvPairs } from './av-pairs';
import { negotiateFlagNames, ntlmFlags, readVersion } from './names';
import { authenticateNotes, challengeNotes, negotiateNotes } from './notes';
import { readLmResponse, readNtResponse } from './responses';
import type { AvPair, NtlmAuthenticate, NtlmChallenge, NtlmNegotiate, NtlmSignature } from './types';

export const ntlmSignature = 'NTLMSSP\0';

type NtlmMessage = NtlmNegotiate | NtlmChallenge | NtlmAuthenticate;

/** A field's place in the payload: length, allocated length (which is ignored) and offset from the message's start. */
interface Place {
  readonly length: number;
  readonly offset: number;
  /** The offset of this description in the input. */
  readonly descriptor: number;
}

/** Reads one NTLM message. It has no length field, so it extends to the end of the cursor. */
export function readNtlm(c: Cursor, key: string): NtlmMessage {
  const start = c.position;
  c.skip(ntlmSignature.length, 'signature');
  const type = c.u32le(join(key, 'messageType'));
  switch (type) {
    case 1:
      return readNegotiate(c, key, start);
    case 2:
      return readChallenge(c, key, start);
    case 3:
      return readAuthenticate(c, key, start);
    default:
      return c.malformed(
        `${type} is not the type of an NTLM message`,
        start + ntlmSignature.length,
        join(key, 'messageType'),
      );
  }
}

function readNegotiate(c: Cursor, key: string, start: number): NtlmNegotiate {
  const message = c.enter(key, begin<NtlmNegotiate>('ntlm-negotiate', start, c.end));
  const flags = c.u32le('flags');
  message.flags = flagSet(flags, negotiateFlagNames);
  const payload = new Payload(c, start);
  // The oldest clients end here.
  const namesSupplied = (flags & (ntlmFlags.domainSupplied | ntlmFlags.workstationSupplied)) !== 0;
  if (c.left > 0 || namesSupplied) {
    const domain = payload.place('domainName');
    const workstation = payload.place('workstation');
    if (payload.start >= start + 40) readVersionOf(c, flags, message);
    // Both are in the OEM character set, whatever the flags say of later messages.
    if (domain.length > 0) message.domainName = payload.text(domain, 'domainName', false);
    if (workstation.length > 0) message.workstation = payload.text(workstation, 'workstation', false);
  }
  return finish(c, payload, message, negotiateNotes);
}

function readChallenge(c: Cursor, key: string, start: number): NtlmChallenge {
  const message = c.enter(key, begin<NtlmChallenge>('ntlm-challenge', start, c.end));
  const payload = new Payload(c, start);
  const target = payload.place('targetName');
  const flags = c.u32le('flags');
  message.flags = flagSet(flags, negotiateFlagNames);
  message.serverChallenge = c.hex(8, 'serverChallenge');
  // Servers of the 1990s end here, or begin their payload here.
  const hasTargetInfo = (flags & ntlmFlags.targetInfo) !== 0;
  let info: Place | undefined;
  if (hasTargetInfo || (c.left > 0 && payload.start >= start + 40)) {
    const zero = c.left >= 8 && c.isZero(8);
    const context = c.hex(8, 'context');
    if (!zero) message.context = context;
    if (hasTargetInfo || (c.left > 0 && payload.start >= start + 48)) {
      info = payload.place('targetInfo');
      if (payload.start >= start + 56) readVersionOf(c, flags, message);
    }
  }
  if (target.length > 0) {
    message.targetName = payload.text(target, 'targetName', (flags & ntlmFlags.unicode) !== 0);
  }
  if (info !== undefined && (hasTargetInfo || info.length > 0)) {
    const targetInfo: AvPair[] = c.enter('targetInfo', []);
    readAvPairs(payload.at(info, ''), targetInfo);
    c.leave();
    message.targetInfo = targetInfo;
  }
  return finish(c, payload, message, challengeNotes);
}

function readAuthenticate(c: Cursor, key: string, start: number): NtlmAuthenticate {
  const message = c.enter(key, begin<NtlmAuthenticate>('ntlm-authenticate', start, c.end));
  const payload = new Payload(c, start);
  const lm = payload.place('lmResponse');
  const nt = payload.place('ntResponse');
  const domain = payload.place('domainName');
  const user = payload.place('userName');
  const workstation = payload.place('workstation');
  let flags: number | undefined;
  let sessionKey: Place | undefined;
  // Each field from here on came with a later release; the offset of the payload shows which are present.
  if (payload.start >= start + 64) {
    sessionKey = payload.place('encryptedRandomSessionKey');
    flags = c.u32le('flags');
    message.flags = flagSet(flags, negotiateFlagNames);
    if (payload.start >= start + 72) {
      readVersionOf(c, flags, message);
      if (payload.start >= start + 88 && c.left > 0) message.mic = readMic(c);
    }
  }
  const bits = flags ?? 0;
  const unicode = (bits & ntlmFlags.unicode) !== 0;
  message.domainName = payload.text(domain, 'domainName', unicode);
  message.userName = payload.text(user, 'userName', unicode);
  message.workstation = payload.text(workstation, 'workstation', unicode);
  const lmResponse = readLmResponse(payload.at(lm, 'lmResponse'), bits, nt.length);
  message.lmResponse = lmResponse;
  message.ntResponse = readNtResponse(payload.at(nt, 'ntResponse'), bits, lmResponse.type === 'client-challenge');
  if (sessionKey !== undefined && sessionKey.length > 0) {
    const place = payload.at(sessionKey, 'encryptedRandomSessionKey');
    message.encryptedRandomSessionKey = place.mask(place.left, 'encryptedRandomSessionKey');
  }
  return finish(c, payload, message, authenticateNotes);
}

/** An empty MIC field reveals nothing. */
function readMic(c: Cursor): Masked {
  const size = 16;
  if (c.left < size || !c.isZero(size)) return c.mask(size, 'mic');
  return { masked: false, length: size, hex: c.hex(size, 'mic') };
}

/** NTLMSSP_MESSAGE_SIGNATURE; the caller has seen that the bytes look like one. */
export function readNtlmSignature(c: Cursor, key: string): NtlmSignature {
  const message = c.enter(key, begin<NtlmSignature>('ntlm-signature', c.position, c.end));
  message.version = c.u32le('version');
  message.checksum = c.mask(8, 'checksum');
  message.sequenceNumber = c.u32le('sequenceNumber');
  message.notes = [];
  c.leave();
  return message as NtlmSignature;
}

/** The version field is present even without the flag, except in messages older than the field. */
function readVersionOf(c: Cursor, flags: number, message: Draft<NtlmMessage>): void {
  if ((flags & ntlmFlags.version) !== 0) message.version = readVersion(c);
  else if (c.left >= 8) c.skip(8, 'version');
}

function begin<T extends NtlmMessage | NtlmSignature>(kind: T['kind'], offset: number, end: number): Draft<T> {
  return { kind, offset, length: end - offset } as Draft<T>;
}

function finish<T extends NtlmMessage>(
  c: Cursor,
  payload: Payload,
  message: Draft<T>,
  explain: (message: T) => Note[],
): T {
  const complete = message as T;
  const behind = Math.max(payload.end, c.position);
  message.notes = explain(complete);
  if (behind < c.end) {
    message.length = behind - complete.offset;
    message.trailing = { offset: behind, length: c.end - behind };
  }
  c.position = c.end;
  c.leave();
  return complete;
}

/** The part of a message that the fields of its header point into. */
class Payload {
  readonly #cursor: Cursor;
  readonly #base: number;
  /** The lowest offset in use so far: the header cannot reach beyond it. */
  start: number;
  /** Behind the last byte in use so far. */
  end: number;

  constructor(c: Cursor, base: number) {
    this.#cursor = c;
    this.#base = base;
    this.start = Infinity;
    this.end = base;
  }

  place(field: string): Place {
    const c = this.#cursor;
    const descriptor = c.position;
    const length = c.u16le(field);
    c.skip(2, field);
    const offset = this.#base + c.u32le(field);
    if (length > 0) {
      this.start = Math.min(this.start, offset);
      this.end = Math.max(this.end, offset + length);
    }
    return { length, offset, descriptor };
  }

  at(place: Place, field: string): Cursor {
    const c = this.#cursor;
    // The offset of an empty field may be anything.
    if (place.length === 0) return new Cursor(c.reading, c.position, c.position);
    if (place.offset > c.end) {
      const reason = `lies at byte ${place.offset}, ${count(place.offset - c.end, 'byte')} after the end`;
      const cut = place.offset + place.length > c.bytes.length;
      c.fail(cut ? 'ERR_SSPI_INSPECT_TRUNCATED' : 'ERR_SSPI_INSPECT_MALFORMED', reason, place.descriptor, field);
    }
    if (place.offset < c.position)
      c.malformed(`lies at byte ${place.offset}, inside the header`, place.descriptor, field);
    if (place.offset + place.length > c.end) c.overrun(place.length, place.offset, field);
    return new Cursor(c.reading, place.offset, place.offset + place.length);
  }

  text(place: Place, field: string, unicode: boolean): string {
    const value = this.at(place, field);
    return unicode ? value.utf16le(value.left, field) : value.latin1(value.left, field);
  }
}
