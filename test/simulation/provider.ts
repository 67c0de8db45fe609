/** The security packages of the simulated domain, as a script of the real binding's stand-in. */
import { scriptedProvider, type LegCall, type ScriptedLeg, type ScriptedProvider } from 'sspi/testing';
import { Attribute } from '#lib/context/attributes';
import { accounts, rawGroupsOf, type Account } from './accounts';
import { decodeClaim, type Claim } from './tokens';
import type { GroundTruth } from './ground-truth';
import type { Wiretap } from './user-agents/wiretap';
import type { Random } from './random';
import type { Schedule } from './schedule';

type Received = Claim & { readonly request: number; readonly begins: boolean };

interface ContextState {
  challenge: string | undefined;
  /** The mechanism that a hint has led to. */
  hinted: boolean;
  account: Account | undefined;
  package: 'Kerberos' | 'NTLM';
}

/** What only a second AcquireCredentialsHandle would change. */
interface CredentialState {
  readonly package: string;
  readonly deniesNtlm: boolean;
}

/** SECPKG_FLAG_* of Negotiate, Kerberos and NTLM do not matter here: names do. */
const infoOf = (name: string) => ({ name, comment: name, capabilities: 0, version: 1, rpcId: 1, maxToken: 12_000 });
const impersonation = 2;

export function simulatedProvider(
  random: Random,
  schedule: Schedule,
  truth: GroundTruth,
  wiretap: Wiretap,
): ScriptedProvider {
  const credentials = new Map<number, CredentialState>();
  const contexts = new Map<number, ContextState>();
  const { outage } = truth.settings;
  const usedTickets = new Set<string>();
  let challenges = 0;

  function accept(call: LegCall): ScriptedLeg {
    const claim = call.input && decodeClaim(call.input);
    const isNtlm = call.input?.includes('NTLMSSP\0') === true;
    if (claim !== undefined) truth.reachedProvider(claim.request, call.context, isNtlm);
    const leg = judge(call, claim);
    schedule.note(`accept: context ${call.context}, request ${claim?.request ?? '?'}: ${String(leg.status)}`);
    return random.chance(0.3) ? leg : { ...leg, until: schedule.pause(`context ${call.context} accepted`) };
  }

  function judge(call: LegCall, claim: Received | undefined): ScriptedLeg {
    if (claim === undefined) return { status: 'SEC_E_INVALID_TOKEN' };
    if (outage > 0 && random.chance(outage)) return { status: 'SEC_E_NO_AUTHENTICATING_AUTHORITY' };
    let state = contexts.get(call.context);
    if (state === undefined) {
      if (!claim.begins) return { status: 'SEC_E_INVALID_TOKEN' };
      state = { challenge: undefined, hinted: false, account: undefined, package: 'Kerberos' };
      contexts.set(call.context, state);
    }
    const credential = credentials.get(call.credential) as CredentialState;
    switch (claim.kind) {
      case 'ap-req':
        return credential.package === 'NTLM' ? { status: 'SEC_E_INVALID_TOKEN' } : acceptTicket(state, claim);
      case 'hint':
        state.hinted = true;
        return { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from(`which ticket? for ${claim.request}`), flags: 0 };
      case 'negotiate':
        return credential.deniesNtlm ? { status: 'SEC_E_SECPKG_NOT_FOUND' } : challenge(state, claim);
      case 'authenticate':
        return acceptResponse(state, claim);
      // NTLM in a form that its signature does not show.
      case 'opaque':
        return credential.deniesNtlm ? { status: 'SEC_E_SECPKG_NOT_FOUND' } : establish(state, claim, 'NTLM');
    }
  }

  function acceptTicket(state: ContextState, claim: Received): ScriptedLeg {
    if (claim.begins === state.hinted) return { status: 'SEC_E_INVALID_TOKEN' };
    if (usedTickets.has(claim.nonce)) return { status: 'SEC_E_LOGON_DENIED' };
    usedTickets.add(claim.nonce);
    wiretap.overhear({ ...claim, kind: 'ap-req' });
    return establish(state, claim, 'Kerberos');
  }

  function challenge(state: ContextState, claim: Received): ScriptedLeg {
    state.challenge = `challenge ${++challenges}`;
    state.package = 'NTLM';
    return { status: 'SEC_I_CONTINUE_NEEDED', token: Buffer.from(`${state.challenge} for ${claim.request}`), flags: 0 };
  }

  function acceptResponse(state: ContextState, claim: Received): ScriptedLeg {
    if (state.challenge === undefined) return { status: 'SEC_E_INVALID_TOKEN' };
    return claim.nonce === state.challenge ? establish(state, claim, 'NTLM') : { status: 'SEC_E_LOGON_DENIED' };
  }

  function establish(state: ContextState, claim: Received, by: ContextState['package']): ScriptedLeg {
    const account = accounts.find(({ name }) => name === claim.user);
    if (account === undefined || !claim.genuine) return { status: 'SEC_E_LOGON_DENIED' };
    state.account = account;
    state.package = by;
    truth.established(claim.request, account, by);
    const token = by === 'Kerberos' ? Buffer.from(`mutual for ${claim.request}`) : undefined;
    return { status: 'SEC_E_OK', token, flags: 0 };
  }

  return scriptedProvider({
    credential: ({ credential, package: name, identity }) => {
      const denied = identity?.packageList?.toLowerCase().split(',').includes('!ntlm') === true;
      credentials.set(credential as number, { package: name, deniesNtlm: denied });
      return {};
    },
    acceptor: accept,
    attributes: (context) => {
      const { account, package: name } = contexts.get(context) as ContextState;
      return {
        [Attribute.names]: account?.name,
        [Attribute.negotiationInfo]: { package: infoOf(name), state: 0 },
        [Attribute.packageInfo]: infoOf(name),
      };
    },
    accessToken: (context) => {
      const account = contexts.get(context)?.account;
      if (account === undefined || account.withheld) return 'SEC_E_UNSUPPORTED_FUNCTION';
      const groups = rawGroupsOf(account);
      return { user: account.sid, groups, isPrimary: false, impersonationLevel: impersonation };
    },
  });
}
