import { proxyChallenge } from '../sign-on/challenge';
import { urlHost } from '../url-host';
import type { PartyRules } from '../connection/party';
import type { ProxyChoice } from './server';

/** The service principal name of a proxy. */
export const proxySpn = (host: string): string => `HTTP/${urlHost(host)}`;

/** Proxies such as squid never send the token that proves their identity: it is not required of them. */
export function proxyRules({ origin, host, credential, ntlm }: ProxyChoice): PartyRules {
  return {
    kind: proxyChallenge,
    origin,
    permitted: credential,
    ntlm,
    delegate: false,
    mutualAuth: false,
    preemptive: false,
    names: () => Promise.resolve([proxySpn(host)]),
  };
}
