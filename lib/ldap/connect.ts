import { checkedRecord, invalidOption } from '../sasl/check';
import { ConnectionStream } from './connection-stream';
import { createMechanism } from '../sasl/index';
import { Dialogue } from './dialogue';
import { dialTcp, dialTls, type Address } from './dial';
import { isIP, type Socket } from 'node:net';
import { resultCodes } from '../wire/ldap-messages';
import { refusedError } from './errors';
import { saslBind } from './bind';
import { secureStream, type Mechanism } from '../sasl/mechanism';
import { SharedCredentials } from '../adapters/shared-credentials';
import { acquireCredentials, SspiError, type Credentials } from '../index';
import type { Settings } from './options';
import type { TLSSocket } from 'node:tls';

const startTlsOid = '1.3.6.1.4.1.1466.20037'; // RFC 4511, section 4.14

function acquire({ mechanism, identity, ntlm }: Settings): Promise<Credentials> {
  const kerberos = mechanism === 'GSSAPI';
  return acquireCredentials({
    package: kerberos ? 'Kerberos' : 'Negotiate',
    use: 'outbound',
    identity,
    ...(!kerberos && !ntlm && { packages: { deny: ['NTLM'] } }),
  });
}

/** Makes connections that are bound and protected. */
export class Connector {
  readonly #settings: Settings;
  readonly #shared: SharedCredentials;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#shared = new SharedCredentials(settings.credentials, () => acquire(settings));
  }

  /** Returns at once; the stream emits `connect` when it is bound, or `error`. */
  connect(args: readonly unknown[]): ConnectionStream {
    const address = addressOf(args);
    const target = this.#targetFor(address);
    const stream = new ConnectionStream();
    const attempt = new Attempt(this.#settings);
    stream.onGiveUp(() => attempt.giveUp(closedByDriver()));
    this.#open(stream, address, target, attempt.signal)
      .catch((error: unknown) => stream.destroy(error as Error))
      .finally(() => attempt.end());
    return stream;
  }

  async #open(stream: ConnectionStream, address: Address, target: string, signal: AbortSignal): Promise<void> {
    // Errors before the first turn of the event loop would come before the driver listens.
    await new Promise(setImmediate);
    signal.throwIfAborted();
    const lease = await this.#shared.lease((acquiring) => abortable(acquiring, signal, () => undefined));
    if (stream.closed) lease.release();
    else stream.once('close', () => lease.release());
    signal.throwIfAborted();
    const { tls, tlsOptions } = this.#settings;
    const wire = await dialTcp(address, signal);
    stream.useWire(wire);
    try {
      if (tls === 'startTLS') await upgrade(wire);
      const secure = tls === false ? undefined : await dialTls(wire, address, tlsOptions, signal);
      const mechanism = this.#mechanism(target, lease.credentials, secure, signal);
      const socket = secure ?? wire;
      await bind(socket, mechanism, signal);
      secureStream(mechanism, stream, socket);
    } catch (error) {
      wire.on('error', () => undefined).destroy();
      throw error;
    }
  }

  #mechanism(target: string, credentials: Credentials, secure: TLSSocket | undefined, signal: AbortSignal): Mechanism {
    const { mechanism, layer, authzid, channelBindings } = this.#settings;
    return createMechanism({
      mechanism,
      target,
      credentials,
      layer,
      signal,
      ...(authzid !== undefined && { authzid }),
      ...(channelBindings && { channelBindings: secure }),
    });
  }

  #targetFor({ host }: Address): string {
    const { target } = this.#settings;
    if (target !== undefined) return target;
    if (isIP(host) === 0) return `ldap/${host}`;
    throw invalidOption(
      `"${host}" is an address, for which there are no tickets: give the target, ldap/ and the host's name`,
    );
  }
}

/** StartTLS: nothing may follow the directory's answer but the directory's own TLS. */
async function upgrade(wire: Socket): Promise<void> {
  const dialogue = new Dialogue(wire);
  const answer = await dialogue.extended(startTlsOid);
  dialogue.end();
  if (answer.code !== resultCodes.success) throw refusedError('StartTLS', answer);
}

async function bind(socket: Socket, mechanism: Mechanism, signal: AbortSignal): Promise<void> {
  const dialogue = new Dialogue(socket);
  const aborted = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    await saslBind(dialogue, mechanism);
    dialogue.end();
  } catch (error) {
    await mechanism.dispose();
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

/** What ends an attempt: the caller's signal, the time limit, the driver. */
class Attempt {
  readonly #controller = new AbortController();
  readonly #given: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void =>
    this.giveUp(
      new SspiError({ code: 'ERR_SSPI_ABORTED', message: 'The operation was aborted.', cause: this.#given?.reason }),
    );

  constructor({ signal, timeout }: Settings) {
    this.#given = signal;
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (timeout !== Infinity) {
      const message = `Connecting and binding took longer than ${timeout / 1000} s.`;
      this.#timer = setTimeout(() => this.giveUp(new SspiError({ code: 'ERR_SSPI_PEER_TIMEOUT', message })), timeout);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  giveUp(reason: Error): void {
    this.#controller.abort(reason);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#given?.removeEventListener('abort', this.#onAbort);
  }
}

const closedByDriver = (): Error =>
  new SspiError({ code: 'ERR_SSPI_DISPOSED', message: 'The connection was closed before it was bound.' });

/** What a promise gives after the abort is put away. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal, late: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      reject(signal.reason as Error);
      promise.then(late, () => undefined);
    };
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/** The arguments of net.connect: `(port, host)` as ldapts calls it, or `({ port, host })`. */
function addressOf(args: readonly unknown[]): Address {
  const [first, second] = args;
  const given =
    typeof first === 'object' && first !== null
      ? (checkedRecord(first, 'options', Object.keys(first)) as { port?: unknown; host?: unknown })
      : { port: first, host: second };
  const port = Number(given.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalidOption('port must be a number from 1 to 65535');
  if (given.host !== undefined && typeof given.host !== 'string') throw invalidOption('host must be a string');
  return { port, host: given.host ?? 'localhost' };
}
