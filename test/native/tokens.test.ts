/** Access tokens, memberships and accounts as the real system tells them: the scripted package hands out changed tokens. */
import {
  acquireCredentials,
  currentToken,
  formatSid,
  lookupNames,
  lookupSids,
  wellKnownSids,
  type AccessToken,
  type SecurityContext,
} from 'sspi';
import { leavesNothingAlive } from './support/live-counts';
import { perPlatform } from './support/platform';
import { rejection } from '../outcome';
import { accepted, describeScripted, journalOf, keepsTheRules, play } from './support/scripted';

leavesNothingAlive();

const enabled = ({ groups }: AccessToken) => groups.filter((group) => group.enabled && !group.denyOnly);

describe('the process’s own token', () => {
  test('tells who runs it', async () => {
    const token = await currentToken();
    // Wine does not tell of restrictions.
    const restricted = perPlatform({ wine8: undefined, windows: false });
    expect(token).toMatchObject({ type: 'primary', impersonationLevel: undefined, restricted });
    expect(formatSid(token.user.sid)).toBe(token.user.sid);
    expect(token.groups.map(({ sid }) => sid)).toContain(wellKnownSids.everyone);
    expect(token.privileges).toContainEqual(
      expect.objectContaining({ name: 'SeChangeNotifyPrivilege', enabled: true }),
    );
    expect(typeof token.elevated).toBe('boolean');
    expect(['default', 'full', 'limited']).toContain(token.elevationType);
    expect(token.integritySid).toMatch(/^S-1-16-\d+$/);
    expect(token.logonId).toMatch(/^0x[0-9a-f]+$/);
  });

  test('counts its groups as the system does', async () => {
    const token = await currentToken();
    expect(await token.isMemberOf(wellKnownSids.everyone)).toBe(true);
    expect(await token.isMemberOf('S-1-5-21-1-2-3-4')).toBe(false);
    for (const { sid } of enabled(token)) expect(await token.isMemberOf(sid)).toBe(true);
  });

  test('a hundred at once leave nothing behind', async () => {
    const tokens = await Promise.all(Array.from({ length: 100 }, () => currentToken()));
    expect(new Set(tokens.map(({ user }) => user.sid)).size).toBe(1);
  });
});

describeScripted('a client’s token', () => {
  keepsTheRules();

  test.each(['anonymous', 'identification', 'impersonation', 'delegation'])('of the level %s', async (level) => {
    await using server = await accepted(`client ${level}`);
    const token = await server.context.accessToken();
    expect(token).toMatchObject({ type: 'impersonation', impersonationLevel: level });
    expect(token.user.sid).toBe((await currentToken()).user.sid);
  });

  test('a primary one has no level, and its groups count as well', async () => {
    await using server = await accepted('client primary');
    const token = await server.context.accessToken();
    expect(token).toMatchObject({ type: 'primary', impersonationLevel: undefined });
    expect(await token.isMemberOf(wellKnownSids.everyone)).toBe(true);
  });

  test('a group for denials only is in the list and does not count', async () => {
    const { groups } = await currentToken();
    const [group] = groups.filter(({ sid, enabled: on }) => on && sid === wellKnownSids.everyone);
    await using server = await accepted(`client deny=${(group as { sid: string }).sid}`);
    const token = await server.context.accessToken();
    expect(token.groups).toContainEqual(expect.objectContaining({ sid: wellKnownSids.everyone, denyOnly: true }));
    expect(await token.isMemberOf(wellKnownSids.everyone)).toBe(false);
  });

  test('without its privileges there is one left', async () => {
    await using server = await accepted('client withoutprivileges');
    const { privileges } = await server.context.accessToken();
    expect(privileges.map(({ name }) => name)).toEqual(['SeChangeNotifyPrivilege']);
  });

  test('privileges are switched on and off, and told by name', async () => {
    const { privileges } = await currentToken();
    const off = privileges.find(({ enabled: on }) => !on);
    const on = privileges.find(({ enabled: is, name }) => is && name !== 'SeChangeNotifyPrivilege');
    const words = [...(off ? [`enable=${off.name}`] : []), ...(on ? [`disable=${on.name}`] : [])];
    expect(words).not.toEqual([]);
    await using server = await accepted(`client ${words.join(' ')}`);
    const { privileges: changed } = await server.context.accessToken();
    const isOn = (name: string | undefined) => changed.find((each) => each.name === name)?.enabled;
    expect([isOn(off?.name), isOn(on?.name)]).toEqual([off && true, on && false]);
  });

  test('each question takes a token and gives it back', async () => {
    await using server = await accepted('client identification');
    const token = await server.context.accessToken();
    await Promise.all(Array.from({ length: 50 }, () => token.isMemberOf(wellKnownSids.users)));
    expect(await journalOf('QuerySecurityContextToken')).toHaveLength(51);
  });

  test('a package that makes no token says so, whatever is asked', async () => {
    await using server = await accepted('accesstoken SEC_E_NO_IMPERSONATION');
    expect(await rejection(server.context.accessToken())).toMatchObject({ code: 'SEC_E_NO_IMPERSONATION' });
  });
});

