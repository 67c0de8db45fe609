import type { GrantedFlag } from '../../flags/tables';

/** How a probe ended. */
export type Outcome =
  /** The handshake ended well on all sides that could be seen. */
  | 'established'
  /** The client made its token (for Kerberos: it has the ticket); nobody here could accept it. */
  | 'initiated'
  | 'failed';

/** A TLS server's certificate. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  readonly trusted: boolean;
  /** Why it is not trusted. */
  readonly problem?: string;
  /** `tls-server-end-point:` and the hash in hex; absent where RFC 5929 defines none. */
  readonly channelBinding?: string;
  /** Whether the binding was given to SSPI. */
  readonly bindingGiven: boolean;
}

/** The client's side of the established context. */
export interface ContextFacts {
  readonly package: string;
  readonly granted: readonly GrantedFlag[];
  readonly notGranted: readonly string[];
  /** ISO 8601. */
  readonly expiry?: string;
  /** As the acceptor's side names the client, where there is one in this process. */
  readonly clientName?: string;
}

/** What a probe finds out, filled in as it goes so that a failure leaves what was found before. */
export interface Findings {
  outcome: Outcome;
  /** The package of the client's credentials. */
  package?: string;
  /** The target name that was given to SSPI. */
  spn?: string;
  /** How that name was come by, where it is not as it was typed. */
  spnSource?: string;
  /** The schemes (HTTP) or mechanisms (SASL) that the service names. */
  offers?: readonly string[];
  certificate?: CertificateFacts;
  context?: ContextFacts;
  /** What the service said of itself and at the end, by name. */
  readonly service: Record<string, string>;
  /** Milliseconds by phase. */
  readonly timings: Record<string, number>;
  readonly remarks: string[];
}
