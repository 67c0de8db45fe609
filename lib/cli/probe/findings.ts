import type { GrantedFlag } from '../../flags/tables';

/** How a probe ended. */
export type Outcome =
  /** The handshake succeeded on all visible sides. */
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
  /** The client's name according to the server in this process, if there is one. */
  readonly clientName?: string;
}

/** What a probe finds out. It is filled step by step, so that after a failure it contains what was found before. */
export interface Findings {
  outcome: Outcome;
  /** The package of the client's credentials. */
  package?: string;
  /** The target name that was given to SSPI. */
  spn?: string;
  /** Where that name comes from, if it differs from what was typed. */
  spnSource?: string;
  /** The schemes (HTTP) or mechanisms (SASL) that the service names. */
  offers?: readonly string[];
  certificate?: CertificateFacts;
  context?: ContextFacts;
  /** What the service said about itself and at the end, by name. */
  readonly service: Record<string, string>;
  /** Milliseconds by phase. */
  readonly timings: Record<string, number>;
  readonly remarks: string[];
}
