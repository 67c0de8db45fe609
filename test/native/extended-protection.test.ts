/** Extended Protection through the real secur32: what reaches AcceptSecurityContext, what comes back, and what Wine lacks. */
import {
  accept,
  acquireCredentials,
  initiate,
  type AcceptOptions,
  type ExtendedProtectionPolicy,
  type ExtendedProtectionRecord,
} from 'sspi';
import { acceptorFlags } from '#lib/flags/tables';
import { describeScripted, journalOf, keepsTheRules, play } from './support/scripted';
import { leavesNothingAlive } from './support/live-counts';
import { wine } from './support/platform';

leavesNothingAlive();

const channelBindings = Buffer.from('tls-server-end-point:0123456789abcdef');
const serviceNames = ['HTTP/web.corp.test'];
/** SECBUFFER_CHANNEL_BINDINGS_RESULT */
const resultBuffer = 30;

describeScripted('extendedProtection', () => {
  keepsTheRules();

  /** What became of one client: the context's channelBinding, or the error's code. */
  async function outcome(script: string, options: AcceptOptions): Promise<string> {
    await using credentials = await play(script);
    await using server = accept(credentials, options);
    try {
      await server.step(Buffer.from('token'));
      return server.context.channelBinding;
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  const named = (target: string): string => `attr clientspecifiedtarget name=${target}`;
  const proxied = (policy: ExtendedProtectionPolicy): AcceptOptions => ({
    extendedProtection: { policy, serviceNames },
  });

  test.each<[string, string]>([
    ['bindingsresult=0x11', 'matched'],
    ['bindingsresult=0x42', 'missing'],
    ['bindingsresult=0x21', 'proxy'],
    ['', 'unknown'],
  ])('the output buffer says %s: %s', async (words, channelBinding) => {
    const options = { channelBindings, extendedProtection: { policy: 'whenSupported', serviceNames } } as const;
    expect(await outcome(`asc SEC_E_OK ${words}; ${named('HTTP/web.corp.test')}`, options)).toBe(channelBinding);
    const [call] = await journalOf('AcceptSecurityContext');
    expect(call?.output?.map(({ type }) => type)).toEqual([2, resultBuffer]);
    expect(Buffer.from(call?.applicationData?.hex ?? '', 'hex')).toEqual(channelBindings);
  });

  test('without the option there is one output buffer, as before', async () => {
    expect(await outcome('asc SEC_E_OK bindingsresult=0x11', { channelBindings })).toBe('unknown');
    const [call] = await journalOf('AcceptSecurityContext');
    expect(call?.output?.map(({ type }) => type)).toEqual([2]);
  });

  test.each<[string, AcceptOptions, readonly ('allowMissingBindings' | 'proxyBindings')[], boolean]>([
    ['always', { channelBindings, extendedProtection: 'always' }, [], true],
    ['whenSupported', { channelBindings, extendedProtection: 'whenSupported' }, ['allowMissingBindings'], true],
    ['never', { channelBindings, extendedProtection: 'never' }, [], false],
    ['always behind a proxy', proxied('always'), ['proxyBindings'], false],
    ['whenSupported behind one', proxied('whenSupported'), ['allowMissingBindings', 'proxyBindings'], false],
  ])('%s: its flags and bindings reach the package', async (_, options, names, given) => {
    await outcome(`asc SEC_E_OK; ${named('HTTP/web.corp.test')}`, options);
    const [call] = await journalOf('AcceptSecurityContext');
    const asked = (call?.request ?? 0) & (acceptorFlags.allowMissingBindings | acceptorFlags.proxyBindings);
    expect(asked).toBe(names.reduce((bits, name) => bits | acceptorFlags[name], 0));
    expect(call?.applicationData !== undefined).toBe(given);
  });

  test.each<[ExtendedProtectionPolicy, string, string]>([
    ['always', 'HTTP/web.corp.test', 'unknown'],
    ['always', 'http/WEB:8443', 'unknown'],
    ['always', 'HTTP/relay.evil.test', 'ERR_SSPI_EXTENDED_PROTECTION'],
    ['whenSupported', 'HTTP/relay.evil.test', 'ERR_SSPI_EXTENDED_PROTECTION'],
    ['never', 'HTTP/relay.evil.test', 'unknown'],
  ])('%s, a client that asked for %s: %s', async (policy, target, expected) => {
    expect(await outcome(`asc SEC_E_OK token=text:S1; ${named(target)}`, proxied(policy))).toBe(expected);
  });

  test.each<[ExtendedProtectionPolicy, string]>([
    ['always', 'ERR_SSPI_EXTENDED_PROTECTION'],
    ['whenSupported', 'unknown'],
  ])('%s, a client that named no service: %s', async (policy, expected) => {
    expect(await outcome('asc SEC_E_OK', proxied(policy))).toBe(expected);
  });

  test('the service is asked for once, in the job of the last leg', async () => {
    await using credentials = await play(`asc SEC_I_CONTINUE_NEEDED; asc SEC_E_OK; ${named('HTTP/web.corp.test')}`);
    await using server = accept(credentials, proxied('always'));
    await server.step(Buffer.from('1'));
    await server.step(Buffer.from('2'));
    const asked = (await journalOf('QueryContextAttributes')).filter(({ attribute }) => attribute === 27);
    expect(asked).toMatchObject([{ attribute: 27, established: true }]);
  });

  test('the audit hears of clients that SSPI refuses, and of those that a stricter policy would', async () => {
    const records: ExtendedProtectionRecord[] = [];
    const audited = (policy: ExtendedProtectionPolicy, names?: readonly string[]): AcceptOptions => ({
      channelBindings,
      extendedProtection: { policy, serviceNames: names, audit: (record) => void records.push(record) },
    });
    expect(await outcome('asc SEC_E_BAD_BINDINGS bindingsresult=0x05', audited('always'))).toBe('SEC_E_BAD_BINDINGS');
    expect(
      await outcome('asc SEC_E_OK bindingsresult=0x42; attr names name="CORP\\alice"', audited('whenSupported')),
    ).toBe('missing');
    expect(await outcome(`asc SEC_E_OK; ${named('cifs/files.corp.test')}`, audited('never', serviceNames))).toBe(
      'unknown',
    );
    expect(records).toMatchObject([
      { channelBinding: 'mismatched', client: undefined },
      { channelBinding: 'missing', client: 'CORP\\alice', package: 'Scripted' },
      { target: 'cifs/files.corp.test', client: 'SCRIPTED\\peer' },
    ]);
  });
});

const variable = 'SSPI_WINE_DROPS_BINDINGS';

describe('Wine’s own packages, which drop bindings', () => {
  const before = process.env[variable];
  beforeEach(() => {
    delete process.env['SSPI_WINE_DROPS_BINDINGS'];
  });
  afterEach(() => {
    if (before !== undefined) process.env[variable] = before;
  });

  const identity = { user: 'alice', domain: 'CORP.TEST', password: 'x' };
  const code = wine === undefined ? undefined : 'ERR_SSPI_UNSUPPORTED_PLATFORM';
  const codeOf = (call: () => { dispose(): Promise<void> }): string | undefined => {
    try {
      void call().dispose();
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('the lab’s own variable was set, or this is no lab', () => {
    expect(before).toBe(process.env['SSPI_LAB'] === undefined ? before : 'accepted');
  });

  test.each(['NTLM', 'Negotiate'])('an initiator of %s', async (packageName) => {
    await using credentials = await acquireCredentials({ package: packageName, use: 'outbound', identity });
    expect(codeOf(() => initiate(credentials, { channelBindings }))).toBe(code);
    expect(codeOf(() => initiate(credentials))).toBeUndefined();
  });

  test('an acceptor of NTLM, by any policy but never', async () => {
    await using credentials = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
    for (const extendedProtection of ['always', 'whenSupported'] as const) {
      expect(codeOf(() => accept(credentials, { channelBindings, extendedProtection }))).toBe(code);
      expect(codeOf(() => accept(credentials, proxy(extendedProtection)))).toBe(code);
    }
    expect(codeOf(() => accept(credentials, { channelBindings, extendedProtection: 'never' }))).toBeUndefined();
  });

  const proxy = (policy: ExtendedProtectionPolicy): AcceptOptions => ({ extendedProtection: { policy, serviceNames } });
});
