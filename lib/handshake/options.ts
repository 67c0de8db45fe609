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

/** What must hold when a handshake ends. Whatever is missing fails the handshake before its context is handed out. */
export interface Requirements<Grant extends string> {
  /** Flags that must be granted. */
  readonly flags?: readonly Grant[] | undefined;
  /** The packages one of which must have been negotiated. */
  readonly packages?: readonly string[] | undefined;
}

/** Options that both sides share. */
export interface HandshakeOptions<Flag extends string, Grant extends string> {
  /**
   * What to ask for, by name. Only what is granted counts: see `require` and `SecurityContext.flags`. `confidentiality` and
   * `integrity` ask for `replayDetect` and `sequenceDetect`, too, unless `allowReplay` is among the names.
   */
  readonly flags?: readonly Flag[] | undefined;
  /** What must have been granted and negotiated. */
  readonly require?: Requirements<Grant> | undefined;
  /**
   * Binds the handshake to its TLS channel: the `tls.TLSSocket` itself (RFC 5929 tls-server-end-point), `{ socket, type }` for
   * another kind of binding, or raw bytes: application data as {@link tlsServerEndPoint} makes it, or a whole
   * SEC_CHANNEL_BINDINGS structure. Given on every leg. Wine's own packages cannot take it (ERR_SSPI_UNSUPPORTED_PLATFORM).
   */
  readonly channelBindings?: ChannelBindingsSource | undefined;
  /** Aborting rejects what is pending at once, and the context is deleted as soon as the running call has returned. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the peer may take for its next token, in milliseconds; `Infinity` for no limit. Counts while `legs()` waits for
   * `incoming`, and between a `step()` that expects a reply and the next one. Default: 60,000 for the acceptor, whose
   * peers are strangers; none for the initiator.
   */
  readonly peerTimeout?: number | undefined;
}

/** Options of {@link initiate}. */
export interface InitiateOptions extends HandshakeOptions<InitiatorFlag, InitiatorGrant> {
  /**
   * Whom to talk to: `service/host`, such as `HTTP/web.corp.test`; for Schannel the host's name. International host names
   * are put into punycode (see `punycode`), and invisible characters are refused. Without it there is no Kerberos and no
   * mutual authentication.
   */
  readonly target?: string | undefined;
  /**
   * False passes a target that is not ASCII to SSPI unchanged, for services that are registered that way: Active Directory
   * accepts service principal names in UTF-8. Default true: the host is put into punycode, as in DNS.
   */
  readonly punycode?: boolean | undefined;
  /**
   * Schannel only: true lets Windows choose a client certificate of the user's where the server asks for one, for which it
   * may ask for a smart card's PIN. Default false (ISC_REQ_USE_SUPPLIED_CREDS).
   */
  readonly defaultCertificate?: boolean | undefined;
  /**
   * Called when SSPI asks for a credential that was not given (SEC_I_INCOMPLETE_CREDENTIALS: the peer wants a client
   * certificate). What it returns takes the first credential's place, and the same input is tried again, four times at
   * most. Without it Schannel goes on without a certificate.
   */
  readonly onIncompleteCredentials?: (() => Credentials | Promise<Credentials>) | undefined;
}

/** Options of {@link accept}. */
export interface AcceptOptions extends HandshakeOptions<AcceptorFlag, AcceptorGrant> {
  /**
   * Extended Protection for Authentication: whether a client must be bound to this TLS channel and service, so that nobody can
   * relay its sign-on. `'always'` refuses a client without channel bindings, `'whenSupported'` accepts one that knows of none,
   * `'never'` does not compare them. Where a proxy in front ends TLS there are no `channelBindings`; then `serviceNames` is
   * mandatory. Without this option SSPI compares the bindings if there are any, as with `'always'`.
   * @see https://learn.microsoft.com/windows/win32/secauthn/epa-support-in-service
   */
  readonly extendedProtection?: ExtendedProtectionPolicy | ExtendedProtectionOptions | undefined;
}

/** Options checked and in the binding's terms. */
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
    if (allowed) throw invalidArgument('defaultCertificate is for Schannel: no other package has client certificates');
    return 0;
  }
  if (allowed && flags?.includes('useSuppliedCreds') === true) {
    throw invalidArgument('defaultCertificate and the flag useSuppliedCreds exclude each other');
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
    // What SSPI is given it compares.
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
    throw invalidArgument('peerTimeout must be a number of milliseconds above 0, or Infinity');
  }
  // Timers hold 31 bits: 24 days and more is no limit.
  return value > maxTimeout ? undefined : value;
}
