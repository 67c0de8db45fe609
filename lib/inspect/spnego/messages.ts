import {
  bitString32,
  context,
  element,
  enumerated,
  Fields,
  generalString,
  octetString,
  oid,
  sequence,
  wrapping,
} from '../der';
import { mechanismName } from '../oids';
import type { Cursor } from '../reading';
import { bitStringNames, flagSet, info, named, warning, type Draft, type Note, type Oid } from '../values';
import type { DecodedToken, SpnegoHints, SpnegoInit, SpnegoResponse } from '../types';
import { familyOf, mechanismOf } from './mechanism';

/** NegotiationToken ::= CHOICE { negTokenInit [0], negTokenResp [1] } (RFC 4178 section 4.2). */
export const negTokenInitTag = context(0);
export const negTokenRespTag = context(1);

const reqFlagNames = bitStringNames({
  0: 'delegFlag',
  1: 'mutualFlag',
  2: 'replayFlag',
  3: 'sequenceFlag',
  4: 'anonFlag',
  5: 'confFlag',
  6: 'integFlag',
});

const negStates: Readonly<Record<number, string>> = {
  0: 'accept-completed',
  1: 'accept-incomplete',
  2: 'reject',
  3: 'request-mic',
};

export function readSpnego(c: Cursor, key: string): SpnegoInit | SpnegoResponse {
  return c.peek() === negTokenInitTag ? readInit(c, key) : readResponse(c, key);
}

function readInit(c: Cursor, key: string): SpnegoInit {
  const token = c.enter<Draft<SpnegoInit>>(key, { kind: 'spnego-init', offset: c.position, variant: 'NegTokenInit' });
  const fields = new Fields(sequence(element(c, negTokenInitTag, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    switch (n) {
      case 0:
        token.mechTypes = readMechTypes(fields.value('mechTypes'));
        break;
      case 1:
        token.reqFlags = flagSet(bitString32(fields.value('reqFlags'), 'reqFlags'), reqFlagNames);
        break;
      case 2:
        token.mechToken = wrapping(fields.value('mechToken'), 'mechToken').nested('mechToken');
        break;
      case 3: {
        // The MIC of RFC 4178, or Microsoft's hints.
        const value = fields.value('negHints');
        if (value.peek() === 0x04) {
          token.mechListMIC = readMic(value);
        } else {
          token.variant = 'NegTokenInit2';
          token.negHints = readHints(value);
        }
        break;
      }
      case 4:
        token.variant = 'NegTokenInit2';
        token.mechListMIC = readMic(fields.value('mechListMIC'));
        break;
      default:
        fields.skip();
    }
  }
  fields.require(0, 'mechTypes');
  token.length = c.position - (token.offset as number);
  token.notes = initNotes(token as SpnegoInit);
  c.leave();
  return token as SpnegoInit;
}

function readMechTypes(c: Cursor): Oid[] {
  const list = sequence(c, 'mechTypes');
  const mechTypes: Oid[] = [];
  while (list.left > 0) {
    list.item('mechTypes');
    mechTypes.push(oid(list, 'mechTypes'));
  }
  return mechTypes;
}

function readHints(c: Cursor): SpnegoHints {
  const hints = c.enter<Draft<SpnegoHints>>('negHints', {});
  const fields = new Fields(sequence(c, ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    if (n === 0) {
      hints.hintName = generalString(fields.value('hintName'), 'hintName');
    } else if (n === 1) {
      const address = octetString(fields.value('hintAddress'), 'hintAddress');
      hints.hintAddress = address.hex(address.left, 'hintAddress');
    } else {
      fields.skip();
    }
  }
  c.leave();
  return hints;
}

function readMic(c: Cursor): DecodedToken {
  return octetString(c, 'mechListMIC').nested('mechListMIC', 'signature');
}

function readResponse(c: Cursor, key: string): SpnegoResponse {
  const token = c.enter<Draft<SpnegoResponse>>(key, { kind: 'spnego-response', offset: c.position });
  const fields = new Fields(sequence(element(c, negTokenRespTag, ''), ''));
  for (let n = fields.next(); n !== -1; n = fields.next()) {
    switch (n) {
      case 0:
        token.negState = named(enumerated(fields.value('negState'), 'negState'), negStates);
        break;
      case 1:
        token.supportedMech = oid(fields.value('supportedMech'), 'supportedMech');
        break;
      case 2:
        token.responseToken = wrapping(fields.value('responseToken'), 'responseToken').nested('responseToken');
        break;
      case 3:
        token.mechListMIC = readMic(fields.value('mechListMIC'));
        break;
      default:
        fields.skip();
    }
  }
  token.length = c.position - (token.offset as number);
  token.notes = responseNotes(token as SpnegoResponse);
  c.leave();
  return token as SpnegoResponse;
}

function initNotes(token: SpnegoInit): Note[] {
  const { mechTypes, mechToken } = token;
  const first = mechTypes[0];
  if (first === undefined) return [warning('offers no mechanism')];
  const notes: Note[] = [];
  // MS-SPNG 2.2.1: a server that speaks first sends NegTokenInit2, and no token in it.
  const isServer = token.variant === 'NegTokenInit2' && mechToken === undefined;
  if (mechToken !== undefined) notes.push(mechTokenNote(mechToken, first));
  else if (isServer) notes.push(info("the server's own list, sent before the client sent anything"));
  else notes.push(info('no optimistic token: the server chooses first'));
  const families = mechTypes.map(familyOf);
  if (families.includes('NTLM') && !families.includes('Kerberos')) {
    notes.push(
      warning(
        isServer
          ? 'offers NTLM but not Kerberos: the server is not in a domain, or has no key there'
          : 'offers NTLM but not Kerberos: no ticket for this target, or its name is not an SPN',
      ),
    );
  }
  return notes;
}

/** The optimistic token should be for the first choice: a server that chooses another one ignores it. */
function mechTokenNote(mechToken: DecodedToken, first: Oid): Note {
  const choice = mechanismName(first);
  const found = mechanismOf(mechToken);
  if (found === undefined) return info(`the token inside should be for the first choice, ${choice}`);
  if (familyOf(found) === familyOf(first)) return info(`the token inside is for the first choice, ${choice}`);
  return warning(`the token inside is for ${mechanismName(found)}, but the first choice is ${choice}`);
}

function responseNotes(token: SpnegoResponse): Note[] {
  switch (token.negState?.value) {
    case 0:
      return [info('accepted: this side is done')];
    case 2:
      return [warning('rejected: none of the offered mechanisms is acceptable, or the sign-on failed')];
    case 3:
      return [info('the choice is not the first one offered, so the list of mechanisms must be signed')];
    default:
      return [];
  }
}
