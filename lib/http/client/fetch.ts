import { checkedFetchOptions } from './undici/server-tls';
import { makeDispatcher, type AgentLike } from './undici/dispatcher';
import { nodeUndici } from './undici/node-fetch';
import { SignOnClient } from './client';
import { SspiError } from '../../index';
import type { SspiFetchOptions } from './options';

/** What {@link createFetch} returns: a fetch that can be closed. */
export type SspiFetch = typeof fetch & AsyncDisposable & { close(): Promise<void> };

/** See `createFetch` in ../index.ts. */
export function makeFetch(options: SspiFetchOptions): SspiFetch {
  const { settings, serverTls } = checkedFetchOptions(options);
  const client = new SignOnClient(settings);
  let dispatcher: AgentLike | undefined;
  const signingOn = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    if (dispatcher === undefined) {
      const { Agent, modern } = nodeUndici();
      dispatcher = makeDispatcher(Agent, client, modern, serverTls);
    }
    const withDispatcher: object = { ...init, dispatcher };
    try {
      return await globalThis.fetch(input, withDispatcher);
    } catch (error) {
      throw coded(error);
    }
  };
  const close = async (): Promise<void> => {
    const open = dispatcher;
    await (open === undefined ? client.close() : ended(open));
  };
  return Object.assign(signingOn, { close, [Symbol.asyncDispose]: close });
}

/** Requests that are running end first. */
function ended(dispatcher: AgentLike): Promise<void> {
  return new Promise((resolve, reject) => {
    dispatcher.close((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The platform's "TypeError: fetch failed" says only in its cause why; the code is on both. */
function coded(error: unknown): unknown {
  // The error may be of another realm, where Error is another class.
  const { cause } = Object(error) as { readonly cause?: unknown };
  return SspiError.isSspiError(cause) ? Object.assign(error as Error, { code: cause.code }) : error;
}
