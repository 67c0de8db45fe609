import http from 'node:http';
import { once } from 'node:events';
import { certificateOf } from './certificate';
import { connectTcp, requireTrust, startTls } from '../protocols/connect';
import { Failure } from '../failure';
import { HttpLegs } from './http-legs';
import { serverChallenge } from '../../http/client/sign-on/challenge';
import { schemesOf } from '../../wire/authentication-headers';
import { SignOnStream, type Opened } from '../../http/client/connection/sign-on-stream';
import { SspiError } from '../../errors/sspi-error';
import { WireError } from '../../wire/wire-error';
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
    open: () => open(target, session),
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
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end', { signal });
  return response.statusCode as number;
}

async function open({ host, port, tls }: UrlTarget, session: Session): Promise<Opened> {
  const { settings, signal, findings } = session;
  const place = `${host}:${port}`;
  const socket = await session.timed('connect', `connecting to ${place}`, () => connectTcp(host, port, signal));
  session.onEnd(() => socket.destroy());
  let secure;
  if (tls) {
    const options = { host, authorities: settings.authorities, protocols: ['http/1.1'], signal };
    secure = await session.timed('tls', `starting TLS with ${place}`, () => startTls(socket, options));
    findings.certificate = certificateOf(secure, settings.channelBindings);
    if (!settings.insecure) requireTrust(secure, host);
  }
  session.stage = 'waiting for the server’s answer';
  return { socket: secure ?? socket, tls: settings.channelBindings ? secure : undefined };
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

function failureOf(error: unknown, { refused }: HttpLegs, signal: AbortSignal): unknown {
  if (refused !== undefined) return refusal(refused);
  if (error instanceof Failure || signal.aborted) return error;
  const { cause } = error as Error;
  if (SspiError.isSspiError(error, 'ERR_SSPI_CONNECTION_LOST')) {
    return new Failure(
      'ERR_SSPI_CLI_CONNECTION_LOST',
      'The server closed the connection between two legs, and a handshake belongs to one connection.',
      'Look for a proxy or load balancer that does not keep connections open, and for keep-alive disabled on the server.',
      error,
    );
  }
  if (SspiError.isSspiError(error) && !(cause instanceof WireError)) return error;
  const { message } = cause instanceof WireError ? cause : (error as Error);
  return new Failure('ERR_SSPI_CLI_HTTP', `The server did not answer with HTTP: ${message}.`, undefined, error);
}

/** Why no token was sent. */
function notAsked(status: number, { settings, findings }: Session): Failure {
  if (status !== serverChallenge.status) {
    return new Failure(
      'ERR_SSPI_CLI_NO_CHALLENGE',
      `The server answered HTTP ${status} without asking for a sign-on.`,
      'Use the URL of a page that needs one.',
    );
  }
  const { offers = [] } = findings;
  const wanted = settings.package.toLowerCase() === 'ntlm' ? 'NTLM' : 'Negotiate';
  return new Failure(
    'ERR_SSPI_CLI_NOT_OFFERED',
    `The server does not offer ${wanted}, only ${offers.join(', ') || 'nothing'}.`,
    offers.some((offer) => offer.toLowerCase() === 'ntlm')
      ? 'Try --package NTLM.'
      : 'Enable Windows authentication on the server.',
  );
}

function refusal(challenges: readonly string[]): Failure {
  const offers = challenges.length === 0 ? '' : `, and offers ${schemesOf(challenges).join(', ')}`;
  return new Failure(
    'ERR_SSPI_CLI_REFUSED',
    `The server refused the sign-on (HTTP ${serverChallenge.status})${offers}.`,
    'HTTP does not transmit the reason: see the server’s log. Usual reasons: the service runs as another account than the one that owns the name, its keytab is old, or it requires channel bindings.',
  );
}

function unfinished(status: number): Failure {
  return new Failure(
    'ERR_SSPI_CLI_UNFINISHED',
    `The server answered HTTP ${status} without its last token: it has not proved its identity.`,
    status < 400
      ? 'It still accepted the sign-on. A probe with --flags integrity (without mutualAuth) does not require the proof.'
      : 'See the server’s log.',
  );
}
