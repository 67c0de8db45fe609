import { tokenLimitUnderWine } from '../wine';
import type { CredentialsCore } from '../credentials/credentials';

/** Tokens of message packages may be this large even if the package's cbMaxToken is smaller. */
const minTokenLimit = 65_535;
/** The most input of a stream package's peer that this side stores. */
const streamLimit = 1 << 20;

/** The most bytes that a handshake accepts from its peer for one leg. */
export function inputLimit({ binding, package: packageName, maxToken, stream }: CredentialsCore): number {
  if (stream) return streamLimit;
  return tokenLimitUnderWine(binding, packageName) ?? Math.max(minTokenLimit, maxToken);
}
