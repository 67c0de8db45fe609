import { decode, summarize } from 'sspi/inspect';
import { expectSeen } from '../claim.mjs';
import { logOn } from '../handshake.mjs';
import { accountLogon, ownLogon } from '../logons.mjs';

/** @type {import('../claim.mjs').Claim[]} */
export const spnego = [
  {
    id: 'spnego-legs',
    title: 'Negotiate: every token of both sides is one of SPNEGO',
    check: (surroundings) =>
      logOn(negotiate(surroundings), ({ tokens }) => {
        const decoded = tokens.map(({ from, token }) => ({ from, token: decode(token) }));
        const course = decoded.map(({ from, token }) => `${from}: ${summarize(token)}`).join('; ');
        expectSeen(
          decoded.every(({ token }) => token.kind.startsWith('spnego-')),
          course,
        );
        return course;
      }),
  },
  {
    id: 'spnego-mic',
    title: 'Negotiate: both sides protect the list of mechanisms by a mechListMIC',
    check: (surroundings) =>
      logOn(negotiate(surroundings), ({ client, tokens }) => {
        const senders = tokens.filter(({ token }) => decode(token).mechListMIC !== undefined).map(({ from }) => from);
        const found = `${client.package}, ${tokens.length} tokens, a mechListMIC from: ${senders.join(', ') || 'nobody'}`;
        expectSeen(senders.includes('client') && senders.includes('server'), found);
        return found;
      }),
  },
];

/** By password where there is an account: between a user and itself, Windows takes short cuts. */
const negotiate = ({ identity }) =>
  identity === undefined ? ownLogon('Negotiate') : accountLogon('Negotiate', identity);
