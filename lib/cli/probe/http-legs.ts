import { fieldValues, type ResponseHead } from '../../wire/http-head';
import { observeLegs, type Handshake } from '../../handshake/handshake';
import { schemesOf, tokenOf } from '../../wire/authentication-headers';
import { serverChallenge } from '../../http/client/sign-on/challenge';
import { spnOf, type UrlTarget } from './target';
import type { Credentials } from '../../credentials/credentials';
import type { CredentialNeed, CredentialSource, Scheme } from '../../http/client/credentials';
import type { Session } from './session';
import type { SignOnObserver } from '../../http/client/sign-on/observer';

/** Node's and many servers' default limit for all headers together, in bytes. */
const usualHeaderLimit = 16_384;

/** Shows the legs of a sign-on over HTTP as they happen, and provides its credentials. */
export class HttpLegs implements CredentialSource, SignOnObserver {
  readonly spn: string;
  /** The challenges of the answer that refused the sign-on. */
  refused: readonly string[] | undefined;
  /** Has the client's handshake succeeded, and the server accepted it? */
  established = false;
  /** The head of the last answer. */
  answer: ResponseHead | undefined;

  readonly #session: Session;
  #scheme: Scheme = 'Negotiate';
  #handshake: Handshake | undefined;
  /** When the last token was ready to be sent. */
  #sent = 0;

  constructor({ host }: UrlTarget, session: Session) {
    this.spn = session.settings.spn ?? spnOf('HTTP', host);
    this.#session = session;
  }

  /** Has the sign-on begun? */
  get begun(): boolean {
    return this.#handshake !== undefined;
  }

  get({ scheme }: CredentialNeed): Promise<Credentials> {
    const { settings, findings } = this.#session;
    this.#scheme = scheme;
    findings.spnSource = settings.spn === undefined ? 'from the URL' : 'from --spn';
    return this.#session.credentialsFor(this.spn, scheme === 'NTLM' ? 'NTLM' : settings.package);
  }

  handshakeBegun(handshake: Handshake): void {
    const session = this.#session;
    this.#handshake = handshake;
    session.observe(handshake);
    observeLegs(handshake, ({ sent }) => {
      if (sent === undefined) return;
      this.#noteSize(sent);
      session.stage = 'waiting for the server’s answer';
      this.#sent = performance.now();
    });
  }

  answered(head: ResponseHead): void {
    const { trace, findings } = this.#session;
    const { status } = head;
    const challenges = fieldValues(head, serverChallenge.challenge);
    this.answer = head;
    if (this.#handshake === undefined) {
      findings.offers = schemesOf(challenges);
      this.noteServer();
      return;
    }
    const token = tokenOf(challenges, this.#scheme);
    const failed = status === serverChallenge.status && (token === undefined || this.#handshake.established);
    if (failed) this.refused = challenges;
    const duration = performance.now() - this.#sent;
    trace.add({ from: 'server', status: statusLine(head), failed, duration, token });
  }

  completed(handshake: Handshake): void {
    this.established = handshake.established;
    if (this.established) this.#session.established(handshake);
  }

  /** What the last answer says of the server. */
  noteServer(): void {
    if (this.answer === undefined) return;
    const { service } = this.#session.findings;
    service['status'] = statusLine(this.answer);
    const [server] = fieldValues(this.answer, 'server');
    if (server !== undefined) service['server'] = server;
  }

  #noteSize(token: Buffer): void {
    const { length } = `${this.#scheme} ${token.toString('base64')}`;
    if (length <= usualHeaderLimit / 2) return;
    this.#session.findings.remarks.push(
      `The Authorization header has ${length} bytes, and Node’s servers accept ${usualHeaderLimit} for all headers: increase maxHeaderSize there.`,
    );
  }
}

const statusLine = ({ status, reason }: ResponseHead): string => `HTTP ${status} ${reason}`.trim();
