/// <reference types="node" preserve="true" />
// By name: `export *` would also carry the marks of a CommonJS module.
export { windowsConnector, windowsSignOn } from './index.js';
export type * from './index.js';
