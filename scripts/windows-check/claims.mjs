/**
 * All claims, in the order of their numbers. Numbers are for people and may change; use ids for everything that must be stable.
 */
import { channelBindings } from './claims/channel-bindings.mjs';
import { endurance } from './claims/endurance.mjs';
import { httpSignOn } from './claims/http.mjs';
import { identities } from './claims/identities.mjs';
import { kerberos } from './claims/kerberos.mjs';
import { loading } from './claims/loading.mjs';
import { logons } from './claims/logons.mjs';
import { messages } from './claims/messages.mjs';
import { schannel } from './claims/schannel.mjs';
import { spnego } from './claims/spnego.mjs';
import { threadPool } from './claims/thread-pool.mjs';

/** @type {readonly (import('./claim.mjs').Claim & { number: number })[]} */
export const claims = [
  ...loading,
  ...logons,
  ...spnego,
  ...identities,
  ...messages,
  ...channelBindings,
  ...schannel,
  ...kerberos,
  ...httpSignOn,
  ...endurance,
  ...threadPool,
].map((claim, i) => ({ ...claim, number: i + 1 }));
