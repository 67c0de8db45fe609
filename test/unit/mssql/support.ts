import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryProvider, useProvider, watchLeaks, type LeakWatch, type ProviderInUse } from 'sspi/testing';
import { sspiAuthenticator } from '../../support/tds/authenticators';
import { FakeSqlServer, type ServerOptions } from '../../support/tds/server';
import type { Connection, ConnectionConfiguration } from 'tedious';

// tedious 20 is for Node 22; this is all that it misses in Node 20.
(Promise as { withResolvers?: unknown }).withResolvers ??= function <T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
};

type Tedious = typeof import('tedious');

/** Both drivers' versions, the newest first. */
export const drivers = [
  ['tedious 20', require('tedious') as Tedious],
  ['tedious 19', require('tedious-19') as Tedious],
] as const;

export const newest = drivers[0][1];

const data = (name: string): string => readFileSync(join(__dirname, '..', '..', '..', 'test', 'data', name), 'utf8');

export const certificate = { cert: data('tls-cert.pem'), key: data('tls-key.pem') };

/** Options of a client that trusts the certificate. */
export const trusting = { cryptoCredentialsDetails: { ca: certificate.cert }, serverName: 'web.sspi.test' };

/**
 * Puts each test of a file into a domain in memory, and holds it to leaving nothing alive.
 *
 * @returns Checks that nothing is alive, in the middle of a test.
 */
export function inDomain(): () => Promise<void> {
  let provider: ProviderInUse;
  let leaks: LeakWatch;
  beforeEach(() => {
    provider = useProvider(memoryProvider({ users: { alice: 'Wonderland', bob: 'Builder' } }));
    leaks = watchLeaks();
  });
  afterEach(async () => {
    await leaks.check();
    provider.restore();
  });
  return async () => {
    await leaks.check();
    leaks = watchLeaks();
  };
}

/** A server in whose domain this process is, as the provider in use says. */
export function startServer(options: Partial<ServerOptions> = {}, host?: string): Promise<FakeSqlServer> {
  return FakeSqlServer.start({ certificate, authenticate: sspiAuthenticator(), ...options }, host);
}

export const connectTo = (port: number, options: object = {}): { server: string; options: { port: number } } => ({
  server: 'localhost',
  options: { port, ...options },
});

/** Without encryption, for tests of something else. */
export const plainTo = (port: number): ReturnType<typeof connectTo> => connectTo(port, { encrypt: false });

export type Outcome = { readonly connection: Connection } | { readonly error: Error & { code?: string } };

/** Connects, and tells how that ended. */
export async function tryConnect({ Connection: Driver }: Tedious, config: object): Promise<Outcome> {
  const connection = new Driver(config as ConnectionConfiguration);
  return await new Promise((resolve) => {
    connection.on('error', () => undefined);
    connection.connect((error) => {
      resolve(error === undefined || error === null ? { connection } : { error });
    });
  });
}

export async function connect(driver: Tedious, config: object): Promise<Connection> {
  const outcome = await tryConnect(driver, config);
  if ('error' in outcome) throw outcome.error;
  return outcome.connection;
}

/** The error of a connection that must not come about. */
export async function refusal(driver: Tedious, config: object): Promise<Error & { code?: string }> {
  const outcome = await tryConnect(driver, config);
  if ('error' in outcome) return outcome.error;
  outcome.connection.close();
  throw new Error('the connection came about');
}

/** The coded error beneath a driver's: `cause`, however deep. */
export function causeOf(error: unknown): { code?: string; message: string; cause?: unknown } | undefined {
  for (let cause = (error as Error | undefined)?.cause; cause !== undefined; cause = (cause as Error).cause) {
    if (String((cause as { code?: string }).code).startsWith('ERR_SSPI') || (cause as Error).name === 'SspiError') {
      return cause as Error;
    }
  }
  return undefined;
}

/** The rows of a query, each as its values. */
export async function query({ Request }: Tedious, connection: Connection, text: string): Promise<unknown[][]> {
  return await new Promise((resolve, reject) => {
    const rows: unknown[][] = [];
    const request = new Request(text, (error) => {
      if (error === undefined || error === null) resolve(rows);
      else reject(error);
    });
    request.on('row', (columns: { value: unknown }[]) => rows.push(columns.map(({ value }) => value)));
    connection.execSqlBatch(request);
  });
}

export async function closed(connection: Connection): Promise<void> {
  await new Promise<void>((resolve) => {
    connection.once('end', () => {
      resolve();
    });
    connection.close();
  });
}
