import type { Decoded, DecodedFragment, DecodedToken, HttpAuthentication } from '../types';
import { extendedStatus } from '../kerberos/extended-status';
import { micOf } from '../ntlm/mic';
import type { NtlmAuthenticate } from '../ntlm/types';
import { nameOf } from '../values';
import { printable } from './text';
import { titleOf } from './titles';

/** One line that says what a token is. */
export function summarize(decoded: Decoded | DecodedFragment): string {
  const title = titleOf(decoded);
  if ('problem' in decoded || isIncomplete(decoded)) return `${title}${damagedInside(decoded)}, damaged`;
  const complete = decoded as Decoded;
  if (complete.kind === 'http') return headers(complete);
  const text = details(complete);
  return text === '' ? title : `${title}${text}`;
}

/** A fragment has no notes, because every decoder sets them last. */
function isIncomplete(decoded: Decoded | DecodedFragment): boolean {
  return (decoded as { notes?: unknown }).notes === undefined;
}

/** The token inside a damaged one, as far as it was read. */
function damagedInside(decoded: Decoded | DecodedFragment): string {
  const { mechToken, responseToken } = decoded as { mechToken?: DecodedFragment; responseToken?: DecodedFragment };
  const token = mechToken ?? responseToken;
  return token === undefined ? '' : ` [${titleOf(token)}]`;
}

function headers({ entries }: HttpAuthentication): string {
  return entries
    .map(({ scheme, token }) => (token === undefined ? printable(scheme) : `${printable(scheme)}: ${summarize(token)}`))
    .join('; ');
}

function details(token: DecodedToken): string {
  switch (token.kind) {
    case 'spnego-init': {
      const names = token.mechTypes.map(({ name, oid }) => name ?? oid).join(', ');
      return ` offering ${names || 'nothing'}${inner(token.mechToken)}`;
    }
    case 'spnego-response': {
      const parts = [
        token.negState && nameOf(token.negState, 'state'),
        token.supportedMech?.name ?? token.supportedMech?.oid,
      ];
      const text = parts.filter((part) => part !== undefined).join(', ');
      return `${text === '' ? '' : `: ${text}`}${inner(token.responseToken)}`;
    }
    case 'negoex':
      return `: ${token.messages.map(({ messageType }) => nameOf(messageType, 'message')).join(', ')}`;
    case 'ntlm-challenge':
      return token.targetName === undefined ? '' : ` from ${printable(token.targetName)}`;
    case 'ntlm-authenticate': {
      const { ntResponse, lmResponse, userName, domainName } = token;
      if (ntResponse.type === 'absent' && lmResponse.type !== 'LM') return ', anonymous';
      const user = domainName === '' ? userName : `${domainName}\\${userName}`;
      return ` of ${printable(user)}, ${ntResponse.type}${proofs(token)}`;
    }
    case 'krb-ap-req': {
      const { sname, realm, encPart } = token.ticket;
      return ` for ${printable(sname.name)} in ${printable(realm)}, ${nameOf(encPart.etype, 'etype')}`;
    }
    case 'krb-ap-rep':
      return `, ${nameOf(token.encPart.etype, 'etype')}`;
    case 'krb-error': {
      const extended = extendedStatus(token.eData);
      return `: ${token.errorCode.name} (${token.errorCode.value})${extended === undefined ? '' : `, ${extended}`}: ${token.meaning}`;
    }
    case 'krb-error-data': {
      const extended = extendedStatus(token.eData);
      return `: ${token.eData.type}${extended === undefined ? '' : `, ${extended}`}`;
    }
    case 'krb-tgt-req':
      return token.serverName === undefined ? '' : ` for ${printable(token.serverName.name)}`;
    case 'krb-tgt-rep':
    case 'krb-ticket':
      return ` for ${printable(token.ticket.sname.name)} in ${printable(token.ticket.realm)}`;
    case 'krb-kdc-req':
      return ` to ${printable(token.realm)}${token.sname === undefined ? '' : ` for ${printable(token.sname.name)}`}`;
    case 'krb-kdc-rep':
      return ` for ${printable(token.cname.name)} of ${printable(token.crealm)}`;
    case 'tls':
      return `: ${token.records.map(record).join(', ')}`;
    case 'certificate':
      return ` of ${printable(token.certificate.subject)}`;
    case 'channel-bindings':
      return token.type === undefined ? '' : `: ${token.type}`;
    default:
      return '';
  }
}

function inner(token: DecodedToken | undefined): string {
  return token === undefined ? '' : ` [${summarize(token)}]`;
}

function proofs(token: NtlmAuthenticate): string {
  const { ntResponse } = token;
  if (ntResponse.type !== 'NTLMv2') return '';
  const bindings = ntResponse.avPairs.find(({ name }) => name === 'MsvAvChannelBindings')?.value;
  const bound = typeof bindings === 'string' && !/^0*$/.test(bindings);
  return `, ${micText(token)}, ${bound ? 'with' : 'no'} channel bindings`;
}

function micText(token: NtlmAuthenticate): string {
  const { mic, announced } = micOf(token);
  if (mic === 'present') return announced ? 'with MIC' : 'MIC not announced';
  return mic === 'zero' && announced ? 'MIC all zero' : 'no MIC';
}

function record(item: Extract<DecodedToken, { kind: 'tls' }>['records'][number]): string {
  if (item.alert !== undefined) return `alert ${nameOf(item.alert.description)}`;
  if (item.messages !== undefined)
    return item.messages.map(({ messageType }) => nameOf(messageType, 'message')).join(' + ');
  const type = nameOf(item.contentType);
  return item.encrypted === true ? `${type} (encrypted)` : type;
}
