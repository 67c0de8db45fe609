import dns from 'node:dns';
import { Attempt } from './attempt';
import { Login } from './login';
import { ServerConnection } from './server-connection';
import { SharedCredentials, type Lease } from '../adapters/shared-credentials';
import { SignOnSocket } from './sign-on-socket';
import { agreeOnEncryption, channelBindings } from './encryption';
import { checkedSettings, type ConnectorOptions, type Settings } from './options';
import { dial, type ConnectTarget } from './dial';
import { acquireCredentials } from '../index';
import { invalidOption } from '../adapters/check';
import { serviceNames } from './service-name';
import type { LookupFunction, Socket } from 'node:net';

/**
 * The driver's option `connector`. The driver calls it with the place of the server, also that of an instance or a redirection,
 * and with the signal of its own time limit.
 */
export type WindowsConnector = (
  target?: ConnectTarget,
  lookup?: LookupFunction,
  signal?: AbortSignal,
) => Promise<Socket>;

/** Where a bare connector's limit lies if nothing else limits it, in milliseconds. */
const defaultLimit = 15_000;

/** See `windowsConnector` in index.ts. */
export function makeConnector(options: ConnectorOptions): WindowsConnector {
  const settings = checkedSettings(options);
  const { identity, packages } = settings;
  const credentials = new SharedCredentials(settings.credentials, () =>
    acquireCredentials({ package: 'Negotiate', use: 'outbound', identity, packages }),
  );
  return async (target, lookup, signal) => {
    const limit = settings.connectTimeout ?? (signal === undefined ? defaultLimit : undefined);
    const attempt = new Attempt([settings.signal, signal], limit);
    try {
      return await connect(checkedTarget(target), lookup ?? defaultLookup, settings, credentials, attempt);
    } catch (error) {
      attempt.end();
      throw error;
    }
  };
}

async function connect(
  target: ConnectTarget,
  lookup: LookupFunction,
  settings: Settings,
  shared: SharedCredentials,
  attempt: Attempt,
): Promise<Socket> {
  const { signal } = attempt;
  signal.throwIfAborted();
  const socket = await dial(target, settings, lookup, attempt);
  const connection = new ServerConnection(socket);
  const onAbort = (): void => {
    connection.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  let lease: Lease | undefined;
  let login: Login | undefined;
  try {
    signal.throwIfAborted();
    const prelogin = await agreeOnEncryption(connection, settings, target.host);
    const targets = await serviceNames(settings, target, socket.remoteAddress, attempt);
    lease = await shared.lease((acquiring) => attempt.unlessOver(acquiring));
    const terms = { credentials: lease.credentials, targets, channelBindings: channelBindings(connection, settings) };
    login = await Login.begin(connection, settings, terms, attempt);
    signal.throwIfAborted();
    const granted = lease;
    return new SignOnSocket({
      connection,
      prelogin,
      login,
      loggedIn: () => {
        attempt.end();
      },
      closed: () => {
        attempt.end();
        granted.release();
      },
    });
  } catch (error) {
    login?.dispose();
    lease?.release();
    connection.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

const defaultLookup: LookupFunction = (host, options, callback) => {
  dns.lookup(host, options, callback);
};

function checkedTarget(target: ConnectTarget | undefined): ConnectTarget {
  const { host, port } = target ?? ({} as Partial<ConnectTarget>);
  if (typeof host === 'string' && host !== '' && typeof port === 'number') return target as ConnectTarget;
  throw invalidOption('the driver must call the connector with { host, port }; tedious does since version 16');
}