describeScripted('acting for a client elsewhere', () => {
  keepsTheRules();

  const forClient = (context: SecurityContext, script: string, delegation?: 'constrained') =>
    acquireCredentials({
      package: 'Scripted',
      use: 'outbound',
      principal: `tag for-client; ${script}`,
      onBehalfOf: context,
      delegation,
    });

  test('acquires under impersonation, on one thread, and reverts', async () => {
    await using server = await accepted('client delegation');
    await using credentials = await forClient(server.context, 'leg SEC_E_OK');
    expect(credentials.package).toBe('Scripted');
    const calls = await journalOf('ImpersonateSecurityContext', 'AcquireCredentialsHandle', 'RevertSecurityContext');
    const own = calls.filter(({ call, tag }) => call !== 'AcquireCredentialsHandle' || tag === 'for-client');
    expect(own.map(({ call, impersonating }) => [call, impersonating === true])).toEqual([
      ['ImpersonateSecurityContext', false],
      ['AcquireCredentialsHandle', true],
      ['RevertSecurityContext', true],
    ]);
    expect(new Set(own.map(({ thread }) => thread)).size).toBe(1);
  });

  test.each([
    ['impersonation', undefined],
    ['identification', undefined],
    ['identification', 'constrained'],
    ['anonymous', 'constrained'],
  ] as const)('with the level %s (%s) nothing is acquired, and the thread reverts', async (level, delegation) => {
    await using server = await accepted(`client ${level}`);
    expect(await rejection(forClient(server.context, 'leg SEC_E_OK', delegation))).toMatchObject({
      code: 'ERR_SSPI_NOT_DELEGATED',
    });
    expect((await journalOf('AcquireCredentialsHandle')).filter(({ tag }) => tag === 'for-client')).toEqual([]);
    expect(await journalOf('RevertSecurityContext')).toHaveLength(1);
  });

  test('with constrained delegation impersonation is enough', async () => {
    await using server = await accepted('client impersonation');
    await using credentials = await forClient(server.context, 'leg SEC_E_OK', 'constrained');
    expect(credentials.disposed).toBe(false);
  });

  test('a refused credential reverts, too', async () => {
    await using server = await accepted('client delegation');
    expect(await rejection(forClient(server.context, 'acquire SEC_E_NO_CREDENTIALS; leg SEC_E_OK'))).toMatchObject({
      code: 'SEC_E_NO_CREDENTIALS',
      api: 'AcquireCredentialsHandle',
    });
    expect(await journalOf('RevertSecurityContext')).toHaveLength(1);
  });

  test('no pool thread is left impersonating', async () => {
    await using server = await accepted('client delegation');
    const many = await Promise.all(Array.from({ length: 20 }, () => forClient(server.context, 'leg SEC_E_OK')));
    for (const credentials of many) await credentials.dispose();
    await using after = await play('tag after; leg SEC_E_OK');
    expect(after.disposed).toBe(false);
    const strays = (await journalOf('AcquireCredentialsHandle', 'FreeCredentialsHandle')).filter(
      ({ tag, call, impersonating }) =>
        (impersonating === true) !== (tag === 'for-client' && call === 'AcquireCredentialsHandle'),
    );
    expect(strays).toEqual([]);
  });
});

describeScripted('what the channel was bound to', () => {
  keepsTheRules();

  test('clientSpecifiedTarget is told', async () => {
    await using server = await accepted('attr clientspecifiedtarget name=HTTP/web.corp.test');
    expect(await server.context.queryAttribute('clientSpecifiedTarget')).toBe('HTTP/web.corp.test');
  });
});

