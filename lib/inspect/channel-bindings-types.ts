import type { TokenBase } from './token-base';
import type { Hex } from './values';

/** Channel bindings in the form for SSPI, or in the form that NTLM hashes. */
export interface ChannelBindings extends TokenBase {
  readonly kind: 'channel-bindings';
  /**
   * - `SEC_CHANNEL_BINDINGS`: a header of 32 bytes with offsets, then the data (SSPI).
   * - `gss_channel_bindings_struct`: lengths and data in a row, 20 bytes of them before the data (GSS-API).
   */
  readonly layout: 'SEC_CHANNEL_BINDINGS' | 'gss_channel_bindings_struct';
  /** What precedes the colon, such as `tls-server-end-point`; absent where there is no such name. */
  readonly type?: string;
  /** What follows the name, or all of the application data. */
  readonly data: Hex;
  /** Its value in NTLM's MsvAvChannelBindings: the MD5 hash. */
  readonly ntlmChannelBindings: Hex;
}
