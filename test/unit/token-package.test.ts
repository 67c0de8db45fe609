import { accept, initiate } from 'sspi';
import { packageOfToken } from '#lib/handshake/token-package';
import { CONTINUE, SEC_E_OK, bytes, credentialsFor, drain, expectClean, rejection, script } from './support';

afterEach(expectClean);

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
};

const oid = {
  spnego: hex('06062b0601050502'),
  kerberos: hex('06092a864886f712010202'),
  msKerberos: hex('06092a864882f712010202'),
  userToUser: hex('060a2a864886f71201020203'),
  ntlm: hex('060a2b06010401823702020a'),
  negoEx: hex('060a2b06010401823702021e'),
};

const ntlm = Buffer.concat([bytes('NTLMSSP\0'), hex('01000000 07820862'), Buffer.alloc(300)]);
const kerberos = der(0x60, oid.kerberos, hex('0100'), Buffer.alloc(400, 0x6e));

const initial = (mechanisms: readonly Buffer[], token?: Buffer): Buffer =>
  der(
    0xa0,
    der(
      0x30,
      der(0xa0, der(0x30, ...mechanisms)),
      der(0xa1, hex('03020640')), // reqFlags, which RFC 4178 lets stand before the token
      ...(token === undefined ? [] : [der(0xa2, der(0x04, token))]),
    ),
  );
const spnego = (mechanisms: readonly Buffer[], token?: Buffer): Buffer =>
  der(0x60, oid.spnego, initial(mechanisms, token));
const response = (token: Buffer): Buffer =>
  der(0xa1, der(0x30, der(0xa0, hex('0a0101')), der(0xa1, oid.ntlm), der(0xa2, der(0x04, token))));

describe('whose token it is', () => {
  test.each([
    ['NTLM', 'raw', ntlm],
    ['NTLM', 'raw, the signature alone', ntlm.subarray(0, 8)],
    ['NTLM', 'in a GSS frame', der(0x60, oid.ntlm, ntlm)],
    ['NTLM', 'as mechToken', spnego([oid.ntlm], ntlm)],
    ['NTLM', 'as mechToken, offered behind Kerberos', spnego([oid.kerberos, oid.ntlm], ntlm)],
    ['NTLM', 'as mechToken without the GSS frame', initial([oid.ntlm], ntlm)],
    ['NTLM', 'as responseToken', response(ntlm)],
    ['NTLM', 'as mechToken that is cut short', spnego([oid.ntlm], ntlm).subarray(0, 80)],
    ['Kerberos', 'in its GSS frame', kerberos],
    ['Kerberos', 'under Microsoft’s OID', der(0x60, oid.msKerberos, hex('0100'))],
    ['Kerberos', 'user to user', der(0x60, oid.userToUser, hex('0400'))],
    ['Kerberos', 'DCE style: a bare AP-REQ', hex('6e03020105')],
    ['Kerberos', 'as mechToken', spnego([oid.msKerberos, oid.kerberos], kerberos)],
    ['Kerberos', 'as responseToken', response(kerberos)],
    [undefined, 'nothing', Buffer.alloc(0)],
    [undefined, 'one byte', hex('60')],
    [undefined, 'garbage', bytes('garbage of no package')],
    [undefined, 'almost NTLM', bytes('NTLMSSPX')],
    [undefined, 'SPNEGO without a token', spnego([oid.kerberos, oid.ntlm])],
    [undefined, 'SPNEGO with a token of NEGOEX', spnego([oid.negoEx], bytes('NEGOEXTS'))],
    [undefined, 'SPNEGO inside of SPNEGO', spnego([oid.spnego], spnego([oid.ntlm], ntlm))],
    [undefined, 'accept-completed', hex('a1073005a0030a0100')],
    [undefined, 'a length of more bytes than there are', hex('60ff0102')],
  ])('%s: %s', (expected, _, token) => {
    expect(packageOfToken(token)).toBe(expected);
  });

  test('lengths that are written longer than need be hide nothing', () => {
    const long = (tag: number, content: Buffer): Buffer => {
      const head = Buffer.from([tag, 0x84, 0, 0, content.length >> 8, content.length & 0xff]);
      return Buffer.concat([head, content]);
    };
    expect(packageOfToken(long(0xa1, long(0x30, long(0xa2, long(0x04, ntlm)))))).toBe('NTLM');
  });

  test('any cut of a token ends well', () => {
    const whole = spnego([oid.kerberos, oid.ntlm], ntlm);
    for (let size = 0; size <= whole.length; size++) {
      expect([undefined, 'NTLM']).toContain(packageOfToken(whole.subarray(0, size)));
    }
  });
});

