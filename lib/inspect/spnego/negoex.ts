import { readGuid } from '../guid';
import { ntStatusNames } from '../ntstatus';
import { count, Cursor } from '../reading';
import { info, named, nameOf, warning, type Draft, type Guid, type Note } from '../values';
import type {
  NegoExAlert,
  NegoExExchange,
  NegoExMessage,
  NegoExNego,
  NegoExToken,
  NegoExUnknown,
  NegoExVerify,
} from '../types';

export const negoExSignature = 'NEGOEXTS';

const messageTypes: Readonly<Record<number, string>> = {
  0: 'INITIATOR_NEGO',
  1: 'ACCEPTOR_NEGO',
  2: 'INITIATOR_META_DATA',
  3: 'ACCEPTOR_META_DATA',
  4: 'CHALLENGE',
  5: 'AP_REQUEST',
  6: 'VERIFY',
  7: 'ALERT',
};

/** From MS-SPNG's appendix. */
const authSchemes: Readonly<Record<string, string>> = {
  '235f69ad-73fb-4dbc-8203-0629e739339b': 'PKU2U',
};

const checksumSchemes: Readonly<Record<number, string>> = { 1: 'CHECKSUM_SCHEME_RFC3961' };
const checksumTypes: Readonly<Record<number, string>> = {
  12: 'hmac-sha1-des3-kd',
  15: 'hmac-sha1-96-aes128',
  16: 'hmac-sha1-96-aes256',
  19: 'hmac-sha256-128-aes128',
  20: 'hmac-sha384-192-aes256',
  [-138]: 'kerb-checksum-hmac-md5',
};
const alertTypes: Readonly<Record<number, string>> = { 1: 'ALERT_TYPE_PULSE' };
const pulseReasons: Readonly<Record<number, string>> = { 1: 'ALERT_VERIFY_NO_KEY' };

const smallestHeader = 40;

/** The messages of one NegoEx token, one after the other. */
export function readNegoEx(c: Cursor, key: string): NegoExToken {
  const token = c.enter<Draft<NegoExToken>>(key, { kind: 'negoex', offset: c.position });
  const messages: NegoExMessage[] = c.enter('messages', []);
  do messages.push(readMessage(c, messages.length));
  while (c.startsWith(negoExSignature));
  c.leave();
  token.messages = messages;
  token.length = c.position - (token.offset as number);
  token.notes = [];
  c.leave();
  return token as NegoExToken;
}

/** The offsets of the elements of a vector, relative to the start of the message. */
interface Vector {
  readonly offset: number;
  readonly count: number;
  readonly at: number;
}

function readMessage(c: Cursor, index: number): NegoExMessage {
  const start = c.position;
  const message: Draft<NegoExUnknown> = c.enter(index, { offset: start });
  c.skip(negoExSignature.length, 'signature');
  const type = c.u32le('messageType');
  message.messageType = named(type, messageTypes);
  message.sequenceNumber = c.u32le('sequenceNumber');
  const headerAt = c.position;
  const headerLength = c.u32le('headerLength');
  const lengthAt = c.position;
  const length = c.u32le('length');
  message.length = length;
  if (length < smallestHeader)
    c.malformed(`a message of ${count(length, 'byte')}, but the minimum is ${smallestHeader}`, lengthAt, 'length');
  const isCut = start + length > c.bytes.length;
  if (length > c.end - start && !isCut) c.overrun(length, start, 'length');
  if (headerLength < smallestHeader || headerLength > length) {
    c.malformed(`a header of ${headerLength} in a message of ${length} bytes`, headerAt, 'headerLength');
  }
  message.conversationId = readGuid(c, 'conversationId');
  const body = c.container(start + length - c.position, 'length');
  const inside = (vector: Vector, size: number, field: string): Cursor => {
    const total = vector.count * size;
    if (vector.count === 0) return new Cursor(c.reading, body.position, body.position);
    if (vector.offset + total > length) {
      c.malformed(`${total} bytes at ${vector.offset} are not inside the message`, vector.at, field);
    }
    if (start + vector.offset + total > c.end) c.overrun(total, Math.min(start + vector.offset, c.end), field);
    return new Cursor(c.reading, start + vector.offset, start + vector.offset + total);
  };
  const notes: Note[] = [];
  if (type <= 1) nego(body, message as object, inside, notes);
  else if (type <= 5) exchange(body, message as object, inside);
  else if (type === 6) verify(body, message as object, inside);
  else if (type === 7) alert(body, message as object, inside, notes);
  else message.type = 'unknown';
  message.notes = notes;
  c.position = Math.min(start + length, c.end);
  c.leave();
  return message as NegoExMessage;
}

