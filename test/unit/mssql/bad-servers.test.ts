/** Servers that reset, hang, send garbage or break the rules of the login, at each of its stages, through the drivers. */
import { scriptedProvider, useProvider, type ProviderInUse } from 'sspi/testing';
import { windowsSignOn } from 'sspi/mssql';
import { scriptedAuthenticator } from '../../support/tds/authenticators';
import {
  causeOf,
  closed,
  connect,
  connectTo,
  drivers,
  inDomain,
  newest,
  plainTo,
  query,
  refusal,
  startServer,
  trusting,
} from './support';
import { loginAck, sspiToken } from '../../support/tds/replies';
import type { Fault, Stage } from '../../support/tds/server';

const leavesNothing = inDomain();

const stages: readonly Stage[] = ['prelogin', 'tls', 'login7', 'token', 'answer'];
const modes = [
  ['in the clear', 'none', { encrypt: false }],
  ['TLS for the login', 'login', { encrypt: false }],
  ['TLS inside of TDS', 'on', trusting],
  ['strict', 'strict', { ...trusting, encrypt: 'strict' }],
] as const;

describe.each(drivers)('%s', (_, driver) => {
  describe.each(modes)('%s', (mode, encrypt, options) => {
    const possible = stages.filter((stage) => stage !== 'tls' || encrypt !== 'none');

    it.each(possible)('a server that resets, closes or sends garbage at the stage %s', async (at) => {
      for (const kind of ['reset', 'close', 'garbage'] as const) {
        await using server = await startServer({ encrypt, fault: { kind, at } });
        const config = connectTo(server.port, { ...options, connectTimeout: kind === 'garbage' ? 250 : 4000 });
        const error = await refusal(driver, windowsSignOn(config));
        // Garbage may look like the beginning of a long packet, which never comes.
        expect(error.code).toMatch(kind === 'garbage' ? /^(ESOCKET|ETIMEOUT)$/ : /^ESOCKET$/);
        if (error.code === 'ESOCKET') {
          expect(causeOf(error)?.code).toMatch(/^ERR_SSPI_SQL_(CONNECTION|PROTOCOL|ENCRYPTION)$/);
        }
        await leavesNothing();
      }
    });

    it.each(possible)('a server that hangs at the stage %s', async (at) => {
      await using server = await startServer({ encrypt, fault: { kind: 'hang', at } });
      const config = connectTo(server.port, { ...options, connectTimeout: 150 });
      expect((await refusal(driver, windowsSignOn(config))).code).toBe('ETIMEOUT');
      while (server.open > 0) await new Promise(setImmediate);
      expect(mode).toBeTruthy();
    });
  });

  it.each<[string, Fault, RegExp]>([
    ['LOGINACK before the end of the handshake', { kind: 'acknowledge-first' }, /LOGINACK before/],
    ['a token after the end of the handshake', { kind: 'token-too-late' }, /two tokens|after the end/],
    ['an answer that breaks off', { kind: 'half-answer' }, /closed the connection/],
    [
      'neither a token nor an end',
      { kind: 'tokens', payload: Buffer.from('79000000 00'.replace(' ', ''), 'hex') },
      /neither/,
    ],
    ['a token that ends outside', { kind: 'tokens', payload: Buffer.from('edffff00', 'hex') }, /outside/],
    ['rows', { kind: 'tokens', payload: Buffer.from('8100', 'hex') }, /0x81/],
    [
      'a token and LOGINACK at once, before the end',
      { kind: 'tokens', payload: Buffer.concat([sspiToken(Buffer.from('x')), loginAck(0x74000004)]) },
      /./,
    ],
    ['a PRELOGIN without an end', { kind: 'prelogin', payload: Buffer.from('01000b', 'hex') }, /PRELOGIN/],
    [
      'a PRELOGIN with an option twice',
      { kind: 'prelogin', payload: Buffer.from('01000b000101000c0001ff0202', 'hex') },
      /twice/,
    ],
    [
      'a PRELOGIN without a word about encryption',
      { kind: 'prelogin', payload: Buffer.from('00000 60001ff02'.replace(' ', ''), 'hex') },
      /encrypt/,
    ],
  ])('%s', async (what, fault, message) => {
    await using server = await startServer({ fault, lastToken: 'separate' });
    const error = await refusal(driver, windowsSignOn(plainTo(server.port)));
    expect(error.code).toBe('ESOCKET');
    expect(causeOf(error)?.message).toMatch(message);
    expect(what).toBeTruthy();
  });

  it('a message of another type than a reply', async () => {
    await using server = await startServer({ fault: { kind: 'reply-type', type: 0x11 }, lastToken: 'separate' });
    const error = await refusal(driver, windowsSignOn(plainTo(server.port)));
    expect(causeOf(error)).toMatchObject({ code: 'ERR_SSPI_SQL_PROTOCOL' });
  });

  it('a token that was changed on the way', async () => {
    const fault: Fault = { kind: 'tokens', payload: sspiToken(Buffer.from('not what was sent')) };
    await using server = await startServer({ fault, lastToken: 'separate' });
    const error = await refusal(driver, windowsSignOn(plainTo(server.port)));
    expect(causeOf(error)).toMatchObject({ code: 'SEC_E_INVALID_TOKEN', api: 'InitializeSecurityContext', leg: 1 });
  });
});

