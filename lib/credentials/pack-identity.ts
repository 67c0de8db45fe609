import { bindingError, invalidArgument, statusError } from '../errors/make';
import { checkIdentity, rawIdentity, zeroPassword, type Identity, type PackedIdentity } from './identity';
import { describe } from '../arguments';
import { loadBinding } from '../binding/load';
import type { RawPackedIdentity } from '../binding/binding';

/** See `packIdentity` in index.ts. */
export async function packIdentity(identity: Identity): Promise<PackedIdentity> {
  const { status, user, domain, credentials } = await pack(identity).catch((error: unknown) => {
    throw bindingError(error);
  });
  if (status !== 0) throw statusError(status, { api: 'SspiEncodeAuthIdentityAsStrings' });
  return Object.freeze({ user: user ?? '', domain: domain ?? '', packedCredentials: credentials ?? '' });
}

async function pack(identity: Identity): Promise<RawPackedIdentity> {
  try {
    checkIdentity(identity);
    const raw = rawIdentity('', identity, undefined, false);
    if (raw?.password === undefined || raw.isPacked === true || typeof identity !== 'object') {
      throw invalidArgument(`identity must be { user, domain?, password }, not ${describe(identity)}`);
    }
    return await loadBinding().encodeAuthIdentityAsStrings(raw);
  } finally {
    zeroPassword(identity);
  }
}
