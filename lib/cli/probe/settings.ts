import type { Identity } from '../../credentials/identity';
import type { InitiatorFlag } from '../../flags/tables';

/** What the command line asks of a probe. */
export interface ProbeSettings {
  readonly package: string;
  /** Undefined: the current user. */
  readonly identity: Identity | undefined;
  /** Undefined: what the protocol needs. */
  readonly flags: readonly InitiatorFlag[] | undefined;
  /** The target name for SSPI where it is not the one that the URL gives. */
  readonly spn: string | undefined;
  readonly channelBindings: boolean;
  /** Whether an in-process acceptor takes the tokens of a bare service principal name. */
  readonly accept: boolean;
  /** Continue although the certificate is not trusted. */
  readonly insecure: boolean;
  /** Certificates of further authorities, PEM. */
  readonly authorities: string | undefined;
  /** For the whole probe, in milliseconds. */
  readonly timeout: number;
}
