import type { ChannelBindingResult, CheckedProtection } from './policy';

/** What is known of a client when its handshake has ended. */
export interface ProtectionFacts {
  readonly channelBinding: ChannelBindingResult;
  /** SECPKG_ATTR_CLIENT_SPECIFIED_TARGET; undefined where the client did not say, or the platform does not tell. */
  readonly target: string | undefined;
}

/** What speaks against a client: what the policy refuses, and what `'always'` would have refused. */
export interface ProtectionVerdict {
  /** Why the handshake fails under its policy. */
  readonly refused: string | undefined;
  /** Why it would fail under `'always'`. */
  readonly audited: string | undefined;
}

/** Holds an established client against the policy. SSPI itself has refused bindings that differ already. */
export function protectionVerdict(protection: CheckedProtection, facts: ProtectionFacts): ProtectionVerdict {
  const wrongTarget = targetProblem(protection, facts.target);
  const missingTarget = missingTargetProblem(protection, facts.target);
  const binding = bindingProblem(protection, facts.channelBinding);
  const audited = wrongTarget ?? missingTarget ?? binding;
  if (protection.policy === 'always') return { refused: audited, audited };
  // A client that names another service or channel than ours was led here: no policy but 'never' lets it in.
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
  // Behind a proxy any channel will do, but there must be one.
  if (result === 'matched' || result === 'unknown' || (!bound && result === 'proxy')) return undefined;
  return result === 'missing'
    ? 'the client sent no channel bindings'
    : `the client’s channel bindings are those of another connection (${result})`;
}
