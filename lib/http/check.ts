/** Checks of options: what is wrong, in words that say what is expected. */
import { SspiError } from '../index';

export function invalidOption(message: string): SspiError {
  return new SspiError({ code: 'ERR_SSPI_INVALID_ARGUMENT', message });
}

/** How a wrong value is named: its type, never its content. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

/** A plain record in which unknown names are mistakes worth telling. */
export function checkedRecord<T extends object>(value: T, name: string, known: readonly string[]): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(`${name} must be an object, not ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw invalidOption(`${name} has no option "${key}"; it knows ${known.join(', ')}`);
  }
  return value;
}

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

export function checkedFunction<T>(value: T, name: string): T {
  if (value === undefined || typeof value === 'function') return value;
  throw invalidOption(`${name} must be a function, not ${describe(value)}`);
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
