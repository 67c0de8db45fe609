/// <reference types="node" preserve="true" />
// By name: `export *` would also carry the marks of a CommonJS module.
export {
  ScriptedProvider,
  expectNoLeaks,
  memoryPeers,
  memoryProvider,
  peerTokens,
  playRecording,
  recordExchange,
  redactToken,
  scriptedProvider,
  useProvider,
  watchLeaks,
} from './index.js';
export type * from './index.js';
