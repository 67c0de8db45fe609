/** Whatever is put in: an SspiError with a code of its own comes out, nothing crashes, and nothing leaks. */
import {
  SspiError,
  accept,
  acquireCredentials,
  initiate,
  type AcquireCredentialsOptions,
  type SspiApi,
  type Credentials,
  type Handshake,
  type SecurityContext,
} from 'sspi';
import { loadBinding } from '#lib/binding/load';
import { describeInDomain, lab } from './support/lab';
import { drive, type Connection } from './support/drive';
import { leavesNothingAlive, liveCounts } from './support/live-counts';
import { detachedView, resizableBuffer } from './support/memory';
import { drain, rejection, thrown } from '../outcome';
import { perPlatform } from './support/platform';
import { describeScripted, journalOf, keepsTheRules, play } from './support/scripted';

leavesNothingAlive();

/** Takes what TypeScript would refuse. */
const wrong = (value: unknown): never => value as never;
const long = 'x'.repeat(40_000);

const notBytes: readonly [string, unknown][] = [
  ['a string', 'AQID'],
  ['a number', 5],
  ['null', null],
  ['an array', [1, 2, 3]],
  ['an object', { length: 3 }],
  ['a function', () => Buffer.from('x')],
  ['a symbol', Symbol('x')],
  ['a boolean', true],
  ['a bigint', 5n],
  ['an ArrayBuffer', new ArrayBuffer(3)],
  ['a SharedArrayBuffer', new SharedArrayBuffer(3)],
  ['a promise', Promise.resolve(Buffer.from('x'))],
];

/** Memory that is gone: both codes are the caller’s to tell apart from a wrong type. */
const goneMemory: readonly [string, () => NodeJS.ArrayBufferView][] = [
  ['a detached Uint8Array', detachedView],
  [
    'a detached DataView',
    () => {
      const view = new DataView(new ArrayBuffer(4));
      structuredClone(view.buffer, { transfer: [view.buffer] });
      return view;
    },
  ],
  [
    'a view beyond the end of memory that has shrunk',
    () => {
      const memory = resizableBuffer(8, 8);
      const view = new Uint8Array(memory, 4, 4);
      memory.resize(4);
      return view;
    },
  ],
];

const invalid = (error: SspiError): void => {
  expect(error).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  expect(error).toBeInstanceOf(SspiError);
  expect(error.status).toBeUndefined();
};

describeScripted('bad input to acquireCredentials', () => {
  keepsTheRules();

  const good = { package: 'Scripted', use: 'both' } as const;
  const identity = { user: 'alice', password: 'x' };
  test.each<[string, unknown]>([
    ['no options', undefined],
    ['null', null],
    ['a string', 'Kerberos'],
    ['no package', { use: 'both' }],
    ['an empty package', { ...good, package: '' }],
    ['a package with a NUL', { ...good, package: 'Scripted\0' }],
    ['a package that is no string', { ...good, package: ['Scripted'] }],
    ['a package of 40,000 characters', { ...good, package: long }],
    ['no use', { package: 'Scripted' }],
    ['an unknown use', { ...good, use: 'sideways' }],
    ['a use of Object.prototype', { ...good, use: 'toString' }],
    ['an unknown option', { ...good, packge: 'Scripted' }],
    ['an identity that is a string', { ...good, identity: 'alice' }],
    ['an identity without a user', { ...good, identity: { password: 'x' } }],
    ['an empty user', { ...good, identity: { ...identity, user: '' } }],
    ['a user with a NUL', { ...good, identity: { ...identity, user: 'alice\0admin' } }],
    ['a user of 40,000 characters', { ...good, identity: { ...identity, user: long } }],
    ['no password', { ...good, identity: { user: 'alice' } }],
    ['a password that is a Buffer', { ...good, identity: { ...identity, password: Buffer.from('x') } }],
    ['a domain that is a number', { ...good, identity: { ...identity, domain: 5 } }],
    ['an unknown field of the identity', { ...good, identity: { ...identity, passwd: 'x' } }],
    ['an empty principal', { ...good, principal: '' }],
    ['a principal with a NUL', { ...good, principal: 'a\0b' }],
    ['bounds that are a list', { ...good, packages: ['Kerberos'] }],
    ['an empty list of allowed packages', { ...good, packages: { allow: [] } }],
    ['a package name with a comma', { ...good, packages: { deny: ['NTLM,Kerberos'] } }],
    ['a package name with an exclamation mark', { ...good, packages: { allow: ['!NTLM'] } }],
    ['a package name that is no string', { ...good, packages: { deny: [5] } }],
    ['a signal that is none', { ...good, signal: {} }],
  ])('%s', async (_, options) => {
    invalid(await rejection(acquireCredentials(wrong(options))));
    expect(await journalOf('AcquireCredentialsHandle')).toEqual([]);
  });

  test('what an option’s own getter throws passes through', async () => {
    const fault = new Error('of the getter');
    const options = {
      ...good,
      get principal(): string {
        throw fault;
      },
    };
    expect(await rejection(acquireCredentials(options))).toBe(fault);
  });
});

