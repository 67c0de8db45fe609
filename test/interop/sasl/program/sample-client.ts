/**
 * A client of Cyrus' sasl-sample-server, in Windows' node.exe: its argument is an array of {@link Case} in JSON. Each gives one line
 * of JSON, a {@link Result}.
 */
import net from 'node:net';
import { once } from 'node:events';
import { createMechanism, type MechanismOptions } from 'sspi/sasl';
import { frame } from '#lib/wire/sasl-frames';
import { opened, SampleLines } from './sample-lines';
import { SspiError } from 'sspi';

export interface Case {
  readonly name: string;
  readonly port: number;
  readonly options: MechanismOptions;
  /** The strengths that the server may agree on. */
  readonly least: number;
  readonly most: number;
}

export interface Result {
  readonly name: string;
  readonly layer?: string;
  /** The server's message, opened. */
  readonly received?: string;
  /** What the server says that it has opened. */
  readonly understood?: string;
  readonly code?: string;
  readonly message?: string;
}

async function attempt({ name, port, options, least, most }: Case): Promise<Result> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = new SampleLines(socket, 'C');

  await using mechanism = createMechanism(options);
  try {
    socket.write(`${options.mechanism} ${least} ${most}\n`);
    await lines.receive(); // the list of mechanisms
    let leg = await mechanism.step();
    lines.send(Buffer.concat([Buffer.from(`${mechanism.name}\0`), leg.token as Buffer]));
    while (leg.expectsReply) {
      leg = await mechanism.step(await lines.receive());
      // A challenge that leaves nothing to say is answered with nothing.
      lines.send(leg.token ?? Buffer.alloc(0));
    }
    const protects = mechanism.layer !== 'none';
    const message = await lines.receive();
    const received = protects ? opened(message, (bytes) => mechanism.unwrap(bytes)) : message;
    const answer = Buffer.from('client message 1');
    lines.send(protects ? frame(mechanism.wrap(answer)) : answer);
    await lines.end();
    const [, understood] = /^recieved decoded message '(.*)'$/m.exec(lines.remarks.join('\n')) ?? [];
    return {
      name,
      layer: mechanism.layer,
      received: received.toString().replace(/\0$/, ''),
      ...(understood !== undefined && { understood }),
    };
  } catch (error) {
    return { name, code: SspiError.isSspiError(error) ? error.code : '', message: (error as Error).message };
  } finally {
    socket.destroy();
  }
}

async function main(cases: readonly Case[]): Promise<void> {
  for (const each of cases) console.log(JSON.stringify(await attempt(each)));
}

void main(JSON.parse(process.argv[2] ?? '[]') as Case[]);
