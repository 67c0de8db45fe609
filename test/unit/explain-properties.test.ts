/**
 * Whatever a failure looks like: nothing is offered that the evidence excludes, nothing is certain that it does not show, and
 * the hint agrees. What the evidence is, the test knows because it planted it.
 */
import fc from 'fast-check';
import { bytes, expectClean } from './support';
import { certificateStatuses, ntStatuses, securityStatuses } from '#lib/errors/status-table';
import { failedAcceptor, failedInitiator, krbError } from './explain-support';
import { hex, mitKrb5, samba } from './inspect/support/data';
import { record } from './inspect/support/tls';
import type { CauseName, Explanation, SspiError } from 'sspi';

afterEach(expectClean);

const [apReq, apRep] = mitKrb5.aes256_mutual.map(hex) as [Buffer, Buffer];
const [negotiate, challenge, authenticate] = (samba.exchanges['ntlmssp_v2_mic']?.messages ?? []).map(hex) as [
  Buffer,
  Buffer,
  Buffer,
];
const [spnegoRequest, spnegoReply] = mitKrb5.spnego_mutual.map(hex) as [Buffer, Buffer];

type Side = 'initiator' | 'acceptor';
interface Token {
  readonly bytes: Buffer;
  readonly family: 'NTLM' | 'Kerberos' | 'SPNEGO' | 'TLS';
  /** The side that makes it, where its type says so. */
  readonly maker?: Side;
  /** What its sender says in it, of why it refuses. */
  readonly says?: CauseName;
}
const tokens = {
  negotiate: { bytes: negotiate, family: 'NTLM', maker: 'initiator' },
  challenge: { bytes: challenge, family: 'NTLM', maker: 'acceptor' },
  authenticate: { bytes: authenticate, family: 'NTLM', maker: 'initiator' },
  apReq: { bytes: apReq, family: 'Kerberos', maker: 'initiator' },
  apRep: { bytes: apRep, family: 'Kerberos' },
  spnegoRequest: { bytes: spnegoRequest, family: 'SPNEGO' },
  spnegoReply: { bytes: spnegoReply, family: 'SPNEGO' },
  skewed: { bytes: krbError(37), family: 'Kerberos', says: 'clock-skew' },
  alert: { bytes: record(21, Buffer.of(2, 70)), family: 'TLS', says: 'no-common-protocol' },
} as const satisfies Record<string, Token>;
type TokenName = keyof typeof tokens;
const nameOf = fc.constantFrom(...(Object.keys(tokens) as TokenName[]));

const familiesOf: Readonly<Record<'Negotiate' | 'Kerberos' | 'NTLM' | 'Schannel', readonly string[]>> = {
  Negotiate: ['NTLM', 'Kerberos', 'SPNEGO'],
  Kerberos: ['Kerberos'],
  NTLM: ['NTLM'],
  Schannel: ['TLS'],
};

