import net from 'node:net';
import { once } from 'node:events';

export type Direction = 'up' | 'down';

/** A TCP relay on the loopback interface: it keeps what passes, and may change it. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** All that has passed in one direction (up: to the server), in chunks as they came. */
  readonly passed: Readonly<Record<Direction, readonly Buffer[]>>;
}

/**
 * @param change may change a chunk in place before it goes on
 */
export async function relayTo(
  address: { readonly host: string; readonly port: number },
  change: (chunk: Buffer, direction: Direction) => void = () => undefined,
): Promise<Relay> {
  const passed = { up: [] as Buffer[], down: [] as Buffer[] };
  const sockets = new Set<net.Socket>();

  const pass = (from: net.Socket, to: net.Socket, direction: Direction): void => {
    sockets.add(from);
    from.on('data', (chunk) => {
      change(chunk, direction);
      passed[direction].push(chunk);
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
  };

  const server = net.createServer((client) => {
    const upstream = net.connect(address);
    pass(client, upstream, 'up');
    pass(upstream, client, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as net.AddressInfo).port,
    passed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
