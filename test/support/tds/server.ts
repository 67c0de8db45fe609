/**
 * A server that speaks enough of TDS 7.2 to 8.0 for a sign-on by SSPI and a few queries. It is strict where SQL Server is:
 * lengths, offsets, packet sizes before the login, the order of messages. It proves framing and the exchange of tokens, and not
 * that SQL Server does the same.
 *
 * Queries: `who` | `rows N` | `waitfor` (until it is cancelled) | `die` | `raise N` | anything else.
 */
import net from 'node:net';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { Channel, packetOf, packetTypes, type Certificate } from './channel';
import { parseLogin7, type Login7 } from './parse-login7';
import {
  done,
  envChange,
  errorToken,
  finished,
  loginAck,
  packetSizeChange,
  routing,
  sspiToken,
  textColumns,
  textRow,
  utf8Support,
} from './replies';
import type { TLSSocket } from 'node:tls';

/** The server's side of one sign-on. */
export interface Authenticator {
  /** Who signed on, once it is known. */
  readonly user: string | undefined;
  /** @throws for a sign-on that is not accepted */
  step(token: Buffer): Promise<Buffer | undefined>;
  dispose(): Promise<void>;
}

/** A stage of the login, for faults. */
export type Stage = 'prelogin' | 'tls' | 'login7' | 'token' | 'answer';

export type Fault =
  | { readonly kind: 'reset' | 'hang' | 'garbage' | 'close'; readonly at: Stage }
  | { readonly kind: 'prelogin'; readonly payload: Buffer }
  | { readonly kind: 'after-prelogin'; readonly bytes: Buffer }
  /** LOGINACK in the answer to the client's first token, without a token of the server's. */
  | { readonly kind: 'acknowledge-first' }
  | { readonly kind: 'half-answer' }
  /** A token of its own after the sign-on is over. */
  | { readonly kind: 'token-too-late' }
  /** Instead of every SSPI token, these tokens of TDS. */
  | { readonly kind: 'tokens'; readonly payload: Buffer }
  | { readonly kind: 'reply-type'; readonly type: number };

export interface ServerOptions {
  readonly encrypt?: 'none' | 'login' | 'on' | 'required' | 'strict';
  readonly certificate?: Certificate;
  readonly tls13?: boolean;
  authenticate(tls: TLSSocket | undefined): Promise<Authenticator>;
  /** How the last token goes to the client. Default: with LOGINACK. */
  readonly lastToken?: 'together' | 'separate';
  /** Users without a login: 18456. */
  readonly denied?: readonly string[];
  readonly route?: { readonly host: string; readonly port: number };
  readonly packetSize?: number;
  readonly dribble?: boolean;
  fault?: Fault | undefined;
}

/** What one connection of a client was. */
export interface Seen {
  prelogin?: number;
  answered?: number;
  tlsVersion?: string | null;
  alpn?: string | false | null;
  login7?: Login7;
  /** The sizes of LOGIN7's packets. */
  packets?: readonly number[];
  /** The sizes of the client's SSPI messages. */
  readonly tokens: number[];
  user?: string;
  refused?: string;
  attention?: boolean;
}

const answers = { none: 2, login: 0, on: 1, required: 3, strict: 2 } as const;

