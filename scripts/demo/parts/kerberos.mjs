import { good, heading } from '../terminal.mjs';
import { logOn, talkSealed, usualFlags } from './two-sides.mjs';

export async function kerberos({ services }) {
  heading(
    'Kerberos, with mutual authentication',
    'Initiator and acceptor over a TCP socket, each token behind four bytes of length.',
    'The client uses the tickets of the current user, the server its key table.',
  );
  const flags = [...usualFlags, 'mutualAuth'];
  await logOn(
    {
      client: { package: 'Kerberos' },
      server: { package: 'Kerberos' },
      initiate: { target: services.web.spn, flags, require: { flags: ['mutualAuth', 'confidentiality'] } },
      accept: { flags, require: { flags: ['mutualAuth', 'confidentiality'] } },
      byHand: 'client',
    },
    async (established) => {
      const { client } = established;
      good(`granted: ${client.flags.join(', ')}; until ${client.expiry?.toISOString() ?? 'for ever'}`);
      await talkSealed(established);
    },
  );
}
