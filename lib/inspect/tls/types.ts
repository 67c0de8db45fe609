import type { TokenBase } from '../token-base';
import type { Hex, Named, Note, Oid } from '../values';

/** TLS records, as Schannel's legs carry them: a flight of one or more. */
export interface TlsToken extends TokenBase {
  readonly kind: 'tls';
  readonly records: readonly TlsRecord[];
}

/** TLSPlaintext or TLSCiphertext (RFC 8446 section 5). */
export interface TlsRecord {
  readonly offset: number;
  /** The size of the fragment, in bytes, without the header of 5. */
  readonly length: number;
  readonly contentType: Named;
  /** legacy_record_version. */
  readonly version: Named;
  /** True if the fragment is, or can only be, ciphertext. */
  readonly encrypted?: true;
  /** The handshake messages that begin in this record. */
  readonly messages?: readonly TlsHandshake[];
  readonly alert?: TlsAlert;
}

export interface TlsAlert {
  readonly level: Named;
  readonly description: Named;
}

interface HandshakeBase {
  /** The size of the message's body, in bytes. */
  readonly length: number;
  readonly messageType: Named;
  readonly notes?: readonly Note[];
}

/** A handshake message; `type` tells the layouts apart. */
export type TlsHandshake =
  | TlsClientHello
  | TlsServerHello
  | TlsCertificateMessage
  | TlsServerKeyExchange
  | TlsCertificateRequest
  | TlsOtherHandshake;

/** ClientHello (RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2). */
export interface TlsClientHello extends HandshakeBase {
  readonly type: 'client-hello';
  readonly version: Named;
  readonly random: Hex;
  readonly sessionId: Hex;
  readonly cipherSuites: readonly Named[];
  readonly compressionMethods: readonly number[];
  /** server_name: the host that the client wants to reach. */
  readonly serverName?: string;
  /** application_layer_protocol_negotiation: what the client offers. */
  readonly alpn?: readonly string[];
  /** supported_versions; absent before TLS 1.3. */
  readonly supportedVersions?: readonly Named[];
  readonly extensions: readonly TlsExtension[];
}

/** ServerHello; in TLS 1.3 also HelloRetryRequest, which differs only in its `random`. */
export interface TlsServerHello extends HandshakeBase {
  readonly type: 'server-hello';
  readonly helloRetryRequest: boolean;
  readonly version: Named;
  /** supported_versions: the version of TLS 1.3 that the server chose. */
  readonly selectedVersion?: Named;
  readonly random: Hex;
  readonly sessionId: Hex;
  readonly cipherSuite: Named;
  /** The protocol that the server chose. */
  readonly alpn?: readonly string[];
  readonly extensions: readonly TlsExtension[];
}

export interface TlsExtension {
  readonly type: Named;
  /** In bytes. */
  readonly length: number;
  /** supported_groups, key_share, signature_algorithms and the like: what the extension lists. */
  readonly values?: readonly Named[];
}

export interface TlsCertificateMessage extends HandshakeBase {
  readonly type: 'certificate';
  /** The sender's own certificate first. */
  readonly certificates: readonly Certificate[];
}

export interface TlsServerKeyExchange extends HandshakeBase {
  readonly type: 'server-key-exchange';
  readonly namedGroup?: Named;
}

export interface TlsCertificateRequest extends HandshakeBase {
  readonly type: 'certificate-request';
  readonly certificateTypes: readonly Named[];
  readonly signatureAlgorithms?: readonly Named[];
  /** The distinguished names of the authorities that the server accepts. */
  readonly authorities: readonly string[];
}

/** Messages whose bodies contain nothing of interest to people. */
export interface TlsOtherHandshake extends HandshakeBase {
  readonly type: 'other';
}

/** The parts of an X.509 certificate (RFC 5280) that matter to a sign-on. */
export interface Certificate {
  /** In bytes, of the DER form. */
  readonly length: number;
  /** Hex digits. */
  readonly serialNumber: Hex;
  readonly issuer: string;
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  /** ISO 8601, UTC. */
  readonly notAfter: string;
  readonly dnsNames?: readonly string[];
  readonly signatureAlgorithm: Oid;
}

/** A certificate on its own, with the channel bindings that a TLS session with it has (RFC 5929 section 4). */
export interface CertificateToken extends TokenBase {
  readonly kind: 'certificate';
  readonly certificate: Certificate;
  /** tls-server-end-point; absent where the signature has no single hash. */
  readonly tlsServerEndPoint?: TlsServerEndPoint;
}

export interface TlsServerEndPoint {
  readonly hashAlgorithm: string;
  /** The hash of the certificate. */
  readonly hash: Hex;
  /** What NTLM's MsvAvChannelBindings has for it: the MD5 hash of the gss_channel_bindings_struct. */
  readonly ntlmChannelBindings: Hex;
}
