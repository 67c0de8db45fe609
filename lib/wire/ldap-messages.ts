import { BerReader, boolean, element, enumerated, integer, octetString, sequence, tags } from './ber';
import { WireError } from './wire-error';

/** The LDAP messages (RFC 4511) that a sign-on needs: bind, reading one object, extended operations. */

/** Result codes by name (RFC 4511, appendix A) that can occur in a sign-on. */
export const resultCodes = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  confidentialityRequired: 13,
  saslBindInProgress: 14,
  noSuchObject: 32,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
} as const;

const resultNames = new Map<number, string>(Object.entries(resultCodes).map(([name, code]) => [code, name]));

export interface LdapResult {
  readonly code: number;
  readonly name: string;
  readonly diagnostic: string;
}

export interface BindResult extends LdapResult {
  /** serverSaslCreds; undefined if the server sent none, which differs from zero bytes. */
  readonly credentials: Buffer | undefined;
}

export interface LdapEntry {
  readonly dn: string;
  /** Values by attribute, the names in lower case. */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

export const responseTags = {
  bind: tags.applicationConstructed(1),
  searchEntry: tags.applicationConstructed(4),
  searchDone: tags.applicationConstructed(5),
  searchReference: tags.applicationConstructed(19),
  extended: tags.applicationConstructed(24),
} as const;

/** A whole message. */
export const message = (id: number, operation: Uint8Array): Buffer => sequence(integer(id), operation);

/** BindRequest with SASL credentials. */
export function saslBindRequest(mechanism: string, credentials: Uint8Array | undefined): Buffer {
  const version = 3;
  const sasl = [octetString(mechanism), ...(credentials === undefined ? [] : [octetString(credentials)])];
  const emptyName = octetString('');
  return element(
    tags.applicationConstructed(0),
    integer(version),
    emptyName,
    element(tags.contextConstructed(3), ...sasl),
  );
}

/** SearchRequest for one object, with the filter `(objectClass=*)`; the root DSE has the name ''. */
export function readRequest(dn: string, attributes: readonly string[]): Buffer {
  const baseObject = 0;
  const neverDerefAliases = 0;
  const noLimit = 0;
  return element(
    tags.applicationConstructed(3),
    octetString(dn),
    enumerated(baseObject),
    enumerated(neverDerefAliases),
    integer(noLimit),
    integer(noLimit),
    boolean(false),
    octetString('objectClass', tags.context(7)),
    sequence(...attributes.map((name) => octetString(name))),
  );
}

/** ExtendedRequest without a value. */
export const extendedRequest = (oid: string): Buffer =>
  element(tags.applicationConstructed(23), octetString(oid, tags.context(0)));

export const unbindRequest = (): Buffer => element(tags.application(2));

/** Parses one complete message. */
export function readMessage(bytes: Buffer): { id: number; tag: number; operation: BerReader } {
  const reader = new BerReader(bytes).inside();
  const id = reader.integer();
  const { tag } = reader;
  if (tag === undefined) throw new WireError('LDAP: a message without an operation');
  return { id, tag, operation: reader.inside(tag) };
}

export function readResult(operation: BerReader): LdapResult {
  const code = operation.integer(tags.enumerated);
  operation.bytes(); // matchedDN
  const diagnostic = operation.text().replace(/\0$/, '');
  const referral = tags.contextConstructed(3);
  if (operation.tag === referral) operation.bytes(referral);
  return { code, name: resultNames.get(code) ?? `resultCode ${code}`, diagnostic };
}

export function readBindResponse(operation: BerReader): BindResult {
  const result = readResult(operation);
  const serverSaslCreds = tags.context(7);
  return { ...result, credentials: operation.tag === serverSaslCreds ? operation.bytes(serverSaslCreds) : undefined };
}

export function readExtendedResponse(operation: BerReader): LdapResult & { readonly value: Buffer | undefined } {
  const result = readResult(operation);
  const [responseName, responseValue] = [tags.context(10), tags.context(11)];
  if (operation.tag === responseName) operation.bytes(responseName);
  return { ...result, value: operation.tag === responseValue ? operation.bytes(responseValue) : undefined };
}

export function readSearchEntry(operation: BerReader): LdapEntry {
  const dn = operation.text();
  const list = operation.inside();
  const attributes = new Map<string, Buffer[]>();
  while (!list.atEnd) {
    const attribute = list.inside();
    const name = attribute.text().toLowerCase();
    const values = attribute.inside(tags.set);
    const bytes: Buffer[] = [];
    while (!values.atEnd) bytes.push(values.bytes());
    attributes.set(name, bytes);
  }
  return { dn, attributes };
}
