/** Which proxy a request takes, and which credential the proxy may be shown. */
import {
  chooser,
  notReached,
  tryRoutes,
  type OriginLists,
  type ProxyOption,
  type Route,
} from '#lib/http/client/proxy/index';

const none: OriginLists = { origins: new Set(), ntlm: new Set() };
const listing = (lists: { origins?: string[]; ntlm?: string[] }): OriginLists => ({
  origins: new Set(lists.origins),
  ntlm: new Set(lists.ntlm),
});

const proxyUrl = 'http://proxy.corp.test:3128';
const choose = (
  option: ProxyOption | undefined,
  lists = none,
  url = 'https://web.corp.test/x',
): Promise<readonly Route[]> => chooser(option, lists)(url);
const answer = (text: unknown, lists = none): Promise<readonly Route[]> => choose(() => text as string, lists);

test('without the option every request is direct', async () => {
  expect(await choose(undefined)).toEqual(['direct']);
});

test.each([
  [proxyUrl, proxyUrl, 'proxy.corp.test', 3128, false],
  [new URL(proxyUrl), proxyUrl, 'proxy.corp.test', 3128, false],
  ['http://PROXY.corp.test', 'http://proxy.corp.test', 'proxy.corp.test', 80, false],
  ['https://proxy.corp.test/', 'https://proxy.corp.test', 'proxy.corp.test', 443, true],
  ['http://[::1]:8080', 'http://[::1]:8080', '::1', 8080, false],
])('a URL: %s', async (option, origin, host, port, secure) => {
  expect(await choose(option)).toEqual([expect.objectContaining({ origin, host, port, secure, named: true })]);
});

test.each([
  '',
  'proxy.corp.test:3128',
  'socks5://proxy.corp.test:1080',
  'http://proxy.corp.test:3128/path',
  'http://proxy.corp.test:3128/?x',
  3128 as unknown as string,
  null as unknown as string,
])('not a proxy: %s', (option) => {
  expect(() => chooser(option, none)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT' }));
});

test('a password in the URL is refused, and not repeated', () => {
  const refused = (): unknown => chooser('http://alice:Wonderland@proxy.corp.test:3128', none);
  expect(refused).toThrow(/must not contain a user name or password/);
  expect(refused).not.toThrow(/Wonderland/);
});

describe('what a function returns', () => {
  test('entries, in their order', async () => {
    const routes = await answer('PROXY a.corp.test:3128; HTTPS b.corp.test:3129;\tHTTP c.corp.test ; DIRECT');
    expect(routes.map((route) => (route === 'direct' ? route : `${route.origin} ${route.port}`))).toEqual([
      'http://a.corp.test:3128 3128',
      'https://b.corp.test:3129 3129',
      'http://c.corp.test 80',
      'direct',
    ]);
  });

  test('a URL, and a promise', async () => {
    expect(await answer(proxyUrl)).toEqual([expect.objectContaining({ origin: proxyUrl, named: false })]);
    expect(await choose(() => Promise.resolve('DIRECT'))).toEqual(['direct']);
  });

  test('it is asked for the URL of the request', async () => {
    const asked: string[] = [];
    await choose((url) => {
      asked.push(url);
      return 'DIRECT';
    });
    expect(asked).toEqual(['https://web.corp.test/x']);
  });

  test.each([
    '',
    ';',
    'PROXY',
    'PROXY a b',
    'DIRECT x',
    'SOCKS5 a.corp.test:1080; DIRECT',
    'PROXY a.corp.test:99999',
    'PROXY user:secret@a.corp.test:3128',
    'PROXY a.corp.test:3128/x',
    'nonsense; DIRECT',
    'ftp://a.corp.test:21',
    undefined,
    null,
    42,
  ])('unreadable, and never direct: %s', async (text) => {
    await expect(answer(text)).rejects.toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED' });
  });

  test('a function that fails, at once or later, is never direct', async () => {
    const cause = new Error('no PAC file');
    const failing = () => {
      throw cause;
    };
    await expect(choose(failing)).rejects.toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED', cause });
    await expect(choose(() => Promise.reject(cause))).rejects.toMatchObject({ code: 'ERR_SSPI_PROXY_REFUSED', cause });
  });
});

describe('who may be shown which credential', () => {
  const permission = async (routes: Promise<readonly Route[]>): Promise<string> => {
    const [route] = await routes;
    if (route === undefined || route === 'direct') throw new Error('no proxy');
    return route.ntlm ? 'Kerberos or NTLM' : route.credential ? 'Kerberos' : 'none';
  };
  const address = 'http://10.0.0.1:3128';

  test.each([
    ['a URL', proxyUrl, none, 'Kerberos'],
    ['a URL, listed for NTLM', proxyUrl, listing({ ntlm: [proxyUrl] }), 'Kerberos or NTLM'],
    ['a URL, another origin listed', proxyUrl, listing({ ntlm: ['http://proxy.corp.test:3129'] }), 'Kerberos'],
    ['a URL, its https origin listed', proxyUrl, listing({ ntlm: ['https://proxy.corp.test:3128'] }), 'Kerberos'],
    ['an address', address, none, 'none'],
    ['an address, in origins', address, listing({ origins: [address] }), 'none'],
    ['an address, listed for NTLM', address, listing({ ntlm: [address] }), 'Kerberos or NTLM'],
    ['an IPv6 address', 'http://[::1]:3128', none, 'none'],
    ['an IPv6 address with an IPv4 part', 'http://[::ffff:10.0.0.1]:3128', none, 'none'],
    ['an address in another notation', 'http://0x7f.1:3128', none, 'none'],
    ['an address as one number', 'http://2130706433:3128', none, 'none'],
    ['an address with a dot at its end', 'http://10.0.0.1.:3128', none, 'none'],
    ['an address in fullwidth digits', 'http://１０.0.0.1:3128', none, 'none'],
    ['a name with numbers', 'http://10.0.0.1.proxy1:3128', none, 'Kerberos'],
    ['a name with a dot at its end', 'http://proxy.corp.test.:3128', none, 'Kerberos'],
  ])('%s', async (_what, option, lists, expected) => {
    expect(await permission(choose(option, lists))).toBe(expected);
  });

  test.each([
    ['not listed', none, 'none'],
    ['listed', listing({ origins: [proxyUrl] }), 'Kerberos'],
    ['listed for NTLM only', listing({ ntlm: [proxyUrl] }), 'none'],
    ['listed for both', listing({ origins: [proxyUrl], ntlm: [proxyUrl] }), 'Kerberos or NTLM'],
  ])('one that a function names, %s', async (_what, lists, expected) => {
    expect(await permission(answer('PROXY proxy.corp.test:3128', lists))).toBe(expected);
    expect(await permission(answer(proxyUrl, lists))).toBe(expected);
  });
});

describe('routes are tried in order', () => {
  const routes: readonly Route[] = ['direct', 'direct', 'direct'];

  test('until one connects', async () => {
    let tried = 0;
    const take = (): Promise<number> =>
      ++tried < 2 ? Promise.reject(notReached(new Error('down'))) : Promise.resolve(tried);
    expect(await tryRoutes(routes, take)).toBe(2);
  });

  test('a refusal ends it', async () => {
    let tried = 0;
    await expect(tryRoutes(routes, () => Promise.reject(new Error(`refused ${++tried}`)))).rejects.toThrow('refused 1');
  });

  test('none connects: the last error', async () => {
    let tried = 0;
    await expect(tryRoutes(routes, () => Promise.reject(notReached(new Error(`down ${++tried}`))))).rejects.toThrow(
      'down 3',
    );
  });
});
