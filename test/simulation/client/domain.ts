/** The security packages of both sides, as a script of the real binding's stand-in. */
import { scriptedProvider, type LegCall, type ScriptedLeg, type ScriptedProvider } from 'sspi/testing';
import { Attribute } from '#lib/context/attributes';
import { accounts, rawGroupsOf, type Account } from '../accounts';
import { decodeClaim, encodeLaterTicket, encodeToken, type Claim } from '../tokens';
import { knownServices } from './places';
import { processUser } from './programs';
import type { Random } from '../random';
import type { Schedule } from '../schedule';

/** A context of a client, and what is known of it. */
export interface ClientContext {
  readonly id: number;
  readonly user: string;
  readonly target: string;
  readonly package: 'Kerberos' | 'NTLM';
  readonly delegates: boolean;
  readonly wantsProof: boolean;
  readonly hasBindings: boolean;
  /** The server has proved its identity: the client has received that server's own token. */
  proved: boolean;
  tickets: number;
}

interface ServerContext {
  challenge: string | undefined;
  account: Account | undefined;
  package: 'Kerberos' | 'NTLM';
}

interface CredentialState {
  readonly package: string;
  readonly deniesNtlm: boolean;
  readonly user: string;
}

const requested = { delegate: 1, mutualAuth: 2 } as const; // ISC_REQ_*
const infoOf = (name: string) => ({ name, comment: name, capabilities: 0, version: 1, rpcId: 1, maxToken: 12_000 });
const impersonation = 2;

export interface Domain {
  readonly provider: ScriptedProvider;
  readonly clients: ReadonlyMap<number, ClientContext>;
}

