/** Fastify and Koa, by the shape of what they pass: neither has to be installed. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What frameworks need of a sign-on. */
export interface Handler {
  ready(): Promise<void>;
  /** @param refuse called before a request is answered here. */
  handle(request: IncomingMessage, response: ServerResponse, pass: () => void, refuse?: () => void): void;
}

/** What the plugin uses of a Fastify instance. */
export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
      done: () => void,
    ) => void,
  ): unknown;
  addHook(name: 'onReady', hook: () => Promise<void>): unknown;
}

/** A plugin of Fastify 5, for the instance that it is registered on and all below. */
export type FastifyPlugin = (instance: FastifyLike, options?: unknown) => Promise<void>;

/** What the middleware uses of a Koa context. */
export interface KoaContextLike {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond?: boolean | undefined;
}

/** A middleware of Koa. */
export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>;

export function fastifyPlugin(handler: Handler): FastifyPlugin {
  const plugin: FastifyPlugin = async (instance) => {
    instance.addHook('onReady', () => handler.ready());
    instance.addHook('onRequest', (request, reply, done) => {
      handler.handle(request.raw, reply.raw, done, () => reply.hijack());
    });
  };
  // As fastify-plugin does: the hook belongs to the instance that registers it, not to a scope of its own.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'sspi',
  });
}

export function koaMiddleware(handler: Handler): KoaMiddleware {
  return async (context, next) => {
    const passed = await new Promise<boolean>((resolve) => {
      // A client that leaves in the middle is answered by nobody.
      context.res.once('close', () => resolve(false));
      handler.handle(
        context.req,
        context.res,
        () => resolve(true),
        () => {
          context.respond = false;
          resolve(false);
        },
      );
    });
    if (passed) await next();
    else context.respond = false;
  };
}
