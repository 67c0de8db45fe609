import { invalidArgument, usageError } from './errors/make';

/** UNICODE_STRING counts bytes in 16 bits, so no string for SSPI can be longer than this many UTF-16 units. */
const maxStringLength = 32_766;

/** How a wrong value is described in a message: with its type, never with its content. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

/**
 * The bytes of any view, as a Buffer over the same memory. Works for values from other realms.
 * @throws ERR_SSPI_INVALID_ARGUMENT for anything that is not a view, ERR_SSPI_DETACHED_BUFFER for transferred memory.
 */
export function bytesOf(value: unknown, name: string): Buffer {
  if (!ArrayBuffer.isView(value)) {
    const decode = typeof value === 'string' ? '; decode base64 or hex first: Buffer.from(text, "base64")' : '';
    throw invalidArgument(
      `${name} must be a Uint8Array, Buffer or other view of bytes, not ${describe(value)}${decode}`,
    );
  }
  if (isDetached(value)) {
    throw usageError('ERR_SSPI_DETACHED_BUFFER', `${name} is a view of an ArrayBuffer that has been transferred.`);
  }
  return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}

function isDetached(view: ArrayBufferView): boolean {
  try {
    if (view.byteLength > 0) return false;
    // A detached view looks empty; only methods that validate the array can distinguish the two (DataView does so above).
    if ('length' in view) Uint8Array.prototype.indexOf.call(view as Uint8Array, 0);
    return false;
  } catch {
    return true;
  }
}

/** A string that SSPI accepts: not empty, without NUL (which would silently truncate it), short enough for a UNICODE_STRING. */
export function checkedString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidArgument(`${name} must be a string, not ${describe(value)}`);
  if (value === '') throw invalidArgument(`${name} must not be empty`);
  if (value.includes('\0')) throw invalidArgument(`${name} must not contain a NUL character`);
  if (value.length > maxStringLength) throw invalidArgument(`${name} is longer than ${maxStringLength} characters`);
  return value;
}

export function optionalString(value: unknown, name: string): string | undefined {
  return value === undefined ? undefined : checkedString(value, name);
}

export function optionalBoolean(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidArgument(`${name} must be true or false, not ${describe(value)}`);
}

export function checkedBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(`${name} must be true or false, not ${describe(value)}`);
  return value;
}

/** An options object: a plain record in which unknown names are reported as mistakes. */
export function checkedOptions<T extends object>(value: T, name: string, known: readonly string[]): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`${name} must be an object, not ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      throw invalidArgument(`${name} has no option "${key}"; its options are ${known.join(', ')}`);
  }
  return value;
}

/** An AbortSignal of any realm. */
export function checkedSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof value.addEventListener !== 'function' ||
    typeof value.aborted !== 'boolean'
  ) {
    throw invalidArgument(`signal must be an AbortSignal, not ${describe(value)}`);
  }
  return value;
}
