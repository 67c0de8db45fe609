import { SspiError } from 'sspi';
import { good, heading, hint } from '../terminal.mjs';
import { logOn, usualFlags } from './two-sides.mjs';

export async function ntlm({ users, workgroup }) {
  heading(
    'NTLM, with an explicit identity',
    'The server cannot check the answer to its challenge itself: the domain controller does.',
  );
  await logOn(ntlmLogon(workgroup, users.alice), ({ client }) => {
    good(
      `the domain controller has verified ${workgroup}\\${users.alice.name}; the client was granted: ${client.flags.join(', ')}`,
    );
  });
}

export async function refusals({ users, workgroup }) {
  heading('Refused by the domain controller', 'The same with a wrong password, and with an account that is disabled.');
  await expectRefusal(workgroup, { ...users.alice, password: `${users.alice.password}?` }, 'a wrong password');
  await expectRefusal(workgroup, users.disabled, 'a disabled account, with its right password');
}

async function expectRefusal(domain, user, what) {
  const refusal = await logOn(ntlmLogon(domain, user), () => undefined).then(
    () => undefined,
    (error) => error,
  );
  if (refusal === undefined) throw new Error(`${what} was not refused`);
  if (!SspiError.isSspiError(refusal, 'SEC_E_LOGON_DENIED')) throw refusal;
  good(`${what}: ${refusal.code}, from ${refusal.api} on leg ${refusal.leg}`);
  hint(refusal.hint);
}

function ntlmLogon(domain, { name, password }) {
  return {
    client: { package: 'NTLM', identity: { user: name, domain, password } },
    server: { package: 'NTLM' },
    initiate: { flags: usualFlags },
    accept: { flags: [...usualFlags, 'extendedError'] },
    byHand: 'server',
  };
}