export function simulatedDomain(random: Random, schedule: Schedule, outage: number): Domain {
  const credentials = new Map<number, CredentialState>();
  const clients = new Map<number, ClientContext>();
  const servers = new Map<number, ServerContext>();
  const usedTickets = new Set<string>();
  let challenges = 0;

  const later = (leg: ScriptedLeg, what: string): ScriptedLeg => {
    schedule.note(`${what}: ${String(leg.status)}`);
    return random.chance(0.6) ? leg : { ...leg, until: schedule.pause(what) };
  };

  // -- Clients ------------------------------------------------------------------------------------------------------------

  function initiate(call: LegCall): ScriptedLeg {
    const known = clients.get(call.context);
    const leg = known === undefined ? begin(call) : goOn(known, call);
    return later(leg, `initiate: context ${call.context} for ${call.target ?? '?'}`);
  }

  function begin({ context: id, credential, target = '', flags, channelBindings }: LegCall): ScriptedLeg {
    if (random.chance(outage)) return { status: 'SEC_E_NO_AUTHENTICATING_AUTHORITY' };
    const { package: name, deniesNtlm, user } = credentials.get(credential) as CredentialState;
    const byKerberos = name !== 'NTLM' && knownServices.has(target);
    if (!byKerberos && deniesNtlm) return { status: 'SEC_E_TARGET_UNKNOWN' };
    const context: ClientContext = {
      id,
      user,
      target,
      package: byKerberos ? 'Kerberos' : 'NTLM',
      delegates: (flags & requested.delegate) !== 0,
      wantsProof: (flags & requested.mutualAuth) !== 0,
      hasBindings: channelBindings !== undefined,
      proved: false,
      tickets: 1,
    };
    clients.set(id, context);
    if (byKerberos) {
      const token = encodeToken(claimOf(context, 'ap-req', `${id}.1`), random.pick(['raw', 'spnego']), id);
      return { status: context.wantsProof ? 'SEC_I_CONTINUE_NEEDED' : 'SEC_E_OK', token };
    }
    const wrapping = name === 'NTLM' ? 'raw' : random.pick(['raw', 'spnego']);
    const token = encodeToken(claimOf(context, 'negotiate', ''), wrapping, id);
    return { status: 'SEC_I_CONTINUE_NEEDED', token, flags: 0 };
  }

  function goOn(context: ClientContext, { input, flags }: LegCall): ScriptedLeg {
    const text = input?.toString('latin1') ?? '';
    if (context.package === 'NTLM') {
      const [, challenge] = /^(challenge \d+) for \d+$/.exec(text) ?? [];
      if (challenge === undefined) return { status: 'SEC_E_INVALID_TOKEN' };
      const token = encodeToken(claimOf(context, 'authenticate', challenge), 'raw', context.id);
      return { status: 'SEC_E_OK', token, flags: 0 };
    }
    if (text === `mutual for ${context.id}`) {
      context.proved = true;
      return { status: 'SEC_E_OK', flags };
    }
    if (text !== 'more') return { status: 'SEC_E_INVALID_TOKEN' };
    const claim = claimOf(context, 'ap-req', `${context.id}.${++context.tickets}`);
    return { status: 'SEC_I_CONTINUE_NEEDED', token: encodeLaterTicket(claim, context.id) };
  }

  const claimOf = ({ user }: ClientContext, kind: Claim['kind'], nonce: string): Claim => {
    return { kind, user, nonce, genuine: true };
  };

  // -- Servers ------------------------------------------------------------------------------------------------------------

  function accept(call: LegCall): ScriptedLeg {
    const claim = call.input && decodeClaim(call.input);
    return later(judge(call, claim), `accept: context ${call.context}`);
  }

  function judge({ context }: LegCall, claim: ReturnType<typeof decodeClaim>): ScriptedLeg {
    if (claim === undefined) return { status: 'SEC_E_INVALID_TOKEN' };
    const state = servers.get(context) ?? { challenge: undefined, account: undefined, package: 'NTLM' };
    servers.set(context, state);
    if (claim.kind === 'negotiate') {
      state.challenge = `challenge ${++challenges}`;
      return {
        status: 'SEC_I_CONTINUE_NEEDED',
        token: Buffer.from(`${state.challenge} for ${claim.request}`),
        flags: 0,
      };
    }
    const isTicket = claim.kind === 'ap-req';
    const replayed = isTicket ? usedTickets.has(claim.nonce) : claim.nonce !== state.challenge;
    if (replayed) return { status: 'SEC_E_LOGON_DENIED' };
    if (isTicket) usedTickets.add(claim.nonce);
    state.account = accounts.find(({ name }) => name === claim.user);
    state.package = isTicket ? 'Kerberos' : 'NTLM';
    return { status: 'SEC_E_OK', token: isTicket ? Buffer.from(`mutual for ${claim.request}`) : undefined, flags: 0 };
  }

  const provider = scriptedProvider({
    credential: ({ credential, package: name, identity }) => {
      const deniesNtlm = identity?.packageList?.toLowerCase().split(',').includes('!ntlm') === true;
      const user = identity?.user === undefined ? processUser.name : `CORP\\${identity.user}`;
      credentials.set(credential as number, { package: name, deniesNtlm, user });
      return random.chance(0.7) ? {} : { until: schedule.pause(`credential ${credential ?? '?'}`) };
    },
    initiator: initiate,
    acceptor: accept,
    attributes: (context) => {
      const name = clients.get(context)?.package ?? servers.get(context)?.package ?? 'NTLM';
      return {
        [Attribute.names]: servers.get(context)?.account?.name,
        [Attribute.negotiationInfo]: { package: infoOf(name), state: 0 },
        [Attribute.packageInfo]: infoOf(name),
      };
    },
    accessToken: (context) => {
      const account = servers.get(context)?.account;
      if (account === undefined || account.withheld) return 'SEC_E_UNSUPPORTED_FUNCTION';
      const groups = rawGroupsOf(account);
      return { user: account.sid, groups, isPrimary: false, impersonationLevel: impersonation };
    },
  });
  return { provider, clients };
}
