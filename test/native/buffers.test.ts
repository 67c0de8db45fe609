/** Memory that goes to SSPI and comes back: room for tokens, copies of input, channel bindings, buffers that SSPI allocates. */
import { acquireCredentials, listPackages, secChannelBindings, tlsServerEndPoint } from 'sspi';
import { readFileSync } from 'node:fs';
import { X509Certificate, createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describeInDomain, lab } from './support/lab';
import { leavesNothingAlive, liveCounts } from './support/live-counts';
import { resizableBuffer } from './support/memory';
import { rejection } from '../outcome';
import { bufferType, inputText, perform, sides } from './support/perform';
import { describeScripted, keepsTheRules, shutGate, type ScriptedPackage } from './support/scripted';

leavesNothingAlive();

const maxTokenOf = async (name: string): Promise<number> => {
  const info = (await listPackages()).find((entry) => entry.name === name);
  if (info === undefined) throw new Error(`${name} is not installed`);
  return info.maxToken;
};

describeScripted('buffers', () => {
  keepsTheRules();

  describe.each(sides)('of %s', (side) => {
    test.each<ScriptedPackage>(['Scripted', 'ScriptedStream', 'ScriptedSmall'])(
      'token sizes: cbMaxToken by package, at run time (%s)',
      async (packageName) => {
        const maxToken = await maxTokenOf(packageName);
        await using performance = await perform(side, `leg SEC_E_OK token=size:${maxToken}`, { package: packageName });
        expect((await performance.step()).token).toHaveLength(maxToken);
        const [call] = await performance.calls();
        // One byte more than a token may have, so that an untouched length can be told from any that SSPI set.
        expect(call?.output).toMatchObject([{ type: bufferType.token, bytes: { length: maxToken + 1 } }]);
      },
    );

    test('reset cbBuffer and the buffer type before each call', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED token=text:t type=1 inputtype=1; leg SEC_I_CONTINUE_NEEDED token=empty type=0; leg SEC_E_OK token=size:12000',
      );
      expect((await performance.step(Buffer.from('a'))).token).toEqual(Buffer.from('t'));
      expect((await performance.step(Buffer.from('b'))).token).toEqual(Buffer.alloc(0));
      expect((await performance.step(Buffer.from('c'))).token).toHaveLength(12_000);
      const calls = await performance.calls();
      for (const { output } of calls)
        expect(output).toMatchObject([{ type: bufferType.token, bytes: { length: 12_001 } }]);
      expect(calls.map(inputText)).toEqual(['a', 'b', 'c']);
    });

    test.each(['first', 'later'])(
      'a too small output buffer cannot be retried: on a %s leg it ends the handshake after one call',
      async (place) => {
        const before = place === 'later' ? 'leg SEC_I_CONTINUE_NEEDED;' : '';
        await using performance = await perform(side, `${before} leg SEC_E_OK token=size:18`, {
          package: 'ScriptedSmall',
        });
        if (place === 'later') await performance.step();
        const error = await rejection(performance.step());
        expect(error).toMatchObject({ code: 'SEC_E_BUFFER_TOO_SMALL', status: 0x80090321 });
        expect(error.token).toBeUndefined();
        expect(performance.handshake.established).toBe(false);
        expect(await performance.calls()).toHaveLength(place === 'later' ? 2 : 1);
      },
    );

    test.each([1, 12_000, 48_000, 65_535])('a peer’s token of %i bytes arrives whole', async (size) => {
      await using performance = await perform(side, `leg SEC_E_OK expect=size:${size}`);
      const token = Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
      expect(await performance.step(token)).toMatchObject({ expectsReply: false });
    });

    test.each([65_536, 10_000_000])(
      'a peer’s token of %i bytes is none of this package: refused without a call, and the handshake goes on',
      async (size) => {
        await using performance = await perform(side, 'leg SEC_E_OK expect=text:real');
        expect(await rejection(performance.step(Buffer.alloc(size)))).toMatchObject({
          code: 'ERR_SSPI_TOKEN_TOO_LARGE',
        });
        expect(await performance.step(Buffer.from('real'))).toMatchObject({ expectsReply: false });
        expect(await performance.calls()).toHaveLength(1);
      },
    );

    test('a peer of a stream package cannot make this side keep input without bound', async () => {
      const legs = Array.from({ length: 5 }, () => 'leg SEC_E_INCOMPLETE_MESSAGE');
      await using performance = await perform(side, ['leg SEC_I_CONTINUE_NEEDED', ...legs].join(';'), {
        package: 'ScriptedStream',
      });
      await performance.step();
      const chunk = Buffer.alloc(300_000);
      for (let i = 0; i < 3; i++) await performance.step(chunk);
      expect(await rejection(performance.step(chunk))).toMatchObject({ code: 'ERR_SSPI_TOKEN_TOO_LARGE' });
    });

    test('SSPI writes into input buffers: what came from JavaScript is copied before the call', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK gate=copy token=echo inputtype=1',
      );
      await using gate = await shutGate('copy');
      await performance.step(Buffer.from('x'));
      const token = Buffer.from('as it was given');
      const pending = performance.step(token);
      token.fill(0x2a);
      await gate.open();
      expect((await pending).token).toEqual(Buffer.from('as it was given'));
      expect(token).toEqual(Buffer.alloc(15, 0x2a));
    });

    test.each([
      [
        'a Uint8Array in the middle of its memory',
        new Uint8Array(Uint8Array.from(Buffer.from('--token--')).buffer, 2, 5),
      ],
      ['a Buffer in the middle of its memory', Buffer.from('--token--').subarray(2, 7)],
      ['a DataView', new DataView(Uint8Array.from(Buffer.from('--token--')).buffer, 2, 5)],
      ['a Uint16Array', new Uint16Array(Uint8Array.from(Buffer.from('--token!')).buffer, 2, 2)],
      ['shared memory', new Uint8Array(new SharedArrayBuffer(3)).fill(0x61)],
      ['resizable memory', new Uint8Array(resizableBuffer(4, 100)).fill(0x62)],
    ])('the token may be %s', async (_, view) => {
      await using performance = await perform(side, 'leg SEC_E_OK');
      await performance.step(view);
      const [call] = await performance.calls();
      const bytes = Buffer.from(Buffer.from(view.buffer, view.byteOffset, view.byteLength));
      expect(call?.input?.[0]?.bytes).toMatchObject({ length: bytes.length, crc: crc32(bytes) });
    });

    describe('SEC_CHANNEL_BINDINGS is a 32-byte header with offsets, then the data, on every leg', () => {
      const data = Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef');
      const legs = 'leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED; leg SEC_E_OK';

      test.each([
        ['application data', data],
        ['the whole structure', secChannelBindings(data)],
      ])('given as %s', async (_, channelBindings) => {
        await using performance = await perform(side, legs, {}, { channelBindings });
        await performance.finish();
        const calls = await performance.calls();
        expect(calls).toHaveLength(3);
        for (const { input, applicationData } of calls) {
          expect(applicationData).toMatchObject({ length: data.length, crc: crc32(data) });
          const structure = input?.find(({ type }) => type === bufferType.channelBindings);
          const bytes = Buffer.from(structure?.bytes.hex ?? '', 'hex');
          expect(bytes.readUInt32LE(24)).toBe(data.length);
          expect(bytes.readUInt32LE(28)).toBe(32);
          expect(bytes.subarray(32)).toEqual(data);
        }
      });

      test('they are copied: the caller’s bytes may change between the legs', async () => {
        const channelBindings = Buffer.from(data);
        await using performance = await perform(side, legs, {}, { channelBindings });
        await performance.step();
        channelBindings.fill(0);
        await performance.finish();
        for (const { applicationData } of await performance.calls()) expect(applicationData?.crc).toBe(crc32(data));
      });
    });
  });

  test('what SSPI allocates for attributes is given back, attribute by attribute', async () => {
    await using performance = await perform(
      'isc',
      'isc SEC_E_OK; attr names name=CORP\\alice; attr streamsizes header=5 trailer=36 message=16384 buffers=4 block=1',
    );
    await performance.step();
    const { context } = performance.handshake;
    const names = [
      'names',
      'nativeNames',
      'packageInfo',
      'negotiationInfo',
      'sessionKey',
      'sizes',
      'streamSizes',
      'lifespan',
      'flags',
    ] as const;
    const before = liveCounts().buffers;
    for (const name of names) await context.queryAttribute(name);
    expect(liveCounts().buffers).toBe(before);
    // The journal's own count of blocks that nobody gave back is asked after each test.
  });
});

describe('listPackages', () => {
  test('gives back what EnumerateSecurityPackages allocates', async () => {
    for (let i = 0; i < 50; i++) await listPackages();
    expect(liveCounts().buffers).toBe(0);
  });
});

describeInDomain('channel bindings of a real certificate', () => {
  test('tls-server-end-point is the hash of the certificate with its own signature’s hash', () => {
    const pem = readFileSync(lab().files.certificateAuthority, 'utf8');
    const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')));
    const binding = tlsServerEndPoint(certificate);
    expect(binding.subarray(0, 21).toString()).toBe('tls-server-end-point:');
    expect(binding.subarray(21)).toEqual(createHash('sha256').update(certificate.raw).digest());
  });
});

test('a package that does not exist is told by its name’s own code', async () => {
  await expect(acquireCredentials({ package: 'Nonesuch', use: 'outbound' })).rejects.toMatchObject({
    code: 'SEC_E_SECPKG_NOT_FOUND',
  });
});
