import { boolean, element, enumerated, integer, octetString, sequence, tags } from './ber';
import { message, readMessage, readSearchEntry, responseTags } from './ldap-messages';
import { WireError } from './wire-error';

/** The LDAP ping: a search over UDP with which Windows asks a domain controller for its site (MS-ADTS, section 6.3.3). */

/** NETLOGON_NT_VERSION_5 and NETLOGON_NT_VERSION_5EX (MS-ADTS, section 6.3.1.1): an answer that names the client's site. */
const version = Buffer.from([0x06, 0, 0, 0]);
const attribute = 'Netlogon';

/** @param domain The DNS name of a domain that the controller must have; undefined for its own, whichever it is. */
export function pingRequest(id: number, domain: string | undefined): Buffer {
  const equals = (name: string, value: Buffer | string): Buffer =>
    element(tags.contextConstructed(3), octetString(name), octetString(value));
  const conditions = [...(domain === undefined ? [] : [equals('DnsDomain', domain)]), equals('NtVer', version)];
  const noLimit = 0;
  const search = element(
    tags.applicationConstructed(3),
    octetString(''),
    enumerated(0), // baseObject
    enumerated(0), // neverDerefAliases
    integer(noLimit),
    integer(noLimit),
    boolean(false),
    element(tags.contextConstructed(0), ...conditions), // and
    sequence(octetString(attribute)),
  );
  return message(id, search);
}

/** LOGON_SAM_LOGON_RESPONSE_EX, and those of a paused controller and of an unknown user. */
const answers = [23, 24, 25];
/** Where the names begin in NETLOGON_SAM_LOGON_RESPONSE_EX (MS-ADTS, section 6.3.1.9): after its code, flags and GUID. */
const namesAt = 24;
/** Forest, domain, host, the NetBIOS names of domain and computer, user, the controller's site, the client's site. */
const clientSite = 7;

/**
 * The site of the client, out of a controller's answer.
 * @returns Undefined where the controller knows no domain of that name, or no site for the client's address.
 * @throws {WireError} for a datagram that is no answer to this request.
 */
export function readPing(datagram: Buffer, id: number): string | undefined {
  const { id: answered, tag, operation } = readMessage(datagram);
  if (answered !== id) throw new WireError(`message ${answered}, which is no answer to message ${id}`);
  if (tag !== responseTags.searchEntry) return undefined;
  const [answer] = readSearchEntry(operation).attributes.get(attribute.toLowerCase()) ?? [];
  if (answer === undefined || answer.length < namesAt || !answers.includes(answer.readUInt16LE(0))) return undefined;
  let at = namesAt;
  let name = '';
  for (let i = 0; i <= clientSite; i += 1) [name, at] = readName(answer, at);
  return name === '' ? undefined : name;
}

/** A name as in DNS (RFC 1035, section 4.1.4), and where the next one begins. */
function readName(bytes: Buffer, start: number): readonly [name: string, end: number] {
  const labels: string[] = [];
  let end: number | undefined;
  let at = start;
  let limit = bytes.length;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) throw new WireError('a name that does not end');
    if (length === 0) return [labels.join('.'), end ?? at + 1];
    if (length < 0x40) {
      if (at + 1 + length > bytes.length) throw new WireError('a name that does not end');
      labels.push(bytes.toString('utf8', at + 1, at + 1 + length));
      at += 1 + length;
      continue;
    }
    const low = bytes[at + 1];
    const target = ((length & 0x3f) << 8) | (low ?? 0);
    // Each pointer leads further back than the one before, so that names end.
    if (low === undefined || length < 0xc0 || target >= Math.min(at, limit))
      throw new WireError('a name that is no name');
    end ??= at + 2;
    limit = target;
    at = target;
  }
}
