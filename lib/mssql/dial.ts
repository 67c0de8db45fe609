import net from 'node:net';
import { connectionError, nameOf } from './errors';
import type { Attempt } from './attempt';
import type { LookupFunction } from 'node:net';
import type { Settings } from './options';

/** Where a driver wants to be connected to. */
export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string | undefined;
}

/** Connects by TCP: to the addresses one after the other, or to all at once. */
export async function dial(
  target: ConnectTarget,
  { multiSubnetFailover }: Settings,
  lookup: LookupFunction,
  attempt: Attempt,
): Promise<net.Socket> {
  const { host, port, localAddress } = target;
  const base = { port, lookup, noDelay: true, ...(localAddress !== undefined && { localAddress }) };
  try {
    if (!multiSubnetFailover) return await connected([net.connect({ ...base, host })], attempt);
    const addresses = await attempt.unlessOver(addressesOf(host, lookup));
    return await connected(
      addresses.map((address) => net.connect({ ...base, host: address })),
      attempt,
    );
  } catch (error) {
    if (attempt.signal.aborted) throw attempt.signal.reason;
    throw connectionError(`No connection to ${host}:${port} (${nameOf(error)}).`, error);
  }
}

/** The first socket that is connected; all others are destroyed. */
async function connected(sockets: readonly net.Socket[], attempt: Attempt): Promise<net.Socket> {
  let winner: net.Socket | undefined;
  try {
    winner = await attempt.unlessOver(
      Promise.any(
        sockets.map(
          (socket) =>
            new Promise<net.Socket>((resolve, reject) => {
              socket.once('connect', () => {
                socket.off('error', reject);
                resolve(socket);
              });
              socket.once('error', reject);
            }),
        ),
      ),
    );
    return winner;
  } catch (error) {
    // Of a single attempt, the one reason.
    throw error instanceof AggregateError && error.errors.length === 1 ? error.errors[0] : error;
  } finally {
    for (const socket of sockets) {
      if (socket === winner) continue;
      socket.on('error', () => undefined);
      socket.destroy();
    }
  }
}

function addressesOf(host: string, lookup: LookupFunction): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error !== null) reject(error);
      else resolve(Array.isArray(addresses) ? addresses.map(({ address }) => address) : [addresses]);
    });
  });
}
