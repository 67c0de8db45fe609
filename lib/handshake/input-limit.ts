import { tokenLimitUnderWine } from '../wine';
import type { CredentialsCore } from '../credentials/credentials';

/** Tokens of message packages may be as large as this even where the package's cbMaxToken is smaller. */
const minTokenLimit = 65_535;
/** A peer of a stream package can make this side keep no more input than this. */
const streamLimit = 1 << 20;

/** The most bytes that a handshake takes from its peer for one leg. */
export function inputLimit({ binding, package: packageName, maxToken, stream }: CredentialsCore): number {
  if (stream) return streamLimit;
  return tokenLimitUnderWine(binding, packageName) ?? Math.max(minTokenLimit, maxToken);
}
