import { application, bitString32, element, Fields, generalizedTime, generalString, integer, octetString, sequence } from '../der';
import type { Cursor } from '../reading';
import type { DecodedToken } from '../types';
import { flagSet, info, warning, type Draft, type Note } from '../values';
import { errorCodes } from './error-codes';
import { apOptionNames } from './names';
import { errorData, errorDataForm } from './padata';
import {
  encryptedData,
  etypeNotes,
  messageType,
  principalName,
  protocolVersion,
  ticket,
  ticketNotes,
} from './parts';
import type {
  KerberosApRep,
  KerberosApReq,
  KerberosError,
  KerberosErrorDataToken,
  KerberosTgtReply,
  KerberosTgtRequest,
  KerberosTicket,
} from './types';

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

const mutualRequired = 0x20000000;
const useSessionKey = 0x40000000;

export function readApReq(c: Cursor, key: string): KerberosApReq {
  const message = c.enter(key, { kind: 'krb-ap-req', offset: c.position } as Draft<KerberosApReq>);
  const fields = new Fields(sequence(element(c, messageTags.apReq, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) {
      message.pvno = protocolVersion(fields.value('pvno'));
    } else if (n === 1) {
      messageType(fields.value('msg-type'), 14);
    } else if (n === 2) {
      message.apOptions = flagSet(bitString32(fields.value('apOptions'), 'apOptions'), apOptionNames);
    } else if (n === 3) {
      message.ticket = ticket(fields.value('ticket'), 'ticket');
    } else if (n === 4) {
      message.authenticator = encryptedData(fields.value('authenticator'), 'authenticator');
    } else {
      fields.skip();
    }
  }
  fields.require(0, 'pvno');
  fields.require(1, 'msg-type');
  fields.require(2, 'apOptions');
  fields.require(3, 'ticket');
  fields.require(4, 'authenticator');
  const done = complete<KerberosApReq>(c, message);
  message.notes = apReqNotes(done);
  return done;
}

function apReqNotes(message: KerberosApReq): Note[] {
  const options = message.apOptions.value;
  const { sname, realm } = message.ticket;
  return [
    info(`asks ${sname.name} of ${realm} for a session`),
    ...((options & mutualRequired) !== 0
      ? [info('mutual authentication: the server must prove itself with an AP-REP')]
      : [info('no mutual authentication: the server sends no answer')]),
    ...((options & useSessionKey) !== 0 ? [info("user-to-user: the ticket is encrypted with the session key of the server's TGT")] : []),
    ...ticketNotes(message.ticket),
    ...etypeNotes('authenticator', message.authenticator),
  ];
}

export function readApRep(c: Cursor, key: string): KerberosApRep {
  const message = c.enter(key, { kind: 'krb-ap-rep', offset: c.position } as Draft<KerberosApRep>);
  const fields = new Fields(sequence(element(c, messageTags.apRep, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) message.pvno = protocolVersion(fields.value('pvno'));
    else if (n === 1) messageType(fields.value('msg-type'), 15);
    else if (n === 2) message.encPart = encryptedData(fields.value('encPart'), 'encPart');
    else fields.skip();
  }
  fields.require(0, 'pvno');
  fields.require(1, 'msg-type');
  fields.require(2, 'encPart');
  const done = complete<KerberosApRep>(c, message);
  message.notes = [info('the server proves that it could read the ticket'), ...etypeNotes('enc-part', done.encPart)];
  return done;
}

export function readError(c: Cursor, key: string): KerberosError {
  const message = c.enter(key, { kind: 'krb-error', offset: c.position } as Draft<KerberosError>);
  const fields = new Fields(sequence(element(c, messageTags.error, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    switch (n) {
      case 0:
        message.pvno = protocolVersion(fields.value('pvno'));
        break;
      case 1:
        messageType(fields.value('msg-type'), 30);
        break;
      case 2:
        message.ctime = generalizedTime(fields.value('ctime'), 'ctime');
        break;
      case 3:
        message.cusec = integer(fields.value('cusec'), 'cusec');
        break;
      case 4:
        message.stime = generalizedTime(fields.value('stime'), 'stime');
        break;
      case 5:
        message.susec = integer(fields.value('susec'), 'susec');
        break;
      case 6: {
        const value = integer(fields.value('errorCode'), 'errorCode');
        const [name, meaning] = errorCodes[value] ?? ['unknown', 'an error code that no specification has'];
        message.errorCode = { value, name };
        message.meaning = meaning;
        break;
      }
      case 7:
        message.crealm = generalString(fields.value('crealm'), 'crealm');
        break;
      case 8:
        message.cname = principalName(fields.value('cname'), 'cname');
        break;
      case 9:
        message.realm = generalString(fields.value('realm'), 'realm');
        break;
      case 10:
        message.sname = principalName(fields.value('sname'), 'sname');
        break;
      case 11:
        message.eText = generalString(fields.value('eText'), 'eText');
        break;
      case 12:
        message.eData = errorData(octetString(fields.value('eData'), 'eData'), 'eData');
        break;
      default:
        fields.skip();
    }
  }
  fields.require(0, 'pvno');
  fields.require(1, 'msg-type');
  fields.require(4, 'stime');
  fields.require(5, 'susec');
  fields.require(6, 'errorCode');
  fields.require(9, 'realm');
  fields.require(10, 'sname');
  const done = complete<KerberosError>(c, message);
  message.notes = errorNotes(done);
  return done;
}

function errorNotes(error: KerberosError): Note[] {
  const expected = error.errorCode.value === 0 || error.errorCode.value === 25;
  const notes = [(expected ? info : warning)(error.meaning)];
  if (error.ctime !== undefined) {
    const seconds = (Date.parse(error.stime) - Date.parse(error.ctime)) / 1000;
    if (Math.abs(seconds) >= 1) {
      const which = seconds > 0 ? 'ahead of' : 'behind';
      const note = `the server's clock is ${duration(Math.abs(seconds))} ${which} the client's`;
      notes.push(Math.abs(seconds) > 300 ? warning(note) : info(note));
    }
  }
  const extended = extendedErrorOf(error);
  if (extended !== undefined) notes.push(warning(`the domain controller's own reason: ${extended}`));
  return notes;
}

function extendedErrorOf({ eData }: KerberosError): string | undefined {
  if (eData === undefined) return undefined;
  if (eData.type === 'KERB-ERROR-DATA') return eData.extended?.status.name;
  if (eData.type === 'unknown') return undefined;
  return eData.items.find((item) => item.extended !== undefined)?.extended?.status.name;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A token that begins with a SEQUENCE: a message of user-to-user or e-data; undefined where it is neither. */
export function readSequence(c: Cursor, key: string): DecodedToken | undefined {
  // KERB-TGT-REQUEST and -REPLY have no tag of their own, but a short header: pvno 5, then msg-type.
  const header = c.peek(1) < 0x80 ? 2 : 2 + (c.peek(1) & 0x7f);
  const at = c.position + header;
  const opening = c.bytes.toString('hex', at, Math.min(at + 10, c.end));
  if (opening === 'a003020105a103020110') return readTgtRequest(c, key);
  if (opening === 'a003020105a103020111') return readTgtReply(c, key);
  return errorDataForm(c, false) === 'unknown' ? undefined : readErrorData(c, key);
}

/** e-data on its own, as logs and traces show it. */
function readErrorData(c: Cursor, key: string): KerberosErrorDataToken {
  const token = c.enter(key, { kind: 'krb-error-data', offset: c.position } as Draft<KerberosErrorDataToken>);
  token.eData = errorData(c, 'eData', false);
  token.notes = [];
  return complete<KerberosErrorDataToken>(c, token);
}

export function readTicket(c: Cursor, key: string): KerberosTicket {
  const token = c.enter(key, { kind: 'krb-ticket', offset: c.position } as Draft<KerberosTicket>);
  const read = ticket(c, 'ticket');
  token.ticket = read;
  token.notes = ticketNotes(read);
  return complete<KerberosTicket>(c, token);
}

export function readTgtRequest(c: Cursor, key: string): KerberosTgtRequest {
  const message = c.enter(key, { kind: 'krb-tgt-req', offset: c.position } as Draft<KerberosTgtRequest>);
  const fields = new Fields(sequence(c, ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) message.pvno = protocolVersion(fields.value('pvno'));
    else if (n === 1) messageType(fields.value('msg-type'), 16);
    else if (n === 2) message.serverName = principalName(fields.value('serverName'), 'serverName');
    else if (n === 3) message.realm = generalString(fields.value('realm'), 'realm');
    else fields.skip();
  }
  fields.require(0, 'pvno');
  fields.require(1, 'msg-type');
  message.notes = [info("user-to-user: the client asks for the server's ticket-granting ticket")];
  return complete<KerberosTgtRequest>(c, message);
}

export function readTgtReply(c: Cursor, key: string): KerberosTgtReply {
  const message = c.enter(key, { kind: 'krb-tgt-rep', offset: c.position } as Draft<KerberosTgtReply>);
  const fields = new Fields(sequence(c, ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) message.pvno = protocolVersion(fields.value('pvno'));
    else if (n === 1) messageType(fields.value('msg-type'), 17);
    else if (n === 2) message.ticket = ticket(fields.value('ticket'), 'ticket');
    else fields.skip();
  }
  fields.require(0, 'pvno');
  fields.require(1, 'msg-type');
  fields.require(2, 'ticket');
  const done = complete<KerberosTgtReply>(c, message);
  message.notes = [info("user-to-user: the server's ticket-granting ticket"), ...ticketNotes(done.ticket)];
  return done;
}

function complete<T extends { offset: number; length: number }>(c: Cursor, draft: Draft<T>): T {
  const done = draft as { offset: number; length: number };
  done.length = c.position - done.offset;
  c.leave();
  return draft as T;
}
