import { messageError } from './errors';
import { WireError } from '../wire/wire-error';
import type { SecurityContext } from '../index';

/** Opens a message of the negotiation, which is signed and need not be encrypted (RFC 4752, section 3.1). */
export function openNegotiation<T>(context: SecurityContext, message: Buffer, decode: (bytes: Buffer) => T): T {
  if (message.length === 0) throw messageError('The peer’s message about the security layer is empty.');
  const bytes = context.unwrap(message, { allowUnencrypted: true });
  try {
    return decode(bytes);
  } catch (error) {
    throw error instanceof WireError ? messageError(`The peer sent ${error.message}.`, error) : error;
  }
}
