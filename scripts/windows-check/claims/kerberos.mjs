import { logOn } from '../handshake.mjs';
import { kerberosLogon } from '../logons.mjs';
import { sameSessionKeys, sealBothWays, signBothWays } from '../protection.mjs';

/** @type {import('../claim.mjs').Claim[]} */
export const kerberos = [
  {
    id: 'kerberos-mutual',
    title: 'Kerberos: the current user logs on to a service principal of this machine, mutually',
    check: ({ machine }) =>
      logOn(kerberosLogon(machine), ({ client, server, tokens }) => {
        const granted = `client ${client.flags.join(', ')}; server ${server.flags.join(', ')}`;
        return `${machine.kerberosTarget} in ${tokens.length} tokens; granted: ${granted}`;
      }),
  },
  {
    id: 'kerberos-wrap',
    title: 'Kerberos: what one side wraps, the other unwraps, both ways',
    check: ({ machine }) => logOn(kerberosLogon(machine), sealBothWays),
  },
  {
    id: 'kerberos-sign',
    title: 'Kerberos: what one side signs, the other verifies, both ways',
    check: ({ machine }) => logOn(kerberosLogon(machine), signBothWays),
  },
  {
    id: 'kerberos-session-key',
    title: 'Kerberos: both sides have the same session key',
    check: ({ machine }) => logOn(kerberosLogon(machine), sameSessionKeys),
  },
].map((claim) => ({ ...claim, needs: ['kerberos'] }));
