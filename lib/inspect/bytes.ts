import { InspectError } from './error';

/** The bytes of a Uint8Array or another view, not copied. */
export function bytesOf(view: unknown, what: string): Buffer {
  if (!ArrayBuffer.isView(view)) {
    throw new InspectError('ERR_SSPI_INSPECT_ARGUMENT', `${what} is neither bytes (Uint8Array) nor text`, 0);
  }
  // A detached view has no bytes, and no Buffer can be made of it.
  return view.byteLength === 0 ? Buffer.alloc(0) : Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
