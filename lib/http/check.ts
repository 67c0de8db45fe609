/** Checks of the options of `sspi/http`, beside those that all adapters have. */
import { describe, invalidOption } from '../adapters/check';

export { checkedFunction, checkedRecord, describe, invalidOption } from '../adapters/check';

export function checkedChoice<T extends string>(value: unknown, name: string, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  const got = typeof value === 'string' ? `'${value}'` : describe(value);
  throw invalidOption(`${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, not ${got}`);
}

export function checkedFlag(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw invalidOption(`${name} must be true or false, not ${describe(value)}`);
}

/** A list of strings that are not empty. */
export function checkedTexts(value: unknown, name: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidOption(`${name} must be an array, not ${describe(value)}`);
  for (const each of value as unknown[]) {
    if (typeof each !== 'string' || each === '') {
      throw invalidOption(`${name} must hold strings that are not empty, not ${each === '' ? "''" : describe(each)}`);
    }
  }
  return Object.freeze([...(value as string[])]);
}

/** Milliseconds above 0; Infinity is no limit. */
export function checkedTime(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value > 0) return value;
  throw invalidOption(`${name} must be a number of milliseconds above 0, or Infinity`);
}

/** A whole number above 0; Infinity is no limit. */
export function checkedCount(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (value === Infinity || (Number.isInteger(value) && (value as number) > 0)) return value as number;
  throw invalidOption(`${name} must be a whole number above 0, or Infinity`);
}
