/** Bytes of the peer that violate their protocol. The reader converts this to an error of its own. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
