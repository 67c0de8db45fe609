import { bitString32, element, Fields, generalString, sequence } from '../der';
import type { Cursor } from '../reading';
import type { DecodedToken } from '../types';
import { flagSet, info, type Draft, type Note } from '../values';
import { apOptionNames } from './names';
import {
  complete,
  encryptedData,
  etypeNotes,
  messageTags,
  messageType,
  principalName,
  protocolVersion,
  ticket,
  ticketNotes,
} from './parts';
import type { KerberosApRep, KerberosApReq, KerberosTgtReply, KerberosTgtRequest, KerberosTicket } from './types';

const mutualRequired = 0x20000000;
const useSessionKey = 0x40000000;

export function readApReq(c: Cursor, key: string): KerberosApReq {
  const message = c.enter<Draft<KerberosApReq>>(key, { kind: 'krb-ap-req', offset: c.position });
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
    info(`requests a session with ${sname.name} of ${realm}`),
    ...((options & mutualRequired) !== 0
      ? [info('mutual authentication: the server must prove itself with an AP-REP')]
      : [info('no mutual authentication: the server sends no answer')]),
    ...((options & useSessionKey) !== 0
      ? [info("user-to-user: the ticket is encrypted with the session key of the server's TGT")]
      : []),
    ...ticketNotes(message.ticket),
    ...etypeNotes('authenticator', message.authenticator),
  ];
}

export function readApRep(c: Cursor, key: string): KerberosApRep {
  const message = c.enter<Draft<KerberosApRep>>(key, { kind: 'krb-ap-rep', offset: c.position });
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
  message.notes = [info('the server proves that it could decrypt the ticket'), ...etypeNotes('enc-part', done.encPart)];
  return done;
}

/** KERB-TGT-REQUEST or -REPLY, which have no tag of their own, but a recognisable start: pvno 5, then msg-type. */
export function readTgtMessage(c: Cursor, key: string): DecodedToken | undefined {
  const header = c.peek(1) < 0x80 ? 2 : 2 + (c.peek(1) & 0x7f);
  const at = c.position + header;
  const opening = c.bytes.toString('hex', at, Math.min(at + 10, c.end));
  if (opening === 'a003020105a103020110') return readTgtRequest(c, key);
  if (opening === 'a003020105a103020111') return readTgtReply(c, key);
  return undefined;
}

export function readTicket(c: Cursor, key: string): KerberosTicket {
  const token = c.enter<Draft<KerberosTicket>>(key, { kind: 'krb-ticket', offset: c.position });
  const read = ticket(c, 'ticket');
  token.ticket = read;
  token.notes = ticketNotes(read);
  return complete<KerberosTicket>(c, token);
}

export function readTgtRequest(c: Cursor, key: string): KerberosTgtRequest {
  const message = c.enter<Draft<KerberosTgtRequest>>(key, { kind: 'krb-tgt-req', offset: c.position });
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
  const message = c.enter<Draft<KerberosTgtReply>>(key, { kind: 'krb-tgt-rep', offset: c.position });
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
