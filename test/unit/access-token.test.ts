import { accept, currentToken, wellKnownSids } from 'sspi';
import { bytes, credentialsFor, expectClean, rejection, script } from './support';
import type { BindingScript } from '#lib/testing/script';
import type { RawAccessToken } from '#lib/binding/binding';

afterEach(expectClean);

const alice: RawAccessToken = {
  user: 'S-1-5-21-1-2-3-1103',
  groups: [
    { sid: wellKnownSids.everyone, attributes: 0x7 },
    { sid: wellKnownSids.administrators, attributes: 0x10 },
    { sid: wellKnownSids.guests, attributes: 0 },
    { sid: 'S-1-5-5-0-123456', attributes: 0xc0000007 },
  ],
  isPrimary: false,
  impersonationLevel: 2,
  privileges: [
    { name: 'SeChangeNotifyPrivilege', attributes: 3 },
    { name: 'SeShutdownPrivilege', attributes: 0 },
  ],
  logonId: 0x1_0000_03e7n,
  isElevated: false,
  elevationType: 3,
  isRestricted: false,
  integrity: 'S-1-16-8192',
  logonSession: {
    user: 'alice',
    domain: 'CORP',
    package: 'Kerberos',
    server: 'DC1',
    dnsDomain: 'CORP.TEST',
    principalName: 'alice@corp.test',
    type: 3,
    terminalSession: 0,
    time: 1_700_000_000_000,
  },
  claims: [{ name: 'ad://ext/department', type: 3, flags: 0, values: ['Research'] }],
};

async function acceptedBy(more: BindingScript) {
  const binding = script({ acceptor: [{}], ...more });
  const credentials = await credentialsFor('Kerberos');
  const server = accept(credentials);
  await server.step(bytes('x'));
  const end = async () => {
    await server.dispose();
    await credentials.dispose();
  };
  return { binding, context: server.context, end };
}

test('a token tells all that Windows told', async () => {
  const { context, end } = await acceptedBy({ accessToken: alice });
  const token = await context.accessToken();
  expect(token).toMatchObject({
    user: { sid: 'S-1-5-21-1-2-3-1103' },
    privileges: [
      { name: 'SeChangeNotifyPrivilege', enabled: true, attributes: 3 },
      { name: 'SeShutdownPrivilege', enabled: false, attributes: 0 },
    ],
    type: 'impersonation',
    impersonationLevel: 'impersonation',
    elevated: false,
    elevationType: 'limited',
    restricted: false,
    integrityLevel: 'medium',
    integritySid: 'S-1-16-8192',
    logonId: '0x1000003e7',
    logonSid: 'S-1-5-5-0-123456',
    logonSession: {
      user: 'alice',
      package: 'Kerberos',
      type: 'network',
      time: new Date(1_700_000_000_000),
      principalName: 'alice@corp.test',
    },
    claims: [{ name: 'ad://ext/department', values: ['Research'] }],
  });
  expect(JSON.parse(JSON.stringify(token))).toMatchObject({ logonId: '0x1000003e7' });
  expect(Object.isFrozen(token)).toBe(true);
  await end();
});

test('what Windows does not tell is undefined, not made up', async () => {
  const { user, groups } = alice;
  const { context, end } = await acceptedBy({
    accessToken: { user, groups: groups.slice(0, 1), isPrimary: true, impersonationLevel: 2, integrity: 'S-1-16-1' },
  });
  const token = await context.accessToken();
  expect(token).toMatchObject({ privileges: [], type: 'primary', integrityLevel: undefined, integritySid: 'S-1-16-1' });
  const { elevated, elevationType, restricted, logonId, logonSid, logonSession, claims } = token;
  expect([elevated, elevationType, restricted, logonId, logonSid, logonSession, claims]).toEqual(
    Array(7).fill(undefined),
  );
  await end();
});

describe('isMemberOf', () => {
  test('is what Windows says, not what the list of groups holds', async () => {
    const { binding, context, end } = await acceptedBy({ accessToken: alice });
    const token = await context.accessToken();
    expect(await token.isMemberOf(wellKnownSids.everyone)).toBe(true);
    expect(await token.isMemberOf(wellKnownSids.administrators)).toBe(false); // deny only
    expect(await token.isMemberOf('s-1-5-0x20-546'.replace('0x20', '32'))).toBe(false); // disabled
    expect(await token.isMemberOf(token.user.sid)).toBe(true);
    expect(binding.callsOf('CheckTokenMembership').map(({ sid }) => sid)).toEqual([
      'S-1-1-0',
      'S-1-5-32-544',
      'S-1-5-32-546',
      'S-1-5-21-1-2-3-1103',
    ]);
    await end();
  });

  test.each(['', 'Administrators', `S-1-5${'-1'.repeat(16)}`, 544 as unknown as string])(
    '%j is no SID',
    async (sid) => {
      const { binding, context, end } = await acceptedBy({ accessToken: alice });
      const token = await context.accessToken();
      expect(await rejection(token.isMemberOf(sid))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
      expect(binding.callsOf('CheckTokenMembership')).toEqual([]);
      await end();
    },
  );

  test('of a disposed context is an error', async () => {
    const { context, end } = await acceptedBy({ accessToken: alice });
    const token = await context.accessToken();
    await context.dispose();
    expect(await rejection(token.isMemberOf(wellKnownSids.users))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    await end();
  });
});

describe('currentToken', () => {
  test('is the process’s own', async () => {
    const binding = script({ processToken: { ...alice, isPrimary: true } });
    const token = await currentToken();
    expect(token).toMatchObject({ type: 'primary', user: { sid: alice.user } });
    expect(await token.isMemberOf(wellKnownSids.everyone)).toBe(true);
    expect(binding.callsOf('CheckTokenMembership')).toEqual([
      { api: 'CheckTokenMembership', context: undefined, sid: 'S-1-1-0' },
    ]);
  });

  test('tells why there is none', async () => {
    script({ processToken: 'ERROR_ACCESS_DENIED' });
    expect(await rejection(currentToken())).toMatchObject({ code: 'ERROR_ACCESS_DENIED', api: 'OpenProcessToken' });
  });
});
