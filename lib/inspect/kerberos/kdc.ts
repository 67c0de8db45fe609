import {
  bitString32,
  element,
  Fields,
  generalizedTime,
  generalString,
  octetString,
  sequence,
  tags,
  unsigned,
  integer,
} from '../der';
import type { Cursor } from '../reading';
import type { DecodedToken } from '../types';
import { flagSet, info, type Draft, type Named, type Note } from '../values';
import { isWeakEtype, kdcOptionNames } from './names';
import { paDataList } from './padata';
import {
  encryptedData,
  etype,
  etypeNotes,
  messageTags,
  messageType,
  principalName,
  protocolVersion,
  ticket,
  ticketNotes,
} from './parts';
import type { IakerbHeader, KerberosKdcReply, KerberosKdcRequest } from './types';

/** IAKERB_PROXY: the header, then the message that the server forwards or returns. */
export function readIakerb(c: Cursor, key: string): DecodedToken | undefined {
  const header = readIakerbHeader(c, 'iakerb');
  const message = c.reading.tokens.readToken(c, key);
  if (message?.kind === 'krb-kdc-req' || message?.kind === 'krb-kdc-rep') {
    (message as Draft<KerberosKdcRequest | KerberosKdcReply>).iakerb = header;
  }
  return message;
}

/** IAKERB-HEADER ::= SEQUENCE { target-realm [1] UTF8String, cookie [2] OCTET STRING OPTIONAL } */
function readIakerbHeader(c: Cursor, key: string): IakerbHeader {
  const header = c.enter<Draft<IakerbHeader>>(key, {});
  const fields = new Fields(sequence(c, ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 1) {
      const realm = element(fields.value('targetRealm'), tags.utf8String, 'targetRealm');
      header.targetRealm = realm.utf8(realm.left, 'targetRealm');
    } else if (n === 2) {
      const cookie = octetString(fields.value('cookie'), 'cookie');
      header.cookie = cookie.mask(cookie.left, 'cookie');
    } else {
      fields.skip();
    }
  }
  fields.require(1, 'targetRealm');
  c.leave();
  return header as IakerbHeader;
}

export function readKdcRequest(c: Cursor, key: string): KerberosKdcRequest {
  const isAs = c.peek() === messageTags.asReq;
  const message = c.enter<Draft<KerberosKdcRequest>>(key, {
    kind: 'krb-kdc-req',
    offset: c.position,
    type: isAs ? 'AS-REQ' : 'TGS-REQ',
  });
  const fields = new Fields(sequence(element(c, isAs ? messageTags.asReq : messageTags.tgsReq, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 1) message.pvno = protocolVersion(fields.value('pvno'));
    else if (n === 2) messageType(fields.value('msg-type'), isAs ? 10 : 12);
    else if (n === 3) message.padata = paDataList(fields.value('padata'), 'padata');
    else if (n === 4) requestBody(fields.value('body'), message);
    else fields.skip();
  }
  fields.require(1, 'pvno');
  fields.require(2, 'msg-type');
  fields.require(4, 'body');
  message.length = c.position - (message.offset as number);
  message.notes = requestNotes(message as KerberosKdcRequest);
  c.leave();
  return message as KerberosKdcRequest;
}

function requestBody(c: Cursor, message: Draft<KerberosKdcRequest>): void {
  const fields = new Fields(sequence(c, 'body'));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    switch (n) {
      case 0:
        message.kdcOptions = flagSet(bitString32(fields.value('kdcOptions'), 'kdcOptions'), kdcOptionNames);
        break;
      case 1:
        message.cname = principalName(fields.value('cname'), 'cname');
        break;
      case 2:
        message.realm = generalString(fields.value('realm'), 'realm');
        break;
      case 3:
        message.sname = principalName(fields.value('sname'), 'sname');
        break;
      case 5:
        message.till = generalizedTime(fields.value('till'), 'till');
        break;
      case 7:
        message.nonce = unsigned(fields.value('nonce'), 'nonce');
        break;
      case 8: {
        const list = sequence(fields.value('etypes'), 'etypes');
        const etypes: Named[] = [];
        while (list.left > 0) {
          list.item('etypes');
          etypes.push(etype(integer(list, 'etypes')));
        }
        message.etypes = etypes;
        break;
      }
      default:
        fields.skip();
    }
  }
  fields.require(0, 'kdcOptions');
  fields.require(2, 'realm');
  fields.require(5, 'till');
  fields.require(7, 'nonce');
  fields.require(8, 'etypes');
}

function requestNotes(message: KerberosKdcRequest): Note[] {
  const notes: Note[] = [];
  if (message.etypes.length > 0 && message.etypes.every(({ value }) => isWeakEtype(value))) {
    notes.push({ level: 'warning', text: 'offers only weak encryption types' });
  }
  const authenticated = message.padata?.some(({ encrypted }) => encrypted !== undefined) ?? false;
  if (message.type === 'AS-REQ' && !authenticated)
    notes.push(info('no encrypted timestamp: the KDC will request pre-authentication'));
  return notes;
}

export function readKdcReply(c: Cursor, key: string): KerberosKdcReply {
  const isAs = c.peek() === messageTags.asRep;
  const message = c.enter<Draft<KerberosKdcReply>>(key, {
    kind: 'krb-kdc-rep',
    offset: c.position,
    type: isAs ? 'AS-REP' : 'TGS-REP',
  });
  const fields = new Fields(sequence(element(c, isAs ? messageTags.asRep : messageTags.tgsRep, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) message.pvno = protocolVersion(fields.value('pvno'));
    else if (n === 1) messageType(fields.value('msg-type'), isAs ? 11 : 13);
    else if (n === 2) message.padata = paDataList(fields.value('padata'), 'padata');
    else if (n === 3) message.crealm = generalString(fields.value('crealm'), 'crealm');
    else if (n === 4) message.cname = principalName(fields.value('cname'), 'cname');
    else if (n === 5) message.ticket = ticket(fields.value('ticket'), 'ticket');
    else if (n === 6) message.encPart = encryptedData(fields.value('encPart'), 'encPart');
    else fields.skip();
  }
  fields.require(0, 'pvno');
  fields.require(1, 'msg-type');
  fields.require(3, 'crealm');
  fields.require(4, 'cname');
  fields.require(5, 'ticket');
  fields.require(6, 'encPart');
  message.length = c.position - (message.offset as number);
  const done = message as KerberosKdcReply;
  message.notes = [...ticketNotes(done.ticket), ...etypeNotes('enc-part', done.encPart)];
  c.leave();
  return done;
}
