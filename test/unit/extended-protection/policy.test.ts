import { checkedProtection, protectionFlags, type CheckedProtection } from '#lib/extended-protection/policy';
import { protectionVerdict } from '#lib/extended-protection/verdict';
import { thrown } from '../support';

const checked = (...args: Parameters<typeof checkedProtection>): CheckedProtection =>
  checkedProtection(...args) as CheckedProtection;

describe('the option extendedProtection', () => {
  it('adds the flags of its policy', () => {
    const serviceNames = ['HTTP/web.corp.test'];
    expect(protectionFlags(checkedProtection(undefined, true))).toEqual([]);
    expect(protectionFlags(checkedProtection('never', true))).toEqual([]);
    expect(protectionFlags(checkedProtection('always', true))).toEqual([]);
    expect(protectionFlags(checkedProtection('whenSupported', true))).toEqual(['allowMissingBindings']);
    expect(protectionFlags(checkedProtection({ policy: 'always', serviceNames }, false))).toEqual(['proxyBindings']);
    expect(protectionFlags(checkedProtection({ policy: 'whenSupported', serviceNames }, false))).toEqual([
      'allowMissingBindings',
      'proxyBindings',
    ]);
  });

  it.each([['always'], ['whenSupported'], [{ policy: 'always' }]] as const)(
    '%j without bindings and without service names is an error at once',
    (option) => {
      expect(thrown(() => checkedProtection(option, false))).toMatchObject({
        code: 'ERR_SSPI_INVALID_ARGUMENT',
        message: expect.stringContaining('serviceNames') as string,
      });
    },
  );

  it.each([['Always'], [{}], [7], [{ policy: 'always', audit: 1 }], [{ policy: 'always', names: [] }]])(
    '%j is refused',
    (option) => {
      expect(thrown(() => checkedProtection(option as never, true))).toMatchObject({
        code: 'ERR_SSPI_INVALID_ARGUMENT',
      });
    },
  );
});

describe('the verdict on a client', () => {
  const bound = { channelBinding: 'matched', target: undefined } as const;
  const names = ['HTTP/web.corp.test'];

  it.each([
    ['always', bound, undefined, undefined],
    ['always', { ...bound, channelBinding: 'missing' }, 'no channel bindings', 'no channel bindings'],
    ['always', { ...bound, channelBinding: 'unknown' }, undefined, undefined],
    ['whenSupported', { ...bound, channelBinding: 'missing' }, undefined, 'no channel bindings'],
    ['never', { ...bound, channelBinding: 'missing' }, undefined, 'no channel bindings'],
  ] as const)('%s, bindings %j', (policy, facts, refused, audited) => {
    const verdict = protectionVerdict(checked(policy, true), facts);
    expect(verdict.refused ?? '').toContain(refused ?? '');
    expect(verdict.refused === undefined).toBe(refused === undefined);
    expect(verdict.audited ?? '').toContain(audited ?? '');
    expect(verdict.audited === undefined).toBe(audited === undefined);
  });

  it.each([
    ['always', 'HTTP/web.corp.test', false],
    ['always', 'HTTP/evil.corp.test', true],
    ['always', undefined, true],
    ['whenSupported', 'HTTP/evil.corp.test', true],
    ['whenSupported', undefined, false],
    ['never', 'HTTP/evil.corp.test', false],
  ] as const)('%s, target %s: refused %s', (policy, target, refused) => {
    const verdict = protectionVerdict(checked({ policy, serviceNames: names }, false), {
      channelBinding: 'proxy',
      target,
    });
    expect(verdict.refused !== undefined).toBe(refused);
  });
});
