import { isIP } from 'node:net';
import { describe, invalidOption } from '../../check';
import { parsePac } from './pac';
import { proxyOfUrl, type ProxyServer } from './server';
import { proxyRefused } from './refused';

/**
 * The proxy: its URL, or a function that is asked for each request's URL and answers with a URL or with what a proxy
 * auto-configuration file would (`'PROXY proxy.corp.test:3128; DIRECT'`), such as Electron's `session.resolveProxy`.
 */
export type ProxyOption = string | URL | ((url: string) => string | Promise<string>);

/** A proxy, and which credential it may be shown. */
export interface ProxyChoice extends ProxyServer {
  /** It may be signed on to. */
  readonly credential: boolean;
  /** NTLM may be used for it. */
  readonly ntlm: boolean;
}

/** One way to a server: through a proxy, or to the server itself. */
export type Route = 'direct' | ProxyChoice;

/** The lists of origins that a client's options name. */
export interface OriginLists {
  readonly origins: ReadonlySet<string>;
  readonly ntlm: ReadonlySet<string>;
}

/** Says which ways a request may take, in the order in which they are to be tried. */
export type ChooseRoutes = (url: string) => Promise<readonly Route[]>;

/**
 * Checks the option `proxy`.
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT. What is returned rejects with ERR_SSPI_PROXY_REFUSED where the function fails, or
 * answers with something that cannot be read: the direct way is never taken instead.
 */
export function chooser(option: ProxyOption | undefined, lists: OriginLists): ChooseRoutes {
  if (option === undefined) return () => Promise.resolve(['direct']);
  if (typeof option === 'function') {
    return async (url) => (await askFunction(option, url)).map((one) => (one === 'direct' ? one : permit(one, lists)));
  }
  const routes = Promise.resolve([permit(checkedProxy(option), lists)]);
  return () => routes;
}

/**
 * A proxy that was given as a URL may be signed on to, one that a function named only if its origin is listed. NTLM must be
 * allowed in `ntlm`, and so must a proxy without a name, for which there is no Kerberos.
 */
export function permit(proxy: ProxyServer, { origins, ntlm }: OriginLists): ProxyChoice {
  const listed = proxy.named || origins.has(proxy.origin);
  const withNtlm = ntlm.has(proxy.origin);
  const credential = listed && (withNtlm || isIP(proxy.host) === 0);
  return Object.freeze({ ...proxy, credential, ntlm: credential && withNtlm });
}

function checkedProxy(option: string | URL): ProxyServer {
  if (typeof option !== 'string' && !(option instanceof URL)) {
    throw invalidOption(`proxy must be a URL or a function, not ${describe(option)}`);
  }
  const proxy = proxyOfUrl(String(option), true);
  if (proxy === undefined) {
    throw invalidOption('proxy must be the URL of an HTTP proxy without a path, such as http://proxy.corp.test:3128');
  }
  const { username, password } = new URL(option);
  if (username !== '' || password !== '') {
    throw invalidOption(
      'proxy must not contain a user name or password: pass credentials of acquireCredentials instead',
    );
  }
  return proxy;
}

async function askFunction(
  choose: (url: string) => string | Promise<string>,
  url: string,
): Promise<readonly ('direct' | ProxyServer)[]> {
  let answer: unknown;
  try {
    answer = await choose(url);
  } catch (cause) {
    throw proxyRefused('The function that chooses the proxy failed.', { cause });
  }
  if (typeof answer !== 'string') {
    throw proxyRefused(`The function that chooses the proxy returned ${describe(answer)} instead of a string.`);
  }
  const byUrl = answer.includes('://') ? proxyOfUrl(answer.trim(), false) : undefined;
  const routes = byUrl === undefined ? parsePac(answer) : [byUrl];
  if (routes === undefined) {
    throw proxyRefused('The function that chooses the proxy returned a text that cannot be read.', {
      hint: "It must return the URL of an HTTP proxy, or entries such as 'PROXY proxy.corp.test:3128; DIRECT'.",
    });
  }
  return routes;
}
