import type { Role } from '../flags/sides';
import { encodeFlags, encodeRequest } from '../flags/encode';
import {
  initiatorFlags,
  type AcceptorFlag,
  type AcceptorGrant,
  type InitiatorFlag,
  type InitiatorGrant,
} from '../flags/tables';
import { checkedOptions, checkedSignal, describe, optionalBoolean } from '../arguments';
import { bindingsOption, type ChannelBindingsSource } from '../channel-bindings/option';
import {
  checkedProtection,
  protectionFlags,
  type CheckedProtection,
  type ExtendedProtectionOptions,
  type ExtendedProtectionPolicy,
} from '../extended-protection/policy';
import { checkedTarget } from './target';
import { invalidArgument } from '../errors/make';
import { packageNames } from '../credentials/check-bounds';
import type { Credentials } from '../credentials/credentials';

/** What must hold when a handshake ends. If anything is missing, the handshake fails before its context is available. */
export interface Requirements<Grant extends string> {
  /** Flags that must be granted. */
  readonly flags?: readonly Grant[] | undefined;
  /** The negotiated package must be one of these. */
  readonly packages?: readonly string[] | undefined;
}

/** Options that both sides share. */
export interface HandshakeOptions<Flag extends string, Grant extends string> {
  /**
   * What to request, by name. Only what is granted counts: see `require` and `SecurityContext.flags`. `confidentiality` and
   * `integrity` also request `replayDetect` and `sequenceDetect`, unless `allowReplay` is among the names.
   */
  readonly flags?: readonly Flag[] | undefined;
  /** What must have been granted and negotiated. */
  readonly require?: Requirements<Grant> | undefined;
  /**
   * Binds the handshake to its TLS channel: the `tls.TLSSocket` itself (RFC 5929 tls-server-end-point), `{ socket, type }` for
   * another kind of binding, or raw bytes: application data as {@link tlsServerEndPoint} makes it, or a whole
   * SEC_CHANNEL_BINDINGS structure. Passed to SSPI on every leg. Wine's own packages do not support it
   * (ERR_SSPI_UNSUPPORTED_PLATFORM).
   */
  readonly channelBindings?: ChannelBindingsSource | undefined;
  /** Aborting rejects pending promises at once, and the context is deleted as soon as the running call has returned. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the peer may take for its next token, in milliseconds; `Infinity` for no limit. The time runs while `legs()` waits
   * for `incoming`, and between a `step()` that expects a reply and the next one. Default: 60,000 for a server, whose peers are
   * strangers; no limit for a client.
   */
  readonly peerTimeout?: number | undefined;
}

/** Options of {@link initiate}. */
export interface InitiateOptions extends HandshakeOptions<InitiatorFlag, InitiatorGrant> {
  /**
   * The service to sign on to: `service/host`, such as `HTTP/web.corp.test`; for Schannel the host name. International host
   * names are converted to punycode (see `punycode`), and invisible characters are refused. Without a target, Kerberos and
   * mutual authentication are not possible.
   */
  readonly target?: string | undefined;
  /**
   * False passes a target that is not ASCII to SSPI unchanged, for services that are registered that way: Active Directory
   * accepts service principal names in UTF-8. Default true: the host is converted to punycode, as in DNS.
   */
  readonly punycode?: boolean | undefined;
  /**
   * Schannel only: true lets Windows choose one of the user's certificates if the server asks for one, and ask for the PIN of a
   * smart card. Default false (ISC_REQ_USE_SUPPLIED_CREDS).
   */
  readonly defaultCertificate?: boolean | undefined;
  /**
   * Called when SSPI asks for a credential that was not passed (SEC_I_INCOMPLETE_CREDENTIALS: the peer wants a client
   * certificate). The returned credential replaces the first one, and the same input is tried again, four times at most.
   * Without this option Schannel continues without a certificate.
   */
  readonly onIncompleteCredentials?: (() => Credentials | Promise<Credentials>) | undefined;
}

/** Options of {@link accept}. */
export interface AcceptOptions extends HandshakeOptions<AcceptorFlag, AcceptorGrant> {
  /**
   * Extended Protection for Authentication: whether a client must be bound to this TLS channel and service, so that nobody can
   * relay its sign-on. `'always'` refuses a client without channel bindings, `'whenSupported'` accepts one that does not
   * support them, `'never'` does not compare them. If a proxy in front terminates TLS, there are no `channelBindings`, and
   * `serviceNames` is mandatory. Without this option SSPI compares the bindings if there are any, as with `'always'`.
   * @see https://learn.microsoft.com/windows/win32/secauthn/epa-support-in-service
   */
  readonly extendedProtection?: ExtendedProtectionPolicy | ExtendedProtectionOptions | undefined;
}

