/**
 * The LDAP messages that the example needs (RFC 4511): bind, search, extended operations.
 */
import { BerReader, boolean, element, enumerated, integer, octetString, sequence, tags } from './ber.mjs';

/** Result codes by name (RFC 4511, appendix A): those that can occur in the example. */
export const resultCodes = /** @type {const} */ ({
  success: 0,
  operationsError: 1,
  protocolError: 2,
  strongerAuthRequired: 8,
  saslBindInProgress: 14,
  noSuchObject: 32,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  unwillingToPerform: 53,
});

const resultNames = new Map(Object.entries(resultCodes).map(([name, code]) => [/** @type {number} */ (code), name]));

/** @typedef {{ code: number, name: string, matchedDn: string, diagnostic: string }} LdapResult */

/** A whole message: its number and its operation. */
export function message(/** @type {number} */ id, /** @type {Uint8Array} */ operation) {
  return sequence(integer(id), operation);
}

export const responseTags = {
  bind: tags.applicationConstructed(1),
  searchEntry: tags.applicationConstructed(4),
  searchDone: tags.applicationConstructed(5),
  searchReference: tags.applicationConstructed(19),
  extended: tags.applicationConstructed(24),
};

// -- Requests ---------------------------------------------------------------------------------------------------------

/**
 * BindRequest with SASL credentials. No credentials and credentials of zero bytes are two different things in SASL.
 * @param {string} mechanism such as `GSSAPI`
 * @param {Uint8Array | undefined} credentials
 */
export function saslBind(mechanism, credentials) {
  const sasl = [octetString(mechanism), ...(credentials === undefined ? [] : [octetString(credentials)])];
  const version = 3;
  const name = '';
  return element(
    tags.applicationConstructed(0),
    integer(version),
    octetString(name),
    element(tags.contextConstructed(3), ...sasl),
  );
}

/**
 * SearchRequest for one object, with the filter `(objectClass=*)`.
 * @param {string} base its distinguished name; empty for the root DSE
 * @param {readonly string[]} attributes
 */
export function readObject(base, attributes) {
  const baseObject = 0;
  const neverDerefAliases = 0;
  const noLimit = 0;
  return element(
    tags.applicationConstructed(3),
    octetString(base),
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
export function extended(/** @type {string} */ oid) {
  return element(tags.applicationConstructed(23), octetString(oid, tags.context(0)));
}

export function unbind() {
  return element(tags.application(2));
}

// -- Responses --------------------------------------------------------------------------------------------------------

/** @param {Buffer} bytes one whole message */
export function readMessage(bytes) {
  const reader = new BerReader(bytes).inside();
  const id = reader.integer();
  const tag = reader.tag;
  if (tag === undefined) throw new Error('LDAP: a message without an operation');
  return { id, tag, operation: reader.inside(tag) };
}

/** @param {BerReader} operation @returns {LdapResult} */
function readResult(operation) {
  const code = operation.integer(tags.enumerated);
  const matchedDn = operation.text();
  const diagnostic = operation.text();
  if (operation.tag === tags.contextConstructed(3)) operation.bytes(tags.contextConstructed(3)); // referral
  return { code, name: resultNames.get(code) ?? `resultCode ${code}`, matchedDn, diagnostic };
}

export function readBindResponse(/** @type {BerReader} */ operation) {
  const result = readResult(operation);
  const credentials = operation.tag === tags.context(7) ? operation.bytes(tags.context(7)) : undefined;
  return { ...result, credentials };
}

export function readExtendedResponse(/** @type {BerReader} */ operation) {
  const result = readResult(operation);
  if (operation.tag === tags.context(10)) operation.bytes(tags.context(10)); // responseName
  const value = operation.tag === tags.context(11) ? operation.bytes(tags.context(11)) : undefined;
  return { ...result, value };
}

export const readSearchDone = readResult;

export function readSearchEntry(/** @type {BerReader} */ operation) {
  const dn = operation.text();
  const list = operation.inside();
  /** @type {Map<string, Buffer[]>} */
  const attributes = new Map();
  while (!list.atEnd) {
    const attribute = list.inside();
    const name = attribute.text();
    const values = attribute.inside(tags.set);
    const bytes = [];
    while (!values.atEnd) bytes.push(values.bytes());
    attributes.set(name.toLowerCase(), bytes);
  }
  return { dn, attributes };
}