describe('a package that may not be used is refused before SSPI sees its token', () => {
  const refused = { code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['package'], leg: 0 };

  test.each([
    ['deny, raw', { deny: ['NTLM'] }, ntlm],
    ['deny, in any case', { deny: ['ntlm'] }, ntlm],
    ['deny, in SPNEGO', { deny: ['NTLM'] }, spnego([oid.kerberos, oid.ntlm], ntlm)],
    ['deny, as an answer in SPNEGO', { deny: ['NTLM'] }, response(ntlm)],
    ['allow', { allow: ['Kerberos'] }, ntlm],
    ['allow, the other way round', { allow: ['NTLM'] }, kerberos],
  ])('by the credentials: %s', async (_, packages, token) => {
    const binding = script({ acceptor: () => ({ status: CONTINUE }) });
    await using credentials = await credentialsFor('Negotiate', { packages });
    await using server = accept(credentials);
    const error = await rejection(server.step(token));
    expect(error).toMatchObject(refused);
    expect(error.message).toMatch(/Kerberos|NTLM/);
    expect(binding.callsOf('AcceptSecurityContext')).toEqual([]);
    expect(await rejection(server.step(token))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error });
    expect(error.explain().causes.map(({ cause }) => cause)).toContain('package-not-allowed');
  });

  test('by require.packages, in legs(), on a later leg and on the client’s side', async () => {
    const binding = script({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { require: { packages: ['Kerberos'] } });
    const { error } = await drain(client.legs([spnego([oid.kerberos]), response(ntlm)]));
    expect(error).toMatchObject({ ...refused, leg: 2 });
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(2);
    expect(binding.liveCounts().contexts).toBe(0);
  });

  test.each([
    ['what may be used', { deny: ['NTLM'] }, kerberos],
    ['what is offered and not used', { deny: ['NTLM'] }, spnego([oid.kerberos, oid.ntlm], kerberos)],
    ['what cannot be told', { allow: ['Kerberos'] }, bytes('of a package of one’s own')],
    ['anything where nothing is said', undefined, ntlm],
  ])('%s goes on', async (_, packages, token) => {
    const binding = script({ acceptor: () => ({ status: CONTINUE }) });
    await using credentials = await credentialsFor('Negotiate', { packages });
    await using server = accept(credentials);
    await server.step(token);
    expect(binding.callsOf('AcceptSecurityContext')[0]?.input).toEqual(token);
  });

  test('bytes of a stream package are nobody’s token', async () => {
    const binding = script({ initiator: () => ({ status: CONTINUE, token: bytes('1') }) });
    await using credentials = await credentialsFor('Schannel');
    await using client = initiate(credentials, { require: { packages: ['Schannel'] } });
    await client.step();
    await client.step(ntlm);
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(2);
  });
});

describe('Wine’s Kerberos takes the tokens of every mechanism that the host has', () => {
  test.each([
    ['raw', ntlm],
    ['in SPNEGO', spnego([oid.ntlm], ntlm)],
  ])('NTLM’s are refused before: %s', async (_, token) => {
    const binding = script({ wineVersion: '8.0', acceptor: () => ({ status: CONTINUE }) });
    await using credentials = await credentialsFor('Kerberos');
    await using server = accept(credentials);
    expect(await rejection(server.step(token))).toMatchObject({
      code: 'SEC_E_SECPKG_NOT_FOUND',
      api: 'AcceptSecurityContext',
      leg: 0,
    });
    expect(binding.callsOf('AcceptSecurityContext')).toEqual([]);
  });

  test('what its Negotiate calls Kerberos is called NTLM where the tokens were NTLM’s', async () => {
    const named = { name: 'Kerberos', comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 };
    const steps = {
      acceptor: [{ status: CONTINUE }, { status: SEC_E_OK, flags: ['mutualAuth', 'integrity'] }],
      attributes: { 12: { package: named, state: 0 } },
    } as const;
    for (const [wineVersion, expected] of [
      ['10.0', 'NTLM'],
      [undefined, 'Kerberos'],
    ] as const) {
      script({ ...steps, wineVersion });
      await using credentials = await credentialsFor();
      await using server = accept(credentials);
      await server.step(spnego([oid.kerberos, oid.ntlm], ntlm));
      await server.step(response(bytes('MIC alone')));
      expect(server.context.package).toBe(expected);
      expect(server.context.flags.includes('integrity')).toBe(expected === 'Kerberos');
    }
  });

  test('on Windows, SSPI’s own answer counts', async () => {
    const binding = script({ acceptor: [{ status: 'SEC_E_INVALID_TOKEN' }] });
    await using credentials = await credentialsFor('Kerberos');
    await using server = accept(credentials);
    expect(await rejection(server.step(ntlm))).toMatchObject({ code: 'SEC_E_INVALID_TOKEN' });
    expect(binding.callsOf('AcceptSecurityContext')).toHaveLength(1);
  });
});
