import type { Decoded, DecodedFragment, DecodedToken, HttpAuthentication } from '../types';
import type { KerberosErrorData } from '../kerberos/types';
import type { NtlmV2Response } from '../ntlm/types';
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

/** A fragment lacks its notes, which every decoder sets last. */
function isIncomplete(decoded: Decoded | DecodedFragment): boolean {
  return (decoded as { notes?: unknown }).notes === undefined;
}

/** The token inside of a damaged one, as far as it was read. */
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
      const parts = [token.negState?.name, token.supportedMech?.name ?? token.supportedMech?.oid];
      const text = parts.filter((part) => part !== undefined).join(', ');
      return `${text === '' ? '' : `: ${text}`}${inner(token.responseToken)}`;
    }
    case 'negoex':
      return `: ${token.messages.map(({ messageType }) => messageType.name).join(', ')}`;
    case 'ntlm-challenge':
      return token.targetName === undefined ? '' : ` from ${printable(token.targetName)}`;
    case 'ntlm-authenticate': {
      const { ntResponse, lmResponse, userName, domainName } = token;
      if (ntResponse.type === 'absent' && lmResponse.type !== 'LM') return ', anonymous';
      const user = domainName === '' ? userName : `${domainName}\\${userName}`;
      return ` of ${printable(user)}, ${ntResponse.type}${proofs(ntResponse, token.mic !== undefined)}`;
    }
    case 'krb-ap-req': {
      const { sname, realm, encPart } = token.ticket;
      return ` for ${printable(sname.name)} in ${printable(realm)}, ${encPart.etype.name}`;
    }
    case 'krb-ap-rep':
      return `, ${token.encPart.etype.name}`;
    case 'krb-error': {
      const extended = statusOf(token.eData);
      return `: ${token.errorCode.name} (${token.errorCode.value})${extended === undefined ? '' : `, ${extended}`}: ${token.meaning}`;
    }
    case 'krb-error-data': {
      const extended = statusOf(token.eData);
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

function proofs(response: { readonly type: string }, hasMic: boolean): string {
  if (response.type !== 'NTLMv2') return '';
  const bindings = (response as NtlmV2Response).avPairs.find(({ name }) => name === 'MsvAvChannelBindings')?.value;
  const bound = typeof bindings === 'string' && !/^0*$/.test(bindings);
  return `, ${hasMic ? 'with' : 'no'} MIC, ${bound ? 'with' : 'no'} channel bindings`;
}

function statusOf(data: KerberosErrorData | undefined): string | undefined {
  if (data === undefined || data.type === 'unknown') return undefined;
  if (data.type === 'KERB-ERROR-DATA') return data.extended?.status.name;
  return data.items.find(({ extended }) => extended !== undefined)?.extended?.status.name;
}

function record(item: Extract<DecodedToken, { kind: 'tls' }>['records'][number]): string {
  if (item.alert !== undefined) return `alert ${item.alert.description.name}`;
  if (item.messages !== undefined) return item.messages.map(({ messageType }) => messageType.name).join(' + ');
  return item.encrypted === true ? `${item.contentType.name} (encrypted)` : item.contentType.name;
}
