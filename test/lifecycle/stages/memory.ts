/**
 * Stages that say what each handshake left in memory: the median of three stretches, after a first one. What is kept for
 * good shows in each of them; what an allocator or V8 takes once shows in one.
 */
import { rejects } from 'node:assert/strict';
import { accept, initiate, SspiError } from 'sspi';
import { acquireKerberosPair, type KerberosPair } from '../../native/support/kerberos';
import { lab } from '../../native/support/lab';
import { collectAll, say, sayWhatIsAlive } from '../scripted';

const flags = ['mutualAuth', 'confidentiality', 'integrity'] as const;
const stretch = 3_000;
const inFlight = 8;

const begin = ({ outbound, inbound }: KerberosPair) =>
  [initiate(outbound, { target: lab().services.web.spn, flags }), accept(inbound, { flags })] as const;

const collectThoroughly = (): Promise<void> => collectAll(20);

/** What is resident without JavaScript's garbage, and without the room that V8 keeps for more of it. */
async function residentBytes(): Promise<number> {
  await collectThoroughly();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

async function sayGrowth(handshake: (both: KerberosPair) => Promise<void>): Promise<void> {
  const both = await acquireKerberosPair();
  const repeat = async (count: number): Promise<void> => {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await handshake(both);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
  };
  await repeat(stretch);
  const growths: number[] = [];
  for (let before = await residentBytes(); growths.length < 3;) {
    await repeat(stretch);
    const after = await residentBytes();
    growths.push(Math.round((after - before) / stretch));
    before = after;
  }
  const [, median] = growths.sort((a, b) => a - b);
  say(`${median} bytes a handshake`);
  await both.outbound.dispose();
  await both.inbound.dispose();
  await sayWhatIsAlive(collectThoroughly);
}

async function completed(both: KerberosPair) {
  const [client, server] = begin(both);
  await client.step((await server.step((await client.step()).token)).token);
  return [client, server] as const;
}

export const established = (): Promise<void> =>
  sayGrowth(async (both) => {
    for (const side of await completed(both)) await side.dispose();
  });

export const refused = (): Promise<void> =>
  sayGrowth(async (both) => {
    const [client, server] = begin(both);
    const request = (await client.step()).token as Buffer;
    // Inside of the authenticator, which is sealed.
    request.writeUInt8(request.readUInt8(request.length - 20) ^ 0xff, request.length - 20);
    await rejects(server.step(request), SspiError);
    await client.dispose();
    await server.dispose();
  });

export const forgotten = (): Promise<void> =>
  sayGrowth(async (both) => {
    await completed(both);
  });
