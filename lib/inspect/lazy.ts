import { once } from './once';

/** Functions for decoded tokens. */
export const lazyVerify = once(() => require('./ntlm/verify') as typeof import('./ntlm/verify'));
export const lazyTree = once(() => require('./render/tree') as typeof import('./render/tree'));
export const lazySummary = once(() => require('./render/summary') as typeof import('./render/summary'));
export const lazyDiagram = once(() => require('./render/diagram') as typeof import('./render/diagram'));
