import net from 'node:net';
import tls from 'node:tls';
import { encryptionError, protocolError, sqlError } from './errors';
import { decodePrelogin, encryption, encryptionOf, preloginRequest, type PreloginOption } from '../wire/tds/prelogin';
import { packetType } from '../wire/tds/packets';
import { tlsUnique } from '../index';
import type { Duplex } from 'node:stream';
import type { ServerConnection } from './server-connection';
import type { Settings } from './options';

/**
 * PRELOGIN and TLS, in the order of the mode ([MS-TDS], 2.2.6.5 and 3.2.5.1).
 * @returns the server's PRELOGIN
 */
export async function agreeOnEncryption(
  connection: ServerConnection,
  settings: Settings,
  host: string,
): Promise<readonly PreloginOption[]> {
  const { encrypt } = settings;
  if (encrypt === 'strict') {
    const { socket } = connection;
    await connection.secure(tls.connect({ ...strictOptions(settings, host), socket }), false);
  } else {
    connection.readSocket();
  }
  const wanted = encrypt === 'strict' ? encryption.notSupported : encrypt ? encryption.on : encryption.off;
  await connection.write(packetType.prelogin, preloginRequest(wanted));
  const { payload } = await connection.message();
  const [prelogin, answer] = read(payload);
  // Bytes in the clear that came before TLS would later pass for protected ones.
  if (connection.hasSurplus) throw protocolError('bytes after PRELOGIN, where TLS or the login begins');
  if (encrypt !== 'strict') await secureAsAnswered(connection, settings, host, answer);
  return prelogin;
}

/** tls-unique, where the options want it and the connection has it. */
export function channelBindings(connection: ServerConnection, settings: Settings): Buffer | undefined {
  const { extendedProtection } = settings;
  const { tls: socket } = connection;
  if (extendedProtection === false) return undefined;
  const possible = socket !== undefined && socket.getProtocol() !== 'TLSv1.3';
  if (possible) {
    if (socket.isSessionReused()) throw protocolError('a resumed TLS session that was never begun');
    return tlsUnique(socket, 'initiator');
  }
  if (extendedProtection === 'auto') return undefined;
  const why = socket === undefined ? 'The server does not encrypt' : 'TLS 1.3 has no tls-unique';
  throw sqlError('ERR_SSPI_SQL_ENCRYPTION', `${why}, so extendedProtection: 'required' has nothing to bind to.`, {
    hint: "Let the server offer TLS 1.2, or use extendedProtection: 'auto'.",
  });
}

function read(payload: Buffer): readonly [readonly PreloginOption[], number] {
  try {
    const options = decodePrelogin(payload);
    return [options, encryptionOf(options)];
  } catch (error) {
    throw protocolError((error as Error).message, error);
  }
}

async function secureAsAnswered(
  connection: ServerConnection,
  settings: Settings,
  host: string,
  answer: number,
): Promise<void> {
  const encrypt = settings.encrypt === true;
  switch (answer) {
    case encryption.notSupported:
      if (!encrypt) return;
      throw encryptionError(
        'The server does not encrypt, and encrypt: true asks for it.',
        'Give the server a certificate; encrypt: false sends everything in the clear.',
      );
    case encryption.off:
      if (encrypt) throw protocolError('an offer to encrypt the login only, where all was asked for');
      break;
    case encryption.on:
    case encryption.required:
      break;
    default:
      throw encryptionError(
        `The server asks for an encryption (${answer}) that PRELOGIN cannot begin.`,
        "It may require TDS 8: use encrypt: 'strict'.",
      );
  }
  const wrapped = connection.wrapTls();
  await connection.secure(tls.connect(tlsInTdsOptions(settings, host, wrapped)), answer === encryption.off);
}

function strictOptions(settings: Settings, host: string): tls.ConnectionOptions {
  const { extendedProtection } = settings;
  return {
    ...common(settings, host),
    rejectUnauthorized: true,
    ALPNProtocols: ['tds/8.0'],
    ...(extendedProtection === 'required' && { maxVersion: atMost12(settings) }),
  };
}

/** Where encryption is the server's wish alone, its certificate is not checked, as in Microsoft's own drivers. */
function tlsInTdsOptions(settings: Settings, host: string, socket: Duplex): tls.ConnectionOptions {
  return {
    ...common(settings, host),
    socket,
    rejectUnauthorized: settings.encrypt === true && !settings.trustServerCertificate,
    maxVersion: atMost12(settings), // [MS-TDS], 2.2.6.5
  };
}

function common({ serverName, tls: details }: Settings, host: string): tls.ConnectionOptions {
  const name = serverName ?? host;
  // Without a session of an earlier connection: tls-unique is that of a full handshake.
  return { ...details, host: name, servername: net.isIP(name) === 0 ? name : '' };
}

const older = ['TLSv1', 'TLSv1.1'] as const;

function atMost12({ tls: { maxVersion } }: Settings): tls.SecureVersion {
  return older.find((version) => version === maxVersion) ?? 'TLSv1.2';
}
