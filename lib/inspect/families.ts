import { once } from './once';

/** The decoders of each family of tokens. */
export const families = {
  spnego: once(() => require('./spnego/messages') as typeof import('./spnego/messages')),
  negoex: once(() => require('./spnego/negoex') as typeof import('./spnego/negoex')),
  ntlm: once(() => require('./ntlm/messages') as typeof import('./ntlm/messages')),
  kerberos: once(() => require('./kerberos/messages') as typeof import('./kerberos/messages')),
  kerberosError: once(() => require('./kerberos/error') as typeof import('./kerberos/error')),
  kdc: once(() => require('./kerberos/kdc') as typeof import('./kerberos/kdc')),
  tls: once(() => require('./tls/records') as typeof import('./tls/records')),
  certificate: once(() => require('./tls/certificate') as typeof import('./tls/certificate')),
  channelBindings: once(() => require('./channel-bindings') as typeof import('./channel-bindings')),
};
