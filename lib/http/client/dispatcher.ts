import { checkedFetchOptions } from './undici/server-tls';
import { makeDispatcher, type AgentClass, type AgentLike } from './undici/dispatcher';
import { SignOnClient } from './client';
import { SspiError } from '../../index';
import type { SspiFetchOptions } from './options';

interface Undici {
  readonly Agent: AgentClass;
  /** From version 8 on. */
  readonly Dispatcher1Wrapper?: unknown;
}

/** See `createDispatcher` in ../index.ts. */
export function makeUndiciDispatcher(options: SspiFetchOptions): AgentLike {
  const { settings, serverTls } = checkedFetchOptions(options);
  const { Agent, Dispatcher1Wrapper } = undici();
  return makeDispatcher(Agent, new SignOnClient(settings), Dispatcher1Wrapper !== undefined, serverTls);
}

function undici(): Undici {
  try {
    return require('undici') as Undici;
  } catch (cause) {
    throw new SspiError({
      code: 'ERR_SSPI_UNSUPPORTED_PLATFORM',
      message:
        'createDispatcher needs the package undici, version 6 or later: npm install undici. createFetch needs none.',
      cause,
    });
  }
}
