import type { SspiError } from 'sspi';
import { accept, acquireCredentials, initiate, type Credentials } from 'sspi';
import { createMechanism, type MechanismOptions, type SecurityLayer } from 'sspi/sasl';
import { decodeChoice, encodeChoice, encodeOffer } from '#lib/wire/sasl-layers';
import { cleanUp, client, domain, established, exchange, onCleanUp, server, target } from './support';
import { rejection } from '../support';

afterEach(cleanUp);

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

async function credentials(packageName: string, use: 'outbound' | 'inbound' | 'both'): Promise<Credentials> {
  const acquired = await acquireCredentials({ package: packageName, use });
  onCleanUp(() => acquired.dispose());
  return acquired;
}

describe.each(['none', 'integrity', 'confidentiality'] as const)('GSSAPI with the layer %s', (layer) => {
  test('is agreed on by both sides, in the messages of RFC 4752', async () => {
    domain();
    const initiator = client({ layer });
    const acceptor = server({ layer: ['confidentiality', 'integrity', 'none'] });
    const { sent, answered } = await exchange(initiator, acceptor);
    // AP-REQ, an empty response, the choice; AP-REP, the offer, nothing.
    expect(sent.map((leg) => [leg.index, leg.token?.length === 0, leg.expectsReply])).toEqual([
      [0, false, true],
      [1, true, true],
      [2, false, false],
    ]);
    expect(answered.map((leg) => [leg.index, leg.token === undefined, leg.expectsReply])).toEqual([
      [0, false, true],
      [1, false, true],
      [2, true, false],
    ]);
    expect([initiator.layer, acceptor.layer]).toEqual([layer, layer]);
    expect(acceptor.context.clientName).toBe('EXAMPLE\\alice');
  });

  test('protects as agreed', async () => {
    domain();
    const { initiator, acceptor } = await established({ layer }, { layer });
    if (layer === 'none') {
      expect(() => initiator.wrap(bytes('x'))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_SASL_LAYER' }));
      expect(() => acceptor.unwrap(bytes('x'))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_SASL_LAYER' }));
      return;
    }
    const message = initiator.wrap(bytes('who am I?'));
    expect(message.includes('who am I?')).toBe(layer === 'integrity');
    expect(acceptor.unwrap(message).toString()).toBe('who am I?');
    expect(initiator.unwrap(acceptor.wrap(bytes('alice'))).toString()).toBe('alice');
  });
});

describe('GSSAPI', () => {
  test('needs integrity, whatever the layer, because it signs its own messages', async () => {
    const provider = domain();
    await established({ layer: 'none' }, { layer: 'none' });
    const integrity = 0x10000;
    const requested = provider.callsOf('InitializeSecurityContext');
    expect(requested.length).toBeGreaterThan(0);
    for (const { flags } of requested) expect(flags & integrity).toBe(integrity);
  });

  test('chooses the layer that the client prefers among those that are offered', async () => {
    domain();
    const { initiator } = await established({ layer: ['integrity', 'none'] }, { layer: ['none', 'integrity'] });
    expect(initiator.layer).toBe('integrity');
  });

  test('passes the authzid to the server, which decides', async () => {
    domain();
    const asked: unknown[] = [];
    const authorize = (authzid: string, { package: name }: { package: string }): boolean => {
      asked.push([authzid, name]);
      return true;
    };
    const { acceptor, initiator } = await established({ authzid: 'Zoë' }, { authorize });
    expect(asked).toEqual([['Zoë', 'Kerberos']]);
    expect([acceptor.authzid, initiator.authzid]).toEqual(['Zoë', 'Zoë']);
  });

  test.each([
    ['nobody decides', undefined],
    ['the server refuses', () => false],
    ['the server refuses later', () => Promise.resolve(false)],
  ])('refuses an authzid where %s', async (_, authorize) => {
    domain();
    const error = await rejection(established({ authzid: 'root' }, { authorize }));
    expect(error).toMatchObject({ code: 'ERR_SSPI_SASL_AUTHZID', hint: expect.any(String) });
    expect(error.message).not.toContain('root');
  });

  test('does not ask about a client that acts as itself', async () => {
    domain();
    await established({}, { authorize: () => Promise.reject(new Error('must not be asked')) });
  });

  test('takes an empty first challenge for none, as protocols send it in which servers speak first', async () => {
    domain();
    const { token } = await client().step(Buffer.alloc(0));
    expect(token?.length).toBeGreaterThan(100);
  });

  test('offers the layers at once to a client without mutual authentication, and such a client is answered', async () => {
    domain();
    const handshake = initiate(await credentials('Kerberos', 'outbound'), {
      target,
      flags: ['integrity', 'confidentiality'],
    });
    const acceptor = server();
    const { token } = await handshake.step();
    const offer = await acceptor.step(token);
    expect(offer).toMatchObject({ expectsReply: true, token: expect.any(Buffer) });
    const choice = encodeChoice({ layer: 'confidentiality', maxBuffer: 65_536, authzid: '' });
    handshake.context.unwrap(offer.token as Buffer, { allowUnencrypted: true });
    const last = await acceptor.step(handshake.context.wrap(choice, { encrypt: false }));
    expect(last).toMatchObject({ expectsReply: false, token: undefined });
    expect(acceptor.unwrap(handshake.context.wrap(bytes('x'))).toString()).toBe('x');
    await handshake.dispose();
  });

  test('fails where the server does not prove its identity', async () => {
    domain();
    const handshake = initiate(await credentials('Kerberos', 'outbound'), {
      target,
      flags: ['integrity', 'confidentiality'],
    });
    const error = await rejection(client({ handshake }).step());
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'] });
  });
});

describe('GSS-SPNEGO', () => {
  const spnego = { mechanism: 'GSS-SPNEGO' } as const;

  test.each([
    ['Kerberos', target],
    ['NTLM', 'ldap/10.0.0.1'],
  ])('takes its layer from the flags, with %s', async (packageName, name) => {
    domain();
    const { initiator, acceptor } = await established({ ...spnego, target: name }, spnego);
    expect(initiator.context.package).toBe(packageName);
    expect([initiator.layer, acceptor.layer]).toEqual(['confidentiality', 'confidentiality']);
    expect(acceptor.unwrap(initiator.wrap(bytes('x'))).toString()).toBe('x');
  });

  test.each(['none', 'integrity'] as const)('agrees on %s', async (layer) => {
    domain();
    const { initiator, acceptor } = await established({ ...spnego, layer }, { ...spnego, layer });
    expect([initiator.layer, acceptor.layer]).toEqual([layer, layer]);
  });

  test('is Kerberos or a failure where NTLM is denied', async () => {
    domain();
    const packages = { deny: ['NTLM'] };
    const error = await rejection(client({ ...spnego, packages, target: 'ldap/10.0.0.1' }).step());
    expect(error).toMatchObject({ code: 'SEC_E_TARGET_UNKNOWN' });
  });

  test.each([
    ['weaker than required', 'confidentiality', 'integrity', 'ERR_SSPI_REQUIREMENT_NOT_MET'],
    ['none where one is required', 'integrity', 'none', 'ERR_SSPI_REQUIREMENT_NOT_MET'],
    ['stronger than accepted', 'integrity', 'confidentiality', 'ERR_SSPI_SASL_LAYER'],
  ] as const)('refuses a layer that is %s', async (_, accepted, used, code) => {
    domain();
    const error = await rejection(established({ ...spnego, layer: used }, { ...spnego, layer: accepted }));
    expect(error).toMatchObject({ code });
  });
});

describe('a handshake of the caller’s', () => {
  test('is driven on both sides, and disposed of', async () => {
    domain();
    const shared = await credentials('Kerberos', 'both');
    const flags = ['integrity', 'confidentiality'] as const;
    const ours = initiate(shared, { target, flags: [...flags, 'mutualAuth'] });
    const theirs = accept(shared, { flags });
    const { initiator, acceptor } = await established({ handshake: ours }, { handshake: theirs });
    expect(acceptor.role).toBe('acceptor');
    expect(acceptor.unwrap(initiator.wrap(bytes('x'))).toString()).toBe('x');
    await Promise.all([initiator.dispose(), acceptor.dispose()]);
    expect([ours.disposed, theirs.disposed]).toEqual([true, true]);
  });

  test('determines the role', async () => {
    domain();
    const theirs = accept(await credentials('Kerberos', 'inbound'));
    const made = createMechanism({ mechanism: 'GSSAPI', handshake: theirs });
    onCleanUp(() => made.dispose());
    expect(made.role).toBe('acceptor');
  });
});

describe('options', () => {
  const valid = { mechanism: 'GSSAPI', target } as const;

  test.each<[string, object, RegExp]>([
    ['no mechanism', { target }, /^mechanism must be 'GSSAPI' or 'GSS-SPNEGO', not undefined/],
    ['another mechanism', { ...valid, mechanism: 'PLAIN' }, /^mechanism must be/],
    ['an unknown name', { ...valid, layers: 'none' }, /options has no option "layers"/],
    ['no target', { mechanism: 'GSSAPI' }, /^target is missing/],
    ['a target for a server', { ...valid, role: 'acceptor' }, /^target is for the initiator/],
    [
      'an authzid for a server',
      { mechanism: 'GSSAPI', role: 'acceptor', authzid: 'x' },
      /^authzid is for the initiator/,
    ],
    ['authorize for a client', { ...valid, authorize: () => true }, /^authorize is for the acceptor/],
    ['an authzid for SPNEGO', { mechanism: 'GSS-SPNEGO', target, authzid: 'x' }, /^authzid is for GSSAPI/],
    ['an authzid with NUL', { ...valid, authzid: 'a\0b' }, /^authzid must not contain/],
    ['bounds for GSSAPI', { ...valid, packages: { deny: ['NTLM'] } }, /^packages is for GSS-SPNEGO/],
    ['an unknown layer', { ...valid, layer: 'sealed' }, /^layer must be 'none' or .*, not 'sealed'/],
    ['no layer', { ...valid, layer: [] }, /^layer must not be empty/],
    ['a buffer of 1 byte', { ...valid, maxBuffer: 1 }, /^maxBuffer must be a whole number from 256 to 16777215/],
    ['a buffer of 16 MiB', { ...valid, maxBuffer: 0x1000000 }, /^maxBuffer must be/],
    ['half a buffer', { ...valid, maxBuffer: 300.5 }, /^maxBuffer must be/],
    ['no time', { ...valid, peerTimeout: 0 }, /^peerTimeout must be/],
    ['no signal', { ...valid, signal: {} }, /^signal must be an AbortSignal/],
    ['no handshake', { mechanism: 'GSSAPI', handshake: {} }, /^handshake must come from/],
    ['no credentials', { ...valid, credentials: Promise.resolve() }, /^credentials must come from/],
  ])('%s', (_, options, message) => {
    let error: unknown;
    try {
      createMechanism(options as MechanismOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT', message: expect.stringMatching(message) });
  });

  test('credentials of another use or package', async () => {
    domain();
    const inbound = await credentials('Kerberos', 'inbound');
    const negotiate = await credentials('Negotiate', 'outbound');
    expect(() => client({ credentials: inbound })).toThrow(/credentials are for 'inbound'/);
    expect(() => client({ credentials: negotiate })).toThrow(/GSSAPI needs Kerberos/);
    expect(() => client({ credentials: negotiate, mechanism: 'GSS-SPNEGO', identity: 'anonymous' })).toThrow(
      /identity and packages are for/,
    );
    const handshake = initiate(negotiate, { target });
    expect(() => client({ handshake, target })).toThrow(/target and handshake exclude each other/);
    await handshake.dispose();
  });
});

describe('a bad server', () => {
  /** A client after its handshake, with a server that says what the test says. */
  async function negotiating(options: Partial<MechanismOptions> = {}): Promise<(offer: Buffer) => Promise<SspiError>> {
    const initiator = client(options);
    const theirs = accept(await credentials('Kerberos', 'inbound'), { flags: ['integrity', 'confidentiality'] });
    onCleanUp(() => theirs.dispose());
    const first = await initiator.step();
    await initiator.step((await theirs.step(first.token)).token);
    return async (offer) => rejection(initiator.step(theirs.context.wrap(offer, { encrypt: false })));
  }

  test.each<[string, Buffer, Partial<MechanismOptions>, string, RegExp]>([
    ['no layer where one is required', offerOf(['none'], 0), {}, 'ERR_SSPI_SASL_LAYER', /offers .* none, and not conf/],
    ['no layer at all', Buffer.alloc(4), { layer: 'none' }, 'ERR_SSPI_SASL_LAYER', /offers .* \(nothing\)/],
    [
      'only a layer that the client excludes',
      offerOf(['integrity'], 4096),
      {},
      'ERR_SSPI_SASL_LAYER',
      /integrity, and/,
    ],
    ['a maximum of 0', offerOf(['confidentiality'], 0), {}, 'ERR_SSPI_SASL_LAYER', /messages of 0 bytes at most/],
    ['a maximum of 1', offerOf(['confidentiality'], 1), {}, 'ERR_SSPI_SASL_LAYER', /messages of 1 bytes at most/],
    ['three bytes', Buffer.alloc(3), {}, 'ERR_SSPI_SASL_MESSAGE', /an offer of security layers of 3 bytes/],
    ['five bytes', Buffer.alloc(5), {}, 'ERR_SSPI_SASL_MESSAGE', /an offer of security layers of 5 bytes/],
  ])('offers %s', async (_, offer, options, code, message) => {
    domain();
    const answer = await negotiating(options);
    const error = await answer(offer);
    expect(error).toMatchObject({ code, hint: expect.any(String), message: expect.stringMatching(message) });
  });

  test('announces 16 MB: accepted, and messages stay small', async () => {
    domain();
    const initiator = client();
    const theirs = accept(await credentials('Kerberos', 'inbound'), { flags: ['integrity', 'confidentiality'] });
    onCleanUp(() => theirs.dispose());
    await initiator.step((await theirs.step((await initiator.step()).token)).token);
    const offer = theirs.context.wrap(offerOf(['confidentiality'], 0xffffff), { encrypt: false });
    const { token, expectsReply } = await initiator.step(offer);
    expect(expectsReply).toBe(false);
    const choice = decodeChoice(theirs.context.unwrap(token as Buffer, { allowUnencrypted: true }));
    expect(choice).toEqual({ layer: 'confidentiality', maxBuffer: 0xffffff, authzid: '' });
  });

  test('answers in plaintext, with another mechanism, or out of turn', async () => {
    domain();
    const answers = [
      offerOf(['none'], 0),
      Buffer.from('NTLMSSP\0\x02\0\0\0', 'latin1'),
      Buffer.from('a0030a0101', 'hex'), // half a NegTokenResp
      Buffer.alloc(0),
    ];
    for (const answer of answers) {
      const initiator = client();
      await initiator.step();
      const error = await rejection(initiator.step(answer));
      expect(error.code).toMatch(/^(SEC_E_INVALID_TOKEN|ERR_SSPI_EMPTY_TOKEN)$/);
      expect(await rejection(initiator.step(answer))).toMatchObject({
        code: 'ERR_SSPI_HANDSHAKE_FAILED',
        cause: error,
      });
    }
  });

  test('signs nothing, or says nothing, where the offer is due', async () => {
    domain();
    for (const [offer, code] of [
      [offerOf(['none'], 0), /^SEC_E_/],
      [Buffer.alloc(0), /^ERR_SSPI_SASL_MESSAGE$/],
    ] as const) {
      const initiator = client({ layer: 'none' });
      const acceptor = server({ layer: 'none' });
      await initiator.step((await acceptor.step((await initiator.step()).token)).token);
      expect((await rejection(initiator.step(offer))).code).toMatch(code);
    }
  });
});

describe('a bad client', () => {
  async function negotiating(options: Partial<MechanismOptions> = {}): Promise<(choice: Buffer) => Promise<SspiError>> {
    const acceptor = server(options);
    const ours = initiate(await credentials('Kerberos', 'outbound'), {
      target,
      flags: ['integrity', 'confidentiality', 'mutualAuth'],
    });
    onCleanUp(() => ours.dispose());
    await ours.step((await acceptor.step((await ours.step()).token)).token);
    const { token } = await acceptor.step(Buffer.alloc(0));
    ours.context.unwrap(token as Buffer, { allowUnencrypted: true });
    return async (choice) => rejection(acceptor.step(ours.context.wrap(choice, { encrypt: false })));
  }

  const choiceOf = (layer: SecurityLayer, maxBuffer: number): Buffer => encodeChoice({ layer, maxBuffer, authzid: '' });

  test.each<[string, Buffer, string, RegExp]>([
    ['a layer that was not offered', choiceOf('none', 0), 'ERR_SSPI_SASL_LAYER', /none, which was not offered/],
    ['two layers', Buffer.from('06010000', 'hex'), 'ERR_SSPI_SASL_MESSAGE', /layers 0x6/],
    ['no layer', Buffer.from('00010000', 'hex'), 'ERR_SSPI_SASL_MESSAGE', /layers 0x0/],
    ['three bytes', Buffer.from('040100', 'hex'), 'ERR_SSPI_SASL_MESSAGE', /of 3 bytes/],
    ['a maximum of 1', choiceOf('confidentiality', 1), 'ERR_SSPI_SASL_LAYER', /of 1 bytes at most/],
    ['an authzid that is not UTF-8', Buffer.from('0401000041ff', 'hex'), 'ERR_SSPI_SASL_MESSAGE', /not UTF-8/],
    ['an authzid with NUL', Buffer.from('040100004100', 'hex'), 'ERR_SSPI_SASL_MESSAGE', /NUL/],
  ])('chooses %s', async (_, choice, code, message) => {
    domain();
    const answer = await negotiating();
    expect(await answer(choice)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('sends bytes where an empty response is due', async () => {
    domain();
    const acceptor = server();
    const first = await client().step();
    await acceptor.step(first.token);
    expect(await rejection(acceptor.step(first.token))).toMatchObject({ code: 'ERR_SSPI_SASL_MESSAGE' });
  });

  test('gives a signed message where a sealed one was agreed, or one twice', async () => {
    domain();
    const { initiator, acceptor } = await established();
    expect(() => acceptor.unwrap(initiator.context.wrap(bytes('x'), { encrypt: false }))).toThrow(
      expect.objectContaining({ code: 'ERR_SSPI_NOT_ENCRYPTED' }),
    );
    const message = initiator.wrap(bytes('y'));
    expect(acceptor.unwrap(message).toString()).toBe('y');
    expect(() => acceptor.unwrap(message)).toThrow(expect.objectContaining({ code: 'SEC_E_OUT_OF_SEQUENCE' }));
    const early = initiator.wrap(bytes('first'));
    expect(() => acceptor.unwrap(initiator.wrap(bytes('second')))).toThrow(
      expect.objectContaining({ code: 'SEC_E_OUT_OF_SEQUENCE' }),
    );
    expect(acceptor.unwrap(early).toString()).toBe('first');
  });
});

describe('message sizes', () => {
  test('stay within what each side has announced', async () => {
    domain();
    const { initiator, acceptor } = await established({ maxBuffer: 300 }, { maxBuffer: 400 });
    expect(initiator.wrap(Buffer.alloc(300)).length).toBeLessThanOrEqual(400);
    expect(() => initiator.wrap(Buffer.alloc(400))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_SASL_FRAME' }));
    expect(() => acceptor.wrap(Buffer.alloc(300))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_SASL_FRAME' }));
    expect(() => acceptor.unwrap(Buffer.alloc(401))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_SASL_FRAME' }));
    expect(() => acceptor.unwrap(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'ERR_SSPI_SASL_FRAME' }));
  });
});

test('the offer names every layer and the maximum', () => {
  expect(offerOf(['none', 'integrity', 'confidentiality'], 0x010203).toString('hex')).toBe('07010203');
});

function offerOf(layers: readonly SecurityLayer[], maxBuffer: number): Buffer {
  return encodeOffer({ layers, maxBuffer });
}
