import type { Identity } from './identity';
import type { IncomingMessage } from 'node:http';

const key = Symbol('sspi.http.identity');

type Published = IncomingMessage & { [key]?: Identity; sspi?: Identity | undefined };

/** What {@link identityOf} takes: a request of node:http or Express, of Fastify, or a context of Koa. */
export type RequestLike = IncomingMessage | { readonly raw: IncomingMessage } | { readonly req: IncomingMessage };

export function publishIdentity(request: IncomingMessage, identity: Identity): void {
  const published = request as Published;
  published[key] = identity;
  published.sspi = identity;
}

/**
 * Who has signed on with this request; undefined for nobody. It is the same in every framework.
 *
 * @param request A request of node:http, Express or Connect; a Fastify request or its `raw`; a Koa context or its `req`.
 * @example
 * ```ts
 * fastify.get('/', (request) => `You are ${identityOf(request)?.name ?? 'nobody'}`);
 * ```
 */
export function identityOf(request: RequestLike): Identity | undefined {
  // Koa's context has `req`, and its `request`, too; Fastify's request has `raw`; Express' has a `req` of no meaning.
  const { raw, req } = request as { readonly raw?: Published; readonly req?: Published };
  return (request as Published)[key] ?? raw?.[key] ?? req?.[key];
}
