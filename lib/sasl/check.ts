/** Checks of the options of `sspi/sasl` and what is built on it, beside those that all adapters have. */
import { describe, invalidOption } from '../adapters/check';

export { checkedFunction, checkedRecord, checkedSignal, describe, invalidOption } from '../adapters/check';

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

/** The bytes of any view, as a Buffer over the same memory. */
export function bytesOf(value: unknown, name: string): Buffer {
  if (!ArrayBuffer.isView(value)) {
    throw invalidOption(`${name} must be a Buffer or another view of bytes, not ${describe(value)}`);
  }
  return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}
