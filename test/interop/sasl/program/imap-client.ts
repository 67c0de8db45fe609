/**
 * An IMAP client in Windows' node.exe that signs on with AUTHENTICATE (RFC 9051, section 6.2.2) and opens the inbox: its argument is
 * an array of {@link ImapCase} in JSON. Each gives one line of JSON, an {@link ImapResult}.
 */
import net from 'node:net';
import tls from 'node:tls';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { createMechanism, type Mechanism, type MechanismOptions } from 'sspi/sasl';
import { SspiError } from 'sspi';

export interface ImapCase {
  readonly name: string;
  readonly port: number;
  readonly secure: boolean;
  readonly options: MechanismOptions;
}

export interface ImapResult {
  readonly name: string;
  /** What the server says to each command, without its tag. */
  readonly said: readonly string[];
  readonly established: boolean;
  readonly code?: string;
}

class Imap {
  readonly #socket: net.Socket;
  readonly #lines: AsyncIterator<string>;
  #tag = 0;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('the server has closed the connection');
    return next.value;
  }

  async command(command: string): Promise<string> {
    const tag = this.#send(command);
    for (;;) {
      const line = await this.line();
      if (line.startsWith(`${tag} `)) return line.slice(tag.length + 1);
    }
  }

  async authenticate(mechanism: Mechanism): Promise<string> {
    const tag = this.#send(`AUTHENTICATE ${mechanism.name}`);
    let challenge: Buffer | undefined;
    for (;;) {
      const line = await this.line();
      if (line.startsWith(`${tag} `)) return line.slice(tag.length + 1);
      if (!line.startsWith('+ ')) continue;
      // The first one is empty: these mechanisms begin with the client.
      const { token } = await mechanism.step(
        challenge === undefined ? undefined : Buffer.from(line.slice(2), 'base64'),
      );
      challenge = Buffer.alloc(0);
      this.#socket.write(`${token?.toString('base64') ?? ''}\r\n`);
    }
  }

  #send(command: string): string {
    this.#tag += 1;
    const tag = `a${this.#tag}`;
    this.#socket.write(`${tag} ${command}\r\n`);
    return tag;
  }
}

async function attempt({ name, port, secure, options }: ImapCase): Promise<ImapResult> {
  const socket = secure
    ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : net.connect(port, '127.0.0.1');
  await once(socket, secure ? 'secureConnect' : 'connect');
  socket.setTimeout(10_000, () => socket.destroy(new Error('the server is silent')));
  const imap = new Imap(socket);
  const said: string[] = [];
  await using mechanism = createMechanism(options);
  try {
    await imap.line(); // the greeting
    said.push(await imap.authenticate(mechanism), await imap.command('SELECT INBOX'));
    return { name, said, established: mechanism.established };
  } catch (error) {
    const code = SspiError.isSspiError(error) ? error.code : (error as Error).message;
    return { name, said, established: mechanism.established, code };
  } finally {
    socket.destroy();
  }
}

async function main(cases: readonly ImapCase[]): Promise<void> {
  for (const each of cases) console.log(JSON.stringify(await attempt(each)));
}

void main(JSON.parse(process.argv[2] ?? '[]') as ImapCase[]);
