/** Whose handle is whose, and for how long: seen by a security package that counts every misuse. */
import { accept, initiate } from 'sspi';
import { leavesNothingAlive } from './support/live-counts';
import { rejection } from '../outcome';
import { functionOf, perform, sides } from './support/perform';
import { describeScripted, journalOf, keepsTheRules, play, readJournal, shutGate } from './support/scripted';

leavesNothingAlive();

describeScripted('handles', () => {
  keepsTheRules();

  describe.each(sides)('of %s', (side) => {
    test('if the first call fails there is no context to delete', async () => {
      await using performance = await perform(side, 'leg SEC_E_INVALID_TOKEN');
      await rejection(performance.step());
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toEqual([]);
    });

    test('if a later call fails there is a context to delete, once', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_INVALID_TOKEN');
      await performance.step();
      await rejection(performance.step());
      await performance.handshake.dispose();
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toMatchObject([{ established: false }]);
    });

    test('a handshake that was given up deletes its context, once', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK');
      await performance.step();
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toHaveLength(1);
    });

    test('an established context is deleted once, however often it and its handshake are disposed', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK');
      await performance.step();
      const { handshake } = performance;
      const { context } = handshake;
      await Promise.all([context.dispose(), handshake.dispose(), context.dispose()]);
      await handshake.dispose();
      expect(context.disposed).toBe(true);
      expect(await journalOf('DeleteSecurityContext')).toMatchObject([{ established: true }]);
    });

    test('leaving the iteration over the legs early deletes the context', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED token=text:t; leg SEC_E_OK');
      for await (const leg of performance.handshake.legs([Buffer.from('x'), Buffer.from('y')])) {
        expect(leg.expectsReply).toBe(true);
        break;
      }
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toHaveLength(1);
    });

    test('always take the handle in phNewContext: it may rotate on any leg, also the last', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED rotate; leg SEC_I_CONTINUE_NEEDED rotate; leg SEC_E_OK rotate flags=none+0x10',
      );
      await performance.finish();
      expect((await performance.calls()).map(({ rotated }) => rotated)).toEqual([undefined, true, true, true]);
      const { context } = performance.handshake;
      const message = context.wrap(Buffer.from('after the rotation'), { encrypt: false });
      expect(context.unwrap(message, { allowUnencrypted: true })).toEqual(Buffer.from('after the rotation'));
      await context.dispose();
      expect(await journalOf('DeleteSecurityContext')).toMatchObject([{ statusName: 'SEC_E_OK' }]);
    });

    test('a handle that rotates on a failing leg is the one to delete', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_LOGON_DENIED rotate');
      await performance.step();
      await rejection(performance.step());
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toMatchObject([{ statusName: 'SEC_E_OK' }]);
    });

    test('the handle rotates under CompleteAuthToken’s feet, too', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_I_COMPLETE_AND_CONTINUE rotate token=text:t; leg SEC_E_OK',
      );
      await performance.finish();
      expect(await journalOf('CompleteAuthToken')).toMatchObject([{ statusName: 'SEC_E_OK' }]);
    });

    test('what DeleteSecurityContext and FreeCredentialsHandle return concerns nobody', async () => {
      const performance = await perform(side, 'leg SEC_E_OK; delete SEC_E_INTERNAL_ERROR; free SEC_E_INTERNAL_ERROR');
      await performance.step();
      await expect(performance.handshake.dispose()).resolves.toBeUndefined();
      await expect(performance.credentials.dispose()).resolves.toBeUndefined();
      expect((await journalOf('DeleteSecurityContext', 'FreeCredentialsHandle')).map(({ status }) => status)).toEqual([
        0x80090304, 0x80090304,
      ]);
    });

    test('a credential outlives its contexts: disposing it in mid-handshake frees it last', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK');
      await performance.step();
      await performance.credentials.dispose();
      expect((await readJournal()).credentials).toBe(1);
      expect(await performance.step()).toMatchObject({ expectsReply: false });
      await performance.handshake.dispose();
      const calls = await journalOf('DeleteSecurityContext', 'FreeCredentialsHandle');
      expect(calls.map(({ call }) => call)).toEqual(['DeleteSecurityContext', 'FreeCredentialsHandle']);
    });

    test('a credential outlives its contexts: disposed before the first leg, it still serves', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK');
      await performance.credentials.dispose();
      expect(await performance.step()).toMatchObject({ expectsReply: false });
    });

    test('a credential outlives its contexts: disposed during a call, it is freed after the context', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED gate=freeing');
      await using gate = await shutGate('freeing');
      const pending = performance.step();
      await performance.credentials.dispose();
      expect((await readJournal()).credentials).toBe(1);
      await gate.open();
      expect(await pending).toMatchObject({ expectsReply: true });
    });

    test('disposed credentials begin nothing new', async () => {
      const credentials = await play('leg SEC_E_OK');
      await credentials.dispose();
      const begin = side === 'isc' ? initiate : accept;
      expect(() => begin(credentials)).toThrow(expect.objectContaining({ code: 'ERR_SSPI_DISPOSED' }));
      await expect(credentials.name()).rejects.toMatchObject({ code: 'ERR_SSPI_DISPOSED' });
      expect((await journalOf(functionOf(side))).length).toBe(0);
    });

    test('many contexts of one credential are apart from each other', async () => {
      await using credentials = await play('leg SEC_I_CONTINUE_NEEDED token=echo; leg SEC_E_OK token=echo');
      const begin = () => (side === 'isc' ? initiate(credentials) : accept(credentials));
      const handshakes = Array.from({ length: 20 }, begin);
      const name = (i: number) => Buffer.from(`token ${i}`);
      const first = await Promise.all(handshakes.map((handshake, i) => handshake.step(name(i))));
      const second = await Promise.all(handshakes.map((handshake, i) => handshake.step(name(i + 100))));
      first.forEach(({ token }, i) => expect(token).toEqual(name(i)));
      second.forEach(({ token }, i) => expect(token).toEqual(name(i + 100)));
      expect(new Set((await journalOf(functionOf(side))).map(({ context }) => context)).size).toBe(20);
      await Promise.all(handshakes.map((handshake) => handshake.dispose()));
    });
  });

  test('a credential outlives its contexts: the one that another has replaced, too', async () => {
    const first = await play('isc SEC_I_CONTINUE_NEEDED; isc SEC_I_INCOMPLETE_CREDENTIALS; isc SEC_E_OK');
    const second = await play('isc SEC_E_OK');
    await using client = initiate(first, { onIncompleteCredentials: () => second });
    await client.step();
    await client.step(Buffer.from('request'));
    await Promise.all([first.dispose(), second.dispose()]);
    expect((await readJournal()).credentials).toBe(2);
    await client.dispose();
    expect((await journalOf('DeleteSecurityContext', 'FreeCredentialsHandle')).map(({ call }) => call)).toEqual([
      'DeleteSecurityContext',
      'FreeCredentialsHandle',
      'FreeCredentialsHandle',
    ]);
  });

  describe('ISC and ASC flag numbers differ', () => {
    // sspi.h: ISC_REQ_*, ASC_REQ_*
    test.each([
      ['delegate', 0x1, 0x1],
      ['mutualAuth', 0x2, 0x2],
      ['replayDetect', 0x4, 0x4],
      ['sequenceDetect', 0x8, 0x8],
      ['confidentiality', 0x10, 0x10],
      ['useSessionKey', 0x20, 0x20],
      ['useDceStyle', 0x200, 0x200],
      ['datagram', 0x400, 0x400],
      ['connection', 0x800, 0x800],
      ['extendedError', 0x4000, 0x8000],
      ['stream', 0x8000, 0x10000],
      ['integrity', 0x10000, 0x20000],
      ['identify', 0x20000, 0x80000],
    ] as const)('%s is %i for the initiator and %i for the acceptor', async (name, initiator, acceptor) => {
      await using credentials = await play('leg SEC_E_OK');
      // allowReplay: protection asks for replay and sequence detection, too, and this is about one flag's number.
      const flags = [name, 'allowReplay'] as const;
      await using client = initiate(credentials, { flags });
      await using server = accept(credentials, { flags });
      await client.step();
      await server.step(Buffer.from('x'));
      expect((await journalOf(functionOf('isc'))).map(({ request }) => request)).toEqual([initiator]);
      expect((await journalOf(functionOf('asc'))).map(({ request }) => request)).toEqual([acceptor]);
      expect(client.context.flags).toEqual([name]);
      expect(server.context.flags).toEqual([name]);
      expect([client.context.flagBits, server.context.flagBits]).toEqual([initiator, acceptor]);
    });

    test('the number of the initiator’s integrity means stream to the acceptor', async () => {
      await using credentials = await play('leg SEC_E_OK flags=0x10000');
      await using client = initiate(credentials);
      await using server = accept(credentials);
      await client.step();
      await server.step(Buffer.from('x'));
      expect([client.context.flags, server.context.flags]).toEqual([['integrity'], ['stream']]);
    });

    test('ALLOCATE_MEMORY is never asked for: the addon owns the memory', async () => {
      await using credentials = await play('leg SEC_E_OK');
      await using client = initiate(credentials, {
        flags: ['mutualAuth', 'confidentiality', 'integrity', 'sequenceDetect', 'replayDetect', 'extendedError'],
      });
      await client.step();
      const [call] = await journalOf(functionOf('isc'));
      expect((call?.request ?? 0) & 0x100).toBe(0);
    });
  });
});