describe('tokens', () => {
  const user = 'scripted';

  function scripted(legs: number, size: number, maxToken = 200_000): ProviderInUse {
    const negotiate = { name: 'Negotiate', comment: '', capabilities: 0x00083bb3, version: 1, rpcId: 9, maxToken };
    return useProvider(
      scriptedProvider({
        packages: [negotiate],
        initiator: ({ index }) => ({
          status: index === legs ? 'SEC_E_OK' : 'SEC_I_CONTINUE_NEEDED',
          token: Buffer.alloc(size, index + 1),
        }),
      }),
    );
  }

  it.each([
    [5_000, 'none'],
    [65_534, 'none'],
    [65_535, 'none'],
    [65_536, 'none'],
    [120_000, 'none'],
    [5_000, 'login'],
    [120_000, 'login'],
    [120_000, 'on'],
    [120_000, 'strict'],
  ] as const)('of %d bytes go in LOGIN7 and in SSPI messages (%s)', async (size, encrypt) => {
    using provider = scripted(2, size);
    expect(provider).toBeDefined();
    await using server = await startServer({ encrypt, authenticate: scriptedAuthenticator(3, 1_000) });
    const options = {
      none: { encrypt: false },
      login: { encrypt: false },
      on: trusting,
      strict: { ...trusting, encrypt: 'strict' },
    }[encrypt];
    const connection = await connect(
      newest,
      windowsSignOn(connectTo(server.port, options), { extendedProtection: false }),
    );
    expect(await query(newest, connection, 'who')).toEqual([
      [user, encrypt === 'on' || encrypt === 'strict' ? 'TRUE' : 'FALSE'],
    ]);
    const [seen] = server.seen;
    expect(seen?.login7?.token).toHaveLength(size);
    expect(seen?.tokens).toEqual([size, size]);
    expect(Math.max(...(seen?.packets ?? []))).toBe(4096);
    await closed(connection);
  });

  it('of 140,000 bytes do not fit into LOGIN7', async () => {
    using provider = scripted(0, 140_000);
    expect(provider).toBeDefined();
    await using server = await startServer({ authenticate: scriptedAuthenticator(1, 0) });
    const error = await refusal(newest, windowsSignOn(plainTo(server.port)));
    expect(causeOf(error)).toMatchObject({ message: expect.stringMatching(/131071 are the most/) as string });
  });

  it('of the server’s of 60,000 bytes are taken', async () => {
    using provider = scripted(1, 100);
    expect(provider).toBeDefined();
    await using server = await startServer({ authenticate: scriptedAuthenticator(2, 60_000) });
    await closed(await connect(newest, windowsSignOn(plainTo(server.port))));
  });

  it('without an end are given up', async () => {
    using provider = scripted(1000, 10);
    expect(provider).toBeDefined();
    await using server = await startServer({ authenticate: scriptedAuthenticator(10_000, 10) });
    const error = await refusal(newest, windowsSignOn(plainTo(server.port)));
    expect(causeOf(error)).toMatchObject({
      code: 'ERR_SSPI_SQL_PROTOCOL',
      message: expect.stringMatching(/replies without an end/) as string,
    });
    expect(server.seen[0]?.tokens.length).toBeLessThan(20);
  });

  it('that are empty are never sent: an empty SSPI message is none', async () => {
    using provider = useProvider(
      scriptedProvider({
        initiator: ({ index }) => ({
          status: index === 1 ? 'SEC_E_OK' : 'SEC_I_CONTINUE_NEEDED',
          token: Buffer.alloc(index === 0 ? 10 : 0),
        }),
      }),
    );
    expect(provider).toBeDefined();
    const authenticator = {
      user: undefined as string | undefined,
      step: () => {
        authenticator.user = user;
        return Promise.resolve(Buffer.from('last'));
      },
      dispose: () => Promise.resolve(),
    };
    await using server = await startServer({
      authenticate: () => Promise.resolve(authenticator),
      lastToken: 'separate',
    });
    const connection = await connect(newest, windowsSignOn(plainTo(server.port)));
    expect(server.seen[0]?.tokens).toEqual([]);
    await closed(connection);
  });

  it('that are empty at first are no sign-on', async () => {
    using provider = useProvider(scriptedProvider({ initiator: [{ token: Buffer.alloc(0) }] }));
    expect(provider).toBeDefined();
    await using server = await startServer({ authenticate: scriptedAuthenticator(1, 0) });
    const error = await refusal(newest, windowsSignOn(plainTo(server.port)));
    expect(causeOf(error)?.message).toMatch(/first token is empty/);
  });
});
