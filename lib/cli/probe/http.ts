import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateOf } from './certificate';
import { connectTcp, requireTrust, startTls } from '../protocols/connect';
import { Failure } from '../failure';
import { PinnedHttp, type HttpAnswer } from '../protocols/pinned-http';
import { schemesOf, tokenOf } from '../../wire/authentication-headers';
import { spnOf, type UrlTarget } from './target';
import type { InitiatorFlag } from '../../flags/tables';
import type { Session } from './session';

const flags: readonly InitiatorFlag[] = ['mutualAuth'];
/** Node's and many servers' default limit for all headers together, in bytes. */
const usualHeaderLimit = 16_384;

/** HTTP Negotiate or NTLM (RFC 4559) with a live server. */
export async function probeHttp(target: UrlTarget, session: Session): Promise<void> {
  const { settings, trace, findings } = session;
  let connection = await open(target, session);
  const { answer } = await ask(connection, session);
  findings.offers = schemesOf(answer.challenges);
  noteServer(answer, session);
  if (answer.status !== 401) {
    throw new Failure(
      'ERR_SSPI_CLI_NO_CHALLENGE',
      `The server answered HTTP ${answer.status} without asking for a sign-on.`,
      'Use the URL of a page that needs one.',
    );
  }
  const scheme = schemeFor(settings.package, findings.offers);
  if (answer.closed) connection = await open(target, session);

  const packageName = scheme === 'NTLM' ? 'NTLM' : settings.package;
  const spn = settings.spn ?? spnOf('HTTP', target.host);
  findings.spnSource = settings.spn === undefined ? 'from the URL' : 'from --spn';
  const bindings = settings.channelBindings ? connection.tls : undefined;
  const client = await session.initiate(spn, packageName, flags, bindings);

  let leg = await client.step();
  let last: HttpAnswer | undefined;
  while (leg.token !== undefined) {
    const authorization = `${scheme} ${leg.token.toString('base64')}`;
    if (authorization.length > usualHeaderLimit / 2) noteSize(authorization.length, session);
    const { answer: reply, duration } = await ask(connection, session, authorization);
    last = reply;
    const token = tokenOf(reply.challenges, scheme);
    const refused = reply.status === 401 && (token === undefined || !leg.expectsReply);
    const status = `HTTP ${reply.status} ${reply.statusText}`.trim();
    trace.add({ from: 'server', status, failed: refused, duration, token });
    if (refused) throw refusal(reply);
    if (!leg.expectsReply) break;
    if (token === undefined) throw unfinished(reply);
    leg = await client.step(token);
  }
  session.established(client);
  if (last !== undefined) noteServer(last, session);
}

interface HttpConnection {
  readonly http: PinnedHttp;
  readonly tls: TLSSocket | undefined;
}

async function open({ host, port, tls, url }: UrlTarget, session: Session): Promise<HttpConnection> {
  const { settings, signal, findings } = session;
  const place = `${host}:${port}`;
  const tcp = await session.timed('connect', `connecting to ${place}`, () => connectTcp(host, port, signal));
  session.onEnd(() => tcp.destroy());
  let socket: Socket = tcp;
  let secure: TLSSocket | undefined;
  if (tls) {
    const { authorities } = settings;
    const options = { host, authorities, protocols: ['http/1.1'], signal };
    socket = secure = await session.timed('tls', `starting TLS with ${place}`, () => startTls(tcp, options));
    findings.certificate = certificateOf(secure, settings.channelBindings);
    if (!settings.insecure) requireTrust(secure, host);
  }
  const http = new PinnedHttp(socket, url, signal);
  session.onEnd(() => http.close());
  return { http, tls: secure };
}

async function ask(
  { http }: HttpConnection,
  session: Session,
  authorization?: string,
): Promise<{ answer: HttpAnswer; duration: number }> {
  session.stage = 'waiting for the server’s answer';
  const start = performance.now();
  try {
    const answer = await http.get(authorization);
    return { answer, duration: performance.now() - start };
  } catch (cause) {
    if (cause instanceof Failure || session.signal.aborted) throw cause;
    throw new Failure(
      'ERR_SSPI_CLI_HTTP',
      `The server did not answer with HTTP: ${(cause as Error).message}.`,
      undefined,
      cause,
    );
  }
}

/** The scheme that carries the tokens of a package. */
function schemeFor(packageName: string, offers: readonly string[]): 'Negotiate' | 'NTLM' {
  const has = (name: string): boolean => offers.some((offer) => offer.toLowerCase() === name.toLowerCase());
  const wantsNtlm = packageName.toLowerCase() === 'ntlm';
  if (wantsNtlm && has('NTLM')) return 'NTLM';
  if (has('Negotiate')) return 'Negotiate';
  if (has('NTLM') && packageName.toLowerCase() === 'negotiate') return 'NTLM';
  throw new Failure(
    'ERR_SSPI_CLI_NOT_OFFERED',
    `The server does not offer ${wantsNtlm ? 'NTLM' : 'Negotiate'}, only ${offers.join(', ') || 'nothing'}.`,
    has('NTLM') ? 'Try --package NTLM.' : 'Enable Windows authentication on the server.',
  );
}

function noteServer({ status, statusText, headers }: HttpAnswer, { findings }: Session): void {
  findings.service['status'] = `HTTP ${status} ${statusText}`.trim();
  const { server } = headers;
  if (typeof server === 'string') findings.service['server'] = server;
}

function noteSize(length: number, { findings }: Session): void {
  findings.remarks.push(
    `The Authorization header has ${length} bytes, and Node’s servers accept ${usualHeaderLimit} for all headers: increase maxHeaderSize there.`,
  );
}

function refusal({ status, challenges }: HttpAnswer): Failure {
  const offers = challenges.length === 0 ? '' : `, and offers ${schemesOf(challenges).join(', ')}`;
  return new Failure(
    'ERR_SSPI_CLI_REFUSED',
    `The server refused the sign-on (HTTP ${status})${offers}.`,
    'HTTP does not transmit the reason: see the server’s log. Usual reasons: the service runs as another account than the one that owns the name, its keytab is old, or it requires channel bindings.',
  );
}

function unfinished({ status }: HttpAnswer): Failure {
  return new Failure(
    'ERR_SSPI_CLI_UNFINISHED',
    `The server answered HTTP ${status} without its last token: it has not proved its identity.`,
    status < 400
      ? 'It still accepted the sign-on. A probe with --flags integrity (without mutualAuth) does not require the proof.'
      : 'See the server’s log.',
  );
}