describeScripted('further attributes', () => {
  keepsTheRules();

  test.each([
    ['dceInfo', 'attr dceinfo service=1 pac=alice', { authorizationService: 1 }],
    [
      'keyInfo',
      'attr keyinfo signature=HMAC encryption=AES size=256 signatureid=3 encryptionid=4',
      { signatureAlgorithm: 'HMAC', encryptionAlgorithm: 'AES', keySize: 256, signatureId: 3, encryptionId: 4 },
    ],
    ['authority', 'attr authority name=CORP', 'CORP'],
    ['protoInfo', 'attr protoinfo name=TLS major=1 minor=3', { name: 'TLS', major: 1, minor: 3 }],
    ['passwordExpiry', 'attr passwordexpiry expiry=never', undefined],
    ['userFlags', 'attr userflags flags=0x120', 0x120],
    ['credentialName', 'attr credentialname type=2 name=alice', { type: 2, name: 'alice' }],
    ['targetInformation', 'attr targetinformation key=hex:0102', Buffer.from([1, 2])],
    ['target', 'attr target key=text:HTTP/x', Buffer.from('HTTP/x')],
    ['authenticationId', 'attr authenticationid key=text:alice', Buffer.from('alice')],
    ['logoffTime', 'attr logofftime expiry=never', undefined],
    [
      'negoKeys',
      'attr negokeys type=17 verifytype=18 key=hex:aabb',
      { type: 17, key: Buffer.from([0xaa, 0xbb]), verifyType: 18, verifyKey: Buffer.from([0xaa, 0xbb]) },
    ],
    ['promptingNeeded', 'attr promptingneeded class=10 needed=1', { credentialClass: 10, needed: true }],
    ['uniqueBindings', 'attr uniquebindings key=hex:00', Buffer.from([0])],
    ['endpointBindings', 'attr endpointbindings key=empty', Buffer.alloc(0)],
    ['lastClientTokenStatus', 'attr lastclienttokenstatus status=2', 'maybe'],
    ['negoPackageInfo', 'attr negopackageinfo mask=2', 2],
    ['negoStatus', 'attr negostatus last=0x8009030c', 'SEC_E_LOGON_DENIED'],
  ] as const)('%s', async (name, script, expected) => {
    await using server = await accepted(script);
    expect(await server.context.queryAttribute(name)).toEqual(expected);
    expect(await journalOf('QueryContextAttributes')).toContainEqual(expect.objectContaining({ status: 0 }));
  });

  test('one that the package does not have is refused', async () => {
    await using server = await accepted('');
    expect(await rejection(server.context.queryAttribute('clientSpecifiedTarget'))).toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
    });
  });
});

describe('look-ups', () => {
  test('names of well-known identifiers, and what nobody knows', async () => {
    const answers = await lookupNames([wellKnownSids.everyone, 'S-1-5-21-1-2-3-4', wellKnownSids.administrators]);
    expect(answers.map(({ asked, code }) => [asked, code])).toEqual([
      ['S-1-1-0', 'SEC_E_OK'],
      ['S-1-5-21-1-2-3-4', expect.stringMatching(/^ERROR_|^WIN32_/) as string],
      ['S-1-5-32-544', 'SEC_E_OK'],
    ]);
    expect(answers[0]?.account).toMatchObject({ sid: 'S-1-1-0', type: 'wellKnownGroup' });
    expect(answers[2]?.account?.type).toBe('alias');
  });

  test('there and back', async () => {
    const [named] = await lookupNames([wellKnownSids.administrators]);
    const { name, domain } = named?.account as { name: string; domain: string };
    const answers = await lookupSids([name, domain === '' ? name : `${domain}\\${name}`]);
    expect(answers.map(({ account }) => account?.sid)).toEqual(['S-1-5-32-544', 'S-1-5-32-544']);
  });

  test('the user of this process', async () => {
    const { user } = await currentToken();
    const [answer] = await lookupNames([user.sid]);
    expect(answer).toMatchObject({ code: 'SEC_E_OK', account: { sid: user.sid, type: 'user' } });
  });

  test('a thousand unknown identifiers are a thousand answers', async () => {
    const sids = Array.from({ length: 1000 }, (_, i) => `S-1-5-21-1-2-3-${5000 + i}`);
    const answers = await lookupNames(sids);
    expect(answers).toHaveLength(1000);
    expect(answers.every(({ account }) => account === undefined)).toBe(true);
  });
});
