/** Checks of options that all adapters have in common: what is wrong, in words that say what is expected, never with a secret's value. */
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

/** A plain record in which unknown names are mistakes worth reporting. */
export function checkedRecord<T extends object>(value: T, name: string, known: readonly string[]): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(`${name} must be an object, not ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw invalidOption(`${name} has no option "${key}"; its options are ${known.join(', ')}`);
    }
  }
  return value;
}

export function checkedFunction<T>(value: T, name: string): T {
  if (value === undefined || typeof value === 'function') return value;
  throw invalidOption(`${name} must be a function, not ${describe(value)}`);
}

/** An AbortSignal of any realm. */
export function checkedSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined) return undefined;
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return value;
  throw invalidOption(`signal must be an AbortSignal, not ${describe(value)}`);
}
