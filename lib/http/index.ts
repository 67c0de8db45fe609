/// <reference types="node" preserve="true" />
/**
 * `sspi/http`: Windows sign-on (Negotiate: Kerberos and NTLM) for HTTP servers and clients on Node.
 *
 * Servers:
 * - {@link authenticate}: a middleware for node:http, Express, Connect, Fastify, Koa and WebSocket upgrades.
 * - {@link identityOf}: who has signed on, in any of them.
 *
 * Clients:
 * - {@link SspiAgent}: an agent for node:http, node:https and all that is built on them, such as axios and got.
 *
 * @packageDocumentation
 */
import type { AuthenticateOptions } from './server/options';
import type { Identity } from './server/identity';
import type { SignOn } from './server/sign-on';

declare module 'node:http' {
  interface IncomingMessage {
    /** Who has signed on, as `identityOf(request)` of `sspi/http` says; undefined for nobody. */
    sspi?: Identity | undefined;
  }
}

/**
 * Makes the Windows sign-on of an HTTP server (RFC 4559). Nothing is acquired before `ready()`, or the first request.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option; ERR_SSPI_CHANNEL_BINDINGS for a certificate that has none.
 * @example
 * ```ts
 * const signOn = authenticate({ allow: { groups: ['CORP\\Web Users'] } });
 * await signOn.ready();
 * const server = http.createServer({ maxHeaderSize: 80 * 1024 }, (request, response) =>
 *   signOn(request, response, () => response.end(`You are ${request.sspi?.name ?? 'signed on'}`)),
 * );
 * signOn.attach(server);
 * server.listen(8080);
 * ```
 */
export function authenticate(options?: AuthenticateOptions): SignOn {
  return (require('./server/authenticate') as typeof import('./server/authenticate')).makeSignOn(options);
}

export { SspiAgent } from './client/agent';
export type { SspiAgentOptions } from './client/agent';
export type { SignOnOptions } from './client/options';
export { identityOf } from './server/identity-of';
export type { RequestLike } from './server/identity-of';
export type { AllowOptions, AuthenticateOptions, NtlmRule, Persistence, RefusalRecord, Scheme } from './server/options';
export type { FastifyLike, FastifyPlugin, KoaContextLike, KoaMiddleware } from './server/frameworks';
export type { HttpExtendedProtection } from './server/protection';
export type { Identity, IdentityGroup } from './server/identity';
export type { Limits } from './server/limits';
export type { SignOn, UpgradeHandler } from './server/sign-on';
export type { AuthenticatedEvent, ChallengeEvent, LegEvent, NtlmEvent, RefusedEvent } from './server/events';
