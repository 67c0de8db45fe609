/** A directory on a loopback socket: it binds with the acceptor of sspi/sasl, and answers searches and "who am I?". */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import * as ber from '#lib/wire/ber';
import { createMechanism, type Mechanism, type MechanismOptions } from 'sspi/sasl';
import { LdapMessageParser } from '#lib/wire/ldap-parser';
import { message, readMessage } from '#lib/wire/ldap-messages';
import { onCleanUp } from '../sasl/support';
import { sidToBytes, SspiError } from 'sspi';

const data = path.resolve(__dirname, '../../../test/data');
export const certificate = fs.readFileSync(path.join(data, 'tls-cert.pem'));
const key = fs.readFileSync(path.join(data, 'tls-key.pem'));

export const sids = ['S-1-5-21-1-2-3-1104', 'S-1-5-21-1-2-3-513', 'S-1-5-32-545'];

const { tags } = ber;
const bindResponse = tags.applicationConstructed(1);
const searchEntry = tags.applicationConstructed(4);
const searchDone = tags.applicationConstructed(5);
const extendedResponse = tags.applicationConstructed(24);

/** What goes wrong, beside what the mechanism's options say. */
export interface Faults {
  /** Answers a bind itself: its number, its credentials, and the connection to write to. */
  readonly onBind?: (id: number, credentials: Buffer | undefined, socket: Duplex, step: number) => Buffer | undefined;
  /** Changes what goes out instead of an answer to a bind. */
  readonly answerBind?: (answer: Buffer, step: number) => Buffer;
  readonly startTls?: (id: number, socket: Duplex) => Buffer | undefined;
  /** Sends the answers to binds one byte at a time. */
  readonly dribbles?: boolean;
  /** Entries of each search. */
  readonly entries?: number;
}

export class FakeDirectory {
  readonly port: number;
  readonly #server: net.Server;
  /** Connections so far, and who bound on each, with which layer. */
  readonly binds: string[] = [];
  readonly sockets: net.Socket[] = [];
  /** Every byte that clients sent, in the open or protected. */
  readonly received: Buffer[] = [];
  /** How many operations after the bind. */
  operations = 0;

  private constructor(server: net.Server) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
  }

  static async start(
    options: Partial<MechanismOptions> = {},
    faults: Faults & { readonly ldaps?: boolean } = {},
  ): Promise<FakeDirectory> {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const directory = new FakeDirectory(server);
    server.on('connection', (socket) => {
      directory.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => directory.received.push(chunk));
      new Session(directory, options, faults).begin(faults.ldaps === true ? secure(socket) : socket);
    });
    onCleanUp(() => directory.close());
    return directory;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

function secure(socket: Duplex): tls.TLSSocket {
  // Any duplex will do at run time.
  const transport: object = socket;
  const secured = new tls.TLSSocket(transport as net.Socket, { isServer: true, cert: certificate, key });
  return secured.on('error', () => undefined);
}

class Session {
  readonly #directory: FakeDirectory;
  readonly #options: Partial<MechanismOptions>;
  readonly #faults: Faults;
  #parser = new LdapMessageParser(1 << 24);
  #socket!: Duplex;
  #mechanism: Mechanism | undefined;
  #steps = 0;
  #work = Promise.resolve();

  constructor(directory: FakeDirectory, options: Partial<MechanismOptions>, faults: Faults) {
    this.#directory = directory;
    this.#options = options;
    this.#faults = faults;
  }

  begin(socket: Duplex): void {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => void this.#mechanism?.dispose());
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#parser.push(chunk);
    for (let next = this.#parser.next(); next !== undefined; next = this.#parser.next()) {
      const whole = next;
      this.#work = this.#work.then(() => this.#answer(whole)).catch(() => void this.#socket.destroy());
    }
  };

