import { accept, initiate } from 'sspi';
import {
  COMPLETE_NEEDED,
  CONTINUE,
  SEC_E_OK,
  bytes,
  credentialsFor,
  drain,
  expectClean,
  rejection,
  script,
  thrown,
} from './support';

afterEach(expectClean);

const info = (name: string) => ({ name, comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 });
const negotiated = (name: string) => ({ 12: { package: info(name), state: 0 } });

describe('require is checked when the loop ends, before the context is handed out', () => {
  test('all that is missing is named; the context is deleted; the last token goes with the error', async () => {
    const binding = script({
      initiator: [{ status: SEC_E_OK, token: bytes('AP-REQ'), flags: 0x10 }],
      attributes: negotiated('NTLM'),
    });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, {
      flags: ['mutualAuth', 'delegate', 'confidentiality'],
      require: { flags: ['mutualAuth', 'delegate', 'confidentiality'], packages: ['Kerberos'] },
    });
    const error = await rejection(client.step());
    expect(error).toMatchObject({
      code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
      missing: ['delegate', 'mutualAuth', 'package'],
      token: bytes('AP-REQ'),
      leg: 0,
    });
    for (const word of ['mutualAuth', 'delegate', 'NTLM']) expect(error.message).toContain(word);
    expect(client.established).toBe(false);
    expect(binding.liveCounts().contexts).toBe(0);
    expect(binding.callsOf('DeleteSecurityContext')).toHaveLength(1);
    expect(thrown(() => client.context)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error });
  });

  test('legs() throws it and does not yield the last token: only the caller can say whether the peer should have it', async () => {
    script({
      initiator: [
        { status: CONTINUE, token: bytes('1') },
        { status: SEC_E_OK, token: bytes('2'), flags: 0 },
      ],
    });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { require: { flags: ['mutualAuth'] } });
    const { legs, error } = await drain(client.legs([bytes('a')]));
    expect(legs.map(({ token }) => token)).toEqual([bytes('1')]);
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', token: bytes('2'), leg: 1 });
  });

  test('also after CompleteAuthToken', async () => {
    script({ acceptor: [{ status: COMPLETE_NEEDED, flags: 0 }] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { require: { flags: ['integrity'] } });
    expect(await rejection(server.step(bytes('x')))).toMatchObject({
      code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
      missing: ['integrity'],
    });
  });

  test('flags count only when the loop has ended, and only the granted ones', async () => {
    script({
      initiator: [
        { status: CONTINUE, token: bytes('1'), flags: 0 },
        { status: SEC_E_OK, flags: 0x2 | 0x10 },
      ],
    });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, {
      flags: ['delegate'],
      require: { flags: ['mutualAuth', 'confidentiality'] },
    });
    await client.step();
    await client.step(bytes('x'));
    expect(client.context.flags).toEqual(['mutualAuth', 'confidentiality']);
    expect(client.context.flagBits).toBe(0x12);
  });

  test('each side’s numbers are its own', async () => {
    script({
      initiator: [{ status: SEC_E_OK, flags: 0x00010000 }],
      acceptor: [{ status: SEC_E_OK, flags: 0x00020000 }],
    });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { require: { flags: ['integrity'] } });
    await using server = accept(credentials, { require: { flags: ['integrity'] } });
    await client.step();
    await server.step(bytes('x'));
    expect([client.context.flags, server.context.flags]).toEqual([['integrity'], ['integrity']]);
  });

  test('NTLM is never mutual, whatever it reports', async () => {
    script({ initiator: () => ({ status: SEC_E_OK, flags: 0x12 }), attributes: negotiated('NTLM') });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { flags: ['mutualAuth'] });
    await client.step();
    expect(client.context.flags).toEqual(['confidentiality']);
    await using strict = initiate(credentials, { flags: ['mutualAuth'], require: { flags: ['mutualAuth'] } });
    const error = await rejection(strict.step());
    expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'] });
    expect(error.hint).toContain('NTLM');
  });

  test('delegation needs mutual authentication, and the error says so', async () => {
    script({ initiator: [{ status: SEC_E_OK, flags: 0x10 }] });
    await using credentials = await credentialsFor('Kerberos');
    await using client = initiate(credentials, { flags: ['delegate'], require: { flags: ['delegate'] } });
    const error = await rejection(client.step());
    expect(error.missing).toEqual(['delegate']);
    expect(error.hint).toContain('mutualAuth');
  });

  test('an unknown flag is refused at once', async () => {
    script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => initiate(credentials, { require: { flags: ['mutual'] as never } }))).toMatchObject({
      code: 'ERR_SSPI_UNKNOWN_FLAG',
    });
  });
});

describe('what was negotiated', () => {
  test.each([
    ['NEGOTIATION_INFO', { ...negotiated('Kerberos'), 10: info('other') }, 'Kerberos'],
    ['else PACKAGE_INFO', { 10: info('NTLM') }, 'NTLM'],
    ['else the credential’s', {}, 'Negotiate'],
    [
      'NEGOTIATION_INFO without a package counts for nothing',
      { 12: { package: undefined, state: 1 }, 10: info('NTLM') },
      'NTLM',
    ],
  ])('%s', async (_, attributes, expected) => {
    script({ initiator: [{ status: SEC_E_OK }], attributes });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    expect(client.context.package).toBe(expected);
  });

  test.each([
    ['allowed', { allow: ['kerberos'] }, 'Kerberos', true],
    ['not allowed', { allow: ['Kerberos'] }, 'NTLM', false],
    ['denied', { deny: ['NTLM'] }, 'NTLM', false],
    ['not denied', { deny: ['NTLM'] }, 'Kerberos', true],
    ['unknown, where only some are allowed', { allow: ['Kerberos'] }, undefined, false],
  ])('the credential’s bound is enforced when the loop ends: %s', async (_, packages, name, ok) => {
    script({ initiator: [{ status: SEC_E_OK }], attributes: name === undefined ? {} : negotiated(name) });
    await using credentials = await credentialsFor('Negotiate', { packages });
    await using client = initiate(credentials);
    if (ok) await client.step();
    else
      expect(await rejection(client.step())).toMatchObject({
        code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
        missing: ['package'],
      });
    expect(client.established).toBe(ok);
  });

  test('require.packages compares names as SSPI does: without case', async () => {
    script({ acceptor: [{ status: SEC_E_OK }], attributes: negotiated('Kerberos') });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { require: { packages: ['NTLM', 'KERBEROS'] } });
    await server.step(bytes('x'));
    expect(server.established).toBe(true);
  });
});
