/** What is known of requests and connections, and what follows from it by the options alone. */
import { foreignOrigin, type SimulatedSettings } from './settings';
import type { Account } from './accounts';
import type { Addresses } from './link';
import type { Answer, Asked } from './messages';
import type { UserAgent } from './user-agents/user-agent';

/** What the server's application was told about a request. */
export interface Told {
  readonly name: string | undefined;
  readonly sid: string | undefined;
  readonly groups:
    readonly { readonly sid: string; readonly enabled: boolean; readonly denyOnly: boolean }[] | undefined;
  readonly package: string;
  readonly persisted: boolean;
}

/** A connection, and the requests on it in the order in which they were sent. */
export interface ConnectionFacts extends Addresses {
  readonly id: number;
  readonly requests: RequestFacts[];
}

export interface RequestFacts {
  readonly id: number;
  readonly creator: UserAgent;
  readonly connection: ConnectionFacts;
  /** Its place on the connection. */
  readonly index: number;
  readonly asked: Asked;
  readonly sentAt: number;
  /** What the provider established with a token of this request. */
  signedOn: { readonly account: Account; readonly package: 'Kerberos' | 'NTLM' } | undefined;
  /** What the application was told, and when. */
  served: { readonly told: Told | undefined; readonly at: number } | undefined;
  answer: Answer | undefined;
}

/** The name of a scheme alone is as no field. */
export const hasAuthorization = ({ asked }: RequestFacts): boolean =>
  asked.headers.some(([name, value]) => name.toLowerCase() === 'authorization' && !/^(Negotiate|NTLM)$/i.test(value));

const fieldOf = ({ headers }: Asked, name: string): string | undefined =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1];

const isForwarded = ({ asked }: RequestFacts): boolean =>
  asked.headers.some(([name]) => /^(via|forwarded|x-forwarded-.*)$/i.test(name));

/** Has a proxy that may share the connection used it, with this request or an earlier one? */
export const isPooled = ({ connection, index }: RequestFacts, { proxy }: SimulatedSettings): boolean =>
  proxy === 'pooling' && connection.requests.slice(0, index + 1).some(isForwarded);

const isLocal = (request: RequestFacts): boolean => {
  const { connection, asked } = request;
  const host = fieldOf(asked, 'host');
  const loopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
  return (
    loopback(connection.remoteAddress) &&
    loopback(connection.localAddress) &&
    (host === 'localhost:8080' || host === '127.0.0.1') &&
    !isForwarded(request)
  );
};

/** Sent by a page of another site that is not listed, as an upgrade or with a method that changes something. */
export const isForeign = ({ asked }: RequestFacts): boolean => {
  if (!asked.upgrade && ['GET', 'HEAD', 'OPTIONS'].includes(asked.method)) return false;
  return fieldOf(asked, 'origin') === foreignOrigin;
};

export const isPreflight = ({ asked }: RequestFacts): boolean =>
  asked.method === 'OPTIONS' &&
  !asked.upgrade &&
  fieldOf(asked, 'origin') !== undefined &&
  fieldOf(asked, 'access-control-request-method') !== undefined;

/** The connection's last request with an Authorization field before this one. */
export function lastSignOn({ connection, index }: RequestFacts): RequestFacts | undefined {
  return connection.requests.slice(0, index).filter(hasAuthorization).at(-1);
}

/** May this request sign on by NTLM? The simulated server does not end TLS. */
export function ntlmIsAllowed(request: RequestFacts, settings: SimulatedSettings): boolean {
  const { ntlm } = settings;
  if (isPooled(request, settings) || ntlm === 'never' || ntlm === 'tls') return false;
  return ntlm === 'allow' || isLocal(request);
}

/** Is what this request has signed on with to be kept by its connection? */
export const isKept = ({ signedOn }: RequestFacts, { persist }: SimulatedSettings): boolean =>
  persist === 'connection' || (persist === 'auto' && signedOn?.package === 'NTLM');