describeScripted('bad input to handshakes', () => {
  keepsTheRules();

  const withCredentials = async (work: (credentials: Credentials) => unknown): Promise<void> => {
    await using credentials = await play('leg SEC_E_OK');
    await work(credentials);
  };

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an object of that form', { package: 'Scripted', use: 'both' }],
    ['a promise that was not awaited', Promise.resolve()],
    ['a string', 'Scripted'],
  ])('credentials that are %s', (_, credentials) => {
    for (const begin of [initiate, accept]) invalid(thrown(() => begin(wrong(credentials))));
  });

  test.each<[string, unknown]>([
    ['options that are a string', 'x'],
    ['options that are null', null],
    ['an unknown option', { flag: [] }],
    ['flags that are a string', { flags: 'mutualAuth' }],
    ['a flag that is a number', { flags: [2] }],
    ['requirements that are a list', { require: ['mutualAuth'] }],
    ['an unknown requirement', { require: { flag: [] } }],
    ['required packages that are a string', { require: { packages: 'Kerberos' } }],
    ['channel bindings that are a string', { channelBindings: 'tls-server-end-point:' }],
    ['channel bindings that are an object', { channelBindings: {} }],
    ['a signal that is a controller', { signal: new AbortController() }],
    ['a peerTimeout of 0', { peerTimeout: 0 }],
    ['a negative peerTimeout', { peerTimeout: -1 }],
    ['a peerTimeout that is NaN', { peerTimeout: NaN }],
    ['a peerTimeout that is a string', { peerTimeout: '5' }],
  ])('%s', async (_, options) => {
    await withCredentials((credentials) => {
      for (const begin of [initiate, accept]) invalid(thrown(() => begin(credentials, wrong(options))));
    });
  });

  test.each<[string, unknown]>([
    ['an empty target', { target: '' }],
    ['a target with a NUL', { target: 'HTTP/web\0.evil' }],
    ['a target that is a URL', { target: new URL('https://web.corp.test') }],
    ['a target of 40,000 characters', { target: `HTTP/${long}` }],
    ['a target whose host is no name', { target: 'HTTP/ü^.test' }],
    ['onIncompleteCredentials that is no function', { onIncompleteCredentials: {} }],
  ])('an initiator’s %s', async (_, options) => {
    await withCredentials((credentials) => invalid(thrown(() => initiate(credentials, wrong(options)))));
  });

  test.each<[string, string[], RegExp]>([
    ['unknown', ['mutual'], /Known: delegate, mutualAuth/],
    ['in the spelling of the C constant', ['ISC_REQ_MUTUAL_AUTH'], /spelled "mutualAuth"/],
    ['one that the binding keeps for itself', ['allocateMemory'], /The addon owns the memory/],
    ['a property of Object.prototype', ['toString'], /Known/],
    ['the acceptor’s alone', ['proxyBindings'], /Known/],
  ])('a flag that is %s', async (_, flags, hint) => {
    await withCredentials((credentials) => {
      for (const options of [{ flags }, { require: { flags } }]) {
        const error = thrown(() => initiate(credentials, wrong(options)));
        expect(error).toMatchObject({ code: 'ERR_SSPI_UNKNOWN_FLAG' });
        expect(error.hint).toMatch(hint);
      }
    });
  });

  test('channel bindings of zero bytes bind to nothing', async () => {
    await withCredentials((credentials) => {
      const options = { channelBindings: Buffer.alloc(0) };
      for (const begin of [initiate, accept]) {
        expect(thrown(() => begin(credentials, options))).toMatchObject({ code: 'ERR_SSPI_CHANNEL_BINDINGS' });
      }
    });
  });

  describe.each(['initiator', 'acceptor'] as const)('tokens for the %s', (role) => {
    const begun = async (script: string): Promise<{ handshake: Handshake } & AsyncDisposable> => {
      const credentials = await play(script);
      const handshake = role === 'initiator' ? initiate(credentials) : accept(credentials);
      return {
        handshake,
        async [Symbol.asyncDispose]() {
          await handshake.dispose();
          await credentials.dispose();
        },
      };
    };

    test.each(notBytes)('%s is refused, and the handshake goes on', async (_, token) => {
      await using at = await begun('leg SEC_E_OK expect=text:real');
      invalid(await rejection(at.handshake.step(wrong(token))));
      expect(await at.handshake.step(Buffer.from('real'))).toMatchObject({ expectsReply: false });
    });

    test('a string’s error says how to decode it', async () => {
      await using at = await begun('leg SEC_E_OK');
      expect((await rejection(at.handshake.step(wrong('TlRMTVNTUAAB')))).message).toContain('base64');
    });

    test.each(goneMemory)('%s is refused, and the handshake goes on', async (_, make) => {
      await using at = await begun('leg SEC_E_OK expect=text:real');
      expect(await rejection(at.handshake.step(make()))).toMatchObject({ code: 'ERR_SSPI_DETACHED_BUFFER' });
      expect(await at.handshake.step(Buffer.from('real'))).toMatchObject({ expectsReply: false });
    });

    test('no token where the peer owes one', async () => {
      await using at = await begun('leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK');
      await at.handshake.step(Buffer.from('first'));
      expect(await rejection(at.handshake.step())).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
      expect(await at.handshake.step(Buffer.from('second'))).toMatchObject({ expectsReply: false });
    });

    test('10 MB', async () => {
      await using at = await begun('leg SEC_E_OK');
      expect(await rejection(at.handshake.step(Buffer.alloc(10_000_000)))).toMatchObject({
        code: 'ERR_SSPI_TOKEN_TOO_LARGE',
      });
      expect(await at.handshake.step(Buffer.from('x'))).toMatchObject({ expectsReply: false });
    });

    test.each<[string, unknown]>([
      ['a string', 'tokens'],
      ['a Buffer', Buffer.from('token')],
      ['a number', 5],
      ['an object', {}],
      ['null', null],
    ])('incoming that is %s', async (_, incoming) => {
      await using at = await begun('leg SEC_E_OK');
      invalid(thrown(() => at.handshake.legs(wrong(incoming))));
    });

    test.each<[string, unknown]>([
      ['undefined', [undefined]],
      ['null', [null]],
      ['a string', ['token']],
      ['a number', [5]],
    ])('incoming that gives %s', async (_, incoming) => {
      await using at = await begun('leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK');
      invalid((await drain(at.handshake.legs(wrong(incoming)))).error as SspiError);
      expect(at.handshake.established).toBe(false);
    });

    test('incoming that ends while the peer owes a token', async () => {
      await using at = await begun('leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK');
      const incoming = role === 'initiator' ? [] : [Buffer.from('x')];
      expect((await drain(at.handshake.legs(incoming))).error).toMatchObject({ code: 'ERR_SSPI_PEER_ENDED' });
    });

    test('no incoming where the peer owes a token', async () => {
      await using at = await begun('leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK');
      expect((await drain(at.handshake.legs())).error).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
    });

    test('what incoming itself throws passes through', async () => {
      const fault = new Error('connection lost');
      await using at = await begun('leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK');
      // eslint-disable-next-line require-yield
      const incoming = (async function* (): AsyncGenerator<Buffer> {
        await Promise.resolve();
        throw fault;
      })();
      expect((await drain(at.handshake.legs(incoming))).error).toBe(fault);
    });

    test('a step after the end, and use after disposal', async () => {
      await using at = await begun('leg SEC_E_OK');
      await at.handshake.step(Buffer.from('x'));
      expect(await rejection(at.handshake.step(Buffer.from('y')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_OVER' });
      await at.handshake.dispose();
      expect(await rejection(at.handshake.step(Buffer.from('y')))).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
      expect((await drain(at.handshake.legs([]))).error).toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
    });
  });
});

describeScripted('bad input to contexts', () => {
  const bytes = Buffer.from('bytes');
  let both: Connection;
  let credentials: Credentials;
  let context: SecurityContext;
  beforeEach(async () => {
    credentials = await play('isc SEC_I_CONTINUE_NEEDED token=text:C; asc SEC_E_OK token=text:S; isc SEC_E_OK');
    const flags = ['confidentiality'] as const;
    both = await drive(initiate(credentials, { flags }), accept(credentials, { flags }));
    context = both.client;
  });
  afterEach(async () => {
    await both[Symbol.asyncDispose]();
    await credentials.dispose();
  });
  keepsTheRules(); // its hook runs after the one above

  const takers = (value: never): [string, () => unknown][] => [
    ['wrap', () => context.wrap(value)],
    ['unwrap', () => context.unwrap(value)],
    ['sign', () => context.sign(value)],
    ['verify, data', () => context.verify(value, bytes)],
    ['verify, signature', () => context.verify(bytes, value)],
  ];

  test.each([...notBytes, ['undefined', undefined]] as [string, unknown][])('bytes that are %s', (_, value) => {
    for (const [, work] of takers(wrong(value))) invalid(thrown(work));
    if (value !== undefined) invalid(thrown(() => context.encrypt([{ type: 'data', data: wrong(value) }])));
  });

  test.each(goneMemory)('bytes that are %s', (_, make) => {
    for (const [, work] of takers(wrong(make()))) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_DETACHED_BUFFER' });
    }
    for (const work of [() => context.encrypt([{ type: 'data', data: make() }])]) {
      expect(thrown(work)).toMatchObject({ code: 'ERR_SSPI_DETACHED_BUFFER' });
    }
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['an unknown name', { encryption: false }],
    ['encrypt that is 1', { encrypt: 1 }],
    ['a negative sequence', { sequence: -1 }],
    ['a sequence of 33 bits', { sequence: 2 ** 32 }],
    ['a broken sequence', { sequence: 1.5 }],
    ['a sequence that is a string', { sequence: '1' }],
  ])('options that are %s', (_, options) => {
    invalid(thrown(() => context.wrap(bytes, wrong(options))));
    invalid(thrown(() => context.unwrap(bytes, wrong(options))));
    invalid(thrown(() => context.sign(bytes, wrong(options))));
    invalid(thrown(() => context.verify(bytes, bytes, wrong(options))));
    invalid(thrown(() => context.encrypt([{ type: 'token' }], wrong(options))));
    invalid(thrown(() => context.decrypt([{ type: 'token' }], wrong(options))));
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a Buffer', bytes],
    ['an empty list', []],
    ['a list of bytes', [bytes]],
    ['a hole', [undefined]],
    ['an unknown type', [{ type: 'tokens' }]],
    ['a type of Object.prototype', [{ type: 'toString' }]],
    ['no type', [{ data: bytes }]],
    ['both data and room', [{ type: 'data', data: bytes, room: 5 }]],
    ['negative room', [{ type: 'token', room: -1 }]],
    ['a gigabyte of room', [{ type: 'token', room: 2 ** 30 }]],
    ['readOnly that is a word', [{ type: 'data', data: bytes, readOnly: 'yes' }]],
    ['17 buffers', Array.from({ length: 17 }, () => ({ type: 'data', data: bytes }))],
  ])('buffers that are %s', (_, buffers) => {
    invalid(thrown(() => context.encrypt(wrong(buffers))));
    invalid(thrown(() => context.decrypt(wrong(buffers))));
  });

  test.each<[string, unknown]>([
    ['unknown', 'name'],
    ['a property of Object.prototype', 'constructor'],
    ['a number', 1],
    ['nothing', undefined],
  ])('an attribute that is %s', async (_, name) => {
    invalid(await rejection(context.queryAttribute(wrong(name))));
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a promise', Promise.resolve()],
    ['an object', {}],
  ])('impersonate with %s', async (_, fn) => {
    invalid(thrown(() => context.impersonate(wrong(fn))));
    expect(await journalOf('ImpersonateSecurityContext')).toEqual([]);
  });

  test('nothing of all this reached the package', async () => {
    invalid(thrown(() => context.wrap(wrong('text'))));
    expect(await journalOf('EncryptMessage', 'DecryptMessage', 'MakeSignature', 'VerifySignature')).toEqual([]);
  });

  test('shared and resizable memory, views of any kind', () => {
    const views: NodeJS.ArrayBufferView[] = [
      new Uint8Array(new SharedArrayBuffer(5)),
      new Uint8Array(resizableBuffer(5, 50)),
      new DataView(new ArrayBuffer(9), 2, 5),
      new Float64Array([1.5]),
      new BigUint64Array([5n]),
      bytes.subarray(1, 3),
    ];
    for (const view of views) {
      const copy = Buffer.from(Buffer.from(view.buffer, view.byteOffset, view.byteLength));
      expect(both.server.unwrap(context.wrap(view))).toEqual(copy);
      both.server.verify(view, context.sign(view));
    }
  });
});

