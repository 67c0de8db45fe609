/** `extendedProtection` of accept(), on a scripted provider: what SSPI is asked, whom it refuses, and what the audit hears. */
import {
  accept,
  initiate,
  secChannelBindings,
  type AcceptOptions,
  type ExtendedProtectionPolicy,
  type ExtendedProtectionRecord,
  type Handshake,
} from 'sspi';
import { acceptorFlags } from '#lib/flags/tables';
import { CONTINUE, bytes, credentialsFor, expectClean, rejection, script, settled, thrown } from '../support';
import type { BindingScript, ScriptedLeg } from '#lib/testing/script';
import type { ScriptedProvider } from '#lib/testing/scripted-provider';

afterEach(expectClean);

/** SEC_CHANNEL_BINDINGS_RESULT_* of sspi.h. */
const result = {
  clientSupport: 1,
  absent: 2,
  mismatch: 4,
  missing: 8,
  matched: 0x10,
  proxy: 0x20,
  missingAllowed: 0x40,
};
const BAD_BINDINGS = 0x80090346;

const channelBindings = bytes('tls-server-end-point:0123456789abcdef');
const serviceNames = ['HTTP/web.corp.test'];

interface Attempt {
  readonly binding: ScriptedProvider;
  readonly records: ExtendedProtectionRecord[];
  readonly server: Handshake;
}

/** A server whose client is described by one leg and the attributes of its context. */
async function attempt(
  options: AcceptOptions,
  leg: ScriptedLeg,
  attributes: BindingScript['attributes'] = {},
): Promise<Attempt> {
  const binding = script({ acceptor: [leg], attributes, clientName: 'CORP\\alice', negotiated: 'NTLM' });
  const records: ExtendedProtectionRecord[] = [];
  const { extendedProtection } = options;
  const protection =
    typeof extendedProtection === 'string' ? { policy: extendedProtection } : (extendedProtection ?? undefined);
  await using credentials = await credentialsFor();
  const server = accept(credentials, {
    ...options,
    ...(protection && { extendedProtection: { audit: (record) => void records.push(record), ...protection } }),
  });
  return { binding, records, server };
}

async function outcomeOf({ server }: Attempt): Promise<string> {
  try {
    await server.step(bytes('AP-REQ'));
    return server.context.channelBinding;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await server.dispose();
  }
}

describe('what AcceptSecurityContext is asked', () => {
  const askedWith = async (options: AcceptOptions) => {
    const tried = await attempt(options, {}, { 27: serviceNames[0] });
    await outcomeOf(tried);
    const [call] = tried.binding.callsOf('AcceptSecurityContext');
    const names = (['allowMissingBindings', 'proxyBindings'] as const).filter(
      (name) => ((call?.flags ?? 0) & acceptorFlags[name]) !== 0,
    );
    return { names, bindings: call?.channelBindings, result: call?.bindingsResult, attributes: call?.attributes };
  };

  it.each<[string, AcceptOptions, string[], boolean]>([
    ['always', { channelBindings, extendedProtection: 'always' }, [], true],
    ['whenSupported', { channelBindings, extendedProtection: 'whenSupported' }, ['allowMissingBindings'], true],
    ['never', { channelBindings, extendedProtection: 'never' }, [], false],
    ['always behind a proxy', { extendedProtection: { policy: 'always', serviceNames } }, ['proxyBindings'], false],
    [
      'whenSupported behind a proxy',
      { extendedProtection: { policy: 'whenSupported', serviceNames } },
      ['allowMissingBindings', 'proxyBindings'],
      false,
    ],
  ])('%s', async (_, options, names, given) => {
    const asked = await askedWith(options);
    expect(asked).toMatchObject({ names, result: true });
    expect(asked.bindings).toEqual(given ? secChannelBindings(channelBindings) : undefined);
  });

  it('asks for the service that the client named only where there are names to hold it against', async () => {
    const attributesOf = async (options: AcceptOptions) => (await askedWith(options)).attributes;
    expect(await attributesOf({ extendedProtection: { policy: 'always', serviceNames } })).toContain(27);
    expect(await attributesOf({ channelBindings, extendedProtection: 'always' })).not.toContain(27);
  });

  it('asks for nothing new without the option', async () => {
    expect(await askedWith({ channelBindings })).toMatchObject({ names: [], result: false });
  });
});

