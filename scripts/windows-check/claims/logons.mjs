import { SspiError } from 'sspi';
import { expectSeen } from '../claim.mjs';
import { logOn } from '../handshake.mjs';
import { accountLogon, ownLogon } from '../logons.mjs';

/** @type {import('../claim.mjs').Claim[]} */
export const logons = [
  {
    id: 'ntlm-own',
    title: 'NTLM: the current user logs on to this process',
    check: () => logOn(ownLogon('NTLM'), describe),
  },
  {
    id: 'ntlm-account',
    title: 'NTLM: another account logs on to this process by its password',
    needs: ['account'],
    check: ({ identity }) => logOn(accountLogon('NTLM', identity), describe),
  },
  {
    id: 'ntlm-refused',
    title: 'NTLM: a wrong password is refused with SEC_E_LOGON_DENIED',
    needs: ['account'],
    check: ({ identity }) => refused({ ...identity, password: `${identity.password}?` }),
  },
  {
    id: 'negotiate-own',
    title: 'Negotiate: the current user logs on to this process',
    check: () => logOn(ownLogon('Negotiate'), describe),
  },
  {
    id: 'negotiate-account',
    title: 'Negotiate: another account logs on to this process by its password',
    needs: ['account'],
    check: ({ identity }) => logOn(accountLogon('Negotiate', identity), describe),
  },
];

function describe({ client, server, tokens }) {
  return `${client.package} in ${tokens.length} tokens; granted to the client: ${list(client.flags)}; to the server: ${list(server.flags)}`;
}

const list = (flags) => flags.join(', ') || 'nothing';

async function refused(identity) {
  const end = await logOn(accountLogon('NTLM', identity), () => undefined).catch((error) => error);
  expectSeen(end !== undefined, 'it was not refused');
  if (!SspiError.isSspiError(end, 'SEC_E_LOGON_DENIED')) throw end;
  return `${end.code} from ${end.api} on leg ${end.leg}`;
}
