/** What `doctor URL` finds missing for a sign-on to a web server, as the line that has to be written. */
import { checkUrl, registration } from '#lib/cli/doctor/url';
import { parseTarget, type UrlTarget } from '#lib/cli/probe/target';
import type { CheckResult } from '#lib/cli/doctor/check';

interface Situation {
  readonly env?: Record<string, string>;
  readonly keys?: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
  readonly wine?: boolean;
  readonly hasTicket?: boolean;
}

async function check(url: string, situation: Situation = {}): Promise<Record<string, CheckResult>> {
  const { env = {}, keys = {}, wine = false, hasTicket = true } = situation;
  const registry = (key: string): Promise<Map<string, number | string> | undefined> => {
    const values = keys[key];
    return Promise.resolve(values && new Map(Object.entries(values)));
  };
  const results = await checkUrl(parseTarget(url) as UrlTarget, { env, registry, wine, hasTicket });
  return Object.fromEntries(results.map((result) => [result.id, result]));
}

const web = 'https://web.corp.test/';
const edge = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Edge';
const msv = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0';

test('the option of sspi/http', async () => {
  expect((await check(web))['allow-list']).toMatchObject({
    status: 'ok',
    detail: "signs on with { origins: ['https://web.corp.test'] }",
  });
  expect((await check('http://10.0.0.1:8080/'))['allow-list']).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining("ntlm: ['http://10.0.0.1:8080'] }") as string,
  });
});

describe('the proxy', () => {
  test.each([
    [{}, 'ok', /^none for https:\/\/web/],
    [{ HTTPS_PROXY: 'http://proxy.corp.test:3128' }, 'ok', /by Kerberos \(HTTP\/proxy.corp.test\)/],
    [{ HTTPS_PROXY: 'http://proxy.corp.test:3128', NO_PROXY: '.corp.test' }, 'ok', /^none/],
    [{ HTTPS_PROXY: 'http://p.test:1', SSPI_PROXY_NTLM: 'http://p.test:1' }, 'ok', /by Kerberos or NTLM/],
    [{ HTTPS_PROXY: 'socks5://p.test:1' }, 'warn', /^the value of HTTPS_PROXY/],
  ])('%j', async (env, status, detail) => {
    expect((await check(web, { env }))['proxy']).toMatchObject({
      status,
      detail: expect.stringMatching(detail) as string,
    });
  });

  test('by its address: the line that is missing', async () => {
    const { proxy } = await check(web, { env: { HTTPS_PROXY: 'http://10.0.0.9:3128' } });
    expect(proxy).toMatchObject({
      status: 'warn',
      advice: expect.stringContaining('set SSPI_PROXY_NTLM=http://10.0.0.9:3128') as string,
    });
  });
});

describe('the policy of browsers', () => {
  test.each([
    ['*.corp.test', 'ok'],
    ['other.test, web.corp.test', 'ok'],
    ['*', 'ok'],
    ['corp.test', 'warn'],
    ['webXcorp.test', 'warn'],
  ])('AuthServerAllowlist %s: %s', async (authserverallowlist, status) => {
    expect((await check(web, { keys: { [edge]: { authserverallowlist } } }))['browser-edge']).toMatchObject({ status });
  });

  test('the line that is missing, with what is there', async () => {
    expect((await check(web))['browser-chrome']?.advice).toBe(
      'reg add "HKLM\\SOFTWARE\\Policies\\Google\\Chrome" /v AuthServerAllowlist /t REG_SZ /d "web.corp.test" /f',
    );
    const keys = { [edge]: { authserverallowlist: '*.other.test' } };
    expect((await check(web, { keys }))['browser-edge']?.advice).toContain('/d "*.other.test,web.corp.test" /f');
  });

  test('a name without a dot is of the local intranet', async () => {
    expect((await check('http://web/'))['browser-edge']).toMatchObject({ status: 'ok' });
  });

  test('under Wine there is none', async () => {
    expect(Object.keys(await check(web, { wine: true, hasTicket: false }))).toEqual(['allow-list', 'proxy']);
  });
});

describe('exceptions from the denial of NTLM', () => {
  const denied = { restrictsendingntlmtraffic: 2 };

  test('matter only without a ticket, and where NTLM is denied', async () => {
    expect((await check(web, { keys: { [msv]: denied } }))['ntlm-exception']).toBeUndefined();
    expect((await check(web, { hasTicket: false }))['ntlm-exception']).toBeUndefined();
  });

  test('the line that is missing, with what is there', async () => {
    const keys = { [msv]: { ...denied, clientallowedntlmservers: 'a.corp.test\0b.corp.test' } };
    expect((await check(web, { keys, hasTicket: false }))['ntlm-exception']?.advice).toContain(
      '/t REG_MULTI_SZ /d "a.corp.test\\0b.corp.test\\0web.corp.test" /f',
    );
  });

  test('one that is there', async () => {
    const keys = { [msv]: { ...denied, clientallowedntlmservers: '*.corp.test' } };
    expect((await check(web, { keys, hasTicket: false }))['ntlm-exception']).toMatchObject({ status: 'ok' });
  });
});

test('the line of setspn', () => {
  expect(registration('HTTP/web.corp.test')).toContain('setspn -S HTTP/web.corp.test DOMAIN\\account');
});
