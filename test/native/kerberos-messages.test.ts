/** Messages protected by real Kerberos keys: every size, tampering, repetition, order, and the quality of protection. */
import { accept, initiate, type MessageBuffer, type SecurityContext } from 'sspi';
import { describeInDomain, lab } from './support/lab';
import { drive, type Connection } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { thrown } from '../outcome';
import { useKerberosPair } from './support/kerberos';

leavesNothingAlive();

const ordered = ['mutualAuth', 'confidentiality', 'integrity'] as const;
const protecting = [...ordered, 'allowReplay'] as const;
const hello = Buffer.from('hello, world');

/** What RFC 4121 adds with AES-SHA1: header, confounder, copy of the header, checksum; header and checksum. */
const sealedOverhead = 60;
const signedOverhead = 28;

const flipped = (message: Buffer, at: number): Buffer => {
  const copy = Buffer.from(message);
  const index = at < 0 ? copy.length + at : at;
  copy.writeUInt8(copy.readUInt8(index) ^ 0x01, index);
  return copy;
};

describeInDomain('messages under Kerberos', () => {
  const credentials = useKerberosPair();

  const connect = (flags: typeof ordered | typeof protecting = ordered) =>
    drive(
      initiate(credentials.outbound, { target: lab().services.web.spn, flags }),
      accept(credentials.inbound, { flags }),
    );

  test.each([0, 1, 15, 16, 17, 255, 4096, 65_535, 65_536, 1 << 20])('%i bytes, both ways', async (size) => {
    await using both = await connect();
    const data = Buffer.alloc(size, 'data');
    for (const [from, to] of [
      [both.client, both.server],
      [both.server, both.client],
    ] as const) {
      const sealed = from.wrap(data);
      expect(sealed).toHaveLength(size + sealedOverhead);
      if (size > 16) expect(sealed.includes(data.subarray(0, 16))).toBe(false);
      expect(to.unwrap(sealed).equals(data)).toBe(true);

      const signed = from.wrap(data, { encrypt: false });
      expect(signed).toHaveLength(size + signedOverhead);
      expect(signed.includes(data)).toBe(true);
      expect(to.unwrap(signed, { allowUnencrypted: true }).equals(data)).toBe(true);

      const signature = from.sign(data);
      expect(signature).toHaveLength(signedOverhead);
      to.verify(data, signature);
    }
  });

  test('10 MiB', async () => {
    await using both = await connect();
    const data = Buffer.alloc(10 << 20, 'data');
    expect(both.server.unwrap(both.client.wrap(data)).equals(data)).toBe(true);
  });

  test('a thousand messages in turn, both directions mixed: each keeps its own sequence', async () => {
    await using both = await connect();
    for (let i = 0; i < 1000; i++) {
      const data = Buffer.from(`message ${i}`);
      const [from, to] = i % 3 === 0 ? [both.server, both.client] : [both.client, both.server];
      expect(to.unwrap(from.wrap(data)).equals(data)).toBe(true);
    }
  });

  test('on unwrap check the returned QOP: a message that is only signed is refused', async () => {
    await using both = await connect();
    expect(thrown(() => both.server.unwrap(both.client.wrap(hello, { encrypt: false })))).toMatchObject({
      code: 'ERR_SSPI_NOT_ENCRYPTED',
    });
    // It was opened, and counts as read: the next one is in order.
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('an attacker cannot strip the encryption by clearing the flag in the token', async () => {
    await using both = await connect(protecting);
    const sealedFlag = 2;
    const message = both.client.wrap(hello);
    message.writeUInt8(message.readUInt8(2) & ~sealedFlag, 2);
    expect(thrown(() => both.server.unwrap(message, { allowUnencrypted: true })).code).toMatch(/^SEC_E_/);
  });

  test.each([
    ['sealed', true],
    ['signed', false],
  ])('any single byte changed, and a %s message does not open', async (_, encrypt) => {
    await using both = await connect(protecting);
    const length = both.client.wrap(hello, { encrypt }).length;
    for (let at = 0; at < length; at++) {
      const error = thrown(() =>
        both.server.unwrap(flipped(both.client.wrap(hello, { encrypt }), at), { allowUnencrypted: true }),
      );
      expect(error.code).toMatch(/^SEC_E_(MESSAGE_ALTERED|INVALID_TOKEN|INTERNAL_ERROR|OUT_OF_SEQUENCE)$/);
      expect(error.api).toBe('DecryptMessage');
    }
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('any part of a message, and it does not open', async () => {
    await using both = await connect(protecting);
    const length = both.client.wrap(hello).length;
    for (let size = 0; size < length; size++) {
      const error = thrown(() => both.server.unwrap(both.client.wrap(hello).subarray(0, size)));
      expect(error.code).toMatch(/^SEC_E_/);
    }
    const longer = Buffer.concat([both.client.wrap(hello), Buffer.alloc(1)]);
    expect(thrown(() => both.server.unwrap(longer)).code).toMatch(/^SEC_E_/);
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('an altered signature, or altered data under it', async () => {
    await using both = await connect(protecting);
    const signature = both.client.sign(hello);
    for (const [data, mark] of [
      [Buffer.from('hello, World'), signature],
      [hello, flipped(signature, -1)],
      [hello, flipped(signature, 0)],
      [hello, signature.subarray(0, -1)],
      [hello, Buffer.alloc(0)],
      [Buffer.alloc(0), signature],
    ] as const) {
      const error = thrown(() => both.server.verify(data, mark));
      expect(error.code).toMatch(/^SEC_E_(MESSAGE_ALTERED|INVALID_TOKEN|INTERNAL_ERROR)$/);
      expect(error.api).toBe('VerifySignature');
    }
    both.server.verify(hello, both.client.sign(hello));
  });

  test('a message of another context does not open', async () => {
    await using one = await connect();
    await using other = await connect();
    expect(thrown(() => other.server.unwrap(one.client.wrap(hello))).code).toMatch(
      /^SEC_E_(MESSAGE_ALTERED|OUT_OF_SEQUENCE)$/,
    );
  });

  test('one’s own message does not open', async () => {
    await using both = await connect(protecting);
    expect(thrown(() => both.client.unwrap(both.client.wrap(hello)))).toMatchObject({ code: 'SEC_E_MESSAGE_ALTERED' });
  });

  test('a replayed message', async () => {
    await using both = await connect();
    const message = both.client.wrap(hello);
    expect(both.server.unwrap(message)).toEqual(hello);
    // Windows: SEC_E_OUT_OF_SEQUENCE. Wine has no status for GSS_S_DUPLICATE_TOKEN.
    expect(thrown(() => both.server.unwrap(message))).toMatchObject({ code: 'SEC_E_INVALID_TOKEN' });
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });

  test('messages out of order: SEC_E_OUT_OF_SEQUENCE', async () => {
    await using both = await connect();
    const [first, second, third] = [1, 2, 3].map(() => both.client.wrap(hello)) as [Buffer, Buffer, Buffer];
    expect(thrown(() => both.server.unwrap(second))).toMatchObject({ code: 'SEC_E_OUT_OF_SEQUENCE' });
    expect(thrown(() => both.server.unwrap(first))).toMatchObject({ code: 'SEC_E_OUT_OF_SEQUENCE' });
    expect(both.server.unwrap(third)).toEqual(hello);
  });

  test('replay and sequence detection come with protection, are granted, and cover signatures', async () => {
    await using both = await connect();
    expect(both.client.flags).toEqual(expect.arrayContaining(['replayDetect', 'sequenceDetect']));
    expect(both.server.flags).toEqual(expect.arrayContaining(['replayDetect', 'sequenceDetect']));
    const signature = both.client.sign(hello);
    both.server.verify(hello, signature);
    expect(thrown(() => both.server.verify(hello, signature)).code).toMatch(/^SEC_E_/);
  });

  test('a message that was lost is noticed with the next one', async () => {
    await using both = await connect();
    both.client.wrap(hello);
    expect(thrown(() => both.server.unwrap(both.client.wrap(hello)))).toMatchObject({ code: 'SEC_E_OUT_OF_SEQUENCE' });
  });

  test('with allowReplay neither the order matters nor a repetition', async () => {
    await using both = await connect(protecting);
    expect(both.server.flags).not.toContain('replayDetect');
    const [first, second] = [1, 2].map(() => both.client.wrap(hello)) as [Buffer, Buffer];
    expect(both.server.unwrap(second)).toEqual(hello);
    expect(both.server.unwrap(first)).toEqual(hello);
    expect(both.server.unwrap(first)).toEqual(hello);
  });

  describe('layouts of one’s own', () => {
    const again = (buffers: readonly { type: string; data: Buffer }[]): MessageBuffer[] =>
      buffers.map(({ type, data }) => ({ type: type as MessageBuffer['type'], data }));

    test.each([
      ['TOKEN and DATA', ['token', 'data']],
      ['DATA and TOKEN', ['data', 'token']],
      ['TOKEN, DATA and PADDING', ['token', 'data', 'padding']],
    ] as const)('%s', async (_, types) => {
      await using both = await connect();
      const { buffers } = both.client.encrypt(
        types.map((type) => (type === 'data' ? { type, data: hello } : { type })),
      );
      const lengths = Object.fromEntries(buffers.map(({ type, data }) => [type, data.length]));
      expect(lengths['token']).toBe(sealedOverhead);
      expect(lengths['data']).toBe(hello.length);
      const opened = both.server.decrypt(again(buffers));
      expect(opened).toMatchObject({ status: 0, code: 'SEC_E_OK', encrypted: true });
      expect(opened.buffers.find(({ type }) => type === 'data')?.data).toEqual(hello);
    });

    test('signed only: decrypt says so', async () => {
      await using both = await connect();
      const { buffers } = both.client.encrypt([{ type: 'token' }, { type: 'data', data: hello }], { encrypt: false });
      expect(buffers.map(({ data }) => data.length)).toEqual([signedOverhead, hello.length]);
      expect(both.server.decrypt(again(buffers))).toMatchObject({ encrypted: false });
    });

    const dce = async (): Promise<Connection> => {
      const flags = [...protecting, 'useDceStyle'] as const;
      return drive(
        initiate(credentials.outbound, { target: lab().services.web.spn, flags }),
        accept(credentials.inbound, { flags }),
      );
    };
    /** What Wine refuses, and Windows does. */
    const refusal = { code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' };

    test('DCE: the token apart', async () => {
      await using both = await dce();
      const { buffers } = both.client.encrypt([{ type: 'token' }, { type: 'data', data: hello }]);
      expect(buffers[1]?.data).not.toEqual(hello);
      expect(both.server.decrypt(again(buffers)).buffers[1]?.data).toEqual(hello);
    });

    test('DCE: whole messages, which Wine could not open again', async () => {
      await using both = await dce();
      expect(thrown(() => both.client.wrap(hello))).toMatchObject(refusal);
      expect(thrown(() => both.server.unwrap(Buffer.alloc(100)))).toMatchObject(refusal);
    });

    test.each([
      ['connection-oriented', () => connect(protecting)],
      ['DCE style', dce],
    ])('%s: no buffer stays unprotected in silence', async (_, established) => {
      await using both = await established();
      const body: MessageBuffer = { type: 'data', data: hello };
      for (const layout of [
        [{ type: 'data', data: Buffer.from('header'), readOnly: 'checksum' }, body, { type: 'token' }],
        [body, { type: 'data', data: Buffer.from('second') }, { type: 'token' }],
        [{ type: 'token' }, body, body],
      ] as MessageBuffer[][]) {
        const encrypt = (side: SecurityContext) => side.encrypt(layout);
        const decrypt = (side: SecurityContext) => side.decrypt(layout);
        expect(thrown(() => encrypt(both.client))).toMatchObject(refusal);
        expect(thrown(() => decrypt(both.server))).toMatchObject(refusal);
      }
    });

    test('too little room for the token', async () => {
      await using both = await connect();
      const layout: MessageBuffer[] = [
        { type: 'token', room: 10 },
        { type: 'data', data: hello },
      ];
      expect(thrown(() => both.client.encrypt(layout))).toMatchObject({ code: 'SEC_E_BUFFER_TOO_SMALL' });
    });

    test('no token buffer at all', async () => {
      await using both = await connect();
      expect(thrown(() => both.client.encrypt([{ type: 'data', data: hello }]))).toMatchObject({
        code: 'SEC_E_INVALID_TOKEN',
        api: 'EncryptMessage',
      });
    });
  });

  test('a wrapped message does not depend on which side wrapped before', async () => {
    await using both: Connection = await connect();
    expect(both.client.unwrap(both.server.wrap(hello))).toEqual(hello);
    expect(both.server.unwrap(both.client.wrap(hello))).toEqual(hello);
  });
});
