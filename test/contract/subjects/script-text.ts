import type { Play, Scene } from '../subject';

/** A scene in the language of test/native/scripted-package. */
export function scriptText({ legs = [], acquire, impersonation }: Scene): string {
  const statements = legs.map(legStatement);
  if (acquire !== undefined) {
    statements.push(words('acquire', hex(acquire.status ?? 0), acquire.gate && `gate=${acquire.gate}`));
  }
  if (impersonation !== undefined) statements.push(words('impersonate', hex(impersonation)));
  // Without legs the package would play its own.
  if (legs.length === 0) statements.push('leg SEC_E_OK');
  return statements.join('; ');
}

function legStatement({ status, token, flags, unread, missing, bindingsResult, gate, completion }: Play): string {
  return words(
    'leg',
    hex(status),
    token && `token=${bytes(token)}`,
    flags !== undefined && `flags=${hex(flags)}`,
    unread !== undefined && `extra=${unread}`,
    missing !== undefined && `missing=${missing}`,
    bindingsResult !== undefined && `bindingsresult=${bindingsResult}`,
    gate && `gate=${gate}`,
    completion && `complete=${hex(completion.status)}`,
    completion?.token && `completetoken=${bytes(completion.token)}`,
  );
}

const hex = (number: number): string => `0x${number.toString(16)}`;
const bytes = (token: Buffer): string => (token.length === 0 ? 'empty' : `hex:${token.toString('hex')}`);
const words = (...parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ');
