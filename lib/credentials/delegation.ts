import { describe } from '../arguments';
import { invalidArgument, usageError } from '../errors/make';
import type { ContextHandle, Binding } from '../binding/binding';
import { impersonationLevels, type ImpersonationLevel } from '../binding/impersonation-level';
import type { Role } from '../flags/sides';
import type { SspiError } from '../errors/sspi-error';

/** The parts of a SecurityContext that are needed to act for its client. */
export const clientCore = Symbol('clientCore');

export interface ClientCore {
  readonly binding: Binding;
  readonly handle: ContextHandle;
  readonly role: Role;
  readonly package: string;
  /** Whether the acceptor was granted `delegate`. */
  readonly delegated: boolean;
}

/** The part of a server's security context that is needed to act for its client; every {@link SecurityContext} has it. */
export interface ClientContext {
  /** @internal */
  [clientCore](): ClientCore;
}

/** What the client and the domain must allow: {@link AcquireCredentialsOptions.delegation}. */
export type Delegation = 'unconstrained' | 'constrained';

/** The client of an acceptor's context. */
export function clientOf(context: unknown): ClientCore {
  const read = (context as { [clientCore]?: () => ClientCore } | null | undefined)?.[clientCore];
  if (typeof read !== 'function') {
    throw invalidArgument(`onBehalfOf must be the context of a server, not ${describe(context)}`);
  }
  const client = read.call(context);
  if (client.role !== 'acceptor') {
    throw invalidArgument('onBehalfOf must be the context of a server, and this is that of a client');
  }
  return client;
}

/** The lowest SECURITY_IMPERSONATION_LEVEL that is sufficient. */
const leastLevels: Readonly<Record<Delegation, number>> = { unconstrained: 3, constrained: 2 };

export function leastLevelOf(delegation: unknown): number {
  if (delegation === undefined) return leastLevels.unconstrained;
  if (typeof delegation === 'string' && Object.hasOwn(leastLevels, delegation)) {
    return leastLevels[delegation as Delegation];
  }
  throw invalidArgument(`delegation must be 'unconstrained' or 'constrained', not ${describe(delegation)}`);
}

/** Why this service may not act for the client on other machines, and which setting would allow it. */
export function notDelegated({ package: packageName, delegated }: ClientCore, level: number): SspiError {
  const granted = impersonationLevels[level] ?? 'anonymous';
  return usageError(
    'ERR_SSPI_NOT_DELEGATED',
    `This service may not act for the client on other machines: it was granted ${granted}.`,
    { hint: hintFor(granted, packageName, delegated) },
  );
}

function hintFor(granted: ImpersonationLevel, packageName: string, delegated: boolean): string {
  if (granted === 'anonymous') return 'The client is anonymous: require it to sign on, and refuse null sessions.';
  if (granted === 'identification') {
    return 'The client allows only identification (the flag identify), or this process does not have the privilege SeImpersonatePrivilege that a service account has.';
  }
  if (packageName.toLowerCase() === 'ntlm') return 'NTLM cannot delegate: have the client use Kerberos.';
  if (delegated) {
    return 'The client delegated, but its account may not be delegated: look for "sensitive and cannot be delegated" and for membership of Protected Users.';
  }
  return "With constrained delegation (msDS-AllowedToDelegateTo or resource-based) pass delegation: 'constrained'. Otherwise the client has to request the flags delegate and mutualAuth, the service account has to be trusted for delegation, and the client's account must be neither sensitive nor in Protected Users.";
}
