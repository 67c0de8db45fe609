import { accept, initiate } from 'sspi';
import { encodeFlags, encodeRequest } from '#lib/flags/encode';
import { acceptorFlags, acceptorGrants, decodeGrants, initiatorFlags, initiatorGrants } from '#lib/flags/tables';
import { SEC_E_OK, bytes, credentialsFor, expectClean, script, thrown } from './support';

afterEach(expectClean);

describe('ISC and ASC flag numbers differ', () => {
  test.each([
    ['extendedError', 0x4000, 0x8000],
    ['stream', 0x8000, 0x10000],
    ['integrity', 0x10000, 0x20000],
    ['identify', 0x20000, 0x80000],
  ] as const)('%s', async (flag, initiator, acceptor) => {
    const binding = script({ initiator: [{ status: SEC_E_OK }], acceptor: [{ status: SEC_E_OK }] });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { flags: [flag, 'allowReplay'] });
    await using server = accept(credentials, { flags: [flag, 'allowReplay'] });
    await client.step();
    await server.step(bytes('x'));
    expect(binding.callsOf('InitializeSecurityContext')[0]?.flags).toBe(initiator);
    expect(binding.callsOf('AcceptSecurityContext')[0]?.flags).toBe(acceptor);
    expect(client.context.flags).toEqual([flag]);
    expect(server.context.flags).toEqual([flag]);
  });

  test('every name has one bit, and every bit one name', () => {
    for (const table of [initiatorFlags, acceptorFlags, initiatorGrants, acceptorGrants]) {
      const bits = Object.values(table);
      expect(new Set(bits).size).toBe(bits.length);
      for (const bit of bits) expect(bit & (bit - 1)).toBe(0);
    }
  });
});

describe('whoever asks for protected messages asks for replay and sequence detection, too', () => {
  const replay = 0x4;
  const sequence = 0x8;

  test.each([
    ['initiator', 'confidentiality', 0x10],
    ['initiator', 'integrity', 0x10000],
    ['acceptor', 'confidentiality', 0x10],
    ['acceptor', 'integrity', 0x20000],
  ] as const)('%s, %s', (role, flag, bit) => {
    expect(encodeRequest([flag], role)).toBe(bit | replay | sequence);
    expect(encodeRequest([flag, 'allowReplay'], role)).toBe(bit);
    expect(encodeRequest(['allowReplay', flag, 'replayDetect'], role)).toBe(bit | replay);
  });

  test('nobody else does', () => {
    expect(encodeRequest(undefined, 'initiator')).toBe(0);
    expect(encodeRequest(['mutualAuth', 'delegate'], 'initiator')).toBe(0x3);
    expect(encodeRequest(['allowReplay'], 'acceptor')).toBe(0);
  });

  test('SSPI gets the bits on every leg, and the context says what came of them', async () => {
    const binding = script({
      initiator: [{ status: SEC_E_OK, flags: ['confidentiality', 'replayDetect'] }],
      acceptor: [{ status: SEC_E_OK }],
    });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials, { flags: ['confidentiality'] });
    await using server = accept(credentials, { flags: ['integrity'] });
    await client.step();
    await server.step(bytes('x'));
    expect(binding.callsOf('InitializeSecurityContext')[0]?.flags).toBe(0x10 | replay | sequence);
    expect(binding.callsOf('AcceptSecurityContext')[0]?.flags).toBe(0x20000 | replay | sequence);
    expect(client.context.flags).toEqual(['replayDetect', 'confidentiality']);
    expect(server.context.flags).toEqual(['replayDetect', 'sequenceDetect', 'integrity']);
  });

  test('allowReplay can be asked for, not granted', () => {
    expect(thrown(() => encodeFlags(['allowReplay'], 'initiator', 'required'))).toMatchObject({
      code: 'ERR_SSPI_UNKNOWN_FLAG',
    });
    expect(thrown(() => encodeRequest('allowReplay', 'initiator'))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
    expect(thrown(() => encodeRequest(['allowreplay'], 'acceptor')).message).toContain('spelled "allowReplay"');
  });
});

describe('names', () => {
  test('combine, whatever their order and number', () => {
    expect(encodeFlags(['integrity', 'mutualAuth', 'integrity'], 'initiator', 'requested')).toBe(0x10002);
    expect(encodeFlags(undefined, 'acceptor', 'requested')).toBe(0);
    expect(encodeFlags(['confidentialityOnly'], 'initiator', 'requested')).toBe(0x40000000);
  });

  test('come back in a stable order, frozen; nameless bits are left out', () => {
    const names = decodeGrants(0x80010012, 'initiator');
    expect(names).toEqual(['mutualAuth', 'confidentiality', 'integrity']);
    expect(Object.isFrozen(names)).toBe(true);
    expect(decodeGrants(0x80010012, 'initiator')).toBe(names);
  });

  test.each([
    ['allowMissingBindings', 'initiator', /not a flag of a client/],
    ['noIntegrity', 'acceptor', /not a flag of a server/],
    ['mutualauth', 'initiator', /spelled "mutualAuth"/],
    ['ISC_REQ_MUTUAL_AUTH', 'initiator', /spelled "mutualAuth"/],
    ['allocateMemory', 'initiator', /addon owns the memory/],
    ['messages', 'acceptor', /addon owns the memory/],
    ['fragmentToFit', 'initiator', /passes whole tokens/],
    ['fragmentToFit', 'acceptor', /passes whole tokens/],
    ['toString', 'initiator', /Known: delegate/],
    ['', 'acceptor', /Known: delegate/],
  ] as const)('"%s" is no flag of the %s, and the error says what is', (name, role, text) => {
    const error = thrown(() => encodeFlags([name], role, 'requested'));
    expect(error).toMatchObject({ code: 'ERR_SSPI_UNKNOWN_FLAG' });
    expect(error.message).toMatch(text);
  });
});