  async #answer(bytes: Buffer): Promise<void> {
    const { id, tag, operation } = readMessage(bytes);
    switch (tag) {
      case tags.applicationConstructed(0):
        return this.#bind(id, operation);
      case tags.applicationConstructed(3):
        return this.#search(id, operation.text());
      case tags.applicationConstructed(23):
        return this.#extended(id, operation.text(tags.context(0)));
      default:
        this.#socket.end();
    }
  }

  async #bind(id: number, operation: ber.BerReader): Promise<void> {
    operation.integer();
    operation.text();
    const sasl = operation.inside(tags.contextConstructed(3));
    const name = sasl.text() as MechanismOptions['mechanism'];
    const credentials = sasl.atEnd ? undefined : sasl.bytes();
    const step = this.#steps++;
    const special = this.#faults.onBind?.(id, credentials, this.#socket, step);
    if (special !== undefined) {
      this.#socket.write(special);
      return;
    }
    this.#mechanism ??= createMechanism({ mechanism: name, role: 'acceptor', ...this.#options });
    const mechanism = this.#mechanism;
    let answer: Buffer;
    try {
      const leg = await mechanism.step(credentials ?? Buffer.alloc(0));
      answer = leg.expectsReply ? bindAnswer(id, 14, '', leg.token) : bindAnswer(id, 0, '', leg.token);
    } catch (error) {
      answer = bindAnswer(id, 49, SspiError.isSspiError(error) ? diagnosticOf(error) : String(error));
    }
    await this.#send(this.#faults.answerBind?.(answer, step) ?? answer);
    if (!mechanism.established) return;
    this.#directory.binds.push(`${mechanism.context.clientName} ${mechanism.layer}`);
    this.#socket.off('data', this.#onData);
    const raw = this.#socket;
    this.begin(mechanism.layer === 'none' ? raw : mechanism.secure(raw));
  }

  async #send(answer: Buffer): Promise<void> {
    if (this.#faults.dribbles !== true) {
      this.#socket.write(answer);
      return;
    }
    for (const byte of answer) {
      this.#socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
  }

  #search(id: number, base: string): void {
    this.#directory.operations += 1;
    const count = this.#faults.entries ?? 1;
    const found =
      base === ''
        ? [entry(id, '', { tokenGroups: sids.map((sid) => sidToBytes(sid)) })]
        : Array.from({ length: count }, (_, i) => entry(id, `cn=user${i},${base}`, { cn: [Buffer.from(`user${i}`)] }));
    // In one piece, as directories collect what they send.
    this.#socket.write(Buffer.concat([...found, message(id, ber.element(searchDone, ...result(0, '')))]));
  }

  #extended(id: number, oid: string): void {
    if (oid === '1.3.6.1.4.1.1466.20037') {
      const special = this.#faults.startTls?.(id, this.#socket);
      if (special !== undefined) {
        this.#socket.write(special);
        return;
      }
      this.#socket.off('data', this.#onData);
      this.#socket.write(extendedAnswer(id, 0));
      this.begin(secure(this.#socket));
      return;
    }
    this.#directory.operations += 1;
    const name = this.#mechanism?.context.clientName ?? '';
    this.#socket.write(extendedAnswer(id, 0, `u:${name}`));
  }
}

/** As Active Directory writes it. */
const diagnosticOf = (error: SspiError): string =>
  error.code === 'SEC_E_BAD_BINDINGS'
    ? '80090346: LdapErr: DSID-0C090597, comment: AcceptSecurityContext error, data 80090346, v4563\0'
    : '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563\0';

const result = (code: number, diagnostic: string): Buffer[] => [
  ber.enumerated(code),
  ber.octetString(''),
  ber.octetString(diagnostic),
];

export function bindAnswer(id: number, code: number, diagnostic = '', credentials?: Buffer): Buffer {
  const sent = credentials === undefined ? [] : [ber.octetString(credentials, tags.context(7))];
  return message(id, ber.element(bindResponse, ...result(code, diagnostic), ...sent));
}

export function extendedAnswer(id: number, code: number, value?: string, diagnostic = ''): Buffer {
  const sent = value === undefined ? [] : [ber.octetString(value, tags.context(11))];
  return message(id, ber.element(extendedResponse, ...result(code, diagnostic), ...sent));
}

function entry(id: number, dn: string, attributes: Readonly<Record<string, readonly Buffer[]>>): Buffer {
  const list = Object.entries(attributes).map(([name, values]) =>
    ber.sequence(ber.octetString(name), ber.element(tags.set, ...values.map((value) => ber.octetString(value)))),
  );
  return message(id, ber.element(searchEntry, ber.octetString(dn), ber.sequence(...list)));
}
