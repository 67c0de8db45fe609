import { bitString32, boolean, Fields, generalString, integer, octetString, sequence, wrapping } from '../der';
import { ntStatusNames } from '../ntstatus';
import type { Cursor } from '../reading';
import { flagSet, named, type Draft } from '../values';
import { readApReq } from './messages';
import {
  errorDataTypes,
  pacOptionNames,
  paDataTypes,
  supportedEtypeNames,
  typedDataTypes,
  typedExtendedError,
} from './names';
import { encryptedData, etype } from './parts';
import type { EtypeInfoEntry, KerberosErrorData, KerberosExtendedError, PaData } from './types';

/** METHOD-DATA, or the padata of a KDC message: SEQUENCE OF PA-DATA. */
export function paDataList(c: Cursor, key: string): PaData[] {
  return list(c, key, 1, (type, value, pa) => {
    pa.type = named(type, paDataTypes);
    readPaValue(type, value, pa);
  });
}

/** Reads an e-data; its form can be recognised only by its tags. */
export function errorData(c: Cursor, key: string, fillsAll = true): KerberosErrorData {
  const form = errorDataForm(c, fillsAll);
  if (form === 'unknown') return { type: 'unknown', content: c.mask(c.left, key) };
  if (form === 'KERB-ERROR-DATA') return kerbErrorData(c, key);
  const data = c.enter<{ type: typeof form; items?: PaData[] }>(key, { type: form });
  if (form === 'METHOD-DATA') {
    data.items = paDataList(c, 'items');
  } else {
    data.items = list(c, 'items', 0, (type, value, item) => {
      item.type = named(type, typedDataTypes);
      if (type === typedExtendedError && value.left === extendedErrorSize) item.extended = extendedError(value);
      else item.value = value.mask(value.left, 'value');
    });
  }
  c.leave();
  return data as KerberosErrorData;
}

type ErrorDataForm = KerberosErrorData['type'];

/** Looks at the tags without reading: a SEQUENCE, which on request must fill the whole, and how its content starts. */
export function errorDataForm(c: Cursor, fillsAll: boolean): ErrorDataForm {
  const outer = headerLength(c, 0);
  if (c.peek() !== 0x30 || outer === undefined || (fillsAll && outer.end !== c.end)) return 'unknown';
  const first = c.peek(outer.size);
  if (first === 0xa1) return 'KERB-ERROR-DATA';
  if (first === -1) return 'METHOD-DATA';
  const inner = headerLength(c, outer.size);
  if (first !== 0x30 || inner === undefined) return 'unknown';
  const member = c.peek(outer.size + inner.size);
  if (member === 0xa1) return 'METHOD-DATA';
  return member === 0xa0 ? 'TYPED-DATA' : 'unknown';
}

/** The size of the header `ahead` of the cursor, and where its element ends; undefined if it is no definite length. */
function headerLength(c: Cursor, ahead: number): { size: number; end: number } | undefined {
  const first = c.peek(ahead + 1);
  if (first === -1 || first === 0x80 || first > 0x84) return undefined;
  if (first < 0x80) return { size: 2, end: c.position + ahead + 2 + first };
  let length = 0;
  const size = first & 0x7f;
  for (let i = 0; i < size; i += 1) length = length * 256 + Math.max(c.peek(ahead + 2 + i), 0);
  return { size: 2 + size, end: c.position + ahead + 2 + size + length };
}

/** A SEQUENCE OF SEQUENCE { type [base], value [base + 1] }, as PA-DATA and TYPED-DATA both are. */
function list(
  c: Cursor,
  key: string,
  base: number,
  read: (type: number, value: Cursor, item: Draft<PaData>) => void,
): PaData[] {
  const items: PaData[] = c.enter(key, []);
  const elements = sequence(c, '');
  while (elements.left > 0) {
    const item = c.enter<Draft<PaData>>(items.length, {});
    const fields = new Fields(sequence(elements, ''));
    let type: number | undefined;
    let value: Cursor | undefined;
    for (let n = fields.next(); n !== -1; n = fields.next()) {
      if (n === base) type = integer(fields.value('type'), 'type');
      else if (n === base + 1) value = wrapping(fields.value('value'), 'value');
      else fields.skip();
    }
    fields.require(base, 'type');
    item.type = { value: type as number, name: 'unknown' };
    item.length = value?.left ?? 0;
    if (value !== undefined) read(type as number, value, item);
    else read(type as number, elements.take(0, 'value'), item);
    items.push(item as PaData);
    c.leave();
  }
  c.leave();
  return items;
}