type Inside = (vector: Vector, size: number, field: string) => Cursor;

/** A vector with an ULONG offset and a count of `counter` bytes. */
function vector(c: Cursor, field: string, counter: 2 | 4): Vector {
  const at = c.position;
  const offset = c.u32le(field);
  return { at, offset, count: counter === 2 ? c.u16le(field) : c.u32le(field) };
}

function scheme(c: Cursor): Guid {
  return readGuid(c, 'authScheme', authSchemes);
}

function nego(c: Cursor, message: Draft<NegoExNego>, inside: Inside, notes: Note[]): void {
  message.type = 'nego';
  message.random = c.hex(32, 'random');
  message.protocolVersion = c.u64le('protocolVersion');
  const schemes = vector(c, 'authSchemes', 2);
  c.skip(2, 'padding');
  const extensions = vector(c, 'extensions', 2);
  const schemeList = inside(schemes, 16, 'authSchemes');
  const guids: Guid[] = [];
  while (schemeList.left > 0) {
    schemeList.item('authSchemes');
    guids.push(scheme(schemeList));
  }
  message.authSchemes = guids;
  const extensionList = inside(extensions, 12, 'extensions');
  const list: { extensionType: number; critical: boolean; length: number }[] = [];
  while (extensionList.left > 0) {
    extensionList.item('extensions');
    const extensionType = extensionList.u32le('extensions');
    const value = inside(vector(extensionList, 'extensions', 4), 1, 'extensions');
    list.push({ extensionType, critical: extensionType >= 0x80000000, length: value.left });
  }
  message.extensions = list;
  if (list.some(({ critical }) => critical))
    notes.push(
      info('has a critical extension: a peer that does not know it must refuse the message the message the message'),
    );
}

function exchange(c: Cursor, message: Draft<NegoExExchange>, inside: Inside): void {
  message.type = 'exchange';
  message.authScheme = scheme(c);
  message.exchange = inside(vector(c, 'exchange', 4), 1, 'exchange').nested('exchange', 'anything');
}

function verify(c: Cursor, message: Draft<NegoExVerify>, inside: Inside): void {
  message.type = 'verify';
  message.authScheme = scheme(c);
  c.skip(4, 'checksum.headerLength');
  message.checksumScheme = named(c.u32le('checksumScheme'), checksumSchemes);
  message.checksumType = named(c.u32le('checksumType') | 0, checksumTypes);
  const value = inside(vector(c, 'checksum', 4), 1, 'checksum');
  message.checksum = value.mask(value.left, 'checksum');
}

function alert(c: Cursor, message: Draft<NegoExAlert>, inside: Inside, notes: Note[]): void {
  message.type = 'alert';
  message.authScheme = scheme(c);
  message.errorCode = named(c.u32le('errorCode'), ntStatusNames);
  const list = inside(vector(c, 'alerts', 2), 12, 'alerts');
  const alerts: NegoExAlert['alerts'][number][] = [];
  while (list.left > 0) {
    list.item('alerts');
    const alertType = named(list.u32le('alerts'), alertTypes);
    const value = inside(vector(list, 'alerts', 4), 1, 'alerts');
    if (alertType.value === 1) {
      value.skip(4, 'alerts');
      alerts.push({ alertType, reason: named(value.u32le('alerts'), pulseReasons) });
    } else {
      alerts.push({ alertType });
    }
  }
  message.alerts = alerts;
  notes.push(warning(`${nameOf(message.errorCode, 'NTSTATUS')}: the peer reports an error`));
}
