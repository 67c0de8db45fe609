/** Who has signed on, and who may pass. */
import { identityOf, type Identity } from 'sspi/http';
import { admins, cleanUp, connect, domain, kerberos, scripted, serve, staff, type ServeOptions } from './support';
import type { ProviderScript } from 'sspi/testing';

afterEach(cleanUp);

const apRequest = `Negotiate ${Buffer.from('6e00', 'hex').toString('base64')}`;

async function signedOn(options: ServeOptions = {}): Promise<Identity> {
  let found: Identity | undefined;
  const { port } = await serve(options, (request, response) => {
    found = identityOf(request);
    expect(request.sspi).toBe(found);
    response.end();
  });
  const client = await connect(port);
  await client.ask({ headers: { Authorization: apRequest } });
  if (found === undefined) throw new Error('nobody has signed on');
  return found;
}

const withToken = (script: Partial<ProviderScript> = {}): ProviderScript => ({
  acceptor: [{ status: 'SEC_E_OK' }],
  negotiated: 'Kerberos',
  clientName: 'CORP\\alice',
  ...script,
});
const user = 'S-1-5-21-1-2-3-1104';
const token = (
  groups: readonly { readonly sid: string; readonly attributes: number }[],
  sid = user,
): ProviderScript['accessToken'] => ({ user: sid, groups, isPrimary: false, impersonationLevel: 2 });

describe('hasGroup', () => {
  test('counts groups that are enabled and not deny-only', async () => {
    scripted(
      withToken({
        accessToken: token([
          { sid: staff, attributes: 0x7 },
          { sid: admins, attributes: 0x10 },
          { sid: 'S-1-5-21-1-2-3-1300', attributes: 0 },
          { sid: 'S-1-5-21-1-2-3-1301', attributes: 0x14 },
        ]),
      }),
    );
    const identity = await signedOn();
    expect(identity.groups).toContainEqual({ sid: admins, enabled: false, denyOnly: true });
    expect(identity.hasGroup(staff)).toBe(true);
    expect(identity.hasGroup(admins)).toBe(false);
    expect(identity.hasGroup('S-1-5-21-1-2-3-1300')).toBe(false);
    expect(identity.hasGroup('S-1-5-21-1-2-3-1301')).toBe(false);
    expect(identity.hasGroup('S-1-5-21-9-9-9-9')).toBe(false);
  });

  test.each(['CORP\\Web Users', 'Administrators', '', 'S-1', 5, undefined, null, ['S-1-1-0']])(
    'throws on %p, which is no SID',
    async (value) => {
      scripted(withToken({ accessToken: token([]) }));
      const identity = await signedOn();
      expect(() => identity.hasGroup(value as string)).toThrow(
        expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT' }) as Error,
      );
    },
  );

  test('throws where the platform does not tell the groups', async () => {
    scripted(withToken());
    const identity = await signedOn();
    expect(identity).toMatchObject({ name: 'CORP\\alice', sid: undefined, groups: undefined });
    expect(() => identity.hasGroup(staff)).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_GROUPS_WITHHELD' }) as Error,
    );
    expect(() => identity.hasGroup('Staff')).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_INVALID_ARGUMENT' }) as Error,
    );
  });

  test('the data cannot be changed', async () => {
    scripted(withToken({ accessToken: token([{ sid: staff, attributes: 0x7 }]) }));
    const identity = await signedOn();
    expect(Object.isFrozen(identity)).toBe(true);
    expect(Object.isFrozen(identity.groups)).toBe(true);
    expect(Object.isFrozen(identity.groups?.[0])).toBe(true);
    expect(JSON.parse(JSON.stringify(identity))).toMatchObject({ name: 'CORP\\alice', sid: user, package: 'Kerberos' });
  });
});

