import { SspiError } from 'sspi';
import { expectSeen } from '../claim.mjs';
import { logOn } from '../handshake.mjs';
import { accountLogon, ownLogon } from '../logons.mjs';
import { sameSessionKeys, sealBothWays, signBothWays } from '../protection.mjs';

const packages = ['NTLM', 'Negotiate'];

/** @type {import('../claim.mjs').Claim[]} */
export const messages = [
  ...packages.map((name) => ({
    id: `wrap-${name.toLowerCase()}`,
    title: `${name}: what one side wraps, the other unwraps, both ways`,
    check: (surroundings) => logOn(by(name, surroundings), sealBothWays),
  })),
  ...packages.map((name) => ({
    id: `sign-${name.toLowerCase()}`,
    title: `${name}: what one side signs, the other verifies, both ways`,
    check: (surroundings) => logOn(by(name, surroundings), signBothWays),
  })),
  {
    id: 'altered-message',
    title: 'A wrapped message in which one bit was changed is refused',
    check: (surroundings) =>
      logOn(by('Negotiate', surroundings), ({ client, server }) => {
        server.unwrap(client.wrap(Buffer.from('as it was')));
        const message = client.wrap(Buffer.from('as it was'));
        message[message.length - 1] ^= 1;
        try {
          server.unwrap(message);
        } catch (error) {
          if (!SspiError.isSspiError(error)) throw error;
          return error.code;
        }
        return expectSeen(false, 'it was opened');
      }),
  },
  ...packages.map((name) => ({
    id: `session-key-${name.toLowerCase()}`,
    title: `${name}: both sides have the same session key`,
    check: (surroundings) => logOn(by(name, surroundings), sameSessionKeys),
  })),
];

const by = (name, { identity }) => (identity === undefined ? ownLogon(name) : accountLogon(name, identity));