/** What becomes of the last token on its way. */
const faults = {
  none: (token: Buffer) => token,
  cut: (token: Buffer) => token.subarray(0, Math.floor(token.length / 2)),
  joined: (token: Buffer) => Buffer.concat([token, token]),
  emptied: () => Buffer.alloc(0),
  replaced: () => bytes('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
};
type Fault = keyof typeof faults;

const statuses = Object.values({ ...securityStatuses, ...certificateStatuses, ...ntStatuses }).filter(
  (status) => status >= 0x80000000 && status !== 0x80090318,
);
/** Those with which packages meet what they cannot read, and so the ones for which the evidence counts most. */
const vague = [0x80090304, 0x80090308, 0x8009030c, 0x8009030e, 0x80090300, 0x80090301];

const situation = fc.record({
  side: fc.constantFrom<Side>('initiator', 'acceptor'),
  package: fc.constantFrom('Negotiate', 'Kerberos', 'NTLM', 'Schannel'),
  status: fc.oneof(fc.constantFrom(...vague), fc.constantFrom(...statuses)),
  wine: fc.boolean(),
  target: fc.constantFrom(undefined, 'HTTP/web.sspi.test', 'HTTP/10.0.0.1'),
  expiresIn: fc.constantFrom(undefined, -3_600_000, 3_600_000),
  password: fc.constantFrom(undefined, '', 'P4ssword'),
  deny: fc.boolean(),
  sent: fc.constantFrom(undefined, 'negotiate', 'authenticate', 'apReq', 'spnegoRequest'),
  input: fc.option(nameOf, { nil: undefined, freq: 2 }),
  fault: fc.constantFrom(...(Object.keys(faults) as Fault[])),
});
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

/** What there is to know of the situation, apart from the code that is tested. */
function truthOf(s: Situation) {
  const initiates = s.side === 'initiator';
  const input = s.input === undefined ? undefined : (tokens[s.input] as Token);
  const given = input && faults[s.fault](input.bytes);
  const sent = initiates && s.input !== undefined ? s.sent : undefined;
  // Two records of TLS are a flight of two.
  const isFlight = s.fault === 'joined' && input?.family === 'TLS';
  const whole = given !== undefined && (s.fault === 'none' || isFlight);
  return {
    initiates,
    given,
    sent,
    whole,
    cut: given !== undefined && !whole && (s.fault === 'cut' || s.fault === 'joined'),
    says: given !== undefined && (whole || s.fault === 'joined') ? input?.says : undefined,
    expired: s.expiresIn !== undefined && s.expiresIn < 0,
    ticketSent: sent === 'apReq' || sent === 'spnegoRequest',
    echoed: given !== undefined && sent !== undefined && tokens[sent].bytes.equals(given),
    wrongSide: whole && input?.maker === s.side,
  };
}

async function failureOf(s: Situation): Promise<SspiError> {
  const { given, sent } = truthOf(s);
  const identity = s.password === undefined ? undefined : { user: 'alice', domain: 'CORP.TEST', password: s.password };
  const failure = {
    package: s.package,
    status: s.status,
    wine: s.wine,
    received: given === undefined ? [] : [given],
    sent: sent === undefined ? [] : [tokens[sent].bytes],
    ...(s.expiresIn === undefined ? {} : { expiry: Date.now() + s.expiresIn }),
    credentials: {
      ...(identity === undefined ? {} : { identity }),
      ...(s.deny ? { packages: { deny: ['NTLM'] } } : {}),
    },
  };
  return s.side === 'initiator'
    ? failedInitiator({ target: s.target, flags: ['mutualAuth'] }, failure)
    : failedAcceptor({}, failure);
}

const ranks = { certain: 2, likely: 1, possible: 0 } as const;
const names = ({ causes }: Explanation): CauseName[] => causes.map(({ cause }) => cause);

/** Nothing to look at: an acceptor cannot be called without a token, nor begun with one of no bytes. */
const isPossible = (s: Situation): boolean =>
  (s.side === 'initiator' || (s.input !== undefined && s.fault !== 'emptied')) && !isRefusedUnseen(s);

/** A token of the package that the bounds deny never comes to SSPI, so that no status is there to be explained. */
function isRefusedUnseen({ deny, input, fault }: Situation): boolean {
  const isNtlm = input !== undefined && tokens[input].family === 'NTLM';
  return deny && isNtlm && (fault === 'none' || fault === 'cut' || fault === 'joined');
}

function property(check: (s: Situation, why: Explanation, error: SspiError) => void) {
  return fc.asyncProperty(situation.filter(isPossible), async (s) => {
    const error = await failureOf(s);
    check(s, error.explain(), error);
  });
}
const assert = (checked: fc.IAsyncProperty<[Situation]>): Promise<void> =>
  fc.assert(checked, { numRuns: 700, seed: 20_261_127 });

test('what the evidence excludes is not offered', async () => {
  const all: CauseName[] = [];
  await assert(
    property((s, why) => {
      const { given, whole, says, ticketSent, expired, initiates } = truthOf(s);
      const excluded: CauseName[] = [];
      const exclude = (when: boolean, ...causes: CauseName[]): void => {
        if (when) excluded.push(...causes);
      };
      exclude(given === undefined, 'damaged-token', 'token-of-other-connection', 'token-of-other-package');
      exclude(given === undefined, 'spnego-to-kerberos', 'token-of-this-side', 'other-protocol');
      exclude(given === undefined, 'peer-refused');
      exclude(whole, 'damaged-token', 'other-protocol');
      exclude(says !== undefined, 'token-of-other-connection');
      exclude(ticketSent, 'spn-unknown', 'no-target', 'address-as-target', 'wrong-realm');
      exclude(ticketSent && says === undefined, 'no-credentials');
      exclude(!initiates || s.package === 'NTLM' || s.target === undefined, 'spn-unknown');
      exclude(s.target !== undefined, 'no-target');
      exclude(s.target === 'HTTP/10.0.0.1', 'spn-unknown');
      exclude(!expired, 'credentials-expired');
      exclude(s.expiresIn !== undefined && !expired && initiates, 'ticket-expired');
      exclude(s.password !== '', 'empty-password');
      exclude(s.wine, 'loopback-check');
      exclude(true, 'package-missing');
      // SSPI's own words are passed on: these statuses name their reason.
      const passedOn = saidBy(s.status);
      expect(names(why).filter((cause) => excluded.includes(cause) && !passedOn.includes(cause))).toEqual([]);
      all.push(...names(why));
    }),
  );
  // The situations are many enough for all of these to be offered now and then.
  const offered = ['spn-unknown', 'damaged-token', 'credentials-expired', 'empty-password', 'no-credentials'];
  expect(offered.filter((cause) => !all.includes(cause as CauseName))).toEqual([]);
}, 60_000);

/** What statuses say without any evidence around them. */
function saidBy(status: number): CauseName[] {
  const { SspiError: Bare } = require('sspi') as typeof import('sspi');
  const { statusCode } = require('#lib/errors/status-code') as typeof import('#lib/errors/status-code');
  const bare = new Bare({ code: statusCode(status), message: 'm', status }).explain();
  return bare.causes.filter(({ likelihood }) => likelihood === 'certain').map(({ cause }) => cause);
}

test('nothing is certain that the evidence does not show', async () => {
  await assert(
    property((s, why) => {
      const { given, cut, says, expired, initiates, ticketSent, echoed, wrongSide } = truthOf(s);
      const shown: CauseName[] = saidBy(s.status);
      const show = (when: boolean, ...causes: CauseName[]): void => {
        if (when) shown.push(...causes);
      };
      show(says !== undefined, says as CauseName);
      show(given?.length === 0 || cut, 'damaged-token');
      show(given !== undefined && s.fault === 'replaced', 'other-protocol');
      show(echoed || wrongSide, 'token-of-this-side');
      show(cut && (tokens[s.input as TokenName] as Token).maker === s.side, 'token-of-this-side');
      show(given !== undefined && s.fault !== 'replaced', 'token-of-other-package', 'spnego-to-kerberos');
      show(expired && initiates && !ticketSent, 'credentials-expired');
      show(s.password === '' && s.wine, 'empty-password');
      show(initiates && s.target === undefined, 'no-target');
      show(initiates && s.target === 'HTTP/10.0.0.1', 'address-as-target');
      const certain = why.causes.filter(({ likelihood }) => likelihood === 'certain').map(({ cause }) => cause);
      expect(certain.filter((cause) => !shown.includes(cause))).toEqual([]);
    }),
  );
}, 60_000);

test('what is planted comes first, and the hint says the same', async () => {
  await assert(
    property((s, why, error) => {
      const { given, echoed, wrongSide } = truthOf(s);
      const isVague = vague.includes(s.status);
      const fits =
        s.input === undefined || familiesOf[s.package as keyof typeof familiesOf].includes(tokens[s.input].family);
      const planted: CauseName | undefined =
        given === undefined || !isVague
          ? undefined
          : given.length === 0
            ? 'damaged-token'
            : s.fault === 'replaced'
              ? 'other-protocol'
              : echoed
                ? 'token-of-this-side'
                : fits && wrongSide
                  ? 'token-of-this-side'
                  : undefined;
      if (planted !== undefined) expect(names(why)[0]).toBe(planted);
      const [first] = why.causes;
      if (planted !== undefined) expect(error.hint).toContain(first?.summary);
      if (!fits && isVague && s.fault === 'none' && !echoed) {
        expect(names(why)[0]).toMatch(/^(token-of-other-package|spnego-to-kerberos)$/);
        expect(error.hint).toContain(first?.summary);
      }
    }),
  );
}, 60_000);

/** What hints claim, and the cause that must then be on offer. */
const claims: readonly (readonly [RegExp, readonly CauseName[]])[] = [
  [/account owns/, ['spn-unknown', 'no-target', 'address-as-target']],
  [/old key/, ['stale-key', 'damaged-token', 'token-of-other-connection', 'security-authority']],
  [/have expired/, ['credentials-expired']],
  [/password is empty/, ['empty-password']],
  [/another protocol/, ['other-protocol']],
  [/belongs to another package/, ['token-of-other-package', 'damaged-token', 'token-of-other-connection']],
  [/its own token came back/, ['token-of-this-side']],
  [/SPNEGO, and/, ['spnego-to-kerberos']],
  [/[Mm]emory is short/, ['memory-short', 'damaged-token', 'token-of-other-package']],
];

test('the hint claims nothing that the explanation does not offer', async () => {
  await assert(
    property((s, why, error) => {
      for (const [claim, causes] of claims) {
        if (claim.test(error.hint ?? ''))
          expect([claim.source, names(why).some((cause) => causes.includes(cause))]).toEqual([claim.source, true]);
      }
      if (s.package === 'Schannel') expect(error.hint ?? '').not.toContain('Wine’s Kerberos');
      if (!s.wine) expect(`${error.hint ?? ''}${JSON.stringify(why.causes)}`).not.toMatch(/Wine’s|under Wine/);
    }),
  );
}, 60_000);

test('the likeliest stands first, and what there is to check fits what was done', async () => {
  await assert(
    property((s, why) => {
      expect(why.causes.length).toBeGreaterThan(0);
      const order = why.causes.map(({ likelihood }) => ranks[likelihood]);
      expect(order).toEqual([...order].sort((a, b) => b - a));
      const advice = why.causes.flatMap(({ check }) => check).join('\n');
      if (s.deny) expect(advice).not.toContain("deny: ['NTLM']");
      if (s.password !== undefined) expect(advice).not.toContain('pass `identity`');
    }),
  );
}, 60_000);
