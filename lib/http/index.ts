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
 * - {@link createFetch}: Node's own fetch.
 * - {@link createDispatcher}: for undici.
 * - {@link isSupported}: whether this machine can sign on at all.
 *
 * @packageDocumentation
 */
import type { AuthenticateOptions } from './server/options';
import type { Identity } from './server/identity';
import type { SignOn } from './server/sign-on';
import type { SspiFetchOptions } from './client/options';
import type { SspiFetch } from './client/fetch';
// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- it is an error only where undici is missing
/** @ts-ignore: undici is an optional peer; without it nobody can use its type. */
import type { Dispatcher } from 'undici';

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

/**
 * Makes a `fetch` that signs on with the user's Windows logon where a listed origin, or the proxy, asks for it (RFC 4559). It is
 * Node's own fetch with connections of its own: `close()` ends them and frees the credentials, after the requests that are
 * running. A failed sign-on is a `TypeError` as all network errors are; its `cause` is the {@link SspiError}, whose `code` it
 * also has. A redirection to an origin that is not listed is followed without a token.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option; when it is called, ERR_SSPI_UNSUPPORTED_PLATFORM where Node's
 * own fetch has been replaced.
 * @example
 * ```ts
 * const fetch = createFetch({ origins: ['https://intranet.corp.test'] });
 * const response = await fetch('https://intranet.corp.test/api/me');
 * ```
 */
export function createFetch(options: SspiFetchOptions = {}): SspiFetch {
  return (require('./client/fetch') as typeof import('./client/fetch')).makeFetch(options);
}

/**
 * Makes a dispatcher of undici that signs on, for `undici.fetch`, `undici.request` and `setGlobalDispatcher`. It needs the package
 * undici, version 6 or later, beside this one, and takes the handlers of all versions. Closing it frees the credentials.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT, naming the option; ERR_SSPI_UNSUPPORTED_PLATFORM without undici.
 * @example
 * ```ts
 * const dispatcher = createDispatcher({ origins: ['https://intranet.corp.test'] });
 * const { body } = await request('https://intranet.corp.test/', { dispatcher });
 * ```
 */
export function createDispatcher(options: SspiFetchOptions = {}): Dispatcher {
  const { makeUndiciDispatcher } = require('./client/dispatcher') as typeof import('./client/dispatcher');
  return makeUndiciDispatcher(options) as unknown as Dispatcher;
}

/**
 * Can this machine sign on at all? False off Windows, without the addon, and for a user without credentials; a provider of
 * `sspi/testing` that is in use counts. It never rejects.
 *
 * @example
 * ```ts
 * const get = (await isSupported()) ? createFetch({ origins }) : fetch;
 * ```
 */
export function isSupported(): Promise<boolean> {
  return (require('./client/supported') as typeof import('./client/supported')).supported();
}

export { SspiAgent } from './client/agent';
export type { SspiAgentOptions } from './client/agent';
export type { ServerTlsOptions, SignOnOptions, SspiFetchOptions } from './client/options';
export type { SspiFetch } from './client/fetch';
export { identityOf } from './server/identity-of';
export type { RequestLike } from './server/identity-of';
export type { AllowOptions, AuthenticateOptions, NtlmRule, Persistence, RefusalRecord, Scheme } from './server/options';
export type { FastifyLike, FastifyPlugin, KoaContextLike, KoaMiddleware } from './server/frameworks';
export type { HttpExtendedProtection } from './server/protection';
export type { Identity, IdentityGroup } from './server/identity';
export type { Limits } from './server/limits';
export type { SignOn, UpgradeHandler } from './server/sign-on';
export type { AuthenticatedEvent, ChallengeEvent, LegEvent, NtlmEvent, RefusedEvent } from './server/events';
