import type { Decoded, DecodedFragment } from '../types';

type Kind = Decoded['kind'];

const titles: Readonly<Record<Kind, string>> = {
  'spnego-init': 'SPNEGO NegTokenInit',
  'spnego-response': 'SPNEGO NegTokenResp',
  negoex: 'NegoEx',
  'ntlm-negotiate': 'NTLM NEGOTIATE',
  'ntlm-challenge': 'NTLM CHALLENGE',
  'ntlm-authenticate': 'NTLM AUTHENTICATE',
  'ntlm-signature': 'NTLM signature',
  'krb-ap-req': 'Kerberos AP-REQ',
  'krb-ap-rep': 'Kerberos AP-REP',
  'krb-error': 'Kerberos KRB-ERROR',
  'krb-error-data': 'Kerberos e-data',
  'krb-tgt-req': 'Kerberos TGT-REQ',
  'krb-tgt-rep': 'Kerberos TGT-REP',
  'krb-kdc-req': 'Kerberos KDC-REQ',
  'krb-kdc-rep': 'Kerberos KDC-REP',
  'krb-ticket': 'Kerberos ticket',
  'gss-message': 'GSS message token',
  tls: 'TLS',
  certificate: 'X.509 certificate',
  'channel-bindings': 'Channel bindings',
  opaque: 'Opaque bytes',
  http: 'HTTP authentication',
};

/** The usual name of a token, even if only part of it was read. */
export function titleOf(token: Decoded | DecodedFragment): string {
  const { kind } = token;
  const fields = token as Readonly<Record<string, unknown>>;
  if (kind === 'spnego-init' && fields['variant'] === 'NegTokenInit2') return 'SPNEGO NegTokenInit2';
  if ((kind === 'krb-kdc-req' || kind === 'krb-kdc-rep') && typeof fields['type'] === 'string') {
    return `Kerberos ${fields['type']}`;
  }
  if (kind === 'gss-message' && typeof fields['type'] === 'string') {
    return fields['type'] === 'unknown' ? 'GSS token' : `GSS ${fields['type']} token`;
  }
  return titles[kind];
}
