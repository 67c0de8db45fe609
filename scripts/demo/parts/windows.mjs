/** What any Windows machine can show without the lab's domain controller. */
import { SspiError, listPackages } from 'sspi';
import { absent, good, heading, hint } from '../terminal.mjs';
import { logOn, talkSealed, usualFlags } from './two-sides.mjs';

export async function currentUser() {
  heading(
    'Negotiate, the current user to itself',
    'Initiator and acceptor over a TCP socket, both as the user that runs this.',
  );
  const logon = loopback('Negotiate');
  // In a domain, Kerberos takes an account's principal name for a target; elsewhere NTLM needs none.
  const { USERNAME, USERDNSDOMAIN } = process.env;
  const target = USERDNSDOMAIN === undefined ? undefined : `${USERNAME}@${USERDNSDOMAIN}`;
  await logOn({ ...logon, initiate: { ...logon.initiate, target } }, async (established) => {
    const { client, server } = established;
    good(
      `${client.package} was negotiated; the server knows ${server.clientName}; granted: ${client.flags.join(', ')}`,
    );
    await talkSealed(established);
  });
}

export async function currentUserByNtlm() {
  heading('NTLM, the current user to itself');
  await logOn(loopback('NTLM'), async (established) => {
    good(`the server knows ${established.server.clientName}`);
    await talkSealed(established);
  });
}

export async function unknownUser() {
  heading('A logon that must be refused', 'An account that does not exist: no real one can be locked out by this.');
  const identity = { user: 'no-such-user-of-sspi', domain: process.env.COMPUTERNAME ?? '.', password: 'wrong' };
  const logon = loopback('NTLM');
  const refusal = await logOn({ ...logon, client: { package: 'NTLM', identity } }, () => undefined).then(
    () => undefined,
    (error) => error,
  );
  if (refusal === undefined) throw new Error('it was not refused');
  if (!SspiError.isSspiError(refusal, 'SEC_E_LOGON_DENIED')) throw refusal;
  good(`${refusal.code}, from ${refusal.api} on leg ${refusal.leg}`);
  hint(refusal.hint);
}

export async function packages() {
  heading('The security packages of this machine');
  for (const { name, maxToken, capabilities } of await listPackages())
    good(`${name}: tokens of up to ${maxToken} bytes; ${capabilities.join(', ')}`);
}

export async function needsTheLab() {
  heading('Kerberos by name, a wrong password of a real account, sealed LDAP');
  absent('these need the lab’s domain controller, which runs on Linux: npm run demo shows them there');
}

function loopback(packageName) {
  return {
    client: { package: packageName },
    server: { package: packageName },
    initiate: { flags: usualFlags, require: { flags: ['confidentiality'] } },
    accept: { flags: [...usualFlags, 'extendedError'], require: { flags: ['confidentiality'] } },
    byHand: 'server',
  };
}
