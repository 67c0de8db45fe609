/**
 * A server for Cyrus' sasl-sample-client, in Windows' node.exe: its argument is an array of {@link Setting} in JSON. It prints the
 * port of each as one line of JSON, then an {@link Outcome} for each connection, and ends after one connection for each.
 */
import net from 'node:net';
import { once } from 'node:events';
import { createMechanism, type MechanismOptions } from 'sspi/sasl';
import { frame } from '#lib/wire/sasl-frames';
import { opened, SampleLines } from './sample-lines';
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
  const lines = new SampleLines(socket, 'S');
  const everybody = (): boolean => true;
  await using mechanism = createMechanism({ mechanism: 'GSSAPI', role: 'acceptor', layer, authorize: everybody });
  try {
    lines.send(Buffer.from(mechanism.name)); // the list of mechanisms
    const first = await lines.receive();
    let leg = await mechanism.step(first.subarray(first.indexOf(0) + 1));
    while (leg.expectsReply) {
      lines.send(leg.token ?? Buffer.alloc(0));
      leg = await mechanism.step(await lines.receive());
    }
    const protects = mechanism.layer !== 'none';
    const greeting = Buffer.from('srv message 1');
    lines.send(protects ? frame(mechanism.wrap(greeting)) : greeting);
    const message = await lines.receive();
    const bytes = protects ? opened(message, (part) => mechanism.unwrap(part)) : message;
    const received = bytes.toString().replace(/\0$/, '');
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
