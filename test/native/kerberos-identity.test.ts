/**
 * Kerberos with an explicit identity, from a process that has no tickets.
 * @tickets none
 */
import { accept, acquireCredentials, initiate, type Credentials, type Identity } from 'sspi';
import { describeInDomain, lab, type LabUser } from './support/lab';
import { drive } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { rejection } from '../outcome';
import { perPlatform } from './support/platform';

leavesNothingAlive();

const acquire = (identity?: Identity, packageName = 'Kerberos'): Promise<Credentials> =>
  acquireCredentials({ package: packageName, use: 'outbound', ...(identity && { identity }) });

/** The account that the server's ticket was for cannot be asked under Wine: what can be seen is that the logon works. */
async function logsOn(identity: Identity): Promise<string[]> {
  await using outbound = await acquire(identity);
  await using inbound = await acquireCredentials({ package: 'Kerberos', use: 'inbound' });
  const client = initiate(outbound, { target: lab().services.web.spn, flags: ['mutualAuth', 'confidentiality'] });
  await using both = await drive(client, accept(inbound));
  expect(both.server.unwrap(both.client.wrap(Buffer.from('hello')))).toEqual(Buffer.from('hello'));
  return [...both.course];
}

const course = ['client 0 SEC_I_CONTINUE_NEEDED', 'server 0 SEC_E_OK', 'client 1 SEC_E_OK'];

describeInDomain('without tickets and without an identity', () => {
  // These come first: Wine stores the tickets of an explicit identity in the default cache.
  test('Kerberos: SEC_E_NO_CREDENTIALS, and a hint that says what to do', async () => {
    const error = await rejection(acquire());
    expect(error).toMatchObject({
      code: 'SEC_E_NO_CREDENTIALS',
      status: 0x8009030e,
      api: 'AcquireCredentialsHandle',
    });
    expect(error.hint).toContain('pass an identity');
  });

  test('Negotiate has a credential all the same, and nothing to answer a server with', async () => {
    await using credentials = await acquire(undefined, 'Negotiate');
    await using inbound = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
    const client = initiate(credentials, { target: lab().services.web.spn });
    const server = accept(inbound);
    const error = await rejection(drive(client, server));
    await Promise.all([client.dispose(), server.dispose()]);
    // Wine 10 begins with NTLM, and has no password to continue with. Windows would use the logged-on user's.
    expect(error).toMatchObject(
      perPlatform<object>({
        wine8: { code: 'SEC_E_NO_CREDENTIALS', api: 'InitializeSecurityContext', leg: 0 },
        wine10: { code: 'SEC_E_INVALID_TOKEN', api: 'InitializeSecurityContext', leg: 1 },
        windows: { code: 'SEC_E_NO_CREDENTIALS' },
      }),
    );
  });
});

describeInDomain('an explicit identity in Kerberos', () => {
  const identityOf = (user: LabUser): Identity => ({ user: user.name, domain: lab().realm, password: user.password });

  test.each(['alice', 'bob', 'nonAscii', 'webService'] as const)('%s logs on', async (role) => {
    expect(await logsOn(identityOf(lab().users[role]))).toEqual(course);
  });

  test.each<[string, (user: LabUser) => Omit<Identity, 'password'>]>([
    ['user@REALM', ({ name }) => ({ user: `${name}@${lab().realm}` })],
    ['user@realm', ({ name }) => ({ user: `${name}@${lab().dnsDomain}` })],
    ['REALM\\user', ({ name }) => ({ user: `${lab().realm}\\${name}` })],
    ['the DNS domain', ({ name }) => ({ user: name, domain: lab().dnsDomain })],
  ])('%s', async (_, form) => {
    const user = lab().users.alice;
    expect(await logsOn({ ...form(user), password: user.password })).toEqual(course);
  });

  // Windows tells the first four apart, and says SEC_E_LOGON_DENIED or a status of its own at the first leg.
  test.each<[string, () => Identity, string?]>([
    ['a wrong password', () => ({ ...identityOf(lab().users.alice), password: 'not-the-password' })],
    [
      'an empty password',
      () => ({ ...identityOf(lab().users.alice), password: '' }),
      'The identity’s password is empty.',
    ],
    ['an unknown user', () => ({ user: 'nobody', domain: lab().realm, password: 'not-the-password' })],
    ['a disabled account', () => identityOf(lab().users.disabled)],
    ['an expired account', () => identityOf(lab().users.expired)],
    ['a password that must be changed first', () => identityOf(lab().users.mustChangePassword)],
    ['the NetBIOS name in the place of the realm', () => ({ ...identityOf(lab().users.alice), domain: 'CORP' })],
    ['an unknown realm', () => ({ ...identityOf(lab().users.alice), domain: 'NOWHERE.TEST' })],
    ['no realm at all', () => ({ user: lab().users.alice.name, password: lab().users.alice.password })],
    [
      'a very long name and password',
      () => ({ user: 'x'.repeat(30_000), domain: lab().realm, password: 'y'.repeat(30_000) }),
    ],
  ])(
    '%s: STATUS_UNSUCCESSFUL from AcquireCredentialsHandle, with a hint',
    async (_, identity, hint = 'the password or the realm is wrong') => {
      const error = await rejection(acquire(identity()));
      expect(error).toMatchObject({
        code: 'STATUS_UNSUCCESSFUL',
        status: 0xc0000001,
        api: 'AcquireCredentialsHandle',
      });
      expect(error.hint).toContain(hint);
      expect(error.message).not.toContain(identity().password || 'nothing to find');
    },
  );

  test('after a refusal the right password still logs on', async () => {
    const identity = identityOf(lab().users.bob);
    await rejection(acquire({ ...identity, password: 'not-the-password' }));
    expect(await logsOn(identity)).toEqual(course);
  });
});
