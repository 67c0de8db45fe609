/** Bytes of the peer that break the rules of their protocol. Whoever reads them turns this into an error of its own. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
