/// <reference types="node" preserve="true" />
// By name: `export *` would also carry the marks of a CommonJS module.
export {
  SspiError,
  accept,
  acquireCredentials,
  currentToken,
  domainSid,
  formatSid,
  initiate,
  listPackages,
  packIdentity,
  lookupNames,
  lookupSids,
  parseSid,
  secChannelBindings,
  sidToBytes,
  stats,
  tlsExporter,
  tlsServerEndPoint,
  tlsUnique,
  wellKnownSids,
} from './index.js';
export type * from './index.js';
