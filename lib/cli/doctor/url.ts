import { isIP } from 'node:net';
import { readEnvironment } from '../../http/register/environment';
import type { CheckResult } from './check';
import type { Registry } from './registry';
import type { UrlTarget } from '../probe/target';

type Env = Readonly<Record<string, string | undefined>>;

/** What the checks of a URL know. */
export interface UrlCircumstances {
  readonly env: Env;
  readonly registry: Registry;
  /** Wine applies no policies. */
  readonly wine: boolean;
  /** There is a ticket for its service principal name. */
  readonly hasTicket: boolean;
}

/** What a sign-on to a web server needs besides a ticket: each missing line as it has to be written. */
export async function checkUrl(target: UrlTarget, circumstances: UrlCircumstances): Promise<CheckResult[]> {
  const { wine, hasTicket } = circumstances;
  return [
    allowList(target),
    ...proxy(target, circumstances.env),
    ...(wine ? [] : await browserPolicies(target, circumstances.registry)),
    ...(wine || hasTicket ? [] : await ntlmException(target, circumstances.registry)),
  ];
}

/** The line of setspn that registers a name, where nobody has it. */
export function registration(spn: string): string {
  return `If the service runs as an account of its own, register its name: setspn -S ${spn} DOMAIN\\account. setspn -Q ${spn} shows who has it.`;
}

/** Of sspi/http's client. */
function allowList({ url, host }: UrlTarget): CheckResult {
  const head = { id: 'allow-list', title: 'sspi/http’s client' };
  const { origin } = url;
  if (isIP(host) === 0) {
    return { ...head, status: 'ok', detail: `signs on with { origins: ['${origin}'] }` };
  }
  return {
    ...head,
    status: 'warn',
    detail: `${host} is an address: there is no ticket for it, and nothing is sent to it by default`,
    advice: `Use the name of the host. For NTLM, list it: { origins: ['${origin}'], ntlm: ['${origin}'] }.`,
  };
}

function proxy({ url, text }: UrlTarget, env: Env): CheckResult[] {
  const head = { id: 'proxy', title: 'Proxy' };
  const { routeOf, unreadable } = readEnvironment(env);
  if (unreadable.length > 0) {
    const detail = `the value of ${unreadable.join(' and ')} is not the URL of an HTTP proxy`;
    return [{ ...head, status: 'warn', detail, advice: 'Write it as http://proxy.corp.test:3128.' }];
  }
  const route = routeOf(url);
  if (route === 'direct') {
    return [
      { ...head, status: 'ok', detail: `none for ${text} in the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)` },
    ];
  }
  const { origin, credential, ntlm, host } = route;
  if (!credential) {
    const detail = `${origin} is given by its address, for which there is no Kerberos: sspi run does not sign on to it`;
    const advice = `Use its name in HTTPS_PROXY, or permit NTLM: set SSPI_PROXY_NTLM=${origin}`;
    return [{ ...head, status: 'warn', detail, advice }];
  }
  const means = ntlm ? 'Kerberos or NTLM' : `Kerberos (HTTP/${host})`;
  const more = ntlm ? '' : `; NTLM would need SSPI_PROXY_NTLM=${origin}`;
  return [{ ...head, status: 'ok', detail: `${origin}: sspi run signs on to it by ${means}${more}` }];
}

const browsers = [
  ['edge', 'Microsoft Edge', 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Edge'],
  ['chrome', 'Google Chrome', 'HKLM\\SOFTWARE\\Policies\\Google\\Chrome'],
] as const;

/** The policy AuthServerAllowlist. Without it, Chromium signs on to the zone Local intranet, which has names without a dot. */
async function browserPolicies({ host }: UrlTarget, registry: Registry): Promise<CheckResult[]> {
  const results = browsers.map(async ([name, title, key]): Promise<CheckResult> => {
    const head = { id: `browser-${name}`, title };
    const value = (await registry(key))?.get('authserverallowlist');
    const listed = value === undefined ? '' : String(value);
    const write = (patterns: string): string => `reg add "${key}" /v AuthServerAllowlist /t REG_SZ /d "${patterns}" /f`;
    if (listed === '') {
      if (!host.includes('.'))
        return { ...head, status: 'ok', detail: `signs on to ${host}, a name of the local intranet` };
      return {
        ...head,
        status: 'warn',
        detail: `signs on to ${host} only if it is in the zone Local intranet: AuthServerAllowlist is not set`,
        advice: write(host),
      };
    }
    const matches = listed.split(',').some((pattern) => isMatch(pattern.trim(), host));
    const detail = `AuthServerAllowlist is ${listed}`;
    return matches
      ? { ...head, status: 'ok', detail }
      : { ...head, status: 'warn', detail, advice: write(`${listed},${host}`) };
  });
  return Promise.all(results);
}

/** Chromium's patterns: `*.corp.test`, `*corp.test`, a name, or `*`. */
function isMatch(pattern: string, host: string): boolean {
  const text = pattern.toLowerCase().replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${text.replaceAll('*', '.*')}$`).test(host.toLowerCase());
}

const ntlmKey = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0';

/** “Restrict NTLM: Outgoing NTLM traffic”, and its exceptions. */
async function ntlmException({ host }: UrlTarget, registry: Registry): Promise<CheckResult[]> {
  const key = await registry(ntlmKey);
  if (key?.get('restrictsendingntlmtraffic') !== 2) return [];
  const exceptions = String(key.get('clientallowedntlmservers') ?? '')
    .split('\0')
    .filter((entry) => entry !== '');
  const head = { id: 'ntlm-exception', title: 'NTLM exception' };
  if (exceptions.some((entry) => isMatch(entry, host))) {
    return [{ ...head, status: 'ok', detail: `outgoing NTLM is denied, but not to ${host}` }];
  }
  const all = [...exceptions, host].join('\\0');
  return [
    {
      ...head,
      status: 'warn',
      detail: `there is no ticket, and outgoing NTLM to ${host} is denied`,
      advice: `Register the service’s name. If NTLM is acceptable there: reg add ${ntlmKey} /v ClientAllowedNTLMServers /t REG_MULTI_SZ /d "${all}" /f`,
    },
  ];
}