export class FakeSqlServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #options: ServerOptions;

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = net.createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      const seen: Seen = { tokens: [] };
      this.seen.push(seen);
      void new Connection(new Channel(socket), options, seen).run();
    });
  }

  static async start(options: ServerOptions, host = '127.0.0.1'): Promise<FakeSqlServer> {
    const server = new FakeSqlServer(options);
    await once(server.#server.listen(0, host), 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** What the next connections do wrong. */
  set fault(fault: Fault | undefined) {
    this.#options.fault = fault;
  }

  /** Ends the connections of clients. */
  killAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The client is told no more. */
class Over extends Error {}

class Connection {
  readonly #channel: Channel;
  readonly #options: ServerOptions;
  readonly #seen: Seen;

  constructor(channel: Channel, options: ServerOptions, seen: Seen) {
    this.#channel = channel;
    this.#options = options;
    this.#seen = seen;
    channel.dribble = options.dribble ?? false;
  }

  async run(): Promise<void> {
    try {
      const tls = await this.#prelogin();
      const authenticator = await this.#options.authenticate(tls);
      try {
        await this.#login(authenticator);
      } finally {
        await authenticator.dispose();
      }
      for (;;) await this.#serve();
    } catch (error) {
      this.#seen.refused ??= (error as Error).message;
      if (!(error instanceof Over)) this.#channel.close();
    }
  }

  async #fault(at: Stage): Promise<void> {
    const { fault } = this.#options;
    if (fault === undefined || !('at' in fault) || fault.at !== at) return;
    if (fault.kind === 'reset') this.#channel.reset();
    if (fault.kind === 'close') this.#channel.close();
    if (fault.kind === 'garbage') await this.#channel.write(randomBytes(400));
    throw new Over(fault.kind);
  }

  async #prelogin(): Promise<TLSSocket | undefined> {
    const { encrypt = 'none', certificate, tls13 = false, fault } = this.#options;
    const channel = this.#channel;
    if (encrypt === 'strict') {
      await this.#fault('tls');
      await channel.startTls(certificate as Certificate, false, tls13 ? 'TLSv1.3' : 'TLSv1.2');
      this.#noteTls();
    }
    const { type, payload } = await channel.message();
    if (type !== packetTypes.prelogin) throw new Error(`a first message of type ${type}`);
    await this.#fault('prelogin');
    const asked = askedEncryption(payload);
    const answer: number = encrypt === 'login' && asked === 1 ? 1 : answers[encrypt];
    Object.assign(this.#seen, { prelogin: asked, answered: answer });
    if (fault?.kind === 'prelogin') {
      await channel.send(fault.payload);
      throw new Over('prelogin');
    }
    const reply = preloginReply(answer);
    if (fault?.kind === 'after-prelogin') {
      await channel.writePlain(Buffer.concat([packetOf(packetTypes.reply, reply, true, 1), fault.bytes]));
    } else {
      await channel.send(reply);
    }
    if (encrypt === 'strict') return channel.tls;
    if (answer === 2) return undefined;
    await this.#fault('tls');
    await channel.startTls(certificate as Certificate, true, 'TLSv1.2');
    this.#noteTls();
    return channel.tls;
  }

  #noteTls(): void {
    const { tls } = this.#channel;
    Object.assign(this.#seen, { tlsVersion: tls?.getProtocol(), alpn: tls?.alpnProtocol });
  }

  async #login(authenticator: Authenticator): Promise<void> {
    const { fault, lastToken = 'together', denied = [], route } = this.#options;
    const channel = this.#channel;
    const loginOnly = this.#seen.answered === 0;
    const message = await channel.message(() => {
      if (loginOnly) channel.stopTls();
    });
    if (message.type !== packetTypes.login7) throw new Error(`a message of type ${message.type} in place of LOGIN7`);
    const login = parseLogin7(message.payload);
    Object.assign(this.#seen, { login7: login, packets: message.packets });
    if (!login.integrated || login.user !== '' || login.password !== '') throw new Error('not integrated security');
    await this.#fault('login7');
    let { token } = login;
    let held: Buffer = Buffer.alloc(0);
    while (authenticator.user === undefined) {
      if (fault?.kind === 'acknowledge-first') break;
      let answer: Buffer | undefined;
      try {
        answer = await authenticator.step(token);
      } catch {
        await this.#refuse(
          18452,
          'Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.',
        );
      }
      await this.#fault('token');
      let told: Buffer = answer === undefined ? Buffer.alloc(0) : sspiToken(answer);
      if (fault?.kind === 'tokens') told = fault.payload;
      const over = authenticator.user !== undefined;
      if (over && lastToken === 'together') {
        held = told;
        break;
      }
      if (told.length > 0) await channel.send(told, fault?.kind === 'reply-type' ? fault.type : packetTypes.reply);
      if (over) break;
      const next = await channel.message();
      if (next.type !== packetTypes.sspi || next.payload.length === 0) {
        throw new Error(`a message of type ${next.type} and ${next.payload.length} bytes in place of a token`);
      }
      this.#seen.tokens.push(next.payload.length);
      ({ payload: token } = next);
    }
    await this.#fault('answer');
    const user = authenticator.user ?? 'nobody';
    this.#seen.user = user;
    if (denied.includes(user)) await this.#refuse(18456, `Login failed for user '${user}'.`);
    if (fault?.kind === 'token-too-late') held = Buffer.concat([held, sspiToken(Buffer.from('late'))]);
    const packetSize = this.#options.packetSize ?? login.packetSize;
    const ack = Buffer.concat([
      held,
      loginAck(login.tdsVersion),
      ...(route === undefined ? [] : [routing(route.host, route.port)]),
      packetSizeChange(packetSize),
      ...(login.features.has(0x0a) ? [utf8Support] : []),
      done(),
    ]);
    if (fault?.kind === 'half-answer') {
      await channel.write(packetOf(packetTypes.reply, ack.subarray(0, 20), false, 1));
      channel.close();
      throw new Over('half-answer');
    }
    await channel.send(ack);
    channel.packetSize = packetSize;
  }

  async #refuse(number: number, text: string): Promise<never> {
    await this.#channel.send(Buffer.concat([errorToken(number, text), done(2)]));
    this.#channel.close();
    throw new Over(text);
  }

  async #serve(): Promise<void> {
    const channel = this.#channel;
    const { type, payload, ignored, reset } = await channel.message();
    if (type === packetTypes.attention) return await channel.send(done(0x20));
    if (ignored) return await channel.send(done(2));
    const before = reset ? envChange(18, Buffer.from([0, 0])) : Buffer.alloc(0);
    const rpc = type === packetTypes.rpc;
    if (!rpc && type !== packetTypes.batch) throw new Error(`a message of type ${type}`);
    // The first text of either; a parameter of sp_executesql has a header more.
    const text = payload.toString('utf16le').concat(payload.subarray(1).toString('utf16le'));
    const [, word, number = '0'] = /\b(who|rows|waitfor|die|raise)\b(?: (\d+))?/.exec(text) ?? [];
    if (word === 'die') {
      channel.reset();
      throw new Over('die');
    }
    if (word === 'waitfor') {
      const next = await channel.message();
      this.#seen.attention = next.type === packetTypes.attention;
      await channel.send(done(2));
      return await channel.send(done(0x20));
    }
    await channel.send(Buffer.concat([before, this.#answer(word, Number(number), rpc)]));
  }

  #answer(word: string | undefined, number: number, rpc: boolean): Buffer {
    if (word === 'raise') {
      return Buffer.concat([errorToken(number, `Error ${number}.`, 16), finished(0, rpc, 2)]);
    }
    if (word === 'who') {
      const values = [this.#seen.user ?? '', this.#channel.encrypted ? 'TRUE' : 'FALSE'];
      return Buffer.concat([textColumns(['who', 'encrypted']), textRow(values), finished(1, rpc)]);
    }
    if (word === 'rows') {
      const rows = Array.from({ length: number }, (_, index) => textRow([String(index), `row ${index}`]));
      return Buffer.concat([textColumns(['n', 'text']), ...rows, finished(number, rpc)]);
    }
    return finished(0, rpc, 0);
  }
}

function askedEncryption(payload: Buffer): number | undefined {
  for (let at = 0; payload[at] !== 0xff; at += 5) {
    if (at === 0 && payload[at] !== 0) throw new Error('PRELOGIN does not begin with VERSION');
    const offset = payload.readUInt16BE(at + 1);
    if (offset + payload.readUInt16BE(at + 3) > payload.length) throw new Error('an option outside of PRELOGIN');
    if (payload[at] === 1) return payload[offset];
  }
  return undefined;
}

export function preloginReply(answer: number): Buffer {
  const options: [number, Buffer][] = [
    [0, Buffer.from([16, 0, 3, 0xe8, 0, 0])],
    [1, Buffer.from([answer])],
    [2, Buffer.from([0])],
    [4, Buffer.from([0])],
    [6, Buffer.from([1])],
  ];
  let offset = 5 * options.length + 1;
  const table = options.map(([id, value]) => {
    const entry = Buffer.from([id, 0, 0, 0, 0]);
    entry.writeUInt16BE(offset, 1);
    entry.writeUInt16BE(value.length, 3);
    offset += value.length;
    return entry;
  });
  return Buffer.concat([...table, Buffer.from([0xff]), ...options.map(([, value]) => value)]);
}
