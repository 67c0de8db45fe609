import { Attribute } from '../context/attributes';
import { areRefused, bindingsResult } from '../extended-protection/bindings-result';
import { protectionVerdict } from '../extended-protection/verdict';
import { usageError } from '../errors/make';
import type { ChannelBindingResult, CheckedProtection } from '../extended-protection/policy';
import type { RawAttribute, RawLeg } from '../binding/binding';
import type { SspiError } from '../errors/sspi-error';

/** What a finished handshake knows about its client. */
export interface AdmissionFacts {
  readonly package: string;
  readonly attributes: ReadonlyMap<number, RawAttribute>;
}

const badBindings = 0x80090346; // SEC_E_BAD_BINDINGS

/**
 * Applies the server's Extended Protection to the client of one handshake, and informs the audit. Without a policy it does
 * nothing.
 */
export class Admission {
  readonly #protection: CheckedProtection | undefined;
  #bits: number | undefined;

  constructor(protection: CheckedProtection | undefined) {
    this.#protection = protection;
  }

  /** Should SSPI report what the client bound to? */
  get asksResult(): boolean {
    return this.#protection !== undefined;
  }

  /** What the last call of the handshake has to query in addition. */
  get attributes(): readonly number[] {
    return this.#protection?.serviceNames === undefined ? [] : [Attribute.clientSpecifiedTarget];
  }

  /** What the client bound to, according to the calls so far. */
  get channelBinding(): ChannelBindingResult {
    return bindingsResult(this.#bits);
  }

  /** Records what one call reported. */
  note({ bindingsResult: bits }: Pick<RawLeg, 'bindingsResult'>): void {
    if (bits !== undefined) this.#bits = bits;
  }

  /** The error for a client that SSPI accepted and the policy refuses; it has the last `token` for the peer. */
  refusal(facts: AdmissionFacts, leg: number, token: Buffer | undefined): SspiError | undefined {
    const protection = this.#protection;
    if (protection === undefined) return undefined;
    const target = textOf(facts.attributes.get(Attribute.clientSpecifiedTarget));
    const { refused, audited } = protectionVerdict(protection, { channelBinding: this.channelBinding, target });
    if (audited !== undefined) {
      this.#tell(facts.package, textOf(facts.attributes.get(Attribute.names)), target, audited);
    }
    if (refused === undefined) return undefined;
    return usageError('ERR_SSPI_EXTENDED_PROTECTION', `Extended Protection (${protection.policy}): ${refused}.`, {
      leg,
      token,
      hint: 'The sign-on may have been relayed. If the client is genuine, it must send channel bindings and name this service; the audit record says what was missing.',
    });
  }

  /** SSPI has refused the client with this status; if that was because of its bindings, the audit is informed. */
  refusedBySspi(status: number, packageName: string): void {
    if (this.#protection === undefined || (status !== badBindings && !areRefused(this.#bits))) return;
    const reasons: Partial<Record<ChannelBindingResult, string>> = {
      missing: 'the client sent no channel bindings',
      mismatched: 'the client’s channel bindings are those of another connection',
    };
    const reason = reasons[this.channelBinding] ?? 'SSPI refused the channel bindings';
    this.#tell(packageName, undefined, undefined, reason);
  }

  #tell(packageName: string, client: string | undefined, target: string | undefined, reason: string): void {
    const { channelBinding } = this;
    try {
      const told: unknown = this.#protection?.audit?.(
        Object.freeze({ client, package: packageName, channelBinding, target, reason }),
      );
      // An audit that is an async function must not terminate the process either.
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // What an audit throws changes nothing: policy.ts.
    }
  }
}

function textOf(answer: RawAttribute | undefined): string | undefined {
  return answer?.status === 0 && typeof answer.value === 'string' && answer.value !== '' ? answer.value : undefined;
}
