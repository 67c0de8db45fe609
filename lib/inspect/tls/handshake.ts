import type { Cursor } from '../reading';
import { info, named, nameOf, warning, type Draft, type Named, type Note } from '../values';
import { readCertificate, readDistinguishedName } from './certificate';
import {
  certificateTypes,
  cipherSuites,
  extensionTypes,
  handshakeTypes,
  isGrease,
  isUnprotected,
  isWeakSuite,
  namedGroups,
  signatureSchemes,
  versions,
} from './names';
import type {
  Certificate,
  TlsCertificateMessage,
  TlsCertificateRequest,
  TlsClientHello,
  TlsExtension,
  TlsHandshake,
  TlsOtherHandshake,
  TlsServerHello,
  TlsServerKeyExchange,
} from './types';

/** The `random` that identifies a HelloRetryRequest (RFC 8446 section 4.1.3). */
const helloRetryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** Reads one handshake message. */
export function readHandshake(c: Cursor, index: number): TlsHandshake {
  const message = c.enter<Draft<TlsOtherHandshake>>(index, {});
  const type = c.u8('messageType');
  message.messageType = named(type, handshakeTypes);
  const length = c.u24be('length');
  message.length = length;
  const body = c.container(length, 'body');
  switch (type) {
    case 1:
      clientHello(body, message as object);
      break;
    case 2:
      serverHello(body, message as object);
      break;
    case 11:
      certificates(body, message as object);
      break;
    case 12:
      serverKeyExchange(body, message as object);
      break;
    case 13:
      certificateRequest(body, message as object);
      break;
    default:
      message.type = 'other';
  }
  c.leave();
  return message as TlsHandshake;
}

function clientHello(c: Cursor, hello: Draft<TlsClientHello>): void {
  hello.type = 'client-hello';
  hello.version = named(c.u16be('version'), versions);
  hello.random = c.hex(32, 'random');
  hello.sessionId = c.hex(c.u8('sessionId'), 'sessionId');
  hello.cipherSuites = numbers(c.take(c.u16be('cipherSuites'), 'cipherSuites'), 2, cipherSuites, 'cipherSuites');
  const compression = c.take(c.u8('compressionMethods'), 'compressionMethods');
  hello.compressionMethods = [...c.bytes.subarray(compression.position, compression.end)];
  const extensions: TlsExtension[] = c.enter('extensions', []);
  readExtensions(c, extensions, hello, true);
  c.leave();
  hello.extensions = extensions;
  hello.notes = clientHelloNotes(hello as TlsClientHello);
}

function serverHello(c: Cursor, hello: Draft<TlsServerHello>): void {
  hello.type = 'server-hello';
  hello.version = named(c.u16be('version'), versions);
  const random = c.hex(32, 'random');
  hello.helloRetryRequest = random === helloRetryRandom;
  hello.random = random;
  hello.sessionId = c.hex(c.u8('sessionId'), 'sessionId');
  hello.cipherSuite = named(c.u16be('cipherSuite'), cipherSuites);
  c.skip(1, 'compressionMethod');
  const extensions: TlsExtension[] = c.enter('extensions', []);
  readExtensions(c, extensions, hello, false);
  c.leave();
  hello.extensions = extensions;
  hello.notes = serverHelloNotes(hello as TlsServerHello);
}

/** The extensions at the end of a hello, where there are any. */
function readExtensions(
  c: Cursor,
  list: TlsExtension[],
  hello: Draft<TlsClientHello> | Draft<TlsServerHello>,
  fromClient: boolean,
): void {
  if (c.left === 0) return;
  const all = c.container(c.u16be('extensions'), 'extensions');
  while (all.left > 0) {
    const extension = all.enter<Draft<TlsExtension>>(list.length, {});
    const type = all.u16be('type');
    extension.type = named(type, extensionTypes);
    if (isGrease(type)) extension.type = { value: type, name: 'GREASE' };
    const length = all.u16be('length');
    extension.length = length;
    const body = all.take(length, 'data');
    const values = readExtension(type, body, hello, fromClient);
    if (values !== undefined) extension.values = values;
    list.push(extension as TlsExtension);
    all.leave();
  }
}

function readExtension(
  type: number,
  c: Cursor,
  hello: Draft<TlsClientHello> | Draft<TlsServerHello>,
  fromClient: boolean,
): Named[] | undefined {
  // A server answers server_name with nothing; other empty bodies have nothing to read either.
  if (c.left === 0) return undefined;
  switch (type) {
    case 0: {
      const names = c.take(c.u16be('data'), 'data');
      if (names.left > 0 && names.u8('data') === 0) {
        (hello as Draft<TlsClientHello>).serverName = names.utf8(names.u16be('data'), 'data');
      }
      return undefined;
    }
    case 10:
      return numbers(c.take(c.u16be('values'), 'values'), 2, namedGroups, 'values');
    case 13:
    case 50:
      return numbers(c.take(c.u16be('values'), 'values'), 2, signatureSchemes, 'values');
    case 16: {
      const protocols: string[] = [];
      const list = c.take(c.u16be('data'), 'data');
      while (list.left > 0) {
        list.item('data');
        protocols.push(list.utf8(list.u8('data'), 'data'));
      }
      hello.alpn = protocols;
      return undefined;
    }
    case 43: {
      if (!fromClient) {
        (hello as Draft<TlsServerHello>).selectedVersion = named(c.u16be('data'), versions);
        return undefined;
      }
      (hello as Draft<TlsClientHello>).supportedVersions = numbers(c.take(c.u8('data'), 'data'), 2, versions, 'data');
      return undefined;
    }
    case 51:
      return keyShares(c, fromClient);
    default:
      return undefined;
  }
}

