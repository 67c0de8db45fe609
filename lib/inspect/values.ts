/** Lower-case hex digits, two for each byte. */
export type Hex = string;

/** A number together with the name that its specification gives it; `unknown` if there is none. */
export interface Named {
  readonly value: number;
  readonly name: string;
}

/** A bit field: its value as an unsigned number, and the names of the bits that are set, lowest bit first. */
export interface FlagSet {
  readonly value: number;
  readonly names: readonly string[];
}

/** An object identifier in dotted form, with its name if it is known. */
export interface Oid {
  readonly oid: string;
  readonly name?: string;
}

/** A GUID in the usual form (8-4-4-4-12, lower case), with its name if it is known. */
export interface Guid {
  readonly guid: string;
  readonly name?: string;
}

/** A FILETIME: `iso` is UTC with milliseconds; `filetime` counts 100 ns since 1601, in decimal digits (it has 64 bits). */
export interface Timestamp {
  readonly iso: string;
  readonly filetime: string;
}

/** Bytes that help to crack a password or to take over a session: returned only with `reveal`. */
export type Masked =
  | { readonly masked: true; /** In bytes. */ readonly length: number }
  | {
      readonly masked: false;
      /** In bytes. */
      readonly length: number;
      readonly hex: Hex;
      /** The same as text, if it is text. */
      readonly text?: string;
    };

/** What a fact means. `warning` marks what is weak, unusual or wrong. */
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

/** The name of a number, or the number itself if its specification has no name for it. */
export function nameOf({ value, name }: Named, what = ''): string {
  if (name !== 'unknown') return name;
  return what === '' ? numberText(value) : `${what} ${numberText(value)}`;
}

/** Statuses are known by their hex form, everything else by its decimal one. */
export function numberText(value: number): string {
  return value > 0xffff ? hex32(value) : String(value);
}

/** Splits a 32-bit field into the names of its bits; `names` has the name of bit n at index n, '' for none. */
export function flagSet(value: number, names: readonly string[]): FlagSet {
  const set: string[] = [];
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) {
    const bit = 31 - Math.clz32(rest & -rest);
    const name = names[bit] ?? '';
    set.push(name === '' ? `bit ${bit}` : name);
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

/** From 1601 to 1970, in milliseconds. */
const unixEpoch = 11_644_473_600_000;

/**
 * A FILETIME from its two halves. Every 64-bit value has a date that JavaScript can express. The number is divided by 10,000
 * using 2^32 = 429,496 * 10,000 + 7,296, so that no step needs more than 53 bits.
 */
export function timestamp(low: number, high: number): Timestamp {
  const rest = high * 7_296 + low;
  const milliseconds = high * 429_496 + Math.floor(rest / 10_000);
  const fraction = String(rest % 10_000);
  const filetime = milliseconds === 0 ? fraction : String(milliseconds) + fraction.padStart(4, '0');
  return { iso: isoTime(milliseconds - unixEpoch), filetime };
}

const millisecondsOfDay = 86_400_000;
let knownDay = NaN;
/** The date and the `T` after it. */
let knownDate = '';

/**
 * Like Date's toISOString, which takes more time than the rest of a token. The date is cached, because the tokens of an
 * exchange are of the same day.
 */
function isoTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / millisecondsOfDay);
  if (day !== knownDay) {
    knownDate = new Date(day * millisecondsOfDay).toISOString().slice(0, -'00:00:00.000Z'.length);
    knownDay = day;
  }
  const time = milliseconds - day * millisecondsOfDay;
  const minutes = Math.floor(time / 60_000);
  const seconds = time % 60_000;
  const text = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(Math.floor(seconds / 1000))}`;
  return `${knownDate}${text}.${String(seconds % 1000).padStart(3, '0')}Z`;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
