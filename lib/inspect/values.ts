/** Lower-case hex digits, two for each byte. */
export type Hex = string;

/** A number together with the name that its specification gives it; `unknown` where it gives none. */
export interface Named {
  readonly value: number;
  readonly name: string;
}

/** A bit field: its value as an unsigned number, and the names of the bits that are set, lowest bit first. */
export interface FlagSet {
  readonly value: number;
  readonly names: readonly string[];
}

/** An object identifier in dotted form, named where it is a known one. */
export interface Oid {
  readonly oid: string;
  readonly name?: string;
}

/** A GUID in the usual form (8-4-4-4-12, lower case), named where it is a known one. */
export interface Guid {
  readonly guid: string;
  readonly name?: string;
}

/** A FILETIME: `iso` is UTC with milliseconds; `filetime` counts 100 ns since 1601, in decimal digits (it has 64 bits). */
export interface Timestamp {
  readonly iso: string;
  readonly filetime: string;
}

/** Bytes that help to crack a password or to take over a session: given only where `reveal` was asked for. */
export type Masked =
  | { readonly masked: true; /** In bytes. */ readonly length: number }
  | {
      readonly masked: false;
      /** In bytes. */
      readonly length: number;
      readonly hex: Hex;
      /** The same as text, where it is text. */
      readonly text?: string;
    };

/** What a fact means to a human. `warning` marks what is weak, unusual or wrong. */
export interface Note {
  readonly level: 'info' | 'warning';
  readonly text: string;
}

/** A type under construction: every field may still be missing, and may be set. */
export type Draft<T> = { -readonly [K in keyof T]?: T[K] };

export const info = (text: string): Note => ({ level: 'info', text });
export const warning = (text: string): Note => ({ level: 'warning', text });

/** Looks a number up in a table of names. */
export function named(value: number, names: Readonly<Record<number, string>>): Named {
  return { value, name: names[value] ?? 'unknown' };
}

/** Splits a 32-bit field into the names of its bits; `names` has the name of bit n at index n, '' for none. */
export function flagSet(value: number, names: readonly string[]): FlagSet {
  const set: string[] = [];
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) {
    const bit = 31 - Math.clz32(rest & -rest);
    set.push(names[bit] || `bit ${bit}`);
  }
  return { value: value >>> 0, names: set };
}

/**
 * The names of an ASN.1 BIT STRING's bits as `flagSet` takes them: ASN.1's bit 0 is the highest of the 32-bit number
 * that `bitString32` returns.
 */
export function bitStringNames(names: Readonly<Record<number, string>>): readonly string[] {
  return Array.from({ length: 32 }, (_, bit) => names[31 - bit] ?? '');
}

/** An unsigned 32-bit number in the form in which statuses and flags are usually written: `0x` and eight digits. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

const unixEpochIn100ns = 116444736000000000n;

/** A FILETIME from its two halves. Every 64-bit value has a date that JavaScript can express. */
export function timestamp(low: number, high: number): Timestamp {
  const filetime = (BigInt(high) << 32n) | BigInt(low);
  const milliseconds = Number((filetime - unixEpochIn100ns) / 10000n);
  return { iso: new Date(milliseconds).toISOString(), filetime: filetime.toString() };
}
