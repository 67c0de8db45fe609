import type { Identity } from '../../credentials/identity';
import type { InitiatorFlag } from '../../flags/tables';

/** The settings of a probe from the command line. */
export interface ProbeSettings {
  readonly package: string;
  /** Undefined: the current user. */
  readonly identity: Identity | undefined;
  /** Undefined: what the protocol needs. */
  readonly flags: readonly InitiatorFlag[] | undefined;
  /** The target name for SSPI, if it differs from that of the URL. */
  readonly spn: string | undefined;
  readonly channelBindings: boolean;
  /** Whether a server in this process accepts the tokens for a bare service principal name. */
  readonly accept: boolean;
  /** Continue although the certificate is not trusted. */
  readonly insecure: boolean;
  /** Certificates of further authorities, PEM. */
  readonly authorities: string | undefined;
  /** For the whole probe, in milliseconds. */
  readonly timeout: number;
}