describe('allow', () => {
  const accounts = [
    { sid: user, name: 'alice', domain: 'CORP' },
    { sid: staff, name: 'Web Users', domain: 'CORP', type: 2 },
  ];
  const script = (groups: readonly { readonly sid: string; readonly attributes: number }[]): ProviderScript =>
    withToken({ accounts, accessToken: token(groups) });

  test.each<[string, ServeOptions['allow'], number, number]>([
    ['a user by SID', { users: [user] }, 0x7, 200],
    ['a user by name', { users: ['corp\\ALICE'] }, 0x7, 200],
    ['another user', { users: ['S-1-5-21-1-2-3-9'] }, 0x7, 403],
    ['a group by SID', { groups: [staff] }, 0x7, 200],
    ['a group by name', { groups: ['CORP\\Web Users'] }, 0x7, 200],
    ['a group that is deny-only', { groups: ['CORP\\Web Users'] }, 0x10, 403],
    ['a group that is disabled', { groups: ['CORP\\Web Users'] }, 0, 403],
    ['either list', { users: ['S-1-5-21-1-2-3-9'], groups: [staff] }, 0x7, 200],
    ['nobody named', {}, 0x7, 200],
  ])('%s', async (_name, allow, attributes, status) => {
    scripted(script([{ sid: staff, attributes }]));
    let seen = false;
    const { port } = await serve({ allow }, (_request, response) => {
      seen = true;
      response.end();
    });
    const answer = await (await connect(port)).ask({ headers: { Authorization: apRequest } });
    expect(answer.status).toBe(status);
    expect(seen).toBe(status === 200);
  });

  test('a name that nobody knows fails ready(), and names it', async () => {
    scripted(script([]));
    await expect(serve({ allow: { groups: ['CORP\\Wbe Users'] } })).rejects.toMatchObject({
      code: 'ERR_SSPI_NAME_UNKNOWN',
      message: expect.stringContaining('CORP\\Wbe Users') as string,
    });
  });

  test('a SID that is none fails ready()', async () => {
    scripted(script([]));
    await expect(serve({ allow: { groups: ['S-1-x'] } })).rejects.toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  test.each<[string, ServeOptions['allow'], Partial<ProviderScript>]>([
    ['groups that are withheld', { groups: [staff] }, {}],
    ['a SID that is withheld', { users: [user] }, {}],
  ])('%s: 403', async (_name, allow, more) => {
    scripted(withToken(more));
    const { port, refusals } = await serve({ allow });
    expect((await (await connect(port)).ask({ headers: { Authorization: apRequest } })).status).toBe(403);
    expect(refusals[0]?.reason).toMatch(/withholds/);
  });

  test('403 leaves no identity on the connection', async () => {
    scripted(script([{ sid: staff, attributes: 0x10 }]));
    const { port } = await serve({ allow: { groups: [staff] }, persist: 'connection' });
    const client = await connect(port);
    expect((await client.ask({ headers: { Authorization: apRequest } })).status).toBe(403);
    expect((await client.ask()).status).toBe(401);
  });
});

describe('guests and the anonymous logon', () => {
  test.each<[string, Partial<ProviderScript>, ServeOptions['allow']]>([
    ['the account Guest', { accessToken: token([], 'S-1-5-21-1-2-3-501') }, { guests: true }],
    ['a member of Guests', { accessToken: token([{ sid: 'S-1-5-32-546', attributes: 0x7 }]) }, { guests: true }],
    ['the anonymous logon', { accessToken: token([], 'S-1-5-7') }, { anonymous: true }],
  ])('%s is refused unless allowed', async (_name, script, allow) => {
    scripted(withToken(script));
    const strict = await serve({});
    const open = await serve({ allow });
    const ask = async (port: number): Promise<number> =>
      (await (await connect(port)).ask({ headers: { Authorization: apRequest } })).status;
    expect(await ask(strict.port)).toBe(403);
    expect(await ask(open.port)).toBe(200);
  });

  test('an account whose number only ends like Guest’s is none', async () => {
    scripted(withToken({ accessToken: token([], 'S-1-5-21-1-2-3-2501') }));
    expect((await signedOn()).sid).toMatch(/2501$/);
  });
});

test('an access token that cannot be read is withheld; a fault is 500', async () => {
  scripted(withToken({ accessToken: 'ERROR_ACCESS_DENIED' }));
  expect((await signedOn()).sid).toBeUndefined();
});

test('nothing is published before the policies: a listener of the channel hears of nobody', async () => {
  domain();
  let called = false;
  const { port } = await serve({ allow: { users: ['EXAMPLE\\bob'] } }, () => (called = true));
  expect((await kerberos(await connect(port), 'alice')).status).toBe(403);
  expect(called).toBe(false);
});
