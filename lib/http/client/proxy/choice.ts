import { describe, invalidOption } from '../../check';
import { parsePac } from './pac';
import { permit, proxyOfUrl, type OriginLists, type ProxyServer, type Route } from './server';
import { proxyRefused } from './refused';

/**
 * The proxy: its URL, or a function that is asked for each request's URL and answers with a URL or with what a proxy
 * auto-configuration file would (`'PROXY proxy.corp.test:3128; DIRECT'`), such as Electron's `session.resolveProxy`.
 */
export type ProxyOption = string | URL | ((url: string) => string | Promise<string>);

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
