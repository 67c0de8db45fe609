import { invalidArgument } from '../errors/make';

/**
 * The bytes of an attribute: a Buffer. It has its own name because TypeScript would write an inferred Buffer with a type
 * argument, which older versions do not know.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface AttributeBytes extends Buffer {}

/** How the binding returns an attribute, and how the public API does. `About` is what decoding needs in addition. */
export interface AttributeDefinition<Raw, Public, About = undefined> {
  /** SECPKG_ATTR_* or SECPKG_CRED_ATTR_* */
  readonly number: number;
  readonly decode: (raw: Raw, about: About) => Public;
}

export const define = <Raw, Public, About = undefined>(
  number: number,
  decode: (raw: Raw, about: About) => Public,
): AttributeDefinition<Raw, Public, About> => ({ number, decode });

/** For values that the public API returns as the binding does. */
export const same = <Value>(value: Value): Value => value;

/** The same for records. */
export const frozen = <Value>(value: Value): Readonly<Value> => Object.freeze(value);

/** The number of an attribute, by the name that a caller passed. */
export function numberOf(table: Readonly<Record<string, { readonly number: number }>>, name: unknown): number {
  const definition = typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
  if (definition === undefined) throw invalidArgument(`queryAttribute knows ${Object.keys(table).join(', ')}`);
  return definition.number;
}
