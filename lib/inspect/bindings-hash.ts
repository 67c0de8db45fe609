import { md5 } from './ntlm/digests';
import type { Hex } from './values';

/** gss_channel_bindings_struct without addresses, as NTLM hashes it (MS-NLMP 3.1.5.1.2): numbers little-endian. */
export function gssChannelBindings(applicationData: Uint8Array): Buffer {
  const struct = Buffer.alloc(20 + applicationData.length);
  struct.writeUInt32LE(applicationData.length, 16);
  struct.set(applicationData, 20);
  return struct;
}

/** What MsvAvChannelBindings has for these channel bindings: `tls-server-end-point:` and a hash, say. */
export function ntlmChannelBindings(applicationData: Uint8Array): Hex {
  return md5(gssChannelBindings(applicationData)).toString('hex');
}
