/**
 * How a leg ended: SSPI needs the peer's next token (`continue`) or more bytes of the same message (`incomplete`), the context
 * is established, or the handshake failed.
 */
export type LegOutcome = 'continue' | 'incomplete' | 'established' | 'failed';
