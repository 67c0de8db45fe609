import net from 'node:net';
import { once } from 'node:events';

/** The two ends of one TCP connection over the loopback interface. */
export async function connectedSockets() {
  const server = net.createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect({ port: server.address().port, host: '127.0.0.1', noDelay: true });
  const [[far]] = await Promise.all([once(server, 'connection'), once(near, 'connect')]);
  server.close();
  return [near, far];
}

/**
 * A TCP relay to `address` that records everything, and changes one bit on demand: an active attacker.
 * @param {{ host: string, port: number }} address
 */
export async function openRelay(address) {
  const passed = { up: [], down: [] };
  const meddling = { up: false, down: false };
  const sockets = new Set();

  const pass = (from, to, direction) => {
    from.on('data', (chunk) => {
      if (meddling[direction]) {
        meddling[direction] = false;
        chunk[chunk.length - 1] ^= 0x01;
      }
      passed[direction].push(chunk);
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
  };

  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect({ ...address, noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    pass(client, upstream, 'up');
    pass(upstream, client, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    host: '127.0.0.1',
    port: server.address().port,
    /** What has passed since the last call, in both directions. */
    take() {
      const bytes = Buffer.concat([...passed.up, ...passed.down]);
      passed.up.length = passed.down.length = 0;
      return bytes;
    },
    /** Changes the last bit of what passes next. @param {'up' | 'down'} direction up: to the server */
    meddle(direction) {
      meddling[direction] = true;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
