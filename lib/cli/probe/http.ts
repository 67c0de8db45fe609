import http from 'node:http';
import { once } from 'node:events';
import { failureOf, notAsked, unfinished } from './http-failures';
import { HttpLegs } from './http-legs';
import { serverChallenge } from '../../http/client/sign-on/challenge';
import { openConnection } from './connection';
import { SignOnStream } from '../../http/client/connection/sign-on-stream';
import type { InitiatorFlag } from '../../flags/tables';
import type { Scheme } from '../../http/client/credentials';
import type { Session } from './session';
import type { UrlTarget } from './target';

const flags: readonly InitiatorFlag[] = ['mutualAuth'];
/** A server's Kerberos token is far smaller, but a page may set many cookies. */
const maxHeaderSize = 256 * 1024;

/** HTTP Negotiate or NTLM (RFC 4559) with a live server, using the client of sspi/http. */
export async function probeHttp(target: UrlTarget, session: Session): Promise<void> {
  const { url } = target;
  const legs = new HttpLegs(target, session);
  const stream = new SignOnStream({
    open: async () => {
      const { socket, secure } = await openConnection(target, session, ['http/1.1']);
      session.stage = 'waiting for the server’s answer';
      return { socket, tls: session.settings.channelBindings ? secure : undefined };
    },
    origin: url.origin,
    server: {
      kind: serverChallenge,
      origin: url.origin,
      permitted: true,
      ntlm: true,
      schemes: schemesFor(session.settings.package),
      delegate: false,
      flags: session.request(flags),
      // What the server did not prove is reported below.
      mutualAuth: false,
      preemptive: false,
      names: () => Promise.resolve([legs.spn]),
      observer: legs,
    },
    credentials: legs,
    // The probe has one time limit for everything.
    handshakeTimeout: Infinity,
  });
  session.onEnd(() => stream.destroy());
  let status: number;
  try {
    status = await get(url, stream, session.signal);
  } catch (error) {
    throw failureOf(error, legs, session.signal);
  }
  if (!legs.begun) throw notAsked(status, session);
  legs.noteServer();
  if (!legs.established) throw unfinished(status);
}

/** Asks for a page, and forgets it. */
async function get({ host, pathname, search }: URL, stream: SignOnStream, signal: AbortSignal): Promise<number> {
  const request = http.get({
    createConnection: () => stream,
    path: `${pathname}${search}`,
    headers: { Host: host, Accept: '*/*' },
    maxHeaderSize,
    signal,
  });
  // An error after the head ends the response, too.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end', { signal });
  return response.statusCode as number;
}

/** The schemes that carry the tokens of a package, in order of preference. */
function schemesFor(packageName: string): readonly Scheme[] {
  switch (packageName.toLowerCase()) {
    case 'negotiate':
      return ['Negotiate', 'NTLM'];
    case 'ntlm':
      return ['NTLM', 'Negotiate'];
    default:
      return ['Negotiate'];
  }
}
