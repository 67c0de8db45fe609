/** Message protection over a security package whose transform can be read: layouts, lengths, qualities of protection, sequence. */
import { accept, initiate, type MessageBuffer, type SecurityContext } from 'sspi';
import { leavesNothingAlive } from './support/live-counts';
import { drive, type Connection } from './support/drive';
import { rejection, thrown } from '../outcome';
import { describeScripted, journalOf, keepsTheRules, play, shutGate, type ScriptedPackage } from './support/scripted';

leavesNothingAlive();

const signedOnly = 0x80000001; // SECQOP_WRAP_NO_ENCRYPT
const all = ['confidentiality', 'integrity', 'replayDetect', 'sequenceDetect'] as const;

interface Established extends Connection {
  readonly client: SecurityContext;
  readonly server: SecurityContext;
}

async function established(
  script = '',
  flags: readonly ((typeof all)[number] | 'allowReplay')[] = all,
  packageName: ScriptedPackage = 'Scripted',
): Promise<Established> {
  const legs = 'isc SEC_I_CONTINUE_NEEDED token=text:C; asc SEC_E_OK token=text:S; isc SEC_E_OK;';
  const credentials = await play(`${legs} ${script}`, { package: packageName });
  const connection = await drive(initiate(credentials, { flags }), accept(credentials, { flags }));
  return {
    ...connection,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await credentials.dispose();
    },
  };
}

const hello = Buffer.from('hello, world');
const again = (buffers: readonly { type: string; data: Buffer }[]): MessageBuffer[] =>
  buffers.map(({ type, data }) => ({ type: type as MessageBuffer['type'], data }));

