import { decode, InspectError } from '../../inspect';

/** How much of a token that cannot be decoded remains readable: enough to see what it claims to be. */
const keptOfUnknown = 4;

/**
 * A token with its secrets replaced with zeros, of the same length and structure: what `sspi/inspect` masks (NTLM responses and
 * MICs, tickets, authenticators, encrypted keys), and everything but the first bytes of a token that it cannot read. Names of
 * users, hosts and realms are kept.
 *
 * @example
 * ```ts
 * fs.writeFileSync('challenge.bin', redactToken(token));
 * ```
 */
export function redactToken(token: Uint8Array): Buffer {
  const copy = Buffer.from(token);
  let secrets: string[];
  try {
    secrets = [...revealed(decode(copy, { reveal: true }))];
  } catch (error) {
    if (!(error instanceof InspectError)) throw error;
    return copy.fill(0, keptOfUnknown);
  }
  const original = Buffer.from(copy);
  for (const hex of secrets) {
    if (!blank(original, copy, Buffer.from(hex, 'hex'))) return original.fill(0, keptOfUnknown);
  }
  return copy;
}

/** Redacts every occurrence of the secret; false if it does not occur in one piece. */
function blank(original: Buffer, copy: Buffer, secret: Buffer): boolean {
  if (secret.length === 0) return true;
  let at = original.indexOf(secret);
  if (at < 0) return false;
  for (; at >= 0; at = original.indexOf(secret, at + 1)) copy.fill(0, at, at + secret.length);
  return true;
}

/** The hex digits of everything that is masked by default. */
function* revealed(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  const { masked, hex } = value as { readonly masked?: unknown; readonly hex?: unknown };
  if (masked === false && typeof hex === 'string') yield hex;
  for (const inner of Object.values(value)) yield* revealed(inner);
}