function readPaValue(type: number, value: Cursor, pa: Draft<PaData>): void {
  // An empty value in METHOD-DATA only says that the type would be accepted.
  if (value.left === 0) return;
  switch (type) {
    case 1:
      pa.apReq = readApReq(value, 'apReq');
      return;
    case 2:
    case 138:
      pa.encrypted = encryptedData(value, 'encrypted');
      return;
    case 3:
      // A domain controller puts its reason in place of the salt.
      if (value.left === extendedErrorSize && isStatus(value)) pa.extended = extendedError(value);
      else pa.salt = value.utf8(value.left, 'salt');
      return;
    case 11:
    case 19:
      pa.etypeInfo = etypeInfo(value);
      return;
    case 128: {
      const fields = new Fields(sequence(value, ''));
      for (let n = fields.next(); n !== -1; n = fields.next()) {
        if (n === 0) pa.includePac = boolean(fields.value('includePac'), 'includePac');
        else fields.skip();
      }
      return;
    }
    case 165:
      pa.flags = flagSet(value.u32le('flags'), supportedEtypeNames);
      return;
    case 166:
      if (value.left === extendedErrorSize) pa.extended = extendedError(value);
      else pa.value = value.mask(value.left, 'value');
      return;
    case 167: {
      const fields = new Fields(sequence(value, ''));
      for (let n = fields.next(); n !== -1; n = fields.next()) {
        if (n === 0) pa.flags = flagSet(bitString32(fields.value('flags'), 'flags'), pacOptionNames);
        else fields.skip();
      }
      return;
    }
    default:
      pa.value = value.mask(value.left, 'value');
  }
}

function isStatus(value: Cursor): boolean {
  return (value.peek(3) & 0xf0) === 0xc0;
}

function etypeInfo(value: Cursor): EtypeInfoEntry[] {
  const entries: EtypeInfoEntry[] = value.enter('etypeInfo', []);
  const elements = sequence(value, '');
  while (elements.left > 0) {
    const entry = value.enter<Draft<EtypeInfoEntry>>(entries.length, {});
    const fields = new Fields(sequence(elements, ''));
    for (let n = fields.next(); n !== -1; n = fields.next()) {
      if (n === 0) {
        entry.etype = etype(integer(fields.value('etype'), 'etype'));
      } else if (n === 1) {
        // GeneralString in ETYPE-INFO2, OCTET STRING in the older ETYPE-INFO.
        const field = fields.value('salt');
        if (field.peek() === 0x04) {
          const salt = octetString(field, 'salt');
          entry.salt = salt.utf8(salt.left, 'salt');
        } else {
          entry.salt = generalString(field, 'salt');
        }
      } else if (n === 2) {
        const field = fields.value('s2kparams');
        // ETYPE-INFO has an INTEGER here, which no implementation uses.
        if (field.peek() === 0x04) {
          const parameters = octetString(field, 's2kparams');
          entry.s2kparams = parameters.hex(parameters.left, 's2kparams');
        }
      } else {
        fields.skip();
      }
    }
    fields.require(0, 'etype');
    entries.push(entry as EtypeInfoEntry);
    value.leave();
  }
  value.leave();
  return entries;
}

function kerbErrorData(c: Cursor, key: string): KerberosErrorData {
  type KerbErrorData = Extract<KerberosErrorData, { type: 'KERB-ERROR-DATA' }>;
  const data = c.enter<Draft<KerbErrorData>>(key, { type: 'KERB-ERROR-DATA' });
  const fields = new Fields(sequence(c, ''));
  let value: Cursor | undefined;
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 1) data.dataType = named(integer(fields.value('dataType'), 'dataType'), errorDataTypes);
    else if (n === 2) value = octetString(fields.value('value'), 'value');
    else fields.skip();
  }
  fields.require(1, 'dataType');
  if (value !== undefined && value.left > 0) {
    if (data.dataType?.value === 3 && value.left === extendedErrorSize) data.extended = extendedError(value);
    else data.value = value.mask(value.left, 'value');
  }
  c.leave();
  return data as KerbErrorData;
}

/** KERB_EXT_ERROR: status, reserved, flags. */
const extendedErrorSize = 12;

function extendedError(value: Cursor): KerberosExtendedError {
  const status = named(value.u32le('extended.status'), ntStatusNames);
  value.skip(4, 'extended.reserved');
  return { status, flags: value.u32le('extended.flags') };
}
