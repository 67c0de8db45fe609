import { accessTokenOf, accountsOf, processTokenOf } from './access-token';
import { CredentialUse } from '../../binding/constants';
import { Attribute } from '../../context/attributes';
import { MemoryAcceptor } from './acceptor';
import { MemoryDomain, type MemoryDomainOptions } from './domain';
import { MemoryInitiator, type Login } from './initiator';
import { MemoryProtection, memoryTokenLength } from './protection';
import { ScriptedProvider } from '../provider';
import type { AcquireCall, LegCall, ScriptedAttributes, ScriptedCredential, ScriptedLeg } from '../script';
import type { Mechanism, Party } from './party';
import type { RawPackageInfo } from '../../binding/binding';

/** SECPKG_FLAG_INTEGRITY … as Windows reports them for its own packages of these names. */
const packages: readonly RawPackageInfo[] = [
  {
    name: 'Negotiate',
    comment: 'In-memory Negotiate',
    capabilities: 0x00083bb3,
    version: 1,
    rpcId: 9,
    maxToken: 48_256,
  },
  {
    name: 'Kerberos',
    comment: 'In-memory Kerberos',
    capabilities: 0x000c3bbf,
    version: 1,
    rpcId: 16,
    maxToken: 48_000,
  },
  { name: 'NTLM', comment: 'In-memory NTLM', capabilities: 0x00082b37, version: 1, rpcId: 10, maxToken: 2_888 },
];

interface CredentialState {
  readonly package: string;
  readonly login: Login | undefined;
  readonly permits: (mechanism: Mechanism) => boolean;
}

interface ContextState {
  readonly party: Party;
  protection: MemoryProtection | undefined;
}

/**
 * A provider that simulates a whole domain in memory: users with passwords, services, and the packages Negotiate, Kerberos and
 * NTLM with their legs, statuses, granted flags, channel bindings and message protection (AES-256-GCM, sequence numbers). Only
 * the behaviour is real: the tokens have a format of their own, which no other implementation reads. Providers with the same
 * users and realm understand each other, also in other processes.
 *
 * Refusals have Windows' statuses: a wrong password or a disabled account is SEC_E_LOGON_DENIED (in Kerberos on the client's
 * first leg, in NTLM on the server's last), an unknown service SEC_E_TARGET_UNKNOWN, channel bindings that differ
 * SEC_E_BAD_BINDINGS, a damaged token SEC_E_INVALID_TOKEN, a changed message SEC_E_MESSAGE_ALTERED.
 *
 * @example
 * ```ts
 * using provider = useProvider(memoryProvider({ users: { alice: 'Wonderland', bob: 'Builder' }, currentUser: 'alice' }));
 * // Everything that the application does with the package now happens here.
 * ```
 */
export function memoryProvider(options: MemoryDomainOptions = {}): ScriptedProvider {
  const domain = new MemoryDomain(options);
  const credentials = new Map<number, CredentialState>();
  const contexts = new Map<number, ContextState>();

  function acquire({ credential, package: name, use, identity }: AcquireCall): ScriptedCredential {
    const current = domain.currentUser();
    const login =
      identity?.user !== undefined
        ? loginOf(identity.user, identity.domain, textOf(identity.password))
        : current && { user: current.name, domain: undefined, password: current.password };
    // As on Windows, a password is checked only with the first leg, but a client must have one.
    if (login === undefined && use === CredentialUse.outbound) return { status: 'SEC_E_NO_CREDENTIALS' };
    credentials.set(credential as number, { package: name, login, permits: permitted(identity?.packageList) });
    return {};
  }

  function leg(call: LegCall): ScriptedLeg {
    let state = contexts.get(call.context);
    if (state === undefined) {
      const { login, ...own } = credentials.get(call.credential) as CredentialState;
      const terms = { domain, ...own };
      const initiates = call.api === 'InitializeSecurityContext';
      state = {
        party: initiates ? new MemoryInitiator(terms, login) : new MemoryAcceptor(terms),
        protection: undefined,
      };
      contexts.set(call.context, state);
    }
    return state.party.leg(call);
  }

  function attributes(context: number): ScriptedAttributes {
    const agreement = contexts.get(context)?.party.agreement;
    if (agreement === undefined) return {};
    const { mechanism, user, target, key } = agreement;
    const info = packages.find(({ name }) => name === mechanism);
    return {
      [Attribute.sizes]: {
        maxToken: info?.maxToken ?? 0,
        maxSignature: memoryTokenLength,
        blockSize: 1,
        securityTrailer: memoryTokenLength,
      },
      [Attribute.names]: domain.accountName(user),
      [Attribute.nativeNames]: { client: `${user}@${domain.realm}`, server: target === '' ? undefined : target },
      [Attribute.sessionKey]: Buffer.from(key),
      ...(agreement.role === 'acceptor' && target !== '' && { [Attribute.clientSpecifiedTarget]: target }),
      [Attribute.negotiationInfo]: info && { package: info, state: 0 },
      [Attribute.packageInfo]: info,
    };
  }

  function protection(context: number): MemoryProtection {
    const state = contexts.get(context);
    if (state?.party.agreement === undefined) throw new Error('The handshake of this context is not complete');
    return (state.protection ??= new MemoryProtection(state.party.agreement));
  }

  return new ScriptedProvider({
    packages,
    credential: acquire,
    credentialName: (id) => {
      const login = credentials.get(id)?.login;
      return login && domain.accountName(domain.user(login.user)?.name ?? login.user);
    },
    initiator: leg,
    acceptor: leg,
    attributes,
    accessToken: (context) => {
      const agreement = contexts.get(context)?.party.agreement;
      // Only a server has a client.
      return agreement?.role === 'acceptor' ? accessTokenOf(domain, agreement) : 'SEC_E_UNSUPPORTED_FUNCTION';
    },
    processToken: processTokenOf(domain),
    accounts: accountsOf(domain),
    protectionFunctions: {
      encrypt: (memory, layout, qop, { context }) => protection(context).encrypt(memory, layout, qop),
      decrypt: (memory, layout, { context }) => protection(context).decrypt(memory, layout),
      sign: (memory, layout, { context }) => protection(context).sign(memory, layout),
      verify: (memory, layout, { context }) => protection(context).verify(memory, layout),
    },
    onFreed: (kind, id) => {
      (kind === 'context' ? contexts : credentials).delete(id);
    },
  });
}

/** The owner of a password of bytes may erase them once the call is made. */
const textOf = (password: string | Uint8Array | undefined): string =>
  typeof password === 'object' ? Buffer.from(password).toString('utf8') : (password ?? '');

/** A user principal name is split like a domain controller does. */
function loginOf(user: string, domain: string | undefined, password: string): Login {
  const at = domain === undefined || domain === '' ? user.lastIndexOf('@') : -1;
  return at > 0
    ? { user: user.slice(0, at), domain: user.slice(at + 1), password }
    : { user, domain: domain === '' ? undefined : domain, password };
}

/** Reads SEC_WINNT_AUTH_IDENTITY_EXW's list: `Kerberos,!NTLM`. */
function permitted(list: string | undefined): (mechanism: Mechanism) => boolean {
  const names = list?.toLowerCase().split(',') ?? [];
  const allowed = names.filter((name) => !name.startsWith('!'));
  return (mechanism) => {
    const name = mechanism.toLowerCase();
    return !names.includes(`!${name}`) && (allowed.length === 0 || allowed.includes(name));
  };
}
