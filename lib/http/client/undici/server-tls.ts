/** The option `tls` of createFetch and createDispatcher. */
import tls from 'node:tls';
import { checkedRecord, invalidOption } from '../../check';
import { checkedSignOnOptions, signOnOptionNames, type ClientSettings, type SspiFetchOptions } from '../options';
import type { ServerTlsOptions } from '../options';

/** What connections of TLS are made with. */
export interface ServerTls {
  /** For the origins that are listed. */
  readonly listed: tls.ConnectionOptions;
  /** For all others: without the client's certificate. */
  readonly others: tls.ConnectionOptions;
}

type Name = keyof ServerTlsOptions;
/** Who the client is. */
const certificateNames = ['cert', 'key', 'passphrase', 'pfx'] as const satisfies readonly Name[];
/** What a context of TLS is made of. */
const contextNames = [
  ...certificateNames,
  'ca',
  'ciphers',
  'crl',
  'maxVersion',
  'minVersion',
] as const satisfies readonly Name[];
const connectionNames = ['checkServerIdentity', 'rejectUnauthorized', 'servername'] as const satisfies readonly Name[];
const names: readonly Name[] = [...contextNames, ...connectionNames];

/** @throws ERR_SSPI_INVALID_ARGUMENT, naming the option. */
export function checkedFetchOptions(options: SspiFetchOptions): { settings: ClientSettings; serverTls: ServerTls } {
  const { tls: given, ...signOn } = checkedRecord(options, 'options', [...signOnOptionNames, 'tls']);
  return { settings: checkedSignOnOptions(signOn), serverTls: serverTlsOf(given) };
}

/** Certificates and keys are read once, and not for each connection. */
export function serverTlsOf(given: ServerTlsOptions = {}): ServerTls {
  checkedRecord(given, 'tls', names);
  const connection = pick(given, connectionNames);
  const context = pick(given, contextNames);
  const shared = Object.fromEntries(
    Object.entries(context).filter(([name]) => !(certificateNames as readonly string[]).includes(name)),
  );
  const others = withContext(connection, shared);
  const same = Object.keys(shared).length === Object.keys(context).length;
  return { listed: same ? others : withContext(connection, context), others };
}

function withContext(connection: tls.ConnectionOptions, context: tls.SecureContextOptions): tls.ConnectionOptions {
  if (Object.keys(context).length === 0) return connection;
  try {
    return { ...connection, secureContext: tls.createSecureContext(context) };
  } catch (cause) {
    // Node's error names the option, or says what OpenSSL could not read. Only what was received may be a secret.
    throw invalidOption(`tls cannot be used: ${(cause as Error).message.replace(/ Received [^]*$/, '')}`);
  }
}

function pick(options: ServerTlsOptions, wanted: readonly Name[]): ServerTlsOptions {
  return Object.fromEntries(wanted.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}
