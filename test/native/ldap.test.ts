/** Messages that a peer of other hands opens and makes: Samba's LDAP server, bound by SASL and sealed in both directions. */
import { acquireCredentials, formatSid, initiate, type Credentials, type InitiateOptions } from 'sspi';
import { describeInDomain, lab, type LabUser } from './support/lab';
import { leavesNothingAlive } from './support/live-counts';
import { LdapConnection } from './support/ldap';

leavesNothingAlive();

const flags = ['confidentiality', 'integrity', 'replayDetect', 'sequenceDetect'] as const;

/** Who the server takes this connection for: the account of the first SID of its token. */
async function accountOf(connection: LdapConnection): Promise<string> {
  const [sid] = await connection.read('', 'tokenGroups');
  if (sid === undefined) throw new Error('the server names no SID');
  return (await connection.read(`<SID=${formatSid(sid)}>`, 'sAMAccountName'))[0]?.toString() ?? '';
}

async function bound(
  credentials: Credentials,
  bind: 'bindGssapi' | 'bindSpnego',
  options: InitiateOptions = {},
): Promise<{ account: string; package: string; flags: readonly string[] }> {
  const { controller } = lab();
  await using connection = await LdapConnection.connect(controller.ports.ldap);
  await using handshake = initiate(credentials, { target: controller.spn, flags, ...options });
  const context = await connection[bind](handshake);
  // Several messages each way: the sequence numbers of both directions have to be right.
  for (let i = 0; i < 5; i++) expect(await connection.read('', 'defaultNamingContext')).toHaveLength(1);
  const account = await accountOf(connection);
  return { account, package: context.package, flags: context.flags };
}

describeInDomain('wrap and unwrap, judged by Samba’s LDAP server', () => {
  test('Kerberos, the current user, GSSAPI: signed choice of a layer, then sealed', async () => {
    await using credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound' });
    const result = await bound(credentials, 'bindGssapi', { flags: [...flags, 'mutualAuth'] });
    expect(result).toMatchObject({ account: 'alice', package: 'Kerberos' });
    expect(result.flags).toEqual(expect.arrayContaining(['mutualAuth', 'confidentiality', 'integrity']));
  });

  const byNtlm = (user: LabUser) =>
    acquireCredentials({
      package: 'NTLM',
      use: 'outbound',
      identity: { user: user.name, domain: lab().workgroup, password: user.password },
    });

  test.each(['bob', 'nonAscii'] as const)('NTLM, %s with a password, GSS-SPNEGO, raw NTLM tokens', async (role) => {
    const user = lab().users[role];
    await using credentials = await byNtlm(user);
    expect(await bound(credentials, 'bindSpnego')).toMatchObject({
      account: user.name,
      package: 'NTLM',
      flags: ['confidentiality', 'integrity'],
    });
  });

  test('NTLM: the domain controller refuses a wrong password', async () => {
    await using credentials = await byNtlm({ ...lab().users.bob, password: 'wrong' });
    await expect(bound(credentials, 'bindSpnego')).rejects.toThrow('refused the bind: 49');
  });
});
