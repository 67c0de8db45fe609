import type { Evidence } from './evidence';
import type { SspiApi } from './codes';

/** What is known about the call that failed: the same status needs different remedies in different calls. */
export interface Circumstances {
  readonly api?: SspiApi | undefined;
  /** The package the credential was acquired for. */
  readonly package?: string | undefined;
  /** The target of a client, if the package requests a ticket for it. */
  readonly target?: string | undefined;
  /** The index of the leg, from 0. */
  readonly leg?: number | undefined;
  /** True under Wine. */
  readonly wine?: boolean | undefined;
  readonly evidence?: Evidence | undefined;
}

/** The same with the function that failed, which appears in messages. */
export interface FailedCall extends Circumstances {
  readonly api: SspiApi;
}
