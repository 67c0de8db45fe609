import { invalidArgument } from '../../errors/make';
import type { Role } from '../../flags/sides';
import type { GrantedFlag } from '../../flags/tables';
import type { RawPackageInfo } from '../../binding/binding';
import type { SspiStatusCode } from '../../errors/codes';

/** One call of InitializeSecurityContext or AcceptSecurityContext. Tokens are base64; a missing field was absent. */
export interface RecordedLeg {
  readonly status: SspiStatusCode;
  readonly input?: string;
  readonly token?: string;
  /** The token after CompleteAuthToken, if that was called. */
  readonly completed?: { readonly status: SspiStatusCode; readonly token?: string };
  readonly flags: readonly GrantedFlag[];
  /** Milliseconds since 1970 UTC. */
  readonly expiry?: number;
  /** How many of the input's last bytes were left unread. */
  readonly unread?: number;
}

/** One side of one handshake. */
export interface RecordedContext {
  readonly role: Role;
  /** The package of its credentials. */
  readonly package: string;
  readonly target?: string;
  /** ISC_REQ_* or ASC_REQ_* bits. */
  readonly requested: number;
  readonly legs: readonly RecordedLeg[];
  /** The attributes that were queried when the context was established. */
  readonly attributes: {
    readonly sizes?: { maxToken: number; maxSignature: number; blockSize: number; securityTrailer: number };
    readonly names?: string;
    readonly nativeNames?: { readonly client?: string; readonly server?: string };
    readonly negotiated?: string;
  };
}

/** A call of AcquireCredentialsHandle that failed or succeeded. Passwords are never recorded. */
export interface RecordedCredential {
  readonly package: string;
  readonly status: SspiStatusCode;
  readonly use: 'inbound' | 'outbound' | 'both';
  readonly user?: string;
  readonly domain?: string;
}

/** A recorded exchange: plain data, to be stored as JSON. */
export interface Recording {
  readonly format: 'sspi-recording';
  readonly version: 1;
  /** True if secrets were replaced with zeros. */
  readonly redacted: boolean;
  /** Wine's version, if it was recorded under Wine. */
  readonly wine?: string;
  readonly packages: readonly RawPackageInfo[];
  readonly credentials: readonly RecordedCredential[];
  /** In the order of their first legs. */
  readonly contexts: readonly RecordedContext[];
}

/** Checks a recording, for example from a file. Throws ERR_SSPI_INVALID_ARGUMENT for anything else. */
export function checkedRecording(value: Recording): Recording {
  const { format, version, contexts, credentials, packages } = (value ?? {}) as Partial<Recording>;
  if (format !== 'sspi-recording' || version !== 1) throw invalidArgument('this is not a recording of version 1');
  if (!Array.isArray(contexts) || !Array.isArray(credentials) || !Array.isArray(packages)) {
    throw invalidArgument('the recording has no contexts, credentials or packages');
  }
  return value;
}
