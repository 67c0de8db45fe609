import { accept, initiate, type Handshake, type InitiateOptions } from 'sspi';
import {
  COMPLETE_AND_CONTINUE,
  COMPLETE_NEEDED,
  CONTINUE,
  INCOMPLETE_CREDENTIALS,
  INCOMPLETE_MESSAGE,
  INVALID_TOKEN,
  LOGON_DENIED,
  SEC_E_OK,
  bytes,
  credentialsFor,
  drain,
  expectClean,
  rejection,
  script,
  thrown,
} from './support';
import type { BindingScript, LegScript } from '#lib/testing/script';

afterEach(expectClean);

type Side = 'initiator' | 'acceptor';

/** A scripted handshake of either side; an acceptor's first token is `given`. */
async function begin(side: Side, legs: LegScript, more: BindingScript = {}, packageName = 'Negotiate') {
  const binding = script({ ...more, [side]: legs });
  const credentials = await credentialsFor(packageName);
  const handshake: Handshake = side === 'initiator' ? initiate(credentials) : accept(credentials);
  const first = () => (side === 'initiator' ? handshake.step() : handshake.step(bytes('given')));
  const end = async () => {
    await handshake.dispose();
    await credentials.dispose();
  };
  return { binding, handshake, first, end };
}

const sides: Side[] = ['initiator', 'acceptor'];

