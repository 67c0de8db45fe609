/** Which proxies `sspi/register` finds in the environment. */
import { parseNoProxy } from '#lib/http/register/no-proxy';
import { readEnvironment } from '#lib/http/register/environment';

const way = (env: Record<string, string>, url: string, platform: NodeJS.Platform = 'linux'): string => {
  const route = readEnvironment(env, platform).routeOf(new URL(url));
  return route === 'direct' ? route : route.origin;
};

const a = 'http://a.corp.test:3128';
const b = 'http://b.corp.test:3128';

describe('which proxy', () => {
  test.each([
    [{}, 'http://web.test/', 'direct'],
    [{ HTTP_PROXY: a }, 'http://web.test/', a],
    [{ HTTP_PROXY: a }, 'https://web.test/', 'direct'],
    [{ HTTPS_PROXY: a }, 'https://web.test/', a],
    [{ HTTPS_PROXY: a }, 'http://web.test/', 'direct'],
    [{ ALL_PROXY: a }, 'http://web.test/', a],
    [{ ALL_PROXY: a, HTTPS_PROXY: b }, 'https://web.test/', b],
    [{ all_proxy: a }, 'https://web.test/', a],
    [{ http_proxy: a, HTTP_PROXY: b }, 'http://web.test/', a],
    [{ HTTP_PROXY: '' }, 'http://web.test/', 'direct'],
    [{ HTTP_PROXY: ' ', ALL_PROXY: a }, 'http://web.test/', a],
    [{ HTTP_PROXY: 'a.corp.test:3128' }, 'http://web.test/', a],
    [{ HTTP_PROXY: 'http://alice:Wonderland@a.corp.test:3128/' }, 'http://web.test/', a],
  ] as const)('%j for %s', (env, url, expected) => {
    expect(way(env, url)).toBe(expected);
  });

  test('a value that cannot be used is as none, and is named', () => {
    const env = { HTTPS_PROXY: 'socks5://a.corp.test:1080', ALL_PROXY: b };
    const found = readEnvironment(env, 'linux');
    expect(found.unreadable).toEqual(['HTTPS_PROXY']);
    expect(way(env, 'https://web.test/')).toBe('direct');
    expect(way(env, 'http://web.test/')).toBe(b);
  });
});

describe('httpoxy: where REQUEST_METHOD is set, a client wrote HTTP_PROXY', () => {
  const cgi = { REQUEST_METHOD: 'GET' };

  test('the upper-case variable is ignored', () => {
    expect(way({ ...cgi, HTTP_PROXY: a }, 'http://web.test/')).toBe('direct');
    expect(way({ ...cgi, HTTP_PROXY: a, ALL_PROXY: b }, 'http://web.test/')).toBe(b);
  });

  test('the lower-case one is the administrator’s, but on Windows both are one', () => {
    expect(way({ ...cgi, http_proxy: a }, 'http://web.test/')).toBe(a);
    expect(way({ ...cgi, http_proxy: a }, 'http://web.test/', 'win32')).toBe('direct');
  });

  test('a header cannot become HTTPS_PROXY', () => {
    expect(way({ ...cgi, HTTPS_PROXY: a }, 'https://web.test/')).toBe(a);
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['web.corp.test', 'web.corp.test', 80, true],
    ['web.corp.test', 'WEB.corp.test.', 80, true],
    ['corp.test', 'web.corp.test', 80, false],
    ['.corp.test', 'web.corp.test', 80, true],
    ['.corp.test', 'corp.test', 80, false],
    ['.corp.test', 'evilcorp.test', 80, false],
    ['*.corp.test', 'web.corp.test', 80, true],
    ['web.corp.test:8080', 'web.corp.test', 8080, true],
    ['web.corp.test:8080', 'web.corp.test', 80, false],
    ['.corp.test:443', 'web.corp.test', 443, true],
    ['*', 'anything', 1, true],
    ['a, b\tc;', 'b', 80, true],
    ['a,,b', 'b', 80, true],
    ['', '', 80, false],
    ['10.0.0.1', '10.0.0.1', 80, true],
    ['::1', '[::1]', 80, true],
    ['[::1]:8080', '[::1]', 8080, true],
    ['[::1]:8080', '[::1]', 80, false],
    ['localhost', 'localhost', 3000, true],
  ])('%s: %s port %d is exempt: %s', (value, host, port, expected) => {
    expect(parseNoProxy(value)(host, port)).toBe(expected);
  });

  test('with the scheme’s port, lower case first', () => {
    expect(way({ ALL_PROXY: a, no_proxy: 'web.test:443', NO_PROXY: '*' }, 'https://web.test/')).toBe('direct');
    expect(way({ ALL_PROXY: a, no_proxy: 'web.test:443', NO_PROXY: '*' }, 'http://web.test/')).toBe(a);
  });
});

describe('which credential', () => {
  const permission = (env: Record<string, string>): string => {
    const [proxy] = readEnvironment(env, 'linux').all;
    return proxy?.ntlm === true ? 'Kerberos or NTLM' : proxy?.credential === true ? 'Kerberos' : 'none';
  };
  const address = 'http://10.0.0.1:3128';

  test.each([
    [{ HTTP_PROXY: a }, 'Kerberos'],
    [{ HTTP_PROXY: a, SSPI_PROXY_NTLM: a }, 'Kerberos or NTLM'],
    [{ HTTP_PROXY: a, SSPI_PROXY_NTLM: `${b}, a.corp.test:3128` }, 'Kerberos or NTLM'],
    [{ HTTP_PROXY: a, SSPI_PROXY_NTLM: b }, 'Kerberos'],
    [{ HTTP_PROXY: a, SSPI_PROXY_NTLM: 'a.corp.test' }, 'Kerberos'],
    [{ HTTP_PROXY: address }, 'none'],
    [{ HTTP_PROXY: address, SSPI_PROXY_NTLM: address }, 'Kerberos or NTLM'],
  ])('%j: %s', (env, expected) => {
    expect(permission(env)).toBe(expected);
  });
});
