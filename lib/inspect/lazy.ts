/**
 * The decoders of each family and the renderers, loaded on first use: a program that decodes one token, such as a command line,
 * pays for the code and the tables of that family only.
 */
function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());
}

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

export const lazyHeader = once(() => require('./header') as typeof import('./header'));
export const lazyVerify = once(() => require('./ntlm/verify') as typeof import('./ntlm/verify'));
export const lazyTree = once(() => require('./render/tree') as typeof import('./render/tree'));
export const lazySummary = once(() => require('./render/summary') as typeof import('./render/summary'));
export const lazyDiagram = once(() => require('./render/diagram') as typeof import('./render/diagram'));
