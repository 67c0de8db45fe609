import { accept, type MessageBuffer, type ReturnedBuffer, type SecurityContext } from 'sspi';
import { SEC_E_OK, bytes, credentialsFor, expectClean, script, thrown } from './support';
import { kerberosOverhead } from '#lib/wine';
import type { BindingScript } from '#lib/testing/script';

const NO_ENCRYPT = 0x80000001;
const confidentiality = 0x10;

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await expectClean();
});

async function established(more: BindingScript = {}, flags = confidentiality, packageName = 'Kerberos') {
  const binding = script({ acceptor: [{ status: SEC_E_OK, flags }], ...more });
  const credentials = await credentialsFor(packageName);
  const handshake = accept(credentials);
  await handshake.step(bytes('x'));
  ends.push(
    () => handshake.dispose(),
    () => credentials.dispose(),
  );
  return { binding, context: handshake.context };
}

const sizes = (securityTrailer: number, blockSize: number, maxSignature = 16) => ({
  0: { maxToken: 1, maxSignature, blockSize, securityTrailer },
});

describe('GSS wrap = TOKEN ‖ DATA ‖ PADDING', () => {
  test.each([0, 1, 64, 5000])('of %i bytes round-trips, and leaves the caller’s bytes alone', async (length) => {
    const { context } = await established();
    const data = Buffer.alloc(length, 0x41);
    const wrapped = context.wrap(data);
    expect(wrapped).toHaveLength(16 + length);
    expect(data.equals(Buffer.alloc(length, 0x41))).toBe(true);
    if (length > 8) expect(wrapped.includes(data.subarray(0, 8))).toBe(false);
    const copy = Buffer.from(wrapped);
    expect(context.unwrap(wrapped)).toEqual(data);
    expect(wrapped).toEqual(copy);
  });

  test('returned TOKEN and PADDING lengths may be smaller than asked: compact', async () => {
    const { binding, context } = await established({
      attributes: sizes(60, 8),
      protection: { tokenSize: 20, paddingSize: 3 },
    });
    const wrapped = context.wrap(bytes('payload'));
    expect(binding.callsOf('EncryptMessage')).toMatchObject([
      { layout: [2, 0, 60, 1, 60, 7, 9, 67, 8, 0], qop: 0, sequence: 0 },
    ]);
    expect(wrapped).toHaveLength(20 + 7 + 3);
    expect(wrapped.toString('latin1', 0, 4)).toBe('SCRP');
    expect(wrapped.subarray(27)).toEqual(Buffer.from([3, 3, 3]));
    expect(context.unwrap(wrapped)).toEqual(bytes('payload'));
  });

  test('no padding buffer where the block size is 0', async () => {
    const { binding, context } = await established({ attributes: sizes(16, 0) });
    context.wrap(bytes('x'));
    expect(binding.callsOf('EncryptMessage')[0]?.layout.filter((_, i) => i % 3 === 0)).toEqual([2, 1, 0]);
  });

  test('unwrap = STREAM + DATA', async () => {
    const { binding, context } = await established();
    context.unwrap(context.wrap(bytes('x')));
    expect(binding.callsOf('DecryptMessage')).toMatchObject([{ layout: [10, 0, 17, 1, 0, 0, 0], sequence: 0 }]);
  });

  test('views of any kind, and sequence numbers', async () => {
    const { binding, context } = await established();
    const wrapped = context.wrap(new DataView(new Uint8Array([1, 2, 3]).buffer), { sequence: 7 });
    expect(context.unwrap(new Uint8Array(wrapped), { sequence: 0xffffffff })).toEqual(Buffer.from([1, 2, 3]));
    expect(binding.callsOf('EncryptMessage')[0]?.sequence).toBe(7);
    expect(binding.callsOf('DecryptMessage')[0]?.sequence).toBe(0xffffffff);
  });
});

