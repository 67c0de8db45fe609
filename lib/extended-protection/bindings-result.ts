import type { ChannelBindingResult } from './policy';

/** SEC_CHANNEL_BINDINGS_RESULT_* (Windows SDK, sspi.h). */
const absent = 0x02;
const mismatch = 0x04;
const missing = 0x08;
const matched = 0x10;
const proxy = 0x20;
const missingAllowed = 0x40;

/** What the bits of SECBUFFER_CHANNEL_BINDINGS_RESULT mean for a client; if they are undefined, the result is unknown. */
export function bindingsResult(bits: number | undefined): ChannelBindingResult {
  const has = (mask: number): boolean => ((bits ?? 0) & mask) !== 0;
  // A refusal takes precedence over all other bits.
  if (has(mismatch)) return 'mismatched';
  if (has(missing | missingAllowed)) return 'missing';
  if (has(matched)) return 'matched';
  if (has(proxy)) return 'proxy';
  return has(absent) ? 'missing' : 'unknown';
}

/**
 * Whether the bits say that the client is refused because of its bindings. The status may not say so: some packages have one
 * for all refusals.
 */
export const areRefused = (bits: number | undefined): boolean => ((bits ?? 0) & (mismatch | missing)) !== 0;
