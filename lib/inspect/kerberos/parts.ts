import { application, element, Fields, generalString, integer, octetString, sequence, unsigned } from '../der';
import type { Cursor } from '../reading';
import { info, named, warning, type Draft, type Named, type Note } from '../values';
import { etypeNames, isWeakEtype, nameTypes } from './names';
import type { EncryptedData, PrincipalName, Ticket } from './types';

/** The first bytes of the messages, which are application tags. */
export const messageTags = {
  ticket: application(1),
  asReq: application(10),
  asRep: application(11),
  tgsReq: application(12),
  tgsRep: application(13),
  apReq: application(14),
  apRep: application(15),
  error: application(30),
} as const;

export const etype = (value: number): Named => named(value, etypeNames);

/** Checks pvno and msg-type, which all messages have and which add nothing to the tag. */
export function protocolVersion(c: Cursor): number {
  const at = c.position;
  const pvno = integer(c, 'pvno');
  if (pvno !== 5) c.malformed(`protocol version ${pvno} where Kerberos has 5`, at, 'pvno');
  return pvno;
}

export function messageType(c: Cursor, expected: number): void {
  const at = c.position;
  const found = integer(c, 'msg-type');
  if (found !== expected) c.malformed(`message type ${found} where ${expected} is due`, at, 'msg-type');
}

export function principalName(c: Cursor, key: string): PrincipalName {
  const name = c.enter<Draft<PrincipalName>>(key, {});
  const fields = new Fields(sequence(c, ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) {
      name.nameType = named(integer(fields.value('nameType'), 'nameType'), nameTypes);
    } else if (n === 1) {
      const list = sequence(fields.value('components'), 'components');
      const components: string[] = [];
      while (list.left > 0) {
        list.item('components');
        components.push(generalString(list, 'components'));
      }
      name.name = components.join('/');
      name.components = components;
    } else {
      fields.skip();
    }
  }
  fields.require(0, 'nameType');
  fields.require(1, 'components');
  c.leave();
  return name as PrincipalName;
}

export function encryptedData(c: Cursor, key: string): EncryptedData {
  const data = c.enter<Draft<EncryptedData>>(key, {});
  const fields = new Fields(sequence(c, ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) {
      data.etype = etype(integer(fields.value('etype'), 'etype'));
    } else if (n === 1) {
      data.kvno = unsigned(fields.value('kvno'), 'kvno');
    } else if (n === 2) {
      const cipher = octetString(fields.value('cipher'), 'cipher');
      data.cipher = cipher.mask(cipher.left, 'cipher');
    } else {
      fields.skip();
    }
  }
  fields.require(0, 'etype');
  fields.require(2, 'cipher');
  c.leave();
  return data as EncryptedData;
}

/** [APPLICATION 1] Ticket. */
export function ticket(c: Cursor, key: string): Ticket {
  const result = c.enter<Draft<Ticket>>(key, {});
  const fields = new Fields(sequence(element(c, messageTags.ticket, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) {
      result.tktVno = protocolVersion(fields.value('tktVno'));
    } else if (n === 1) {
      result.realm = generalString(fields.value('realm'), 'realm');
    } else if (n === 2) {
      result.sname = principalName(fields.value('sname'), 'sname');
    } else if (n === 3) {
      result.encPart = encryptedData(fields.value('encPart'), 'encPart');
    } else {
      fields.skip();
    }
  }
  fields.require(0, 'tktVno');
  fields.require(1, 'realm');
  fields.require(2, 'sname');
  fields.require(3, 'encPart');
  c.leave();
  return result as Ticket;
}

/** Ends a message where the cursor is. */
export function complete<T extends { offset: number; length: number }>(c: Cursor, draft: Draft<T>): T {
  const done = draft as { offset: number; length: number };
  done.length = c.position - done.offset;
  c.leave();
  return draft as T;
}

/** Warns of an encryption type that is weak. */
export function etypeNotes(what: string, data: EncryptedData): Note[] {
  const { value, name } = data.etype;
  return isWeakEtype(value) ? [warning(`${what}: etype ${value} ${name}: weak`)] : [];
}

export function ticketNotes(t: Ticket): Note[] {
  const notes = etypeNotes('ticket', t.encPart);
  const { kvno } = t.encPart;
  if (kvno !== undefined && kvno > 0xffff) {
    notes.push(
      info(`key version ${kvno}: issued by the read-only domain controller ${kvno >>> 16}, version ${kvno & 0xffff}`),
    );
  }
  if (t.sname.components[0] === 'krbtgt') notes.push(info('a ticket-granting ticket'));
  return notes;
}