describe.each(sides)('statuses of the %s', (side) => {
  test('SEC_E_OK with an output token: the token must still be sent', async () => {
    const { handshake, first, end } = await begin(side, [{ status: SEC_E_OK, token: bytes('AP-REQ') }]);
    expect(await first()).toEqual({
      index: 0,
      token: bytes('AP-REQ'),
      expectsReply: false,
      status: 0,
      code: 'SEC_E_OK',
      failed: false,
    });
    expect(handshake.established).toBe(true);
    expect(handshake.context.package).toBe('Negotiate');
    await end();
  });

  test.each([undefined, Buffer.alloc(0)])('SEC_E_OK with %p as output: nothing is sent', async (token) => {
    const { first, end } = await begin(side, [{ status: SEC_E_OK, token }]);
    expect(await first()).toMatchObject({ token: undefined, expectsReply: false });
    await end();
  });

  test('no token, a token of zero bytes, and bytes are three different things while the handshake goes on', async () => {
    const { handshake, first, end } = await begin(side, [
      { status: CONTINUE, token: undefined },
      { status: CONTINUE, token: Buffer.alloc(0) },
      { status: CONTINUE, token: bytes('b') },
    ]);
    expect(await first()).toMatchObject({ token: undefined, expectsReply: true, code: 'SEC_I_CONTINUE_NEEDED' });
    const empty = await handshake.step(bytes('x'));
    expect(Buffer.isBuffer(empty.token)).toBe(true);
    expect(empty).toMatchObject({ index: 1, token: Buffer.alloc(0), expectsReply: true });
    expect(await handshake.step(bytes('y'))).toMatchObject({ index: 2, token: bytes('b'), expectsReply: true });
    await end();
  });

  test('a stream package has nothing to send for a token of zero bytes', async () => {
    const { first, end } = await begin(side, [{ status: CONTINUE, token: Buffer.alloc(0) }], {}, 'Schannel');
    expect(await first()).toMatchObject({ token: undefined, expectsReply: true });
    await end();
  });

  test('SEC_I_COMPLETE_NEEDED: CompleteAuthToken on the context with the output, the completed token is sent, finished', async () => {
    const { binding, handshake, first, end } = await begin(
      side,
      [{ status: COMPLETE_NEEDED, token: bytes('raw'), flags: 0x10, expiry: 1000 }],
      { complete: [{ token: bytes('completed') }], attributes: { 12: { package: packageInfo('NTLM'), state: 0 } } },
    );
    expect(await first()).toMatchObject({
      token: bytes('completed'),
      expectsReply: false,
      status: COMPLETE_NEEDED,
      code: 'SEC_I_COMPLETE_NEEDED',
    });
    expect(binding.callsOf('CompleteAuthToken')).toMatchObject([{ context: 1, token: bytes('raw') }]);
    expect(handshake.context).toMatchObject({ package: 'NTLM', flags: ['confidentiality'], expiry: new Date(1000) });
    await end();
  });

  test('SEC_I_COMPLETE_AND_CONTINUE: CompleteAuthToken, then a reply is expected', async () => {
    const { binding, handshake, first, end } = await begin(
      side,
      [{ status: COMPLETE_AND_CONTINUE, token: bytes('raw') }, { status: SEC_E_OK }],
      { complete: [{ token: bytes('completed') }] },
    );
    expect(await first()).toMatchObject({
      token: bytes('completed'),
      expectsReply: true,
      status: COMPLETE_AND_CONTINUE,
    });
    expect(handshake.established).toBe(false);
    expect(await handshake.step(bytes('reply'))).toMatchObject({ expectsReply: false });
    expect(binding.callsOf('CompleteAuthToken')).toHaveLength(1);
    await end();
  });

  test('CompleteAuthToken is called with no token when there is none', async () => {
    const { binding, first, end } = await begin(side, [{ status: COMPLETE_NEEDED }]);
    expect(await first()).toMatchObject({ token: undefined, expectsReply: false });
    expect(binding.callsOf('CompleteAuthToken')).toMatchObject([{ token: undefined }]);
    await end();
  });

  test.each([COMPLETE_NEEDED, COMPLETE_AND_CONTINUE])(
    'a failing CompleteAuthToken (after 0x%x) fails the handshake: skipping it would let anybody in',
    async (status) => {
      const { handshake, first, end } = await begin(side, [{ status, token: bytes('raw') }], {
        complete: [{ status: LOGON_DENIED }],
      });
      const error = await rejection(first());
      expect(error).toMatchObject({
        code: 'SEC_E_LOGON_DENIED',
        status: LOGON_DENIED,
        api: 'CompleteAuthToken',
        leg: 0,
      });
      expect(error.token).toBeUndefined();
      expect(handshake.established).toBe(false);
      expect(() => handshake.context).toThrow(
        expect.objectContaining({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error }),
      );
      await end();
    },
  );

  test('read the output before judging the status: step() carries the error token for the peer', async () => {
    const { first, end } = await begin(side, [{ status: LOGON_DENIED, token: bytes('sorry') }]);
    expect(await rejection(first())).toMatchObject({ code: 'SEC_E_LOGON_DENIED', token: bytes('sorry') });
    await end();
  });

  test('read the output before judging the status: legs() yields the error token as a last, failed leg, then throws', async () => {
    const { handshake, end } = await begin(side, [{ status: LOGON_DENIED, token: bytes('sorry') }]);
    const { legs, error } = await drain(handshake.legs([bytes('given')]));
    expect(legs).toEqual([
      {
        index: 0,
        token: bytes('sorry'),
        expectsReply: false,
        status: LOGON_DENIED,
        code: 'SEC_E_LOGON_DENIED',
        failed: true,
      },
    ]);
    expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', leg: 0 });
    expect(error?.token).toBeUndefined(); // it is on the leg: sent once, not twice
    await end();
  });

  test('an error token of zero bytes is none', async () => {
    const { handshake, end } = await begin(side, [{ status: LOGON_DENIED, token: Buffer.alloc(0) }]);
    const { legs, error } = await drain(handshake.legs([bytes('given')]));
    expect(legs).toEqual([]);
    expect(error?.token).toBeUndefined();
    await end();
  });

  test('SEC_E_INCOMPLETE_MESSAGE: the context lives; the same input with more bytes appended goes into the next call', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [
        { status: INCOMPLETE_MESSAGE, missing: 3 },
        { status: INCOMPLETE_MESSAGE },
        { status: SEC_E_OK, token: bytes('t') },
      ],
      {},
      'Schannel',
    );
    const chunk = bytes('abc');
    const pending = handshake.step(chunk);
    chunk.fill(0x2a); // the caller's buffer is the caller's again at once
    expect(await pending).toMatchObject({
      token: undefined,
      expectsReply: true,
      code: 'SEC_E_INCOMPLETE_MESSAGE',
      failed: false,
    });
    await handshake.step(bytes('de'));
    expect(await handshake.step(bytes('f'))).toMatchObject({ token: bytes('t'), expectsReply: false });
    expect(legInputs(binding)).toEqual(['abc', 'abcde', 'abcdef']);
    expect(handshake.context.unreadInput).toBeUndefined();
    await end();
  });

  test('after SEC_E_INCOMPLETE_MESSAGE was overcome, the kept input is gone', async () => {
    const legs = [{ status: INCOMPLETE_MESSAGE }, { status: CONTINUE, token: bytes('t') }, { status: SEC_E_OK }];
    const { binding, handshake, end } = await begin(side, legs, {}, 'Schannel');
    await handshake.step(bytes('a'));
    await handshake.step(bytes('b'));
    await handshake.step(bytes('c'));
    expect(legInputs(binding)).toEqual(['a', 'ab', 'c']);
    await end();
  });

  test('legs() pulls more for SEC_E_INCOMPLETE_MESSAGE and yields nothing for it', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [
        { status: INCOMPLETE_MESSAGE },
        { status: CONTINUE, token: bytes('1') },
        { status: SEC_E_OK, token: bytes('2') },
      ],
      {},
      'Schannel',
    );
    const { legs, result } = await drain(handshake.legs([bytes('a'), bytes('b'), bytes('c')]));
    expect(legs.map(({ index, token }) => [index, token.toString()])).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
    expect(result).toBe(handshake.context);
    expect(legInputs(binding)).toEqual(side === 'initiator' ? [undefined, 'a', 'b'] : ['a', 'ab', 'c']);
    await end();
  });

  test('SEC_E_INCOMPLETE_MESSAGE of a message package is a damaged token, not a wish for more bytes', async () => {
    for (const before of [[], [{ status: CONTINUE, token: bytes('1') }]]) {
      const { binding, handshake, end } = await begin(side, [...before, { status: INCOMPLETE_MESSAGE }]);
      for (const { token } of before) expect(await handshake.step(bytes('x'))).toMatchObject({ token });
      const error = await rejection(handshake.step(bytes('abc')));
      expect(error).toMatchObject({ code: 'SEC_E_INCOMPLETE_MESSAGE', leg: before.length });
      expect(error.hint).toContain('damaged');
      expect(error.explain().causes[0]?.cause).toBe('damaged-token');
      expect(await rejection(handshake.step(bytes('def')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
      expect(legInputs(binding)).toHaveLength(before.length + 1);
      await end();
    }
  });

  test('legs() ends with SEC_E_INCOMPLETE_MESSAGE of a message package and pulls no more', async () => {
    const { handshake, end } = await begin(side, [{ status: INCOMPLETE_MESSAGE }, { status: INCOMPLETE_MESSAGE }]);
    const pulled: string[] = [];
    const incoming = function* (): Generator<Buffer> {
      for (const token of ['a', 'b']) {
        pulled.push(token);
        yield bytes(token);
      }
    };
    const { legs, error } = await drain(handshake.legs(incoming()));
    expect(legs).toEqual([]);
    expect(error).toMatchObject({ code: 'SEC_E_INCOMPLETE_MESSAGE' });
    expect(pulled).toEqual(side === 'initiator' ? [] : ['a']);
    await end();
  });

  test('a peer cannot make this side keep input without bound', async () => {
    const { handshake, end } = await begin(side, () => ({ status: INCOMPLETE_MESSAGE }), {}, 'Schannel');
    const chunk = Buffer.alloc(300_000);
    const steps = async () => {
      for (let i = 0; i < 10; i++) await handshake.step(chunk);
    };
    expect(await rejection(steps())).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
    await end();
  });

  test('SECBUFFER_EXTRA while the handshake goes on: the unread tail goes in before the peer is asked, outputs are one stream', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [
        { status: CONTINUE, token: bytes('one'), unread: 4 },
        { status: CONTINUE, unread: 2 },
        { status: CONTINUE, token: bytes('two') },
      ],
      {},
      'Schannel',
    );
    const leg = await handshake.step(bytes('abcdef'));
    expect(legInputs(binding)).toEqual(['abcdef', 'cdef', 'ef']);
    expect(leg).toMatchObject({ index: 0, token: bytes('onetwo'), expectsReply: true });
    await end();
  });

  test('SECBUFFER_EXTRA after SEC_E_OK belongs to DecryptMessage', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [
        { status: CONTINUE, token: bytes('one'), unread: 5 },
        { status: SEC_E_OK, token: bytes('fin'), unread: 3 },
      ],
      {},
      'Schannel',
    );
    const leg = await handshake.step(bytes('helloapp'));
    expect(leg).toMatchObject({ token: bytes('onefin'), expectsReply: false });
    expect(legInputs(binding)).toEqual(['helloapp', 'loapp']);
    expect(handshake.context.unreadInput).toEqual(bytes('app'));
    await end();
  });

  test('an unread tail that ends inside a message waits for more', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [
        { status: CONTINUE, token: bytes('one'), unread: 2 },
        { status: INCOMPLETE_MESSAGE },
        { status: SEC_E_OK, token: bytes('two') },
      ],
      {},
      'Schannel',
    );
    expect(await handshake.step(bytes('abcd'))).toMatchObject({ token: bytes('one'), expectsReply: true });
    expect(await handshake.step(bytes('ef'))).toMatchObject({ token: bytes('two'), expectsReply: false });
    expect(legInputs(binding)).toEqual(['abcd', 'cd', 'cdef']);
    await end();
  });

  test('a call that read nothing is not repeated with the same bytes: more is asked for', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [{ status: CONTINUE, unread: 4 }, { status: SEC_E_OK }],
      {},
      'Schannel',
    );
    expect(await handshake.step(bytes('abcd'))).toMatchObject({ token: undefined, expectsReply: true });
    await handshake.step(bytes('e'));
    expect(legInputs(binding)).toEqual(['abcd', 'abcde']);
    await end();
  });

  test('more unread bytes than were given are as many as were given', async () => {
    const { handshake, end } = await begin(side, [{ status: SEC_E_OK, unread: 99 }], {}, 'Schannel');
    await handshake.step(bytes('abcd'));
    expect(handshake.context.unreadInput).toEqual(bytes('abcd'));
    await end();
  });

  test('a failure after an unread tail carries all that was made for the peer', async () => {
    const { handshake, end } = await begin(
      side,
      [
        { status: CONTINUE, token: bytes('one'), unread: 2 },
        { status: 0x80090326, token: bytes('alert') },
      ],
      {},
      'Schannel',
    );
    expect(await rejection(handshake.step(bytes('abcd')))).toMatchObject({
      code: 'SEC_E_ILLEGAL_MESSAGE',
      token: bytes('onealert'),
    });
    await end();
  });

  test('CompleteAuthToken, then the unread tail', async () => {
    const { binding, handshake, end } = await begin(
      side,
      [
        { status: COMPLETE_AND_CONTINUE, token: bytes('raw'), unread: 2 },
        { status: CONTINUE, token: bytes('+') },
      ],
      { complete: [{ token: bytes('done') }] },
      'Schannel',
    );
    expect(await handshake.step(bytes('abcd'))).toMatchObject({ token: bytes('done+'), expectsReply: true });
    expect(legInputs(binding)).toEqual(['abcd', 'cd']);
    await end();
  });

  test('no call after SEC_E_OK', async () => {
    const { binding, handshake, first, end } = await begin(side, [{ status: SEC_E_OK }]);
    await first();
    const error = await rejection(handshake.step(bytes('more')));
    expect(error).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_OVER' });
    expect((await drain(handshake.legs([bytes('more')]))).error).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_OVER' });
    expect(handshake.established).toBe(true);
    expect(legInputs(binding)).toHaveLength(1);
    await end();
  });

  test('no call after a failure: the first error is named as the cause', async () => {
    const { binding, handshake, first, end } = await begin(side, [{ status: INVALID_TOKEN }]);
    const cause = await rejection(first());
    for (const later of [handshake.step(bytes('x')), handshake.step()]) {
      expect(await rejection(later)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause });
    }
    expect(legInputs(binding)).toHaveLength(1);
    await end();
  });

  test.each([0x00090315, 0x00090317, 0x00090321, 0x00090366, 0x00000001, 0x7fffffff])(
    'a success that no handshake knows (0x%x) establishes nothing',
    async (status) => {
      const { handshake, first, end } = await begin(side, [{ status, token: bytes('t') }]);
      expect(await rejection(first())).toMatchObject({ status });
      expect(handshake.established).toBe(false);
      await end();
    },
  );

  test('a fault of the binding fails the handshake', async () => {
    const fault = new Error('out of threads');
    const { handshake, first, end } = await begin(side, [{ fault }]);
    expect(await rejection(first())).toMatchObject({ code: 'ERR_SSPI_INTERNAL', cause: fault });
    expect(await rejection(handshake.step(bytes('x')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
    await end();
  });
});

describe('the loop ends on the local status', () => {
  test('a final token that says accept-completed and holds no token is an input like any other', async () => {
    const acceptCompleted = Buffer.from('a1073005a0030a0100', 'hex');
    const { binding, handshake, first, end } = await begin('initiator', [
      { status: CONTINUE, token: bytes('x') },
      { status: SEC_E_OK },
    ]);
    await first();
    expect(await handshake.step(acceptCompleted)).toMatchObject({ token: undefined, expectsReply: false });
    expect(binding.callsOf('InitializeSecurityContext')[1]?.input).toEqual(acceptCompleted);
    await end();
  });
});

describe('SEC_I_INCOMPLETE_CREDENTIALS: acquire another credential, call again with the same input', () => {
  const legs = [
    { status: CONTINUE, token: bytes('hello') },
    { status: INCOMPLETE_CREDENTIALS },
    { status: SEC_E_OK, token: bytes('fin') },
  ];

  test('with the credential that the option supplies', async () => {
    const binding = script({ initiator: legs });
    const first = await credentialsFor('Schannel');
    const second = await credentialsFor('Schannel');
    const client = initiate(first, { onIncompleteCredentials: async () => second });
    await client.step();
    expect(await client.step(bytes('request'))).toMatchObject({ token: bytes('fin'), expectsReply: false });
    expect(
      binding.callsOf('InitializeSecurityContext').map(({ credential, input }) => [credential, input?.toString()]),
    ).toEqual([
      [1, undefined],
      [1, 'request'],
      [2, 'request'],
    ]);
    await Promise.all([client.dispose(), first.dispose(), second.dispose()]);
  });

  test('without the option Schannel goes on without a certificate', async () => {
    const binding = script({ initiator: legs });
    await using credentials = await credentialsFor('Schannel');
    await using client = initiate(credentials);
    await client.step();
    expect(await client.step(bytes('request'))).toMatchObject({ token: bytes('fin'), expectsReply: false });
    const calls = binding.callsOf('InitializeSecurityContext');
    expect(calls.map(({ credential, input }) => [credential, input?.toString()])).toEqual([
      [1, undefined],
      [1, 'request'],
      [1, 'request'],
    ]);
  });

  test('without the option another package has a clear error', async () => {
    script({ initiator: legs });
    await using credentials = await credentialsFor();
    await using client = initiate(credentials);
    await client.step();
    const error = await rejection(client.step(bytes('request')));
    expect(error.code).toBe('SEC_I_INCOMPLETE_CREDENTIALS');
    expect(error.hint).toContain('onIncompleteCredentials');
  });

  test.each(['with', 'without'])('SSPI cannot ask for ever, %s the option', async (which) => {
    const binding = script({ initiator: () => ({ status: INCOMPLETE_CREDENTIALS }) });
    await using credentials = await credentialsFor('Schannel');
    const asked = jest.fn(() => credentials);
    await using client = initiate(credentials, which === 'with' ? { onIncompleteCredentials: asked } : {});
    expect(await rejection(client.step())).toMatchObject({ code: 'SEC_I_INCOMPLETE_CREDENTIALS' });
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(5);
    expect(asked).toHaveBeenCalledTimes(which === 'with' ? 4 : 0);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no card');
      },
      { message: 'no card' },
    ],
    ['gives no credentials', () => undefined as never, { code: 'ERR_SSPI_INVALID_ARGUMENT' }],
  ])('an option that %s fails the handshake', async (_, onIncompleteCredentials, expected) => {
    script({ initiator: legs });
    await using credentials = await credentialsFor('Schannel');
    await using client = initiate(credentials, { onIncompleteCredentials });
    await client.step();
    expect(await rejection(client.step(bytes('request')))).toMatchObject(expected);
    expect(await rejection(client.step(bytes('again')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
  });

  test('credentials of another binding are refused', async () => {
    const other = script({});
    const foreign = await credentialsFor('Schannel');
    script({ initiator: legs });
    await using credentials = await credentialsFor('Schannel');
    await using client = initiate(credentials, { onIncompleteCredentials: () => foreign });
    await client.step();
    expect(await rejection(client.step(bytes('request')))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    await foreign.dispose();
    expect(other.callsOf('UseCredential')).toEqual([]);
  });

  test('disposing while the option is busy settles at once, and no call follows', async () => {
    const binding = script({ initiator: legs });
    await using credentials = await credentialsFor('Schannel');
    let supply!: () => void;
    const client = initiate(credentials, {
      onIncompleteCredentials: () =>
        new Promise((resolve) => {
          supply = () => resolve(credentials);
        }),
    });
    await client.step();
    const pending = rejection(client.step(bytes('request')));
    await new Promise(setImmediate);
    await client.dispose();
    expect(await pending).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    supply();
    await new Promise(setImmediate);
    expect(binding.callsOf('InitializeSecurityContext')).toHaveLength(2);
  });
});

describe('no certificate of the user’s unless it is asked for', () => {
  const useSuppliedCreds = 0x80;

  async function requests(packageName: string, options: InitiateOptions): Promise<boolean[]> {
    const binding = script({ initiator: [{ status: INCOMPLETE_CREDENTIALS }, { status: SEC_E_OK }] });
    await using credentials = await credentialsFor(packageName);
    await using client = initiate(credentials, options);
    await client.step().catch(() => undefined);
    return binding.callsOf('InitializeSecurityContext').map(({ flags }) => (flags & useSuppliedCreds) !== 0);
  }

  test('by default Schannel may take no certificate of its own choice', async () => {
    expect(await requests('Schannel', {})).toEqual([true, true]);
  });

  test('defaultCertificate lets it, until it says that it found none', async () => {
    expect(await requests('Schannel', { defaultCertificate: true })).toEqual([false, true]);
  });

  test('other packages are not told of certificates', async () => {
    expect(await requests('Kerberos', {})).toEqual([false]);
  });

  test.each<[string, string, InitiateOptions]>([
    ['another package', 'Kerberos', { defaultCertificate: true }],
    ['what contradicts it', 'Schannel', { defaultCertificate: true, flags: ['useSuppliedCreds'] }],
    ['what is no boolean', 'Schannel', { defaultCertificate: 'yes' as never }],
  ])('defaultCertificate is refused with %s', async (_, packageName, options) => {
    script({});
    await using credentials = await credentialsFor(packageName);
    expect(thrown(() => initiate(credentials, options))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});

function packageInfo(name: string) {
  return { name, comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 };
}

function legInputs(binding: ReturnType<typeof script>): (string | undefined)[] {
  return binding.calls.flatMap((call) => ('input' in call ? [call.input?.toString('latin1')] : []));
}
