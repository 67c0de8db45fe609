/// <reference types="node" preserve="true" />
// By name: `export *` would also carry the marks of a CommonJS module.
export { authenticate, createDispatcher, createFetch, identityOf, isSupported, SspiAgent } from './index.js';
export type * from './index.js';
