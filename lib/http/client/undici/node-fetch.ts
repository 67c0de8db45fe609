/** The undici inside Node, which Node's own fetch needs its dispatchers from. */
import { SspiError } from '../../../index';
import type { AgentClass } from './dispatcher';

/** Where undici keeps its global dispatcher: up to version 7, and from 8 on. */
const classicPlace = Symbol.for('undici.globalDispatcher.1');
const modernPlace = Symbol.for('undici.globalDispatcher.2');

export interface NodeUndici {
  readonly Agent: AgentClass;
  /** True if it takes only handlers of the second shape. */
  readonly modern: boolean;
}

/** @throws {SspiError} ERR_SSPI_UNSUPPORTED_PLATFORM where there is no fetch of Node's, such as in Electron's renderer. */
export function nodeUndici(): NodeUndici {
  touchFetch();
  for (const global of [globalThis, globalOfFetch()]) {
    for (const [place, modern] of [
      [modernPlace, true],
      [classicPlace, false],
    ] as const) {
      const Agent = agentClassOf((global as Record<symbol, unknown>)[place]);
      if (Agent !== undefined) return { Agent, modern };
    }
  }
  throw new SspiError({
    code: 'ERR_SSPI_UNSUPPORTED_PLATFORM',
    message:
      'createFetch needs the fetch of Node, whose dispatcher was not found: something has replaced it. Use createDispatcher() with the fetch of undici, or SspiAgent.',
  });
}

/** In a realm of its own, such as a test's in jest, fetch is that of the main realm, and so is its dispatcher. */
function globalOfFetch(): object {
  try {
    const MainFunction = globalThis.fetch.constructor as FunctionConstructor;
    return (MainFunction('return globalThis') as () => object)();
  } catch {
    // A policy against code from strings.
    return globalThis;
  }
}

/** Node loads its undici when fetch is first used. */
function touchFetch(): void {
  globalThis.fetch('data:,').catch(() => undefined);
}

/** The dispatcher is an Agent, or one of undici's that hold an Agent, such as EnvHttpProxyAgent. */
function agentClassOf(dispatcher: unknown): AgentClass | undefined {
  if (typeof dispatcher !== 'object' || dispatcher === null) return undefined;
  const held = Object.getOwnPropertySymbols(dispatcher).map((name) => (dispatcher as Record<symbol, unknown>)[name]);
  for (const each of [dispatcher, ...held]) {
    const made = (each as { readonly constructor?: unknown } | null | undefined)?.constructor;
    if (typeof made === 'function' && made.name === 'Agent' && isDispatcher(each)) return made as AgentClass;
  }
  return undefined;
}

const isDispatcher = (value: unknown): boolean => typeof (value as { dispatch?: unknown }).dispatch === 'function';