describeScripted('messages', () => {
  keepsTheRules();

  test.each([0, 1, 15, 16, 17, 4096, 65_536, 1_000_000])('wrap and unwrap of %i bytes, both ways', async (size) => {
    await using both = await established();
    const data = Buffer.alloc(size, 'data');
    expect(both.server.unwrap(both.client.wrap(data)).equals(data)).toBe(true);
    expect(both.client.unwrap(both.server.wrap(data)).equals(data)).toBe(true);
  });

  test('returned TOKEN and PADDING lengths may be smaller than asked: the message is compacted', async () => {
    await using both = await established('attr sizes trailer=60 block=16; encrypt token=24 padding=3');
    const message = both.client.wrap(hello);
    expect(message).toHaveLength(24 + hello.length + 3);
    expect(both.server.unwrap(message)).toEqual(hello);
  });

  test('GSS wrap = TOKEN ‖ DATA ‖ PADDING', async () => {
    await using both = await established('encrypt token=32 padding=1');
    const message = both.client.wrap(hello);
    expect(message.subarray(0, 2).toString()).toBe('SM');
    expect(message.subarray(32, 32 + hello.length)).toEqual(Buffer.from(hello.map((byte) => byte ^ 0x5a)));
    expect(message).toHaveLength(32 + hello.length + 1);
  });

  test('a context without a block size has no PADDING buffer', async () => {
    await using both = await established('attr sizes block=0');
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
    const [call] = await journalOf('EncryptMessage');
    expect(call?.input?.map(({ type }) => type)).toEqual([2, 1]);
  });

  test('GSS unwrap = STREAM + DATA', async () => {
    await using both = await established();
    both.server.unwrap(both.client.wrap(hello));
    const [call] = await journalOf('DecryptMessage');
    expect(call?.input?.map(({ type }) => type)).toEqual([10, 1]);
  });

  test('a token that needs more than the sizes say is an error, not a broken message', async () => {
    await using both = await established('attr sizes trailer=24; encrypt token=25');
    expect(thrown(() => both.client.wrap(hello))).toMatchObject({
      code: 'SEC_E_BUFFER_TOO_SMALL',
      api: 'EncryptMessage',
    });
  });

  test('signing without encryption is QOP 0x80000001, and the data goes in the clear', async () => {
    await using both = await established();
    const message = both.client.wrap(hello, { encrypt: false });
    expect(message.includes(hello)).toBe(true);
    expect(both.client.wrap(hello).includes(hello)).toBe(false);
    expect((await journalOf('EncryptMessage')).map(({ qop }) => qop)).toEqual([signedOnly, 0]);
  });

  test('on unwrap check the returned QOP, or an attacker strips the encryption', async () => {
    await using both = await established();
    const signed = both.client.wrap(hello, { encrypt: false });
    expect(thrown(() => both.server.unwrap(signed))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
    const next = both.client.wrap(hello, { encrypt: false });
    expect(both.server.unwrap(next, { allowUnencrypted: true })).toEqual(hello);
  });

  test('it is the QOP that the package reports which counts', async () => {
    await using both = await established(`decrypt qop=${signedOnly}; decrypt qop=0`);
    expect(thrown(() => both.server.unwrap(both.client.wrap(hello)))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('decrypt tells whether the message was encrypted, and leaves the decision to the caller', async () => {
    await using both = await established();
    const parts = (options?: { encrypt: boolean }) =>
      again(both.client.encrypt([{ type: 'token' }, { type: 'data', data: hello }], options).buffers);
    expect(both.server.decrypt(parts())).toMatchObject({ encrypted: true, code: 'SEC_E_OK', status: 0 });
    expect(both.server.decrypt(parts({ encrypt: false }))).toMatchObject({ encrypted: false });
  });

  test('where confidentiality was not granted nothing is encrypted, and wrap says so', async () => {
    await using both = await established('', ['integrity']);
    expect(thrown(() => both.client.wrap(hello))).toMatchObject({ code: 'ERR_SSPI_NOT_ENCRYPTED' });
    expect(thrown(() => both.client.encrypt([{ type: 'token' }, { type: 'data', data: hello }]))).toMatchObject({
      code: 'ERR_SSPI_NOT_ENCRYPTED',
    });
    expect(both.server.unwrap(both.client.wrap(hello, { encrypt: false }))).toEqual(hello);
    expect((await journalOf('EncryptMessage')).map(({ qop }) => qop)).toEqual([signedOnly]);
  });

  test('MakeSignature is not GSS_Wrap: the signature goes beside the data', async () => {
    await using both = await established('sign token=24');
    const signature = both.client.sign(hello);
    expect(signature).toHaveLength(24);
    expect(both.server.verify(hello, signature)).toBeUndefined();
    expect(thrown(() => both.server.unwrap(Buffer.concat([signature, hello, Buffer.alloc(7)])))).toMatchObject({
      code: 'SEC_E_INVALID_TOKEN',
    });
  });

  test.each([
    ['the data', (message: Buffer) => message.fill(message.readUInt8(40) ^ 1, 40, 41)],
    ['the checksum', (message: Buffer) => message.fill(message.readUInt8(16) ^ 1, 16, 17)],
  ])('a message: %s was changed, and it is SEC_E_MESSAGE_ALTERED', async (_, change) => {
    await using both = await established('', ['confidentiality', 'allowReplay']);
    const error = thrown(() => both.server.unwrap(change(both.client.wrap(hello))));
    expect(error).toMatchObject({ code: 'SEC_E_MESSAGE_ALTERED', status: 0x8009030f, api: 'DecryptMessage' });
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('a signature over other data is SEC_E_MESSAGE_ALTERED', async () => {
    await using both = await established();
    const signature = both.client.sign(hello);
    expect(thrown(() => both.server.verify(Buffer.from('hello, World'), signature))).toMatchObject({
      code: 'SEC_E_MESSAGE_ALTERED',
      api: 'VerifySignature',
    });
  });

  test.each([0, 1, 23])('%i bytes are no message', async (size) => {
    await using both = await established();
    expect(thrown(() => both.server.unwrap(Buffer.alloc(size)))).toMatchObject({ code: 'SEC_E_INVALID_TOKEN' });
  });

  test('sequence numbers run per direction', async () => {
    await using both = await established();
    const fromClient = [both.client.wrap(hello), both.client.wrap(hello)] as const;
    const fromServer = [both.server.wrap(hello), both.server.wrap(hello)] as const;
    for (const message of fromClient) expect(both.server.unwrap(message)).toEqual(hello);
    for (const message of fromServer) expect(both.client.unwrap(message)).toEqual(hello);
  });

  test('a message that is repeated or overtaken is SEC_E_OUT_OF_SEQUENCE', async () => {
    await using both = await established();
    const [first, second] = [both.client.wrap(hello), both.client.wrap(hello)] as const;
    expect(thrown(() => both.server.unwrap(second))).toMatchObject({ code: 'SEC_E_OUT_OF_SEQUENCE' });
    expect(thrown(() => both.server.unwrap(first))).toMatchObject({ code: 'SEC_E_OUT_OF_SEQUENCE' });
    expect(thrown(() => both.server.unwrap(first))).toMatchObject({ code: 'SEC_E_OUT_OF_SEQUENCE' });
  });

  test('the caller’s own sequence number goes to all four calls', async () => {
    await using both = await established();
    const sequence = 0xfffffffe;
    both.server.unwrap(both.client.wrap(hello, { sequence }), { sequence });
    both.server.verify(hello, both.client.sign(hello, { sequence }), { sequence });
    const calls = await journalOf('EncryptMessage', 'DecryptMessage', 'MakeSignature', 'VerifySignature');
    expect(calls.map((call) => call.sequence)).toEqual([sequence, sequence, sequence, sequence]);
  });

  test('what is wrapped, opened, signed or verified is copied: the caller’s bytes stay as they are', async () => {
    await using both = await established();
    const data = Buffer.from(hello);
    const message = both.client.wrap(data);
    const copy = Buffer.from(message);
    both.server.unwrap(message);
    const { buffers } = both.client.encrypt([{ type: 'token' }, { type: 'data', data }]);
    both.server.decrypt(again(buffers));
    both.server.verify(data, both.client.sign(data));
    expect(data).toEqual(hello);
    expect(message).toEqual(copy);
  });

  describe('layouts of one’s own', () => {
    test('WinRM wants no PADDING: TOKEN and DATA apart', async () => {
      await using both = await established('encrypt token=28');
      const { buffers } = both.client.encrypt([{ type: 'token' }, { type: 'data', data: hello }]);
      expect(buffers.map(({ type, data }) => [type, data.length])).toEqual([
        ['token', 28],
        ['data', hello.length],
      ]);
      const opened = both.server.decrypt(again(buffers));
      expect(opened.buffers[1]).toEqual({ type: 'data', data: hello });
    });

    test('DCE: read-only parts are signed or left alone, never changed', async () => {
      await using both = await established();
      const [head, body, tail] = [Buffer.from('header'), Buffer.from('body'), Buffer.from('trailer')];
      const layout = (head: Buffer, body: Buffer, tail: Buffer, token?: Buffer): MessageBuffer[] => [
        { type: 'data', data: head, readOnly: 'checksum' },
        { type: 'data', data: body },
        { type: 'data', data: tail, readOnly: true },
        token === undefined ? { type: 'token' } : { type: 'token', data: token },
      ];
      const [sentHead, sentBody, sentTail, token] = both.client
        .encrypt(layout(head, body, tail))
        .buffers.map(({ data }) => data) as [Buffer, Buffer, Buffer, Buffer];
      expect([sentHead, sentTail]).toEqual([head, tail]);
      expect(sentBody).not.toEqual(body);
      const opened = both.server.decrypt(layout(sentHead, sentBody, sentTail, token));
      expect(opened.buffers[1]?.data).toEqual(body);
      const [, otherBody, , otherToken] = both.client.encrypt(layout(head, body, tail)).buffers;
      const forged = layout(Buffer.from('HEADER'), otherBody?.data ?? body, tail, otherToken?.data);
      expect(thrown(() => both.server.decrypt(forged))).toMatchObject({ code: 'SEC_E_MESSAGE_ALTERED' });
    });

    test('room of one’s own, and too little of it', async () => {
      await using both = await established('encrypt token=40');
      const [token] = both.client.encrypt([
        { type: 'token', room: 100 },
        { type: 'data', data: hello },
      ]).buffers;
      expect(token?.data).toHaveLength(40);
      const tight: MessageBuffer[] = [
        { type: 'token', room: 39 },
        { type: 'data', data: hello },
      ];
      expect(thrown(() => both.client.encrypt(tight))).toMatchObject({ code: 'SEC_E_BUFFER_TOO_SMALL' });
    });

    test('16 buffers are passed on; more are refused before any call', async () => {
      await using both = await established();
      const part: MessageBuffer = { type: 'data', data: hello };
      const { buffers } = both.client.encrypt([{ type: 'token' }, ...Array.from({ length: 15 }, () => part)]);
      expect(buffers).toHaveLength(16);
      expect(both.server.decrypt(again(buffers)).buffers[15]?.data).toEqual(hello);
      const tooMany = [{ type: 'token' } as const, ...Array.from({ length: 16 }, () => part)];
      expect(thrown(() => both.client.encrypt(tooMany))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    });
  });

  describe('records of a stream package', () => {
    const empties: MessageBuffer[] = [{ type: 'empty' }, { type: 'empty' }, { type: 'empty' }];
    const record = (context: SecurityContext) =>
      Buffer.concat(
        context
          .encrypt([
            { type: 'streamHeader', room: 32 },
            { type: 'data', data: hello },
            { type: 'streamTrailer', room: 8 },
          ])
          .buffers.map(({ data }) => data),
      );

    test('come apart into header, data and trailer', async () => {
      await using both = await established('encrypt token=32 padding=8', all, 'ScriptedStream');
      const opened = both.server.decrypt([{ type: 'data', data: record(both.client) }, ...empties]);
      expect(opened.buffers.map(({ type, data }) => [type, data.length])).toEqual([
        ['streamHeader', 32],
        ['data', hello.length],
        ['streamTrailer', 8],
        ['empty', 0],
      ]);
      expect(opened.buffers[1]?.data).toEqual(hello);
    });

    test('SECBUFFER_EXTRA: the bytes of the next record', async () => {
      await using both = await established('encrypt token=32 padding=8', all, 'ScriptedStream');
      const [one, two] = [record(both.client), record(both.client)] as const;
      const opened = both.server.decrypt([{ type: 'data', data: Buffer.concat([one, two]) }, ...empties]);
      const extra = opened.buffers.find(({ type }) => type === 'extra')?.data as Buffer;
      expect(extra).toEqual(two);
      expect(both.server.decrypt([{ type: 'data', data: extra }, ...empties]).buffers[1]?.data).toEqual(hello);
    });

    test('SEC_E_INCOMPLETE_MESSAGE: read more, and give all of it again', async () => {
      await using both = await established('encrypt token=32 padding=8', all, 'ScriptedStream');
      const whole = record(both.client);
      for (const size of [1, 31, 32, whole.length - 1]) {
        const part: MessageBuffer[] = [{ type: 'data', data: whole.subarray(0, size) }, ...empties];
        expect(thrown(() => both.server.decrypt(part))).toMatchObject({ code: 'SEC_E_INCOMPLETE_MESSAGE' });
      }
      expect(both.server.decrypt([{ type: 'data', data: whole }, ...empties]).buffers[1]?.data).toEqual(hello);
    });

    test.each(['SEC_I_CONTEXT_EXPIRED', 'SEC_I_RENEGOTIATE'])('%s is told, not thrown', async (status) => {
      await using both = await established(`encrypt token=32 padding=8; decrypt ${status}`, all, 'ScriptedStream');
      const opened = both.server.decrypt([{ type: 'data', data: record(both.client) }, ...empties]);
      expect(opened.code).toBe(status);
      expect(opened.buffers[1]?.data).toEqual(hello);
    });

    test('streamSizes takes the place of sizes', async () => {
      await using both = await established(
        'attr sizes SEC_E_UNSUPPORTED_FUNCTION; attr streamsizes header=5 trailer=36 message=16384 buffers=4 block=16',
        all,
        'ScriptedStream',
      );
      expect(await both.client.queryAttribute('streamSizes')).toEqual({
        header: 5,
        trailer: 36,
        maxMessage: 16_384,
        buffers: 4,
        blockSize: 16,
      });
      expect(thrown(() => both.client.sizes)).toMatchObject({
        code: 'SEC_E_UNSUPPORTED_FUNCTION',
        api: 'QueryContextAttributes',
      });
    });
  });

  test.each(['encrypt', 'decrypt', 'sign', 'verify'] as const)(
    'the status of a failing %s is the error, and the context lives on',
    async (statement) => {
      await using both = await established(`${statement} SEC_E_CONTEXT_EXPIRED; ${statement}`);
      const work = {
        encrypt: () => both.client.wrap(hello),
        decrypt: () => both.server.unwrap(both.client.wrap(hello)),
        sign: () => both.client.sign(hello),
        verify: () => both.server.verify(hello, both.client.sign(hello)),
      }[statement];
      expect(thrown(work)).toMatchObject({ code: 'SEC_E_CONTEXT_EXPIRED', status: 0x80090317 });
      expect(both.client.disposed).toBe(false);
    },
  );

  test('no message call while another call runs on the context: ERR_SSPI_BUSY', async () => {
    await using both = await established('attr lifespan gate=names');
    await using gate = await shutGate('names');
    const pending = both.client.queryAttribute('lifespan');
    for (const work of [
      () => both.client.wrap(hello),
      () => both.client.unwrap(hello),
      () => both.client.sign(hello),
      () => both.client.verify(hello, hello),
      () => both.client.encrypt([{ type: 'data', data: hello }]),
      () => both.client.decrypt([{ type: 'data', data: hello }]),
      () => both.client.impersonate(() => 1),
      () => both.client.sessionKey(),
    ]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_BUSY' });
    }
    await gate.open();
    await pending;
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('no message call after disposal', async () => {
    const both = await established();
    const message = both.client.wrap(hello);
    await both[Symbol.asyncDispose]();
    for (const work of [
      () => both.client.wrap(hello),
      () => both.server.unwrap(message),
      () => both.client.sign(hello),
      () => both.client.verify(hello, hello),
      () => both.client.encrypt([{ type: 'data', data: hello }]),
      () => both.client.decrypt([{ type: 'data', data: hello }]),
      () => both.client.impersonate(() => 1),
      () => both.client.sessionKey(),
    ]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    }
    expect(await rejection(both.client.queryAttribute('names'))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
  });
});
