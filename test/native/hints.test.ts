/** Errors one can act on: each status keeps its own code, number and remedy. */
import { SspiError, acquireCredentials, accept, initiate } from 'sspi';
import { leavesNothingAlive } from './support/live-counts';
import { rejection } from '../outcome';
import { functionOf, perform, sides } from './support/perform';
import { describeScripted, keepsTheRules, play } from './support/scripted';

leavesNothingAlive();

/** Each asks for another remedy: the word that its hint turns on. */
const remedies: [code: string, status: number, word: RegExp][] = [
  ['SEC_E_NO_CREDENTIALS', 0x8009030e, /identity|tickets/],
  ['SEC_E_LOGON_DENIED', 0x8009030c, /password/],
  ['SEC_E_WRONG_PRINCIPAL', 0x80090322, /duplicate|keytab/],
  ['SEC_E_TARGET_UNKNOWN', 0x80090303, /service principal name/],
  ['SEC_E_TIME_SKEW', 0x80090324, /clock/],
  ['SEC_E_NO_AUTHENTICATING_AUTHORITY', 0x80090311, /domain controller/],
  ['SEC_E_BAD_BINDINGS', 0x80090346, /TLS/],
  ['SEC_E_OUT_OF_SEQUENCE', 0x80090310, /order/],
  ['SEC_E_INVALID_TOKEN', 0x80090308, /damaged|framing/],
  ['SEC_E_INSUFFICIENT_MEMORY', 0x80090300, /token/],
];

describeScripted('errors', () => {
  keepsTheRules();

  describe.each(sides)('of %s', (side) => {
    test.each(remedies)('%s is merged with no other', async (code, status, word) => {
      await using performance = await perform(side, `leg ${code}`);
      const error = await rejection(performance.step());
      expect(error).toMatchObject({ code, status, api: functionOf(side), leg: 0 });
      expect(error.hint).toMatch(word);
      expect(error.message).toContain(code);
      expect(error.message).toContain(`0x${status.toString(16).toUpperCase()}`);
      expect(error).toBeInstanceOf(SspiError);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe('SspiError');
    });

    test('hints differ', async () => {
      const hints = new Set<string | undefined>();
      for (const [code] of remedies) {
        await using performance = await perform(side, `leg ${code}`);
        hints.add((await rejection(performance.step())).hint);
      }
      expect(hints.size).toBe(remedies.length);
      expect(hints.has(undefined)).toBe(false);
    });

    test('the leg’s index is the one that failed', async () => {
      await using performance = await perform(
        side,
        'leg SEC_I_CONTINUE_NEEDED; leg SEC_I_CONTINUE_NEEDED; leg SEC_E_TIME_SKEW',
      );
      await performance.step();
      await performance.step();
      expect(await rejection(performance.step())).toMatchObject({ code: 'SEC_E_TIME_SKEW', leg: 2 });
    });
  });

  test.each([
    ['0xC000006D', 'STATUS_LOGON_FAILURE', /password/],
    ['0xC0000072', 'STATUS_ACCOUNT_DISABLED', /disabled/],
    ['0xC0000193', 'STATUS_ACCOUNT_EXPIRED', /expired/],
    ['0xC0000224', 'STATUS_PASSWORD_MUST_CHANGE', /change/],
    ['0xC000005E', 'STATUS_NO_LOGON_SERVERS', /domain controller/],
    ['0x80070005', 'ERROR_ACCESS_DENIED', /process/],
  ])('AcquireCredentialsHandle returns %s: %s, named as what it is', async (status, code, word) => {
    const error = await rejection(play(`acquire ${status}; leg SEC_E_OK`));
    expect(error).toMatchObject({ code, status: Number(status), api: 'AcquireCredentialsHandle' });
    expect(error.leg).toBeUndefined();
    expect(error.hint).toMatch(word);
  });

  test('a script that cannot be read is told as the package’s own number', async () => {
    expect(await rejection(play('no such statement'))).toMatchObject({
      code: 'SSPI_0xE0534352',
      status: 0xe0534352,
    });
  });

  test('an unknown package names itself', async () => {
    for (const use of ['outbound', 'inbound', 'both'] as const) {
      const error = await rejection(acquireCredentials({ package: 'Nonesuch', use }));
      expect(error).toMatchObject({ code: 'SEC_E_SECPKG_NOT_FOUND', status: 0x80090305 });
      expect(error.hint).toContain('listPackages');
    }
  });

  test('the first error of a handshake is the cause of all that come after it', async () => {
    await using performance = await perform('isc', 'isc SEC_E_TIME_SKEW');
    const first = await rejection(performance.step());
    const later = await rejection(performance.step());
    expect(later.code).toBe('ERR_SSPI_HANDSHAKE_FAILED');
    expect(later.cause).toBe(first);
  });

  test('a token on an error is left out of its inspection and JSON', async () => {
    await using credentials = await play('leg SEC_E_LOGON_DENIED token=text:to-the-peer');
    for (const handshake of [initiate(credentials), accept(credentials)]) {
      const error = await rejection(handshake.step(Buffer.from('x')));
      expect(error.token).toEqual(Buffer.from('to-the-peer'));
      expect(JSON.stringify(error)).not.toContain('token');
      await handshake.dispose();
    }
  });
});
