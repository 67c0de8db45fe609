/** The options of a simulated server, as the seed chooses them. */
import { admins, accounts, staff, type AllowList } from './accounts';
import type { AuthenticateOptions, NtlmRule, Persistence, Scheme } from 'sspi/http';
import type { Random } from './random';

export interface SimulatedSettings {
  readonly persist: Persistence;
  readonly ntlm: NtlmRule;
  readonly schemes: readonly Scheme[];
  readonly proxy: 'pooling' | 'connection-per-client';
  readonly allow: AllowList;
  readonly optional: boolean;
  /** Infinity for no limit. */
  readonly maxAge: number;
  /** Limits so low that honest clients can meet them. */
  readonly tight: boolean;
  /** The application gives the credentials: they deny no package. */
  readonly ownCredentials: boolean;
  /** The probability that no domain controller answers a leg. */
  readonly outage: number;
}

/** An origin that is listed, and one that is not. */
export const listedOrigin = 'https://app.corp.test';
export const foreignOrigin = 'https://evil.test';

export function chooseSettings(random: Random): SimulatedSettings {
  const ntlm = random.pick(['never', 'loopback', 'loopback', 'loopback', 'allow', 'allow', 'allow', 'tls'] as const);
  return {
    persist: random.pick(['auto', 'auto', 'connection', 'connection', 'connection', 'request'] as const),
    ntlm,
    schemes: random.pick([['Negotiate'], ['Negotiate'], ['Negotiate', 'NTLM']] as const),
    proxy: random.chance(0.75) ? 'pooling' : 'connection-per-client',
    allow: chooseAllowList(random),
    optional: random.chance(0.4),
    maxAge: random.chance(0.5) ? Infinity : random.pick([500, 500, 2_000, 8_000]),
    tight: random.chance(0.15),
    ownCredentials: random.chance(0.4),
    outage: random.chance(0.1) ? 0.2 : 0,
  };
}

function chooseAllowList(random: Random): AllowList {
  const nobody: readonly string[] = [];
  return random.pick([
    { users: nobody, groups: nobody },
    { users: nobody, groups: nobody },
    { users: nobody, groups: nobody },
    { users: nobody, groups: [staff] },
    { users: nobody, groups: [admins] },
    { users: [random.pick(accounts).sid], groups: random.chance(0.5) ? [staff] : nobody },
  ]);
}

/** As {@link authenticate} takes them; `credentials` are added by whoever acquires them. */
export function optionsOf(settings: SimulatedSettings): AuthenticateOptions {
  const { persist, ntlm, schemes, proxy, allow, optional, maxAge, tight } = settings;
  return {
    persist,
    ntlm,
    schemes,
    proxy,
    allow,
    optional,
    origins: [listedOrigin],
    ...(maxAge === Infinity ? {} : { maxAge }),
    limits: tight
      ? {
          acceptsInFlight: 2,
          pendingHandshakes: 3,
          pendingHandshakesPerAddress: 2,
          legTimeout: 700,
          handshakeTimeout: 900,
        }
      : {},
  };
}