describe('signing without encryption is QOP 0x80000001', () => {
  test('on unwrap check the returned QOP, or an attacker strips the encryption', async () => {
    const { binding, context } = await established();
    const signed = context.wrap(bytes('payload'), { encrypt: false });
    expect(binding.callsOf('EncryptMessage')[0]?.qop).toBe(NO_ENCRYPT);
    expect(signed.includes('payload')).toBe(true);
    expect(thrown(() => context.unwrap(signed))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
    expect(context.unwrap(signed, { allowUnencrypted: true })).toEqual(bytes('payload'));
  });

  test('where confidentiality was not granted nothing is sent in clear unless that is said', async () => {
    const { context } = await established({}, 0x20000);
    expect(thrown(() => context.wrap(bytes('secret')))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
    expect(thrown(() => context.encrypt([{ type: 'token' }, { type: 'data', data: bytes('secret') }]))).toMatchObject({
      code: 'ERR_SSPI_NOT_ENCRYPTED',
    });
    const signed = context.wrap(bytes('open'), { encrypt: false });
    expect(context.unwrap(signed)).toEqual(bytes('open'));
    expect(thrown(() => context.unwrap(signed, { allowUnencrypted: false }))).toMatchObject({
      code: 'ERR_SSPI_NOT_ENCRYPTED',
    });
  });
});

describe('a message that is not what the peer protected', () => {
  test('altered', async () => {
    const { context } = await established();
    const wrapped = context.wrap(bytes('payload'));
    wrapped.writeUInt8(wrapped.readUInt8(wrapped.length - 1) ^ 1, wrapped.length - 1);
    expect(thrown(() => context.unwrap(wrapped))).toMatchObject({
      code: 'SEC_E_MESSAGE_ALTERED',
      api: 'DecryptMessage',
    });
  });

  test.each([[Buffer.alloc(0)], [Buffer.alloc(1)], [Buffer.alloc(100)]])('no message at all: %p', async (message) => {
    const { context } = await established();
    expect(thrown(() => context.unwrap(message))).toMatchObject({ code: 'SEC_E_INVALID_TOKEN' });
  });

  test.each([['text'], [null], [undefined], [{}]])('%p is no bytes', async (wrong) => {
    const { context } = await established();
    for (const work of [
      () => context.wrap(wrong as never),
      () => context.unwrap(wrong as never),
      () => context.sign(wrong as never),
      () => context.verify(wrong as never, bytes('x')),
      () => context.verify(bytes('x'), wrong as never),
    ]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    }
  });

  test.each([{ encrypt: 1 }, { sequence: -1 }, { sequence: 1.5 }, { sequence: 2 ** 32 }, { encryption: true }, null])(
    'options cannot be %j',
    async (options) => {
      const { context } = await established();
      expect(thrown(() => context.wrap(bytes('x'), options as never))).toMatchObject({
        code: 'ERR_SSPI_INVALID_ARGUMENT',
      });
    },
  );
});

describe('MakeSignature is not GSS_Wrap', () => {
  test('sign returns the signature alone; verify returns nothing, or throws', async () => {
    const { binding, context } = await established({ attributes: sizes(60, 8, 40) });
    const data = bytes('payload');
    const signature = context.sign(data, { sequence: 3 });
    expect(signature).toHaveLength(16);
    expect(context.verify(data, signature)).toBeUndefined();
    expect(binding.callsOf('MakeSignature')).toMatchObject([{ layout: [1, 0, 7, 2, 7, 40, 0], qop: 0, sequence: 3 }]);
    expect(binding.callsOf('VerifySignature')).toMatchObject([{ layout: [1, 0, 7, 2, 7, 16, 0], sequence: 0 }]);
    expect(thrown(() => context.verify(bytes('Payload'), signature))).toMatchObject({
      code: 'SEC_E_MESSAGE_ALTERED',
      api: 'VerifySignature',
    });
    expect(thrown(() => context.verify(data, signature.subarray(1)))).toMatchObject({ code: 'SEC_E_INVALID_TOKEN' });
  });
});

describe('buffers of the caller’s own layout', () => {
  test('WinRM wants no PADDING: TOKEN and DATA come back apart', async () => {
    const { binding, context } = await established({ attributes: sizes(60, 8), protection: { tokenSize: 20 } });
    const body = bytes('<s:Envelope/>');
    const { buffers } = context.encrypt([{ type: 'token' }, { type: 'data', data: body }]);
    expect(binding.callsOf('EncryptMessage')[0]?.layout).toEqual([2, 0, 60, 1, 60, 13, 0]);
    expect(buffers.map(({ type, data }) => [type, data.length])).toEqual([
      ['token', 20],
      ['data', 13],
    ]);
    expect(body.toString()).toBe('<s:Envelope/>');
    const opened = context.decrypt(buffers as never);
    expect(opened).toMatchObject({ status: 0, code: 'SEC_E_OK', encrypted: true });
    expect(opened.buffers[1]).toEqual({ type: 'data', data: body });
  });

  test('DCE: read-only parts carry their attribute, and rooms are as said', async () => {
    const { binding, context } = await established();
    const { buffers } = context.encrypt(
      [
        { type: 'data', data: bytes('header'), readOnly: true },
        { type: 'data', data: bytes('trailer'), readOnly: 'checksum' },
        { type: 'token', room: 76 },
        { type: 'padding' },
      ],
      { encrypt: false, sequence: 9 },
    );
    expect(buffers.map(({ type }) => type)).toEqual(['data', 'data', 'token', 'padding']);
    expect(binding.callsOf('EncryptMessage')).toMatchObject([
      { layout: [0x80000001, 0, 6, 0x10000001, 6, 7, 2, 13, 76, 9, 89, 0, 0], qop: NO_ENCRYPT, sequence: 9 },
    ]);
  });

  test('decrypt tells whether the message was encrypted, and what the types became', async () => {
    const { context } = await established({
      protectionFunctions: {
        decrypt: (_memory, layout) => {
          layout.set([7, 0, 5, 1, 5, 3, 6, 8, 2, 5, 10, 4, 4, 0, 9, 77, 0, 0, NO_ENCRYPT]);
          return 0x00090317;
        },
      },
    });
    const record = bytes('HHHHHdddTTnext');
    const result = context.decrypt([{ type: 'data', data: record }, ...Array(5).fill({ type: 'empty' })]);
    expect(result).toMatchObject({ status: 0x00090317, code: 'SEC_I_CONTEXT_EXPIRED', encrypted: false });
    expect(result.buffers.map(({ type, data }) => [type, data.toString()])).toEqual([
      ['streamHeader', 'HHHHH'],
      ['data', 'ddd'],
      ['streamTrailer', 'TT'],
      ['extra', 'next'],
      ['missing', ''],
      ['unknown', ''],
    ]);
  });

  test('a failing status throws', async () => {
    const { context } = await established({
      protectionFunctions: { decrypt: () => 0x80090318, encrypt: () => 0x80090317 },
    });
    expect(thrown(() => context.decrypt([{ type: 'data', data: bytes('x') }]))).toMatchObject({
      code: 'SEC_E_INCOMPLETE_MESSAGE',
    });
    expect(thrown(() => context.encrypt([{ type: 'data', data: bytes('x') }]))).toMatchObject({
      code: 'SEC_E_CONTEXT_EXPIRED',
    });
    expect(thrown(() => context.wrap(bytes('x')))).toMatchObject({
      code: 'SEC_E_CONTEXT_EXPIRED',
      api: 'EncryptMessage',
    });
  });

  test.each([
    [[]],
    ['x'],
    [[null]],
    [[{ type: 'tokens' }]],
    [[{ type: 'toString' }]],
    [[{ type: 'data', data: 'text' }]],
    [[{ type: 'data', data: Buffer.alloc(1), room: 1 }]],
    [[{ type: 'data', room: -1 }]],
    [[{ type: 'data', room: 1e12 }]],
    [[{ type: 'data', readOnly: 'yes' }]],
    [Array(17).fill({ type: 'data' })],
  ])('%j is refused', async (buffers) => {
    const { context } = await established();
    expect(thrown(() => context.encrypt(buffers as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(thrown(() => context.decrypt(buffers as never))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});

/**
 * Wine's Kerberos as dlls/kerberos/unixlib.c has it: the GSS token of libgssapi, whose first bytes are written into DATA and
 * the rest into TOKEN. Here the "GSS token" is a header as RFC 4121 has it, the data, and filler.
 */
function wineKerberos(overhead: { sealed: number; signed: number }): BindingScript {
  const gss = (sealed: boolean, data: Uint8Array) => {
    const header = Buffer.alloc(16);
    header.writeUInt16BE(0x0504, 0);
    header[2] = sealed ? 2 : 0;
    header.writeUInt16BE(sealed ? 0 : overhead.signed - 16, 4);
    return Buffer.concat([header, data, Buffer.alloc((sealed ? overhead.sealed : overhead.signed) - 16, 0xcc)]);
  };
  return {
    wineVersion: '8.0',
    attributes: sizes(49, 1, 37),
    protectionFunctions: {
      encrypt: (memory, layout, qop) => {
        const [dataType, dataAt, dataLength, tokenType, tokenAt, tokenRoom] = layout as unknown as number[] &
          [number, number, number, number, number, number];
        if (dataType !== 1 || tokenType !== 2) return 0x80090308;
        const token = gss(qop !== NO_ENCRYPT, memory.slice(dataAt, dataAt + dataLength));
        if (token.length - dataLength > tokenRoom) return 0x80090321;
        memory.set(token.subarray(0, dataLength), dataAt);
        memory.set(token.subarray(dataLength), tokenAt);
        layout[5] = token.length - dataLength;
        return 0;
      },
      decrypt: (memory, layout) => {
        const [dataType, dataAt, dataLength, tokenType, tokenAt, tokenLength] = layout as unknown as number[] &
          [number, number, number, number, number, number];
        if (dataType !== 1 || tokenType !== 2) return 0x80090308; // no STREAM here
        const message = Buffer.concat([
          memory.subarray(dataAt, dataAt + dataLength),
          memory.subarray(tokenAt, tokenAt + tokenLength),
        ]);
        const sealed = message[2] === 2;
        const cost = sealed ? overhead.sealed : overhead.signed;
        if (message.length < cost) return 0x8009030f;
        const plain = message.subarray(16, message.length - (cost - 16));
        if (plain.length !== dataLength) return 0x8009030f;
        memory.set(plain, dataAt);
        layout[6] = sealed ? 0 : NO_ENCRYPT;
        return 0;
      },
    },
  };
}

describe('Wine’s Kerberos', () => {
  const roundTrips = (context: SecurityContext) => {
    for (const length of [0, 1, 15, 16, 100, 3000]) {
      const data = Buffer.alloc(length, length);
      const wrapped = context.wrap(data);
      expect(wrapped.readUInt16BE(0)).toBe(0x0504); // what goes out is the GSS token itself
      expect(context.unwrap(wrapped)).toEqual(data);
      const signed = context.wrap(data, { encrypt: false });
      expect(thrown(() => context.unwrap(signed))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
      expect(context.unwrap(signed, { allowUnencrypted: true })).toEqual(data);
    }
  };

  test('reports a trailer of 49 bytes where AES needs 60: give room, then use the returned length', async () => {
    const { context } = await established(wineKerberos({ sealed: 60, signed: 28 }));
    roundTrips(context);
  });

  test('the overhead of other key types is learnt from what this side sealed', async () => {
    const { context } = await established(wineKerberos({ sealed: 72, signed: 40 }));
    roundTrips(context);
  });

  test('a first message of the peer opens before this side has sealed any', async () => {
    const { context: sender } = await established(wineKerberos({ sealed: 60, signed: 28 }));
    const wrapped = sender.wrap(bytes('hello'));
    const { context: receiver } = await established(wineKerberos({ sealed: 60, signed: 28 }));
    expect(receiver.unwrap(wrapped)).toEqual(bytes('hello'));
    expect(thrown(() => receiver.unwrap(wrapped.subarray(0, 30)))).toMatchObject({ code: 'SEC_E_MESSAGE_ALTERED' });
  });

  test.each([
    ['RFC 4121, sealed', '050402ff0000001c', 60],
    ['RFC 4121, sealed, with filler', '050402ff0007001c', 67],
    ['RFC 4121, sealed, of the acceptor with a subkey', '050407ff00000000', 60],
    ['RFC 4121, signed', '050400ff000c000c', 28],
    ['RFC 4121, signed, with a longer checksum', '050400ff00180018', 40],
    ['RFC 4757 (RC4), short', '602b06092a864886f7120102020201', 2 + 11 + 32 + 1],
    ['RFC 4757 (RC4), long', '6082012b06092a864886f7120102020201', 4 + 11 + 32 + 1],
    ['what is no Kerberos token', '4e544c4d53535000', 60],
    ['nothing', '', 60],
  ])('what a token costs beside its data: %s', (_, head, cost) => {
    const message = Buffer.alloc(head === '' ? 0 : 400);
    message.write(head, 'hex');
    expect(kerberosOverhead(message, 60)).toBe(cost);
  });

  test('signatures get room too', async () => {
    const { binding, context } = await established(wineKerberos({ sealed: 60, signed: 28 }));
    context.verify(bytes('x'), context.sign(bytes('x')));
    expect(binding.callsOf('MakeSignature')[0]?.layout[5]).toBe(128);
  });

  test('in DCE style, whole messages are refused: it could not open them again', async () => {
    const { binding, context } = await established({ wineVersion: '8.0' }, confidentiality | 0x200);
    for (const work of [
      () => context.wrap(bytes('x')),
      () => context.wrap(bytes('x'), { encrypt: false }),
      () => context.unwrap(bytes('a message')),
    ]) {
      const error = thrown(work);
      expect(error).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
      expect(error.hint).toContain('`encrypt` and `decrypt`');
    }
    expect(binding.calls.filter(({ api }) => api.endsWith('Message'))).toEqual([]);
    const { buffers } = context.encrypt([{ type: 'token' }, { type: 'data', data: bytes('x') }]);
    expect(context.decrypt(again(buffers)).buffers[1]?.data).toEqual(bytes('x'));
  });
});

describe('messages that are only signed, with Wine’s NTLM', () => {
  const integrity = 0x20000;
  // A version whose NTLM acceptor is believed, so that there is something to protect with.
  const packages = [{ name: 'NTLM', comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 }];

  test('are refused if confidentiality was not granted: it would encrypt them with another key', async () => {
    const { binding, context } = await established({ wineVersion: '11.0', packages }, integrity, 'NTLM');
    for (const work of [
      () => context.wrap(bytes('x'), { encrypt: false }),
      () => context.unwrap(Buffer.alloc(17)),
      () => context.encrypt([{ type: 'token' }, { type: 'data', data: bytes('x') }], { encrypt: false }),
      () =>
        context.decrypt([
          { type: 'token', data: Buffer.alloc(16) },
          { type: 'data', data: bytes('x') },
        ]),
    ]) {
      const error = thrown(work);
      expect(error).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
      expect(error.hint).toContain('`sign` and `verify`');
    }
    expect(binding.calls.filter(({ api }) => api.endsWith('Message'))).toEqual([]);
    context.verify(bytes('x'), context.sign(bytes('x')));
  });

  test.each([
    ['with confidentiality', { wineVersion: '11.0' }, confidentiality | integrity],
    ['on Windows', {}, integrity],
  ])('are passed on, %s', async (_, more, flags) => {
    const { binding, context } = await established({ ...more, packages }, flags, 'NTLM');
    context.wrap(bytes('x'), { encrypt: false });
    expect(binding.callsOf('EncryptMessage')).toHaveLength(1);
  });
});

const again = (buffers: readonly ReturnedBuffer[]): MessageBuffer[] =>
  buffers.map(({ type, data }) => ({ type: type as MessageBuffer['type'], data }));

describe('layouts that Wine protects in part only', () => {
  const data = bytes('payload');
  const layouts: Record<string, MessageBuffer[]> = {
    'a second data buffer': [{ type: 'token' }, { type: 'data', data }, { type: 'data', data }],
    'a second data buffer of no bytes': [{ type: 'token' }, { type: 'data', data }, { type: 'data' }],
    'a buffer that is to be signed only': [
      { type: 'data', data, readOnly: 'checksum' },
      { type: 'data', data },
      { type: 'token' },
    ],
    'nothing but what is to be signed': [{ type: 'data', data, readOnly: 'checksum' }, { type: 'token' }],
  };

  test.each(
    Object.keys(layouts).flatMap((what) =>
      ['Kerberos', 'NTLM', 'Schannel', 'Microsoft Unified Security Protocol Provider'].map((name) => [what, name]),
    ),
  )('%s: refused with Wine’s %s', async (what, name) => {
    const buffers = layouts[what as string] as MessageBuffer[];
    const packages = [{ name: name as string, comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 }];
    // As a version whose NTLM acceptor is believed, so that there is something to protect with.
    const { binding, context } = await established({ wineVersion: '11.0', packages }, confidentiality, name);
    for (const work of [
      () => context.encrypt(buffers),
      () => context.encrypt(buffers, { encrypt: false }),
      () => context.decrypt(buffers),
    ]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
    }
    expect(binding.calls.filter(({ api }) => api.endsWith('Message'))).toEqual([]);
  });

  test.each([
    ['on Windows', {}, 'Kerberos'],
    ['with a package that others install into Wine', { wineVersion: '8.0' }, 'Negotiate'],
  ])('are passed on %s', async (_, more, name) => {
    const own = { name: 'Others', comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 };
    const attributes = name === 'Negotiate' ? { 12: { package: own, state: 0 } } : {};
    const { binding, context } = await established({ ...more, attributes }, confidentiality, name);
    context.encrypt(layouts['a buffer that is to be signed only'] as MessageBuffer[]);
    expect(binding.callsOf('EncryptMessage')).toHaveLength(1);
  });

  test('Wine’s Schannel takes a read-only buffer for the one to be sealed', async () => {
    const { context } = await established({ wineVersion: '10.0' }, confidentiality, 'Schannel');
    const layout: MessageBuffer[] = [
      { type: 'data', data, readOnly: true },
      { type: 'data', data },
    ];
    expect(thrown(() => context.encrypt(layout))).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
  });

  test('what nobody protects anywhere may stand beside the one data buffer', async () => {
    const { binding, context } = await established({ wineVersion: '8.0' });
    context.encrypt([
      { type: 'data', data: bytes('header'), readOnly: true },
      { type: 'data', data },
      { type: 'token' },
      { type: 'empty' },
    ]);
    expect(binding.callsOf('EncryptMessage')).toHaveLength(1);
  });
});

describe('where neither integrity nor confidentiality was granted nothing is protected and nothing opened', () => {
  const data = bytes('payload');
  const works: Record<string, (context: SecurityContext) => unknown> = {
    sign: (context) => context.sign(data),
    verify: (context) => context.verify(data, Buffer.alloc(16)),
    'wrap, signed only': (context) => context.wrap(data, { encrypt: false }),
    unwrap: (context) => context.unwrap(Buffer.alloc(40)),
    'unwrap, whatever comes': (context) => context.unwrap(Buffer.alloc(40), { allowUnencrypted: true }),
    'encrypt, signed only': (context) =>
      context.encrypt([{ type: 'token' }, { type: 'data', data }], { encrypt: false }),
    decrypt: (context) =>
      context.decrypt([
        { type: 'token', data: Buffer.alloc(16) },
        { type: 'data', data },
      ]),
  };

  test.each(Object.keys(works))('%s', async (what) => {
    const work = works[what] as (context: SecurityContext) => unknown;
    const mutualAuthOnly = 0x2;
    const { binding, context } = await established({}, mutualAuthOnly, 'NTLM');
    const error = thrown(() => work(context));
    expect(error).toMatchObject({ code: 'ERR_SSPI_NOT_PROTECTED' });
    expect(error.hint).toContain('integrity or confidentiality');
    expect(binding.calls.filter(({ api }) => /Message$|Signature$/.test(api))).toEqual([]);
  });

  test('either is enough', async () => {
    const integrity = 0x20000;
    for (const flags of [integrity, confidentiality]) {
      const { context } = await established({}, flags);
      context.verify(data, context.sign(data));
      expect(context.unwrap(context.wrap(data, { encrypt: false }), { allowUnencrypted: true })).toEqual(data);
    }
  });

  test('wrap that should encrypt says that it cannot', async () => {
    const { context } = await established({}, 0);
    expect(thrown(() => context.wrap(data))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
  });
});

test('room that a package leaves as it is carries no bytes of this process', async () => {
  const untouched = { encrypt: () => SEC_E_OK };
  const { context } = await established({ protectionFunctions: untouched });
  Buffer.allocUnsafe(4096).fill(0xaa); // what the next small allocation finds
  const { buffers } = context.encrypt([
    { type: 'token', room: 64 },
    { type: 'data', data: bytes('x') },
    { type: 'padding', room: 64 },
  ]);
  expect([buffers[0]?.data, buffers[2]?.data]).toEqual([Buffer.alloc(64), Buffer.alloc(64)]);
});

describe('Wine’s NTLM', () => {
  test('knows no STREAM: messages are opened as TOKEN and DATA', async () => {
    const { binding, context } = await established({ wineVersion: '11.0' }, confidentiality, 'NTLM');
    const message = context.wrap(bytes('x'));
    expect(binding.callsOf('EncryptMessage')[0]?.layout).toEqual([2, 0, 16, 1, 16, 1, 0]);
    expect(context.unwrap(message)).toEqual(bytes('x'));
    expect(binding.callsOf('DecryptMessage')[0]?.layout).toEqual([2, 0, 16, 1, 16, 1, 0]);
  });

  test('a message shorter than a signature is all TOKEN', async () => {
    const { binding, context } = await established({ wineVersion: '11.0' }, confidentiality, 'NTLM');
    expect(() => context.unwrap(bytes('short'))).toThrow();
    expect(binding.callsOf('DecryptMessage')[0]?.layout.slice(0, 6)).toEqual([2, 0, 5, 1, 5, 0]);
  });
});
