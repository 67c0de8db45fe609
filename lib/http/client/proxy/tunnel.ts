import tls from 'node:tls';
import type { Socket } from 'node:net';
import { fieldValues } from '../../../wire/http-head';
import { schemesOf } from '../../../wire/authentication-headers';
import { SignOnSession } from '../sign-on/session';
import { proxyChallenge } from '../sign-on/challenge';
import { openConnection, type ConnectionOptions } from './connect';
import { proxyRefused } from './refused';
import { isAddress, type ProxyChoice } from './server';
import { proxySpn } from './rules';
import { readAnswer, type ConnectAnswer } from './answer';
import { urlHost } from '../url-host';
import type { ClientCredentials } from '../credentials';

/** Options of {@link openTunnel}. */
export interface TunnelOptions extends ConnectionOptions {
  readonly proxy: ProxyChoice;
  /** Where the tunnel leads to; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: ClientCredentials;
  /**
   * True requires the proxy to prove its identity. Default false: squid, for one, never sends the token that proves it, so that the
   * requirement could not be met there. It has nothing to do with the server at the tunnel's end, which TLS proves.
   */
  readonly mutualAuth?: boolean | undefined;
}

/**
 * Opens a tunnel through a proxy (CONNECT; RFC 9110, section 9.3.6), and signs on where the proxy asks for it with 407: all legs on
 * the connection that becomes the tunnel.
 *
 * @returns The connection. Nothing has been received on it.
 * @throws {SspiError} ERR_SSPI_PROXY_REFUSED where the proxy cannot be reached, does not open the tunnel, or may not be signed on to;
 * SEC_E_LOGON_DENIED where it refuses the sign-on; ERR_SSPI_BAD_ANSWER, ERR_SSPI_CONNECTION_LOST, ERR_SSPI_PEER_TIMEOUT,
 * ERR_SSPI_REQUIREMENT_NOT_MET, ERR_SSPI_ABORTED; the statuses of InitializeSecurityContext.
 */
export async function openTunnel(options: TunnelOptions): Promise<Socket> {
  let socket = await openConnection(options.proxy, options);
  try {
    let answer = await ask(socket, options);
    if (answer.head.status === proxyChallenge.status) {
      refuseUnlessPermitted(answer, options.proxy);
      if (!answer.reusable) {
        socket.destroy();
        socket = await openConnection(options.proxy, options);
      }
      answer = await signOn(socket, answer, options);
    }
    if (answer.head.status >= 300) throw notOpened(answer, options);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function signOn(socket: Socket, first: ConnectAnswer, options: TunnelOptions): Promise<ConnectAnswer> {
  const { proxy, credentials, mutualAuth = false, signal } = options;
  const target = {
    kind: proxyChallenge,
    origin: proxy.origin,
    spns: [proxySpn(proxy.host)],
    ntlm: proxy.ntlm,
    delegate: false,
    mutualAuth,
    channelBindings: socket instanceof tls.TLSSocket ? socket : undefined,
  };
  const session = new SignOnSession(target, credentials, signal);
  try {
    let leg = await session.begin(challengesOf(first));
    for (;;) {
      const answer = await ask(socket, options, `${leg.field}: ${leg.value}\r\n`);
      const { status } = answer.head;
      const next = await session.answered({ status, challenges: challengesOf(answer) });
      if (next === undefined) return answer;
      if (!answer.reusable) throw closesBetweenLegs(proxy);
      leg = next;
    }
  } finally {
    await session.dispose();
  }
}

function ask(socket: Socket, options: TunnelOptions, token = ''): Promise<ConnectAnswer> {
  const { proxy, host, port, timeout, signal } = options;
  const authority = `${urlHost(host)}:${port}`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Connection: keep-alive\r\n${token}\r\n`);
  return readAnswer(socket, { origin: proxy.origin, timeout, signal });
}

const challengesOf = ({ head }: ConnectAnswer): string[] => fieldValues(head, proxyChallenge.challenge);

/** Before anything is acquired, and before a token leaves. */
function refuseUnlessPermitted(answer: ConnectAnswer, { origin, host, named, credential, ntlm }: ProxyChoice): void {
  const offers = schemesOf(challengesOf(answer));
  const has = (scheme: string): boolean => offers.some((offer) => offer.toLowerCase() === scheme);
  if (!credential) {
    const byAddress = isAddress(host);
    const missing = named || byAddress ? 'ntlm' : 'origins';
    const why = byAddress ? 'which has no name for Kerberos' : 'which a function named';
    throw proxyRefused(`The proxy ${origin}, ${why}, asks for a sign-on that is not permitted.`, {
      hint: `If it is yours, add '${origin}' to the option ${missing}.`,
    });
  }
  if (has('negotiate') || (ntlm && has('ntlm'))) return;
  throw proxyRefused(
    `The proxy ${origin} offers ${offers.join(', ') || 'no scheme'} for a sign-on, and not Negotiate.`,
    {
      hint: has('ntlm')
        ? `If NTLM is acceptable there, add '${origin}' to the option ntlm.`
        : 'Enable Negotiate (Kerberos) on the proxy.',
    },
  );
}

function notOpened({ head }: ConnectAnswer, { proxy, host, port }: TunnelOptions): Error {
  const { status, reason } = head;
  const text = `HTTP ${status} ${reason.replace(/[^ -~]/g, '?').slice(0, 100)}`.trim();
  return proxyRefused(`The proxy ${proxy.origin} did not open a tunnel to ${host}:${port}: ${text}.`, {
    hint:
      status === 403 || status === 405
        ? 'Its rules do not allow this server, port or user.'
        : 'It could not reach the server, or failed itself: see its log.',
  });
}

function closesBetweenLegs({ origin }: ProxyChoice): Error {
  return proxyRefused(
    `The proxy ${origin} closes its connection between two legs, and a sign-on belongs to one connection.`,
    {
      hint: 'Keep-alive is disabled there: enable it.',
    },
  );
}
