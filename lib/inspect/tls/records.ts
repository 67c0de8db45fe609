import { Cursor } from '../reading';
import { info, named, warning, type Draft, type Note } from '../values';
import { readHandshake } from './handshake';
import { alertDescriptions, alertLevels, contentTypes, handshakeTypes, versions } from './names';
import type { TlsHandshake, TlsRecord, TlsToken } from './types';

/** 2^14 and the expansion that RFC 5246 allows for ciphertext. */
const largestFragment = 16384 + 2048;

/** Reads a flight of records. Handshake messages may run over several of them. */
export function readTls(c: Cursor, key: string): TlsToken {
  const token = c.enter<Draft<TlsToken>>(key, { kind: 'tls', offset: c.position });
  const records: Draft<TlsRecord>[] = c.enter('records', []);
  const handshake: Piece[] = [];
  let keysChanged = false;
  while (c.left > 0 && isRecord(c)) {
    const record = c.enter<Draft<TlsRecord>>(records.length, { offset: c.position });
    const type = c.u8('contentType');
    record.contentType = named(type, contentTypes);
    record.version = named(c.u16be('version'), versions);
    const lengthAt = c.position;
    const length = c.u16be('length');
    if (length > largestFragment) {
      c.malformed(`a record of ${length} bytes, but the maximum is ${largestFragment}`, lengthAt, 'length');
    }
    record.length = length;
    const fragment = c.container(length, 'fragment');
    if (type === 22 && isHello(fragment)) keysChanged = false;
    if (type === 22 && !keysChanged)
      handshake.push({ start: fragment.position, end: fragment.end, record, index: records.length, messages: [] });
    else if (type === 21 && length === 2 && !keysChanged) readAlert(fragment, record);
    else if (type === 20) keysChanged = true;
    else record.encrypted = true;
    records.push(record);
    c.leave();
  }
  if (handshake.length > 0) readHandshakes(c, handshake);
  c.leave();
  token.records = records as TlsRecord[];
  token.length = c.position - (token.offset as number);
  token.notes = tokenNotes(token.records);
  c.leave();
  return token as TlsToken;
}

function isRecord(c: Cursor): boolean {
  const type = c.peek();
  return type >= 20 && type <= 24 && (c.left < 2 || c.peek(1) === 0x03);
}

/**
 * True for a hello in plain text. It may follow a change_cipher_spec: after a HelloRetryRequest that message is for middleboxes
 * only, and changes no keys (RFC 8446 appendix D.4). Ciphertext looks like this in one of a billion records.
 */
function isHello(fragment: Cursor): boolean {
  const type = fragment.peek();
  return (type === 1 || type === 2) && fragment.peek(1) === 0 && fragment.peek(4) === 3 && fragment.peek(5) <= 4;
}

function readAlert(c: Cursor, record: Draft<TlsRecord>): void {
  const level = named(c.u8('alert.level'), alertLevels);
  record.alert = { level, description: named(c.u8('alert.description'), alertDescriptions) };
}

/** The fragment of one handshake record. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly record: Draft<TlsRecord>;
  /** The record's index. */
  readonly index: number;
  /** Those that begin in this fragment. */
  readonly messages: TlsHandshake[];
}

function readHandshakes(c: Cursor, pieces: readonly Piece[]): void {
  const { cursor, pieceAt } = join(c, pieces);
  while (cursor.left > 0) {
    const { record, index, messages } = pieceAt(cursor.position);
    c.enter(index, record);
    // Ciphertext has no recognisable header; unknown types count as ciphertext.
    if (handshakeTypes[cursor.peek()] === undefined) {
      for (const piece of pieces) if (piece.index >= index) piece.record.encrypted = true;
      c.leave();
      return;
    }
    c.enter('messages', messages);
    messages.push(readHandshake(cursor, messages.length));
    record.messages = messages;
    c.leave();
    c.leave();
  }
}

/** A cursor over all the fragments as one: in place if there is but one, else over a copy. */
function join(c: Cursor, pieces: readonly Piece[]): { cursor: Cursor; pieceAt: (offset: number) => Piece } {
  const [first] = pieces as readonly [Piece];
  if (pieces.length === 1) return { cursor: new Cursor(c.reading, first.start, first.end), pieceAt: () => first };
  const bytes = Buffer.concat(pieces.map(({ start, end }) => c.bytes.subarray(start, end)));
  const ends: number[] = [];
  for (const { start, end } of pieces) ends.push((ends.at(-1) ?? 0) + end - start);
  let current = 0;
  const pieceAt = (offset: number): Piece => {
    // Offsets only increase, except for those of errors, which come last.
    if (offset < (ends[current - 1] ?? 0)) current = 0;
    while (current < pieces.length - 1 && offset >= (ends[current] as number)) current += 1;
    return pieces[current] as Piece;
  };
  const origin = (offset: number): number => {
    const piece = pieceAt(offset);
    return piece.start + offset - (ends[current - 1] ?? 0);
  };
  const reading = { ...c.reading, bytes, origin };
  return { cursor: new Cursor(reading, 0, bytes.length), pieceAt };
}

function tokenNotes(records: readonly TlsRecord[]): Note[] {
  const notes: Note[] = [];
  for (const { alert } of records) {
    if (alert === undefined) continue;
    const text = `${alert.level.name} alert: ${alert.description.name}`;
    notes.push(alert.description.value === 0 ? info(text) : warning(text));
  }
  return notes;
}
