import { element, Fields, generalizedTime, generalString, integer, sequence, wrapping } from '../der';
import type { Cursor } from '../reading';
import { info, warning, type Draft, type Note } from '../values';
import { errorCodes } from './error-codes';
import { extendedStatus } from './extended-status';
import { mustUseUser2User } from './names';
import { errorData, errorDataForm } from './padata';
import { complete, messageTags, messageType, principalName, protocolVersion } from './parts';
import type { KerberosError, KerberosErrorDataToken } from './types';

export function readError(c: Cursor, key: string): KerberosError {
  const message = c.enter<Draft<KerberosError>>(key, { kind: 'krb-error', offset: c.position });
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
        const [name, meaning] = errorCodes[value] ?? ['unknown', 'an error code that is not in any specification'];
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
        message.eData = errorData(wrapping(fields.value('eData'), 'eData'), 'eData');
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
  if (wantsUser2User(done)) message.meaning = (errorCodes[27] as readonly [string, string])[1];
  message.notes = errorNotes(done);
  return done;
}

/** Microsoft's KDC returns code 7 if the account exists but has no SPN, and user-to-user would work. */
function wantsUser2User({ errorCode, eData }: KerberosError): boolean {
  return (
    errorCode.value === 7 &&
    eData?.type === 'TYPED-DATA' &&
    eData.items.some(({ type }) => type.value === mustUseUser2User)
  );
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
  const extended = extendedStatus(error.eData);
  if (extended !== undefined) notes.push(warning(`the domain controller's own reason: ${extended}`));
  return notes;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** e-data alone, as logs and traces show it; undefined if it has none of the known forms. */
export function readErrorData(c: Cursor, key: string): KerberosErrorDataToken | undefined {
  if (errorDataForm(c, false) === 'unknown') return undefined;
  const token = c.enter<Draft<KerberosErrorDataToken>>(key, { kind: 'krb-error-data', offset: c.position });
  token.eData = errorData(c, 'eData', false);
  token.notes = [];
  return complete<KerberosErrorDataToken>(c, token);
}