describe('what the client bound to', () => {
  it.each<[number | undefined, string]>([
    [result.clientSupport | result.matched, 'matched'],
    [result.clientSupport | result.proxy, 'proxy'],
    [result.absent | result.missingAllowed, 'missing'],
    [result.clientSupport, 'unknown'],
    [undefined, 'unknown'],
  ])('bits %s: %s', async (bindingsResult, channelBinding) => {
    const extendedProtection = { policy: 'whenSupported', serviceNames } as const;
    expect(await outcomeOf(await attempt({ extendedProtection }, { bindingsResult }))).toBe(channelBinding);
  });

  it('is known from an earlier leg, too, where the last one does not tell', async () => {
    script({ acceptor: [{ status: CONTINUE, token: bytes('1'), bindingsResult: result.matched }, {}] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { channelBindings, extendedProtection: 'always' });
    await server.step(bytes('a'));
    await server.step(bytes('b'));
    expect(server.context.channelBinding).toBe('matched');
  });

  it('is unknown without the option, and to an initiator', async () => {
    script({ acceptor: [{ bindingsResult: result.matched }], initiator: [{}] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { channelBindings });
    await server.step(bytes('a'));
    await using client = initiate(credentials, { channelBindings });
    await client.step();
    expect([server.context.channelBinding, client.context.channelBinding]).toEqual(['unknown', 'unknown']);
  });
});

describe('whom the policy refuses', () => {
  const refused = 'ERR_SSPI_EXTENDED_PROTECTION';
  const right = 'HTTP/WEB.corp.test:443';
  const wrong = 'HTTP/relay.evil.test';

  it.each<[ExtendedProtectionPolicy, string | undefined, string, number]>([
    ['always', right, 'unknown', 0],
    ['always', wrong, refused, 1],
    ['always', undefined, refused, 1],
    ['whenSupported', right, 'unknown', 0],
    ['whenSupported', wrong, refused, 1],
    ['whenSupported', undefined, 'unknown', 1],
    ['never', wrong, 'unknown', 1],
    ['never', undefined, 'unknown', 1],
  ])('%s, the client asked for %s: %s', async (policy, target, outcome, told) => {
    const tried = await attempt({ extendedProtection: { policy, serviceNames } }, {}, { 27: target });
    expect(await outcomeOf(tried)).toBe(outcome);
    expect(tried.records).toHaveLength(told);
    if (told === 1) expect(tried.records[0]).toMatchObject({ client: 'CORP\\alice', package: 'NTLM', target });
    expect(tried.binding.liveCounts().contexts).toBe(0);
  });

  it.each<[ExtendedProtectionPolicy, string]>([
    ['always', refused],
    ['whenSupported', 'missing'],
  ])('%s behind a proxy, no bindings at all: %s', async (policy, outcome) => {
    const leg = { bindingsResult: result.absent | result.missingAllowed };
    const tried = await attempt({ extendedProtection: { policy, serviceNames } }, leg, { 27: right });
    expect(await outcomeOf(tried)).toBe(outcome);
    expect(tried.records).toMatchObject([{ channelBinding: 'missing', reason: 'the client sent no channel bindings' }]);
  });

  it('hands out no context, and the error carries the last token, the leg and what to do', async () => {
    const tried = await attempt(
      { extendedProtection: { policy: 'always', serviceNames } },
      { token: bytes('AP-REP') },
      { 27: wrong },
    );
    const error = await rejection(tried.server.step(bytes('AP-REQ')));
    expect(error).toMatchObject({ code: refused, leg: 0, token: bytes('AP-REP') });
    expect(error.message).toContain(wrong);
    expect(error.hint).toContain('relayed');
    expect(error.explain().causes[0]).toMatchObject({ cause: 'channel-bindings' });
    expect(tried.server.established).toBe(false);
    expect(thrown(() => tried.server.context)).toMatchObject({ code: 'ERR_SSPI_HANDSHAKE_FAILED' });
    await settled();
    expect(tried.binding.callsOf('DeleteSecurityContext')).toHaveLength(1);
  });

  it('legs() throws it and yields no last token', async () => {
    const tried = await attempt(
      { extendedProtection: { policy: 'always', serviceNames } },
      { token: bytes('AP-REP') },
      { 27: wrong },
    );
    const legs = tried.server.legs([bytes('AP-REQ')]);
    expect(await rejection(legs.next())).toMatchObject({ code: refused, token: bytes('AP-REP') });
  });
});

describe('the audit', () => {
  it.each<[ExtendedProtectionPolicy, number, string, RegExp]>([
    ['always', result.absent | result.missing, 'missing', /no channel bindings/],
    ['whenSupported', result.clientSupport | result.mismatch, 'mismatched', /another connection/],
  ])('%s: hears of a client that SSPI itself refused', async (extendedProtection, bindingsResult, found, reason) => {
    const tried = await attempt({ channelBindings, extendedProtection }, { status: BAD_BINDINGS, bindingsResult });
    expect(await outcomeOf(tried)).toBe('SEC_E_BAD_BINDINGS');
    expect(tried.records).toEqual([
      {
        client: undefined,
        package: 'Negotiate',
        channelBinding: found,
        target: undefined,
        reason: expect.stringMatching(reason) as string,
      },
    ]);
  });

  it('hears of a client whose bindings were refused with the status of all refusals', async () => {
    const leg = { status: 0x8009030c, bindingsResult: result.clientSupport | result.mismatch };
    const tried = await attempt({ channelBindings, extendedProtection: 'always' }, leg);
    expect(await outcomeOf(tried)).toBe('SEC_E_LOGON_DENIED');
    expect(tried.records).toMatchObject([{ channelBinding: 'mismatched' }]);
  });

  it('hears of bindings that SSPI refused without saying why', async () => {
    const tried = await attempt({ channelBindings, extendedProtection: 'always' }, { status: BAD_BINDINGS });
    await outcomeOf(tried);
    expect(tried.records).toMatchObject([{ channelBinding: 'unknown', reason: 'SSPI refused the channel bindings' }]);
  });

  it('hears nothing of other failures', async () => {
    const tried = await attempt({ channelBindings, extendedProtection: 'always' }, { status: 0x8009030c });
    expect(await outcomeOf(tried)).toBe('SEC_E_LOGON_DENIED');
    expect(tried.records).toEqual([]);
  });

  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('the log is full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the log is full'))],
  ])('that %s changes nothing', async (_, audit) => {
    const extendedProtection = { policy: 'whenSupported', serviceNames, audit } as const;
    expect(await outcomeOf(await attempt({ extendedProtection }, {}))).toBe('unknown');
    await settled();
  });
});

describe('what cannot be held to is refused at once', () => {
  it.each<[string, AcceptOptions]>([
    ['always without bindings', { extendedProtection: 'always' }],
    ['whenSupported without bindings', { extendedProtection: 'whenSupported' }],
    ['an unknown policy', { channelBindings, extendedProtection: 'sometimes' as never }],
    ['an initiator’s option', { target: 'HTTP/web.corp.test' } as AcceptOptions],
  ])('%s', async (_, options) => {
    const binding = script({});
    await using credentials = await credentialsFor();
    expect(thrown(() => accept(credentials, options))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
    expect(binding.callsOf('AcceptSecurityContext')).toEqual([]);
  });

  it('Schannel, which is TLS itself', async () => {
    script({});
    await using credentials = await credentialsFor('Schannel');
    const options = { channelBindings, extendedProtection: 'always' } as const;
    expect(thrown(() => accept(credentials, options))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });

  it('by an initiator', async () => {
    script({});
    await using credentials = await credentialsFor();
    const options = { extendedProtection: 'always' } as never;
    expect(thrown(() => initiate(credentials, options))).toMatchObject({ code: 'ERR_SSPI_INVALID_ARGUMENT' });
  });
});