/** The groups of key_share. A HelloRetryRequest only names one. */
function keyShares(c: Cursor, fromClient: boolean): Named[] {
  const groups: Named[] = [];
  const list = fromClient ? c.take(c.u16be('values'), 'values') : c;
  while (list.left > 0) {
    list.item('values');
    groups.push(named(list.u16be('values'), namedGroups));
    if (list.left > 0) list.skip(list.u16be('values'), 'values');
  }
  return groups;
}

/** A list of numbers of one or two bytes each, by name. */
function numbers(c: Cursor, size: 1 | 2, names: Readonly<Record<number, string>>, field: string): Named[] {
  const list: Named[] = [];
  while (c.left > 0) {
    c.item(field);
    const value = size === 1 ? c.u8(field) : c.u16be(field);
    list.push(size === 2 && isGrease(value) ? { value, name: 'GREASE' } : named(value, names));
  }
  return list;
}

function certificates(c: Cursor, message: Draft<TlsCertificateMessage>): void {
  message.type = 'certificate';
  const list: Certificate[] = c.enter('certificates', []);
  const all = c.container(c.u24be('certificates'), 'certificates');
  while (all.left > 0) {
    const der = all.container(all.u24be('length'), 'certificate');
    list.push(readCertificate(der, list.length));
  }
  c.leave();
  message.certificates = list;
  if (list.length === 0) message.notes = [info('no certificate')];
}

function serverKeyExchange(c: Cursor, message: Draft<TlsServerKeyExchange>): void {
  message.type = 'server-key-exchange';
  // ECCurveType named_curve; other kinds of key exchange begin with a length.
  if (c.peek() === 3 && c.left > 4) {
    c.skip(1, 'curveType');
    message.namedGroup = named(c.u16be('namedGroup'), namedGroups);
  }
}

/** TLS 1.2's; in TLS 1.3 the message is always encrypted. */
function certificateRequest(c: Cursor, message: Draft<TlsCertificateRequest>): void {
  message.type = 'certificate-request';
  message.certificateTypes = numbers(
    c.take(c.u8('certificateTypes'), 'certificateTypes'),
    1,
    certificateTypes,
    'certificateTypes',
  );
  let authorities = c.u16be('authorities');
  // Before TLS 1.2 there were no algorithms here, and this length is the last.
  if (authorities < c.left) {
    message.signatureAlgorithms = numbers(
      c.take(authorities, 'signatureAlgorithms'),
      2,
      signatureSchemes,
      'signatureAlgorithms',
    );
    authorities = c.u16be('authorities');
  }
  const all = c.take(authorities, 'authorities');
  const names: string[] = [];
  while (all.left > 0) {
    all.item('authorities');
    names.push(readDistinguishedName(all.take(all.u16be('authorities'), 'authorities'), 'authorities'));
  }
  message.authorities = names;
}

function clientHelloNotes(hello: TlsClientHello): Note[] {
  const notes: Note[] = [];
  if (hello.serverName === undefined)
    notes.push(info('no server name (SNI): the server cannot choose a certificate by name'));
  const newest = Math.max(
    hello.version.value,
    ...(hello.supportedVersions ?? []).map(({ value }) => (isGrease(value) ? 0 : value)),
  );
  if (newest < 0x0303) notes.push(warning(`offers nothing newer than ${nameOf(hello.version, 'version')}`));
  notes.push(...unprotectedOffers(hello));
  return notes;
}

/** A weak cipher at the end of an offer is harmless; an attacker would make the server choose one without protection. */
function unprotectedOffers({ cipherSuites }: TlsClientHello): Note[] {
  const shown = 4;
  const names = [...new Set(cipherSuites.map(({ name }) => name).filter(isUnprotected))];
  if (names.length === 0) return [];
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return [warning(`offers weak cipher suites: ${names.slice(0, shown).join(', ')}${more}`)];
}

function serverHelloNotes(hello: TlsServerHello): Note[] {
  const notes: Note[] = [];
  const version = hello.selectedVersion ?? hello.version;
  if (version.value < 0x0303) notes.push(warning(`${nameOf(version, 'version')}: an old version of TLS`));
  if (hello.helloRetryRequest) notes.push(info('asks the client for another key share'));
  if (isWeakSuite(hello.cipherSuite.name)) notes.push(warning(`${hello.cipherSuite.name}: weak`));
  return notes;
}
