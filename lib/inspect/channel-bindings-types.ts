import type { TokenBase } from './token-base';
import type { Hex } from './values';

/** Channel bindings as they are given to SSPI, or as NTLM hashes them. */
export interface ChannelBindings extends TokenBase {
  readonly kind: 'channel-bindings';
  /**
   * - `SEC_CHANNEL_BINDINGS`: a header of 32 bytes with offsets, then the data (SSPI).
   * - `gss_channel_bindings_struct`: lengths and data in a row, 20 bytes of them before the data (GSS-API).
   */
  readonly layout: 'SEC_CHANNEL_BINDINGS' | 'gss_channel_bindings_struct';
  /** What stands before the colon, such as `tls-server-end-point`; absent where there is no such name. */
  readonly type?: string;
  /** What stands behind the name, or all of the application data. */
  readonly data: Hex;
  /** What NTLM's MsvAvChannelBindings has for it: the MD5 hash. */
  readonly ntlmChannelBindings: Hex;
}
