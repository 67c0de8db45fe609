/** Checks of options: what is wrong, in words that say what is expected, never with the value of a secret. */
import { invalidOption } from './errors';

/** How a wrong value is named: its type, never its content. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

/** A plain record in which unknown names are mistakes worth reporting. */
export function checkedRecord<T extends object>(value: T, name: string, known: readonly string[]): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(`${name} must be an object, not ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      throw invalidOption(`${name} has no option "${key}"; its options are ${known.join(', ')}`);
  }
  return value;
}

export function checkedChoice<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  const got = typeof value === 'string' ? `'${value}'` : describe(value);
  throw invalidOption(`${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, not ${got}`);
}

/** A string without NUL; undefined is allowed. */
export function checkedText(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidOption(`${name} must be a string, not ${describe(value)}`);
  if (value.includes('\0')) throw invalidOption(`${name} must not contain a NUL character`);
  return value;
}

export function checkedWhole(value: unknown, name: string, least: number, most: number, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw invalidOption(`${name} must be a whole number from ${least} to ${most}`);
}

export function checkedFunction<T>(value: T, name: string): T {
  if (value === undefined || typeof value === 'function') return value;
  throw invalidOption(`${name} must be a function, not ${describe(value)}`);
}

/** An AbortSignal of any realm. */
export function checkedSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || typeof value.addEventListener !== 'function') {
    throw invalidOption(`signal must be an AbortSignal, not ${describe(value)}`);
  }
  return value;
}

/** The bytes of any view, as a Buffer over the same memory. */
export function bytesOf(value: unknown, name: string): Buffer {
  if (!ArrayBuffer.isView(value)) {
    throw invalidOption(`${name} must be a Buffer or another view of bytes, not ${describe(value)}`);
  }
  return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}