/** Options after checking, in the terms of the binding. */
export interface CheckedOptions {
  readonly role: Role;
  readonly target: string | undefined;
  readonly flags: number;
  readonly requiredFlags: number;
  readonly requiredPackages: readonly string[] | undefined;
  readonly channelBindings: Uint8Array | undefined;
  readonly protection: CheckedProtection | undefined;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds; undefined for no limit. */
  readonly peerTimeout: number | undefined;
  readonly onIncompleteCredentials: (() => Credentials | Promise<Credentials>) | undefined;
}

const sharedNames = ['flags', 'require', 'channelBindings', 'signal', 'peerTimeout'];
const acceptorNames = [...sharedNames, 'extendedProtection'];
const initiatorNames = [...sharedNames, 'target', 'punycode', 'defaultCertificate', 'onIncompleteCredentials'];

const defaultAcceptorTimeout = 60_000;
const maxTimeout = 0x7fffffff;

/** @param stream True for credentials of a stream package, which is Schannel. */
export function checkedInitiateOptions(options: InitiateOptions, stream: boolean): CheckedOptions {
  checkedOptions(options, 'options', initiatorNames);
  const { onIncompleteCredentials } = options;
  if (onIncompleteCredentials !== undefined && typeof onIncompleteCredentials !== 'function') {
    throw invalidArgument(`onIncompleteCredentials must be a function, not ${describe(onIncompleteCredentials)}`);
  }
  const checked = shared(options, 'initiator');
  return {
    ...checked,
    flags: (checked.flags | certificateFlag(options, stream)) >>> 0,
    target: checkedTarget(options.target, optionalBoolean(options.punycode, 'punycode') ?? true),
    protection: undefined,
    onIncompleteCredentials,
  };
}

function certificateFlag({ defaultCertificate, flags }: InitiateOptions, stream: boolean): number {
  const allowed = optionalBoolean(defaultCertificate, 'defaultCertificate') ?? false;
  if (!stream) {
    if (allowed)
      throw invalidArgument('defaultCertificate works only with Schannel: no other package has client certificates');
    return 0;
  }
  if (allowed && flags?.includes('useSuppliedCreds') === true) {
    throw invalidArgument('defaultCertificate and the flag useSuppliedCreds cannot be combined');
  }
  return allowed ? 0 : initiatorFlags.useSuppliedCreds;
}

/** @param stream True for credentials of a stream package, which is Schannel. */
export function checkedAcceptOptions(options: AcceptOptions, stream: boolean): CheckedOptions {
  checkedOptions(options, 'options', acceptorNames);
  const checked = shared(options, 'acceptor');
  const bound = checked.channelBindings !== undefined;
  const protection = checkedProtection(options.extendedProtection, bound);
  if (protection !== undefined && stream) {
    throw invalidArgument('extendedProtection binds a sign-on to TLS: Schannel is TLS itself');
  }
  return {
    ...checked,
    flags: (checked.flags | encodeFlags(protectionFlags(protection), 'acceptor', 'requested')) >>> 0,
    // SSPI compares whatever it is given.
    channelBindings: protection?.policy === 'never' ? undefined : checked.channelBindings,
    protection,
    target: undefined,
    onIncompleteCredentials: undefined,
  };
}

function shared(
  options: HandshakeOptions<string, string>,
  role: Role,
): Omit<CheckedOptions, 'target' | 'protection' | 'onIncompleteCredentials'> {
  const required =
    options.require === undefined ? {} : checkedOptions(options.require, 'require', ['flags', 'packages']);
  return {
    role,
    flags: encodeRequest(options.flags, role),
    requiredFlags: encodeFlags(required.flags, role, 'required'),
    requiredPackages: required.packages === undefined ? undefined : packageNames(required.packages, 'require.packages'),
    channelBindings: bindingsOption(options.channelBindings, role),
    signal: checkedSignal(options.signal),
    peerTimeout: checkedTimeout(options.peerTimeout, role === 'acceptor' ? defaultAcceptorTimeout : undefined),
  };
}

function checkedTimeout(value: unknown, fallback: number | undefined): number | undefined {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value > 0)) {
    throw invalidArgument('peerTimeout must be a positive number of milliseconds, or Infinity');
  }
  // Timers have 31 bits, so 24 days or more means no limit.
  return value > maxTimeout ? undefined : value;
}
