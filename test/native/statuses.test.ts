/** What each status asks for, played by a security package that the real secur32 has loaded. */
import { leavesNothingAlive } from './support/live-counts';
import { drain, rejection } from '../outcome';
import { bufferType, functionOf, inputText, perform, sides } from './support/perform';
import { describeScripted, journalOf, keepsTheRules, play, readJournal } from './support/scripted';
import { initiate } from 'sspi';

leavesNothingAlive();

const text = (value: string): Buffer => Buffer.from(value);

describeScripted('statuses', () => {
  keepsTheRules();

  describe.each(sides)('of %s', (side) => {
    test('SEC_E_OK with an output token: the token must still be sent', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK token=text:last');
      expect(await performance.step()).toEqual({
        index: 0,
        token: text('last'),
        expectsReply: false,
        status: 0,
        code: 'SEC_E_OK',
        failed: false,
      });
      expect(performance.handshake.context.package).toBe('Scripted');
    });

    test('SEC_E_OK with an output token: legs() yields it, and returns the context', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK token=text:last');
      const { legs, result } = await drain(performance.handshake.legs([text('given')]));
      expect(legs).toMatchObject([{ token: text('last'), expectsReply: false }]);
      expect(result).toBe(performance.handshake.context);
    });

    test('SEC_I_CONTINUE_NEEDED with an empty token is legal: no token, a token of zero bytes, and bytes are three things', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=none; leg SEC_I_CONTINUE_NEEDED token=empty; leg SEC_I_CONTINUE_NEEDED token=text:b',
      );
      expect(await performance.step()).toMatchObject({ token: undefined, expectsReply: true });
      const empty = await performance.step();
      expect(Buffer.isBuffer(empty.token)).toBe(true);
      expect(empty).toMatchObject({ token: Buffer.alloc(0), expectsReply: true });
      expect(await performance.step()).toMatchObject({ token: text('b'), expectsReply: true });
    });

    test('a token of zero bytes behind the last leg is nothing to send', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK token=empty');
      expect(await performance.step()).toMatchObject({ token: undefined, expectsReply: false });
    });

    describe.each(['on the first leg', 'on a later leg'])('CompleteAuthToken %s', (place) => {
      const first = place === 'on a later leg' ? 'leg SEC_I_CONTINUE_NEEDED token=text:first;' : '';
      const legIndex = first === '' ? 0 : 1;
      const toPlace = async (script: string) => {
        const performance = await perform(side, first + script);
        if (first !== '') await performance.step();
        return performance;
      };

      test('SEC_I_COMPLETE_NEEDED: on the context, with the output token; the completed token is sent, and it is finished', async () => {
        await using performance = await toPlace('leg SEC_I_COMPLETE_NEEDED token=text:raw completetoken=text:cmp');
        expect(await performance.step()).toEqual({
          index: legIndex,
          token: text('cmp'),
          expectsReply: false,
          status: 0x00090313,
          code: 'SEC_I_COMPLETE_NEEDED',
          failed: false,
        });
        expect(performance.handshake.established).toBe(true);
        const calls = await journalOf(functionOf(side), 'CompleteAuthToken');
        expect(calls.map(({ call }) => call).slice(-2)).toEqual([functionOf(side), 'CompleteAuthToken']);
        const [leg, completion] = calls.slice(-2);
        expect(completion).toMatchObject({ context: leg?.context, input: [{ type: bufferType.token }] });
        expect(completion?.input?.[0]?.bytes).toEqual(leg?.token);
      });

      test('SEC_I_COMPLETE_NEEDED: attributes are asked of the completed context only', async () => {
        await using performance = await toPlace('leg SEC_I_COMPLETE_NEEDED; attr names name=CORP\\alice');
        await performance.step();
        expect(performance.handshake.context.clientName).toBe('CORP\\alice');
        const queries = await journalOf('QueryContextAttributes');
        expect(queries.length).toBeGreaterThan(0);
        for (const { established } of queries) expect(established).toBe(true);
      });

      test('SEC_I_COMPLETE_AND_CONTINUE: CompleteAuthToken, send, and a reply is expected', async () => {
        await using performance = await toPlace(
          'leg SEC_I_COMPLETE_AND_CONTINUE token=text:raw completetoken=text:cmp; leg SEC_E_OK token=text:end expect=text:reply',
        );
        expect(await performance.step()).toMatchObject({
          token: text('cmp'),
          expectsReply: true,
          code: 'SEC_I_COMPLETE_AND_CONTINUE',
        });
        expect(performance.handshake.established).toBe(false);
        expect(await performance.step(text('reply'))).toMatchObject({ token: text('end'), expectsReply: false });
        expect(await journalOf('CompleteAuthToken')).toHaveLength(1);
      });

      test('a token that CompleteAuthToken leaves as it is, is sent as it is', async () => {
        await using performance = await toPlace('leg SEC_I_COMPLETE_NEEDED token=text:raw');
        expect(await performance.step()).toMatchObject({ token: text('raw') });
      });

      test('a token that CompleteAuthToken shortens is sent short', async () => {
        await using performance = await toPlace('leg SEC_I_COMPLETE_NEEDED token=text:rawraw completetoken=text:c');
        expect(await performance.step()).toMatchObject({ token: text('c') });
      });

      test('without an output token CompleteAuthToken is still called', async () => {
        await using performance = await toPlace('leg SEC_I_COMPLETE_NEEDED');
        expect(await performance.step()).toMatchObject({ token: undefined, expectsReply: false });
        expect(await journalOf('CompleteAuthToken')).toHaveLength(1);
      });

      test.each(['SEC_I_COMPLETE_NEEDED', 'SEC_I_COMPLETE_AND_CONTINUE'])(
        'a failing CompleteAuthToken after %s never yields a context: skipping it would let anybody in',
        async (status) => {
          await using performance = await toPlace(`leg ${status} token=text:raw complete=SEC_E_LOGON_DENIED`);
          const error = await rejection(performance.step());
          expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', api: 'CompleteAuthToken', leg: legIndex });
          expect(error.token).toBeUndefined();
          expect(performance.handshake.established).toBe(false);
          expect(() => performance.handshake.context).toThrow(
            expect.objectContaining({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause: error }),
          );
        },
      );
    });

    test('read the output before judging the status: step() carries the error token for the peer', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_LOGON_DENIED token=text:sorry',
      );
      await performance.step();
      const error = await rejection(performance.step());
      expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', status: 0x8009030c, leg: 1, token: text('sorry') });
    });

    test('read the output before judging the status: legs() yields the error token as a failed leg, then throws', async () => {
      await using performance = await perform(side, 'leg SEC_E_LOGON_DENIED token=text:sorry');
      const { legs, error } = await drain(performance.handshake.legs([text('given')]));
      expect(legs).toMatchObject([{ index: 0, token: text('sorry'), failed: true, expectsReply: false }]);
      expect(error).toMatchObject({ code: 'SEC_E_LOGON_DENIED', leg: 0 });
      expect(error?.token).toBeUndefined();
    });

    test('only an output length that SSPI itself set is trusted: stale bytes of a failed call are no token', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:first; leg SEC_E_INVALID_TOKEN token=none scribble=size:12000',
      );
      await performance.step();
      expect((await rejection(performance.step())).token).toBeUndefined();
    });

    test('an error token of zero bytes is none', async () => {
      await using performance = await perform(side, 'leg SEC_E_LOGON_DENIED token=empty');
      const { legs, error } = await drain(performance.handshake.legs([text('given')]));
      expect(legs).toEqual([]);
      expect(error?.code).toBe('SEC_E_LOGON_DENIED');
    });

    test('SEC_E_INCOMPLETE_MESSAGE: the context lives; the same input with more bytes appended goes into the next call', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:hello; leg SEC_E_INCOMPLETE_MESSAGE missing=3; leg SEC_E_INCOMPLETE_MESSAGE; leg SEC_E_OK token=text:t',
        { package: 'ScriptedStream' },
      );
      await performance.step(text('0'));
      expect(await performance.step(text('abc'))).toMatchObject({
        index: 1,
        token: undefined,
        expectsReply: true,
        code: 'SEC_E_INCOMPLETE_MESSAGE',
        failed: false,
      });
      await performance.step(text('de'));
      expect(await performance.step(text('f'))).toMatchObject({ token: text('t'), expectsReply: false });
      expect((await performance.calls()).slice(1).map(inputText)).toEqual(['abc', 'abcde', 'abcdef']);
    });

    test('SEC_E_INCOMPLETE_MESSAGE on the first leg: no context yet, and the kept input comes again', async () => {
      await using performance = await perform(side, 'leg SEC_E_INCOMPLETE_MESSAGE; leg SEC_E_OK token=text:t', {
        package: 'ScriptedStream',
      });
      await performance.step(text('abc'));
      expect(await performance.step(text('def'))).toMatchObject({ token: text('t'), expectsReply: false });
      const calls = await performance.calls();
      expect(calls.map(({ first }) => first)).toEqual([true, true]);
      expect(calls.map(inputText)).toEqual(['abc', 'abcdef']);
    });

    test('SEC_E_INCOMPLETE_MESSAGE on the first leg may leave a context (WinPR): it is used, and deleted once', async () => {
      await using performance = await perform(side, 'leg SEC_E_INCOMPLETE_MESSAGE keep; leg SEC_E_OK token=text:t', {
        package: 'ScriptedStream',
      });
      await performance.step(text('abc'));
      await performance.step(text('def'));
      expect((await performance.calls()).map(({ first }) => first)).toEqual([true, false]);
    });

    test('SEC_E_INCOMPLETE_MESSAGE of a message package: a damaged token, and no call follows', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_INCOMPLETE_MESSAGE');
      await performance.step();
      const error = await rejection(performance.step(text('abc')));
      expect(error).toMatchObject({ code: 'SEC_E_INCOMPLETE_MESSAGE', leg: 1 });
      expect(error.hint).toContain('damaged');
      expect(await rejection(performance.step(text('def')))).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
      expect(await performance.calls()).toHaveLength(2);
    });

    test('SECBUFFER_EXTRA while the handshake goes on: the unread tail goes in before the peer is asked', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:one extra=4; leg SEC_I_CONTINUE_NEEDED extra=2; leg SEC_I_CONTINUE_NEEDED token=text:two',
        { package: 'ScriptedStream' },
      );
      expect(await performance.step(text('abcdef'))).toMatchObject({ token: text('onetwo'), expectsReply: true });
      expect((await performance.calls()).map(inputText)).toEqual(['abcdef', 'cdef', 'ef']);
    });

    test('SECBUFFER_EXTRA: the last bytes of the input are unread, wherever pvBuffer points', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK token=text:fin extra=3 wild',
        { package: 'ScriptedStream' },
      );
      await performance.step(text('x'));
      await performance.step(text('helloapp'));
      expect(performance.handshake.context.unreadInput).toEqual(text('app'));
    });

    test('SECBUFFER_EXTRA after SEC_E_OK belongs to DecryptMessage', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK token=text:fin extra=3', {
        package: 'ScriptedStream',
      });
      await performance.step(text('helloapp'));
      expect(performance.handshake.context.unreadInput).toEqual(text('app'));
      expect(await performance.calls()).toHaveLength(1);
    });

    test('SECBUFFER_MISSING and SECBUFFER_EXTRA have room in the calls of stream packages, and no others', async () => {
      for (const [packageName, types] of [
        ['ScriptedStream', [bufferType.token, bufferType.empty]],
        ['Scripted', [bufferType.token]],
      ] as const) {
        await using performance = await perform(side, 'leg SEC_E_OK', { package: packageName });
        await performance.step(text('abc'));
        const [call] = (await performance.calls()).slice(-1);
        expect(call?.input?.map(({ type }) => type)).toEqual(types);
      }
    });

    test('no call after SEC_E_OK', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK');
      await performance.step();
      expect(await rejection(performance.step())).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_OVER' });
      const again = await drain(performance.handshake.legs([text('more')]));
      expect(again.error).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_OVER' });
      expect(performance.handshake.established).toBe(true);
      expect(await performance.calls()).toHaveLength(1);
    });

    test('no call after a failure: the first error is named as the cause', async () => {
      await using performance = await perform(side, 'leg SEC_E_INVALID_TOKEN');
      const cause = await rejection(performance.step());
      expect(await rejection(performance.step())).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED', cause });
      expect(await performance.calls()).toHaveLength(1);
    });

    test.each(['SEC_I_LOCAL_LOGON', 'SEC_I_CONTEXT_EXPIRED', 'SEC_I_RENEGOTIATE', '0x00000001', '0x7fffffff'])(
      'a success that no handshake knows (%s) establishes nothing, and its context is deleted',
      async (status) => {
        await using performance = await perform(side, `leg ${status} token=text:t`);
        const error = await rejection(performance.step());
        expect(error.api).toBe(functionOf(side));
        expect(performance.handshake.established).toBe(false);
        await performance.handshake.dispose();
        expect((await readJournal()).contexts).toBe(0);
      },
    );

    test('the number of an unknown status is kept, in the family it belongs to', async () => {
      for (const [status, code] of [
        ['0x8009ABCD', 'SSPI_0x8009ABCD'],
        ['0xC0FFEE00', 'NTSTATUS_0xC0FFEE00'],
        ['0x8007F00D', 'WIN32_0x8007F00D'],
        ['0xC0000064', 'STATUS_NO_SUCH_USER'],
      ] as const) {
        await using performance = await perform(side, `leg ${status}`);
        expect(await rejection(performance.step())).toMatchObject({ code, status: Number(status) });
      }
    });
  });

  test('no input and an empty input differ', async () => {
    await using performance = await perform('isc', 'isc SEC_I_CONTINUE_NEEDED; isc SEC_E_OK');
    await performance.handshake.step();
    await performance.handshake.step(Buffer.alloc(0));
    const [first, second] = await performance.calls();
    expect(first?.input ?? []).toEqual([]);
    expect(second?.input).toMatchObject([{ type: bufferType.token, bytes: { length: 0 } }]);
    expect(second?.input?.[0]?.null).toBeUndefined();
  });

  test('an initiator may be given a first token: some protocols let the server hint', async () => {
    await using performance = await perform('isc', 'isc SEC_E_OK expect=text:hint');
    expect(await performance.step(text('hint'))).toMatchObject({ expectsReply: false });
  });

  test('a server given an empty first token refuses it, without a call', async () => {
    await using performance = await perform('asc', 'asc SEC_E_OK');
    expect(await rejection(performance.step(Buffer.alloc(0)))).toMatchObject({ code: 'ERR_SSPI_EMPTY_TOKEN' });
    expect(await performance.calls()).toEqual([]);
    expect(await performance.step(text('real'))).toMatchObject({ expectsReply: false });
  });

  test('the loop ends on the local status: a final token that says accept-completed is an input like any other', async () => {
    await using performance = await perform(
      'isc',
      'isc SEC_I_CONTINUE_NEEDED token=text:t; isc SEC_E_OK expect=hex:a1073005a0030a0100',
    );
    await performance.step();
    expect(performance.handshake.established).toBe(false);
    expect(await performance.step(Buffer.from('a1073005a0030a0100', 'hex'))).toMatchObject({
      token: undefined,
      expectsReply: false,
    });
  });

  describe('SEC_I_INCOMPLETE_CREDENTIALS: acquire another credential, call again with the same input', () => {
    const script =
      'isc SEC_I_CONTINUE_NEEDED token=text:hello; isc SEC_I_INCOMPLETE_CREDENTIALS; isc SEC_E_OK token=text:fin expect=text:request';

    test.each(['on the first leg', 'on a later leg'])('%s', async (place) => {
      const later = place === 'on a later leg';
      await using first = await play(later ? script : script.slice(script.indexOf(';') + 1));
      await using second = await play('isc SEC_E_OK');
      await using client = initiate(first, { onIncompleteCredentials: async () => second });
      if (later) await client.step();
      expect(await client.step(text('request'))).toMatchObject({ token: text('fin'), expectsReply: false });
      const calls = (await journalOf(functionOf('isc'))).slice(later ? 1 : 0);
      expect(calls.map(inputText)).toEqual(['request', 'request']);
      expect(calls.map((call) => typeof (call as { otherCredential?: number }).otherCredential)).toEqual([
        'undefined',
        'number',
      ]);
    });

    test('without another credential Schannel, the stream package, goes on without a certificate', async () => {
      await using performance = await perform('isc', script, { package: 'ScriptedStream' });
      await performance.step();
      expect(await performance.step(text('request'))).toMatchObject({ token: text('fin'), expectsReply: false });
      expect((await performance.calls()).map(inputText)).toEqual([undefined, 'request', 'request']);
    });

    test('without another credential: a clear error', async () => {
      await using performance = await perform('isc', script);
      await performance.step();
      const error = await rejection(performance.step(text('request')));
      expect(error.code).toBe('SEC_I_INCOMPLETE_CREDENTIALS');
      expect(error.hint).toContain('onIncompleteCredentials');
    });
  });
});
