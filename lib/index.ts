/**
 * Windows SSPI for Node: handshakes of Kerberos, NTLM, Negotiate and Schannel as async iterators over token legs.
 *
 * @packageDocumentation
 */

export { acquireCredentials } from './credentials';
export { initiate, accept } from './loop/begin';
export { listPackages } from './packages';
export { tlsServerEndPoint } from './channel-bindings/end-point';
export { secChannelBindings } from './channel-bindings/structure';
export { SspiError } from './errors/sspi-error';

export type { AcquireCredentialsOptions, Credentials, CredentialsUse } from './credentials';
export type { Identity } from './identity';
export type { PackageBounds } from './package-bounds';
export type { PackageCapability, PackageInfo } from './packages';
export type { Handshake, IncomingTokens } from './loop/handshake';
export type { Leg, SendableLeg } from './loop/leg';
export type { AcceptOptions, HandshakeOptions, InitiateOptions, Requirements } from './loop/options';
export type { AcceptorFlag, AcceptorGrant, GrantedFlag, InitiatorFlag, InitiatorGrant, Role } from './flags';
export type {
  DecryptedBuffers,
  EncryptedBuffers,
  SecurityContext,
  SequenceOption,
  UnwrapOptions,
  WrapOptions,
} from './context/security-context';
export type { AttributeName, ContextAttributes, ContextSizes, NativeNames, StreamSizes } from './context/attributes';
export type { MessageBuffer, MessageBufferType, ReturnedBuffer } from './context/buffers';
export type { ChannelBindingsSource } from './channel-bindings/option';
export type { SspiErrorInit } from './errors/sspi-error';
export type { SspiApi, SspiErrorCode, SspiStatusCode, SspiUsageCode } from './errors/codes';
export type { Releasable } from './dispose';
