/**
 * A server for Cyrus' sasl-sample-client, in Windows' node.exe: its argument is an array of {@link Setting} in JSON. It prints the
 * port of each as one line of JSON, then an {@link Outcome} for each connection, and ends after one connection for each.
 */
import net from 'node:net';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { createMechanism, type MechanismOptions } from 'sspi/sasl';
import { frame, FrameParser } from '#lib/wire/sasl-frames';
import { SspiError } from 'sspi';

export interface Setting {
  readonly name: string;
  readonly layer: NonNullable<MechanismOptions['layer']>;
}

export interface Outcome {
  readonly name: string;
  readonly layer?: string;
  readonly authzid?: string;
  /** The client's message, opened. */
  readonly received?: string;
  readonly code?: string;
}

async function serve(socket: net.Socket, { name, layer }: Setting): Promise<Outcome> {
  socket.setTimeout(10_000, () => socket.destroy(new Error('the client is silent')));
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  /** The client's next message; other lines are remarks. */
  const receive = async (): Promise<Buffer> => {
    for (;;) {
      const next = await lines.next();
      if (next.done === true) throw new Error('the client has closed the connection');
      const [, base64] = /^C: (.*)$/.exec(next.value) ?? [];
      if (base64 !== undefined) return Buffer.from(base64, 'base64');
    }
  };
  const send = (bytes: Buffer): unknown => socket.write(`S: ${bytes.toString('base64')}\n`);

  const everybody = (): boolean => true;
  await using mechanism = createMechanism({ mechanism: 'GSSAPI', role: 'acceptor', layer, authorize: everybody });
  try {
    send(Buffer.from(mechanism.name)); // the list of mechanisms
    const first = await receive();
    let leg = await mechanism.step(first.subarray(first.indexOf(0) + 1));
    while (leg.expectsReply) {
      send(leg.token ?? Buffer.alloc(0));
      leg = await mechanism.step(await receive());
    }
    const protects = mechanism.layer !== 'none';
    const greeting = Buffer.from('srv message 1');
    send(protects ? frame(mechanism.wrap(greeting)) : greeting);
    const message = await receive();
    const parts = protects
      ? [...new FrameParser(1 << 20).push(message)].map((part) => mechanism.unwrap(part))
      : [message];
    const received = Buffer.concat(parts).toString().replace(/\0$/, '');
    return { name, layer: mechanism.layer, authzid: mechanism.authzid, received };
  } catch (error) {
    return { name, code: SspiError.isSspiError(error) ? error.code : (error as Error).message };
  } finally {
    socket.end();
  }
}

async function main(settings: readonly Setting[]): Promise<void> {
  const servers = settings.map((setting) => {
    const server = net.createServer((socket) => {
      server.close();
      void serve(socket, setting).then((outcome) => console.log(JSON.stringify(outcome)));
    });
    return server.listen(0, '127.0.0.1');
  });
  await Promise.all(servers.map((server) => once(server, 'listening')));
  console.log(JSON.stringify(servers.map((server) => (server.address() as net.AddressInfo).port)));
}

void main(JSON.parse(process.argv[2] ?? '[]') as Setting[]);
