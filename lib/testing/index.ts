/// <reference types="node" preserve="true" />
/**
 * `sspi/testing`: tests of an application's sign-on, on any platform and without a domain. It depends on no test framework.
 *
 * - {@link memoryProvider}: a whole domain in memory that accepts and refuses like a real one.
 * - {@link scriptedProvider}: each leg as the test says, with any status.
 * - {@link recordExchange} and {@link playRecording}: replay a real exchange anywhere.
 * - {@link memoryPeers}: two established contexts, for code that wraps and unwraps.
 * - {@link expectNoLeaks} and {@link watchLeaks}: check that nothing is left over.
 *
 * @packageDocumentation
 */
export { useProvider } from './use-provider';
export { scriptedProvider, ScriptedProvider } from './provider';
export { memoryProvider } from './memory/provider';
export { memoryPeers } from './memory/peers';
export { recordExchange } from './recording/recorder';
export { playRecording, peerTokens } from './recording/player';
export { redactToken } from './recording/redact';
export { expectNoLeaks, watchLeaks } from './leaks';
export type { Provider } from './provider';
export type { ProviderInUse } from './use-provider';
export type {
  AcquireCall,
  BindingScript as ProviderScript,
  LegCall,
  LegScript,
  ProtectionCall,
  ProtectionFunctions,
  RecordedCall,
  ScriptedAccessToken,
  ScriptedAttributes,
  ScriptedCompletion,
  ScriptedCredential,
  ScriptedAccount,
  ScriptedLeg,
  ScriptedStatus,
} from './script';
export type { ProtectionScript } from './scripted-protection';
export type { MemoryDomainOptions, MemoryGroup, MemoryUser } from './memory/domain';
export type { MemoryPeers, MemoryPeersOptions } from './memory/peers';
export type { Recorder, RecorderOptions } from './recording/recorder';
export type { PlayOptions } from './recording/player';
export type { RecordedContext, RecordedCredential, RecordedLeg, Recording } from './recording/format';
export type { LeakOptions, LeakWatch } from './leaks';
