import { SspiError, wellKnownSids } from '../../index';
import { counted, type Principal } from './identity';
import type { AcceptorGrant, SecurityContext } from '../../index';

/**
 * Reads what the platform tells of a client. What it withholds is undefined.
 * @throws SspiError for a failure that is no refusal of the platform's: the context was disposed of, a fault of the binding.
 */
export async function principalOf(context: SecurityContext): Promise<Principal> {
  const token = await context.accessToken().catch((error: unknown) => {
    if (SspiError.isSspiError(error) && error.status !== undefined) return undefined;
    throw error;
  });
  const groups = token?.groups.map(({ sid, enabled, denyOnly }) => Object.freeze({ sid, enabled, denyOnly }));
  return {
    name: context.clientName,
    sid: token?.user.sid,
    groups: groups && Object.freeze(groups),
    package: context.package,
    flags: Object.freeze([...context.flags]) as readonly AcceptorGrant[],
  };
}

/** The relative identifier of the account Guest (MS-DTYP, 2.4.2.4). */
const guestAccount = '-501';

export function isGuest({ sid, groups }: Principal): boolean {
  const isAccount = sid !== undefined && sid.startsWith('S-1-5-21-') && sid.endsWith(guestAccount);
  return (
    isAccount || sid === wellKnownSids.guests || (groups !== undefined && counted(groups).has(wellKnownSids.guests))
  );
}

export function isAnonymous({ sid, flags }: Principal): boolean {
  return sid === wellKnownSids.anonymous || flags.includes('nullSession');
}