describeInDomain('tokens of every size in every package', () => {
  const identity = () => ({ user: 'alice', domain: lab().workgroup, password: lab().users.alice.password });
  const options: Record<string, () => Partial<AcquireCredentialsOptions>> = {
    Kerberos: () => ({}),
    Negotiate: () => ({}),
    NTLM: () => ({ identity: identity() }),
  };

  /** Wine 8's NTLM is given no token that it could not bear: see tokenLimitUnderWine. */
  const refusal = (name: string, size: number, api: SspiApi) =>
    name === 'NTLM' && size > perPlatform({ wine8: 1428, wine10: Infinity, windows: Infinity })
      ? { code: 'ERR_SSPI_TOKEN_TOO_LARGE' }
      : { api };

  describe.each(Object.keys(options))('%s', (name) => {
    test.each([1, 100, 1428, 1429, 12_000, 48_000, 65_535])(
      'a first token of %i bytes for the acceptor',
      async (size) => {
        await using credentials = await acquireCredentials({ package: name, use: 'inbound' });
        for (const fill of [0x00, 0x60, 0xff]) {
          await using server = accept(credentials);
          const error = await rejection(server.step(Buffer.alloc(size, fill)));
          expect(error).toMatchObject(refusal(name, size, 'AcceptSecurityContext'));
          expect(server.established).toBe(false);
        }
      },
    );

    test.each([0, 1, 100, 1428, 1429, 12_000, 48_000, 65_535])(
      'an answer of %i bytes for the initiator',
      async (size) => {
        const more = options[name]?.() ?? {};
        await using credentials = await acquireCredentials({ package: name, use: 'outbound', ...more });
        for (const fill of [0x00, 0x60, 0xff]) {
          await using client = initiate(credentials, { target: lab().services.web.spn, flags: ['mutualAuth'] });
          await client.step();
          const error = await rejection(client.step(Buffer.alloc(size, fill)));
          expect(error).toMatchObject(refusal(name, size, 'InitializeSecurityContext'));
          expect(client.established).toBe(false);
        }
      },
    );

    test('10 MB, and no token at all', async () => {
      const more = options[name]?.() ?? {};
      await using inbound = await acquireCredentials({ package: name, use: 'inbound' });
      await using outbound = await acquireCredentials({ package: name, use: 'outbound', ...more });
      await using server = accept(inbound);
      await using client = initiate(outbound, { target: lab().services.web.spn, flags: ['mutualAuth'] });
      const huge = Buffer.alloc(10_000_000);
      expect(await rejection(server.step(huge))).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
      expect(await rejection(server.step(Buffer.alloc(0)))).toMatchObject({ code: 'ERR_SSPI_EMPTY_TOKEN' });
      expect(await rejection(server.step())).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
      await client.step();
      expect(await rejection(client.step(huge))).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
      expect(await rejection(client.step())).toMatchObject({ code: 'ERR_SSPI_TOKEN_REQUIRED' });
    });
  });
});

