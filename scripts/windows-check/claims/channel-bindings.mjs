import { randomBytes } from 'node:crypto';
import { SspiError } from 'sspi';
import { expectSeen } from '../claim.mjs';
import { logOn } from '../handshake.mjs';
import { accountLogon, ownLogon } from '../logons.mjs';

const [right, other] = [0, 1].map(() => Buffer.concat([Buffer.from('tls-server-end-point:'), randomBytes(32)]));

/** @type {import('../claim.mjs').Claim[]} */
export const channelBindings = [
  {
    id: 'bindings-equal',
    title: 'NTLM: a client with the server’s own channel bindings is accepted',
    check: async ({ identity }) => {
      await logOn(bound(identity, right), () => undefined);
      return `accepted, ${whose(identity)}`;
    },
  },
  {
    id: 'bindings-different',
    title: 'NTLM: a client with other channel bindings is refused with SEC_E_BAD_BINDINGS',
    check: ({ identity }) => refused(identity, other),
  },
  {
    id: 'bindings-missing',
    title: 'NTLM: a client without channel bindings is refused with SEC_E_BAD_BINDINGS',
    check: ({ identity }) => refused(identity, undefined),
  },
];

function bound(identity, clients) {
  const logon = identity === undefined ? ownLogon('NTLM') : accountLogon('NTLM', identity);
  return {
    ...logon,
    initiate: { ...logon.initiate, channelBindings: clients },
    accept: { ...logon.accept, channelBindings: right },
  };
}

async function refused(identity, clients) {
  const end = await logOn(bound(identity, clients), () => undefined).catch((error) => error);
  expectSeen(end !== undefined, `accepted, ${whose(identity)}`);
  if (!SspiError.isSspiError(end, 'SEC_E_BAD_BINDINGS')) throw end;
  return `${end.code} from ${end.api} on leg ${end.leg}, ${whose(identity)}`;
}

const whose = (identity) => (identity === undefined ? 'the current user to itself' : 'an account by its password');
