import { checkedOptions, describe } from '../arguments';
import { invalidArgument } from '../errors/make';
import { ServiceNames } from './service-names';

/** When a handshake must be bound to its TLS channel and service. */
export type ExtendedProtectionPolicy = 'never' | 'whenSupported' | 'always';

/** A client that `'always'` would have refused, and why. */
export interface ExtendedProtectionRecord {
  /** The client's name; undefined if the platform does not tell. */
  readonly client: string | undefined;
  /** The package that was negotiated. */
  readonly package: string;
  /** What the client bound to. */
  readonly channelBinding: ChannelBindingResult;
  /** The service that the client asked for; undefined if it did not say. */
  readonly target: string | undefined;
  readonly reason: string;
}

/**
 * What SSPI found out about the client's channel bindings (SECBUFFER_CHANNEL_BINDINGS_RESULT). `'proxy'`: they are those of a
 * proxy that terminates TLS, and `serviceNames` is what verifies the service. `'unknown'`: this version of Windows does not
 * tell.
 * @see https://learn.microsoft.com/windows/win32/secauthn/epa-support-in-service
 */
export type ChannelBindingResult = 'matched' | 'proxy' | 'missing' | 'mismatched' | 'unknown';

/** Extended Protection for Authentication, on the server's side. */
export interface ExtendedProtectionOptions {
  readonly policy: ExtendedProtectionPolicy;
  /**
   * The service principal names that a client may have asked for. Mandatory if this process has no channel bindings because a
   * proxy in front terminates TLS.
   */
  readonly serviceNames?: readonly string[] | undefined;
  /** Called, with every policy, for each client that `'always'` would have refused. If it throws, nothing changes. */
  readonly audit?: ((record: ExtendedProtectionRecord) => void) | undefined;
}

/** The option after checking. */
export interface CheckedProtection {
  readonly policy: ExtendedProtectionPolicy;
  readonly serviceNames: ServiceNames | undefined;
  readonly audit: ((record: ExtendedProtectionRecord) => void) | undefined;
  /** Whether there are bindings to compare with the client's. */
  readonly bound: boolean;
}

const policies: readonly unknown[] = ['never', 'whenSupported', 'always'];

/**
 * @param bound Whether channel bindings were passed.
 * @throws ERR_SSPI_INVALID_ARGUMENT for a policy that cannot be enforced with these options.
 */
export function checkedProtection(
  option: ExtendedProtectionPolicy | ExtendedProtectionOptions | undefined,
  bound: boolean,
): CheckedProtection | undefined {
  if (option === undefined) return undefined;
  const given = typeof option === 'string' ? { policy: option } : option;
  checkedOptions(given, 'extendedProtection', ['policy', 'serviceNames', 'audit']);
  const { policy, serviceNames, audit } = given;
  if (!policies.includes(policy)) {
    const got = typeof policy === 'string' ? `"${policy as string}"` : describe(policy);
    throw invalidArgument(
      `extendedProtection must be ${policies.map((each) => `'${String(each)}'`).join(', ')} or an object with such a policy, not ${got}`,
    );
  }
  if (audit !== undefined && typeof audit !== 'function') {
    throw invalidArgument(`extendedProtection.audit must be a function, not ${describe(audit)}`);
  }
  const names =
    serviceNames === undefined ? undefined : new ServiceNames(serviceNames, 'extendedProtection.serviceNames');
  if (policy !== 'never' && !bound && names === undefined) {
    throw invalidArgument(
      `extendedProtection: '${policy}' has nothing to compare with what a client sends: pass channelBindings, or serviceNames if a proxy terminates TLS`,
    );
  }
  return { policy, serviceNames: names, audit, bound };
}

/** The flags of AcceptSecurityContext that a policy adds, by name. */
export function protectionFlags(
  protection: CheckedProtection | undefined,
): readonly ('allowMissingBindings' | 'proxyBindings')[] {
  if (protection === undefined || protection.policy === 'never') return [];
  const flags: ('allowMissingBindings' | 'proxyBindings')[] = [];
  if (protection.policy === 'whenSupported') flags.push('allowMissingBindings');
  if (!protection.bound) flags.push('proxyBindings');
  return flags;
}