describe('the native binding itself', () => {
  // The public API checks what it passes on; a fault in it must still not become a wild pointer.
  const binding = loadBinding() as unknown as Record<string, (...args: unknown[]) => unknown>;
  const call = (name: string, ...args: unknown[]): unknown =>
    (binding[name] as (...args: unknown[]) => unknown)(...args);

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a plain object', {}],
    ['a number', 1],
    ['an object that another addon or Node itself has wrapped', new MessageChannel().port1],
    ['a proxy', new Proxy({}, {})],
  ])('believes no handle that is not its own: %s', (_, handle) => {
    if (handle instanceof MessagePort) handle.close();
    const memory = new Uint8Array(4);
    const layout = new Uint32Array(4);
    for (const work of [
      () => call('createContext', handle),
      () => call('freeCredentialsHandle', handle),
      () => call('queryCredentialsAttribute', handle, 1),
      () => call('initializeSecurityContext', handle, 'x', 0, undefined, undefined, 100, false, []),
      () => call('acceptSecurityContext', handle, 0, memory, undefined, 100, false, []),
      () => call('completeAuthToken', handle, undefined, []),
      () => call('deleteSecurityContext', handle),
      () => call('queryContextAttributes', handle, [0]),
      () => call('queryContextAttributesSync', handle, [0]),
      () => call('encryptMessage', handle, memory, layout, 0, 0),
      () => call('decryptMessage', handle, memory, layout, 0),
      () => call('makeSignature', handle, memory, layout, 0, 0),
      () => call('verifySignature', handle, memory, layout, 0),
      () => call('impersonate', handle, () => 1),
    ]) {
      expect(work).toThrow(/the binding expected a (context|credential) handle/);
    }
    expect(liveCounts().calls).toBe(0);
  });

  test.each<[string, Uint8Array, Uint32Array]>([
    ['beyond the memory', new Uint8Array(10), Uint32Array.of(1, 5, 6, 0)],
    ['whose end wraps around', new Uint8Array(10), Uint32Array.of(1, 0xffffffff, 0xffffffff, 0)],
    ['without a slot for the quality of protection', new Uint8Array(10), Uint32Array.of(1, 0, 10)],
    ['of 17 buffers', new Uint8Array(10), new Uint32Array(17 * 3 + 1)],
    ['of nothing', new Uint8Array(10), new Uint32Array(0)],
  ])('passes on no layout %s', async (_, memory, layout) => {
    const raw = loadBinding();
    const { handle } = await raw.acquireCredentialsHandle(undefined, 'Schannel', 2, undefined);
    if (handle === undefined) throw new Error('Schannel gave no credential');
    const context = raw.createContext(handle);
    for (const work of [
      () => raw.encryptMessage(context, memory, layout, 0, 0),
      () => raw.decryptMessage(context, memory, layout, 0),
      () => raw.makeSignature(context, memory, layout, 0, 0),
      () => raw.verifySignature(context, memory, layout, 0),
    ]) {
      expect(work).toThrow('the message layout does not fit the memory');
    }
    await raw.deleteSecurityContext(context);
    await raw.freeCredentialsHandle(handle);
  });

  test('a handle of one kind is none of the other', async () => {
    const raw = loadBinding();
    const { handle } = await raw.acquireCredentialsHandle(undefined, 'Schannel', 2, undefined);
    if (handle === undefined) throw new Error('Schannel gave no credential');
    const context = raw.createContext(handle);
    expect(() => call('deleteSecurityContext', handle)).toThrow('expected a context handle');
    expect(() => call('freeCredentialsHandle', context)).toThrow('expected a credential handle');
    await raw.freeCredentialsHandle(handle);
    // A context's place keeps its credential alive, and outlives the owner's hold on it.
    expect(() => raw.createContext(handle)).not.toThrow();
    await raw.deleteSecurityContext(context);
  });
});
