import type { ChannelBindingResult, CheckedProtection } from './policy';

/** What is known about a client when its handshake is complete. */
export interface ProtectionFacts {
  readonly channelBinding: ChannelBindingResult;
  /** SECPKG_ATTR_CLIENT_SPECIFIED_TARGET; undefined if the client did not say, or the platform does not tell. */
  readonly target: string | undefined;
}

/** The objections to a client: what the policy refuses, and what `'always'` would have refused. */
export interface ProtectionVerdict {
  /** Why the handshake fails under its policy. */
  readonly refused: string | undefined;
  /** Why it would fail under `'always'`. */
  readonly audited: string | undefined;
}

/** Compares an established client with the policy. SSPI itself has already refused bindings that differ. */
export function protectionVerdict(protection: CheckedProtection, facts: ProtectionFacts): ProtectionVerdict {
  const wrongTarget = targetProblem(protection, facts.target);
  const missingTarget = missingTargetProblem(protection, facts.target);
  const binding = bindingProblem(protection, facts.channelBinding);
  const audited = wrongTarget ?? missingTarget ?? binding;
  if (protection.policy === 'always') return { refused: audited, audited };
  // A client that names another service or channel was redirected here by somebody: only the policy 'never' accepts it.
  const misled = wrongTarget ?? (facts.channelBinding === 'mismatched' ? binding : undefined);
  return { refused: protection.policy === 'whenSupported' ? misled : undefined, audited };
}

function targetProblem({ serviceNames }: CheckedProtection, target: string | undefined): string | undefined {
  if (serviceNames === undefined || target === undefined || serviceNames.includes(target)) return undefined;
  return `the client asked for the service ${target}, which is not among the serviceNames`;
}

function missingTargetProblem({ serviceNames }: CheckedProtection, target: string | undefined): string | undefined {
  if (serviceNames === undefined || target !== undefined) return undefined;
  return 'the client did not say which service it asked for';
}

function bindingProblem({ bound }: CheckedProtection, result: ChannelBindingResult): string | undefined {
  // Behind a proxy any channel is accepted, but there must be one.
  if (result === 'matched' || result === 'unknown' || (!bound && result === 'proxy')) return undefined;
  return result === 'missing'
    ? 'the client sent no channel bindings'
    : `the client’s channel bindings are those of another connection (${result})`;
}
