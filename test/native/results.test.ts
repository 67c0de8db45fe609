/** What a finished handshake says about itself, and what it does not say before. */
import { accept, initiate } from 'sspi';
import { leavesNothingAlive } from './support/live-counts';
import { rejection, thrown } from '../outcome';
import { functionOf, perform, sides } from './support/perform';
import { describeScripted, journalOf, keepsTheRules, play, readJournal } from './support/scripted';

leavesNothingAlive();

const minute = 60_000;

/** SSPI's local time: what a FILETIME of this wall clock means by today's difference from UTC. */
const localTime = (wallClock: number): Date => new Date(wallClock + new Date().getTimezoneOffset() * minute);

describeScripted('results', () => {
  keepsTheRules();

  describe.each(sides)('of %s', (side) => {
    const confidentiality = 0x10;

    test('flags count only when the loop has ended, and only the granted ones', async () => {
      await using performance = await perform(
        side,
        `leg SEC_I_CONTINUE_NEEDED flags=requested; leg SEC_E_OK flags=requested-${confidentiality}`,
        {},
        { flags: ['confidentiality', 'sequenceDetect'] },
      );
      await performance.step();
      expect(thrown(() => performance.handshake.context)).toMatchObject({ code: 'ERR_SSPI_NOT_ESTABLISHED' });
      await performance.step();
      expect(performance.handshake.context.flags).toEqual(['replayDetect', 'sequenceDetect']);
      expect(performance.handshake.context.flagBits).toBe(0xc);
    });

    test('flags that were not asked for may be granted all the same', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK flags=none+0x2+0x10+0x10000000');
      await performance.step();
      expect(performance.handshake.context.flags).toEqual(['mutualAuth', 'confidentiality']);
      expect(performance.handshake.context.flagBits).toBe(0x10000012);
    });

    test('what is required and missing is named, and no context is handed out', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK token=text:last flags=requested-0x12',
        {},
        {
          flags: ['confidentiality', 'mutualAuth', 'sequenceDetect'],
          require: { flags: ['confidentiality', 'mutualAuth', 'sequenceDetect'], packages: ['Kerberos', 'NTLM'] },
        },
      );
      const error = await rejection(performance.step());
      expect(error).toMatchObject({
        code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
        missing: ['mutualAuth', 'confidentiality', 'package'],
        leg: 0,
        token: Buffer.from('last'),
      });
      expect(error.message).toContain('mutualAuth, confidentiality');
      expect(error.message).toContain('Scripted');
      expect(performance.handshake.established).toBe(false);
      expect(thrown(() => performance.handshake.context)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
      await performance.handshake.dispose();
      expect(await journalOf('DeleteSecurityContext')).toMatchObject([{ established: true }]);
    });

    test('what is required and granted is not in the way', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK',
        {},
        { flags: ['confidentiality'], require: { flags: ['confidentiality'], packages: ['scripted'] } },
      );
      expect(await performance.step()).toMatchObject({ expectsReply: false });
    });

    test('the package that was negotiated may be another than the credential’s', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK; attr negotiationinfo name=Kerberos comment="of the script" capabilities=0x10003 version=7 rpcid=16 maxtoken=48000 state=1',
        {},
        { require: { packages: ['Kerberos'] } },
      );
      await performance.step();
      const { context } = performance.handshake;
      expect(context.package).toBe('Kerberos');
      expect(await context.queryAttribute('negotiationInfo')).toEqual({
        package: {
          name: 'Kerberos',
          comment: 'of the script',
          capabilities: ['integrity', 'privacy', 'mutualAuth'],
          version: 7,
          rpcId: 16,
          maxToken: 48_000,
        },
        state: 1,
      });
    });

    test.each([
      ['attr negotiationinfo SEC_E_UNSUPPORTED_FUNCTION; attr packageinfo name=NTLM maxtoken=2000', 'NTLM'],
      ['attr negotiationinfo absent; attr packageinfo name=NTLM maxtoken=2000', 'NTLM'],
      ['attr negotiationinfo SEC_E_UNSUPPORTED_FUNCTION; attr packageinfo SEC_E_UNSUPPORTED_FUNCTION', 'Scripted'],
    ])(
      'where it does not tell what was negotiated, PACKAGE_INFO and then the credential’s package count',
      async (attributes, expected) => {
        await using performance = await perform(side, `leg SEC_E_OK; ${attributes}`);
        await performance.step();
        expect(performance.handshake.context.package).toBe(expected);
      },
    );

    test('NTLM is never mutual, whatever it reports', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK; attr negotiationinfo name=NTLM maxtoken=2000; attr flags flags=0x10010',
        {},
        { flags: ['mutualAuth', 'confidentiality'], require: { flags: ['mutualAuth'] } },
      );
      const error = await rejection(performance.step());
      expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['mutualAuth'] });
      expect(error.hint).toContain('NTLM');
    });

    test('expiry is a FILETIME in local time', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK expiry=2030-01-31T23:59:59');
      await performance.step();
      expect(performance.handshake.context.expiry).toEqual(localTime(Date.UTC(2030, 0, 31, 23, 59, 59)));
    });

    test.each([60, -60])('an expiry %i seconds from now', async (seconds) => {
      await using performance = await perform(side, `leg SEC_E_OK expiry=${seconds > 0 ? '+' : ''}${seconds}`);
      const before = Date.now();
      await performance.step();
      const expiry = performance.handshake.context.expiry?.getTime() ?? 0;
      expect(expiry).toBeGreaterThan(before + (seconds - 2) * 1000);
      expect(expiry).toBeLessThan(Date.now() + (seconds + 2) * 1000);
    });

    test.each(['never', 'never-local', 'zero', 'untouched', '0x7FFFFF0000000000'])(
      'an expiry of "%s" is none',
      async (time) => {
        await using performance = await perform(side, `leg SEC_E_OK expiry=${time}`);
        await performance.step();
        expect(performance.handshake.context.expiry).toBeUndefined();
      },
    );

    test('expiry is valid only at the end: what earlier legs said is forgotten', async () => {
      await using performance = await perform(side, 'leg SEC_I_CONTINUE_NEEDED expiry=+60; leg SEC_E_OK expiry=never');
      await performance.finish();
      expect(performance.handshake.context.expiry).toBeUndefined();
    });

    test('flags and expiry are those of the leg, also when CompleteAuthToken ends it', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_COMPLETE_NEEDED flags=0x10 expiry=2030-01-31T23:59:59 token=text:t',
      );
      await performance.step();
      expect(performance.handshake.context.flags).toEqual(['confidentiality']);
      expect(performance.handshake.context.expiry).toEqual(localTime(Date.UTC(2030, 0, 31, 23, 59, 59)));
    });

    test('names come with the end of the handshake for an acceptor; an initiator asks once, when they are read', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK; attr names name=CORP\\jürgen.größe; attr nativenames client=jürgen.größe@CORP.TEST server=HTTP/web@CORP.TEST',
      );
      await performance.step();
      const { total } = await readJournal();
      const { context } = performance.handshake;
      expect(context.clientName).toBe('CORP\\jürgen.größe');
      expect(context.nativeNames).toEqual({ client: 'jürgen.größe@CORP.TEST', server: 'HTTP/web@CORP.TEST' });
      expect(context.sizes).toEqual({ maxToken: 12_000, maxSignature: 32, blockSize: 1, securityTrailer: 32 });
      expect(context.clientName).toBe('CORP\\jürgen.größe');
      expect((await readJournal()).total).toBe(side === 'isc' ? total + 2 : total);
    });

    test('names that the package does not tell are undefined; queryAttribute says why', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK; attr names SEC_E_NO_IMPERSONATION; attr nativenames SEC_E_UNSUPPORTED_FUNCTION',
      );
      await performance.step();
      const { context } = performance.handshake;
      expect(context.clientName).toBeUndefined();
      expect(context.nativeNames).toBeUndefined();
      expect(await rejection(context.queryAttribute('nativeNames'))).toMatchObject({
        code: 'SEC_E_UNSUPPORTED_FUNCTION',
        api: 'QueryContextAttributes',
      });
    });

    test('null pointers in attributes are told apart from empty texts', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK; attr nativenames absent server=only; attr negotiationinfo absent state=2; attr sessionkey absent',
      );
      await performance.step();
      const { context } = performance.handshake;
      expect(context.nativeNames).toEqual({ client: undefined, server: 'only' });
      expect(await context.queryAttribute('negotiationInfo')).toEqual({ package: undefined, state: 2 });
      expect(context.sessionKey()).toEqual(Buffer.alloc(0));
    });

    test('each attribute comes in its own form', async () => {
      await using performance = await perform(
        side,
        'leg SEC_E_OK flags=0x10; attr lifespan start=2030-01-31T00:00:00 expiry=never; attr sessionkey key=hex:00ff10',
      );
      await performance.step();
      const { context } = performance.handshake;
      expect(await context.queryAttribute('lifespan')).toEqual({
        start: localTime(Date.UTC(2030, 0, 31)),
        expiry: undefined,
      });
      expect(await context.queryAttribute('sessionKey')).toEqual(Buffer.from('00ff10', 'hex'));
      expect(await context.queryAttribute('flags')).toEqual(['confidentiality']);
      expect(await context.queryAttribute('packageInfo')).toMatchObject({ name: 'Scripted', maxToken: 12_000 });
      expect(await context.queryAttribute('names')).toBe('SCRIPTED\\peer');
    });

    test('no session key unless integrity, confidentiality or useSessionKey was asked for: the error says so', async () => {
      await using performance = await perform(side, 'leg SEC_E_OK; attr sessionkey SEC_E_UNSUPPORTED_FUNCTION');
      await performance.step();
      const error = thrown(() => performance.handshake.context.sessionKey());
      expect(error).toMatchObject({ code: 'SEC_E_UNSUPPORTED_FUNCTION', api: 'QueryContextAttributes' });
      expect(error.hint).toContain('useSessionKey');
    });

    test('attributes are asked only once the handshake has ended', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK',
      );
      await performance.step();
      await performance.step();
      expect(await journalOf('QueryContextAttributes')).toEqual([]);
      await performance.step();
      for (const { established } of await journalOf('QueryContextAttributes')) expect(established).toBe(true);
    });
  });

  test('a credential has a name and an expiry of its own', async () => {
    await using credentials = await play('name CORP\\jürgen; acquire expiry=2030-01-31T23:59:59');
    expect(await credentials.name()).toBe('CORP\\jürgen');
    expect(credentials.expiry).toEqual(localTime(Date.UTC(2030, 0, 31, 23, 59, 59)));
    await using other = await play('name SEC_E_UNSUPPORTED_FUNCTION; acquire expiry=never-local');
    expect(other.expiry).toBeUndefined();
    expect(await rejection(other.name())).toMatchObject({
      code: 'SEC_E_UNSUPPORTED_FUNCTION',
      api: 'QueryCredentialsAttributes',
    });
  });

  test('package bounds: what was negotiated is measured against them on both sides', async () => {
    const script = 'leg SEC_E_OK; attr negotiationinfo name=NTLM maxtoken=2000';
    for (const packages of [{ deny: ['ntlm'] }, { allow: ['Kerberos'] }, { allow: ['NTLM'], deny: ['NTLM'] }]) {
      await using credentials = await play(script, { packages });
      for (const begin of [initiate, accept]) {
        await using handshake = begin(credentials);
        const error = await rejection(handshake.step(Buffer.from('x')));
        expect(error).toMatchObject({ code: 'ERR_SSPI_REQUIREMENT_NOT_MET', missing: ['package'] });
      }
    }
    await using credentials = await play(script, { packages: { allow: ['Kerberos', 'ntlm'], deny: ['Digest'] } });
    await using client = initiate(credentials);
    expect(await client.step()).toMatchObject({ expectsReply: false });
  });

  test('the same target on every leg; international names in punycode', async () => {
    await using credentials = await play('isc SEC_I_CONTINUE_NEEDED; isc SEC_I_CONTINUE_NEEDED; isc SEC_E_OK');
    await using client = initiate(credentials, { target: 'HTTP/bücher.example:8080/straße.test' });
    await client.step();
    await client.step(Buffer.from('1'));
    await client.step(Buffer.from('2'));
    const target = 'HTTP/xn--bcher-kva.example:8080/xn--strae-oqa.test';
    expect(client.target).toBe(target);
    expect((await journalOf(functionOf('isc'))).map((call) => call.target)).toEqual([target, target, target]);
  });

  test('no target is no target, and other forms go as they are', async () => {
    await using credentials = await play('isc SEC_E_OK');
    for (const target of [undefined, 'CORP\\größe', 'host/dc1.corp.test@CORP.TEST', 'ldap/dc1/corp.test']) {
      await using client = initiate(credentials, target === undefined ? {} : { target });
      await client.step();
      expect((await journalOf(functionOf('isc'))).at(-1)?.target).toBe(target ?? null);
    }
  });
});
