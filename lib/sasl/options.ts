import {
  bytesOf,
  checkedChoice,
  checkedFunction,
  checkedRecord,
  checkedSignal,
  checkedText,
  checkedWhole,
  describe,
  invalidOption,
} from './check';
import { largestFrame } from '../wire/sasl-frames';
import type { SecurityLayer } from '../wire/sasl-layers';
import type {
  AcceptOptions,
  AnyIdentity,
  ChannelBindingsSource,
  Credentials,
  Handshake,
  PackageBounds,
  Role,
  SecurityContext,
} from '../index';

/** A SASL mechanism of GSS-API: `'GSSAPI'` is Kerberos (RFC 4752), `'GSS-SPNEGO'` is Negotiate (MS-ADTS, section 5.1.1.1.2). */
export type MechanismName = 'GSSAPI' | 'GSS-SPNEGO';

/** Options of {@link createMechanism}. */
export interface MechanismOptions {
  readonly mechanism: MechanismName;
  /** Which side this is. Default: that of `handshake`, otherwise `'initiator'`, the client. */
  readonly role?: Role | undefined;
  /** The service that a client signs on to, such as `ldap/dc1.corp.test`. Needed unless there is a `handshake`. */
  readonly target?: string | undefined;
  /**
   * A handshake that has not begun, for what the other options do not cover. It must request `integrity`, for the layer
   * confidentiality also `confidentiality`, and as a GSSAPI client `mutualAuth`. The mechanism takes it over and disposes of it.
   */
  readonly handshake?: Handshake | undefined;
  /** Credentials of the package Kerberos for GSSAPI, otherwise usually Negotiate. They stay yours. */
  readonly credentials?: Credentials | undefined;
  /** Whom to sign on as. Default: the current user, for a server the account that it runs as. */
  readonly identity?: AnyIdentity | undefined;
  /** Limits on what Negotiate may choose: `{ deny: ['NTLM'] }` is Kerberos or a failure. Only for GSS-SPNEGO. */
  readonly packages?: PackageBounds | undefined;
  /**
   * How messages are protected after the exchange: one layer, or several that are acceptable, the preferred one first. A server
   * offers all of them. GSS-SPNEGO uses the strongest of them, because the flags of the handshake decide. Default
   * `'confidentiality'`. `'none'` is for connections that TLS protects.
   */
  readonly layer?: SecurityLayer | readonly SecurityLayer[] | undefined;
  /** GSSAPI client: the account to act as on the server (RFC 4752, section 3.1). Default: the one that signs on. */
  readonly authzid?: string | undefined;
  /**
   * GSSAPI server: decides whether a client may act as the `authzid` that it sent. Not called without one. Default: nobody may.
   */
  readonly authorize?: ((authzid: string, context: SecurityContext) => boolean | Promise<boolean>) | undefined;
  /** The largest protected message that this side accepts, in bytes, from 256 to 16,777,215, which is the default. */
  readonly maxBuffer?: number | undefined;
  /** Binds the exchange to the TLS connection around it, as in `initiate` and `accept`. */
  readonly channelBindings?: ChannelBindingsSource | undefined;
  /** Server: which clients without matching channel bindings are refused, as in `accept`. */
  readonly extendedProtection?: AcceptOptions['extendedProtection'];
  /** How long the peer may take for each of its messages, in milliseconds. Default: 60,000 for a server, Infinity for a client. */
  readonly peerTimeout?: number | undefined;
  /** Aborting ends the exchange at once and frees its context. It has no effect after the exchange. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, checked. */
export interface Settings {
  readonly mechanism: MechanismName;
  readonly role: Role;
  readonly target: string | undefined;
  readonly handshake: Handshake | undefined;
  readonly credentials: Credentials | undefined;
  readonly identity: AnyIdentity | undefined;
  readonly packages: PackageBounds | undefined;
  /** The preferred one first. */
  readonly layers: readonly SecurityLayer[];
  readonly authzid: string;
  readonly authorize: MechanismOptions['authorize'];
  readonly maxBuffer: number;
  readonly channelBindings: ChannelBindingsSource | undefined;
  readonly extendedProtection: AcceptOptions['extendedProtection'];
  /** Milliseconds; undefined for no limit. */
  readonly peerTimeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const names: readonly (keyof MechanismOptions)[] = [
  'mechanism',
  'role',
  'target',
  'handshake',
  'credentials',
  'identity',
  'packages',
  'layer',
  'authzid',
  'authorize',
  'maxBuffer',
  'channelBindings',
  'extendedProtection',
  'peerTimeout',
  'signal',
];
/** What a handshake of the caller's already has. */
const namesOfHandshake = [
  'target',
  'credentials',
  'identity',
  'packages',
  'channelBindings',
  'extendedProtection',
] as const satisfies readonly (keyof MechanismOptions)[];

export const securityLayers: readonly SecurityLayer[] = ['none', 'integrity', 'confidentiality'];
/** Enough for a protected message of a few bytes with every package. */
const smallestBuffer = 256;
const acceptorTimeout = 60_000;
const longestTimeout = 0x7fffffff;

/** @throws ERR_SSPI_INVALID_ARGUMENT, naming the option. */
export function checkedSettings(options: MechanismOptions): Settings {
  checkedRecord(options, 'options', names);
  const mechanism = checkedChoice(options.mechanism, 'mechanism', ['GSSAPI', 'GSS-SPNEGO']);
  const handshake = checkedHandshake(options);
  const role = checkedChoice(options.role ?? handshake?.role ?? 'initiator', 'role', ['initiator', 'acceptor']);
  if (handshake !== undefined && handshake.role !== role) {
    throw invalidOption(`role is '${role}', but handshake is the ${handshake.role}'s`);
  }
  const target = checkedText(options.target, 'target');
  checkSides(options, role);
  if (role === 'initiator' && handshake === undefined && (target ?? '') === '') {
    throw invalidOption('target is missing: the service to sign on to, such as ldap/dc1.corp.test');
  }
  if (mechanism === 'GSSAPI' && options.packages !== undefined) {
    throw invalidOption('packages is for GSS-SPNEGO: GSSAPI is always Kerberos');
  }
  if (mechanism === 'GSS-SPNEGO' && options.authzid !== undefined) {
    throw invalidOption('authzid is for GSSAPI: GSS-SPNEGO has no message that carries it');
  }
  return {
    mechanism,
    role,
    target,
    handshake,
    credentials: checkedCredentials(options, mechanism, role),
    identity: options.identity,
    packages: options.packages,
    layers: checkedLayers(options.layer ?? 'confidentiality'),
    authzid: checkedText(options.authzid, 'authzid') ?? '',
    authorize: checkedFunction(options.authorize, 'authorize'),
    maxBuffer: checkedWhole(options.maxBuffer, 'maxBuffer', smallestBuffer, largestFrame, largestFrame),
    channelBindings: options.channelBindings,
    extendedProtection: options.extendedProtection,
    peerTimeout: checkedTimeout(options.peerTimeout, role === 'acceptor' ? acceptorTimeout : undefined),
    signal: checkedSignal(options.signal),
  };
}

function checkedHandshake(options: MechanismOptions): Handshake | undefined {
  const { handshake } = options;
  if (handshake === undefined) return undefined;
  if (typeof handshake !== 'object' || handshake === null || typeof handshake.step !== 'function') {
    throw invalidOption(`handshake must come from initiate() or accept(), not ${describe(handshake)}`);
  }
  const other = namesOfHandshake.find((name) => options[name] !== undefined);
  if (other !== undefined) throw invalidOption(`${other} and handshake exclude each other: give it to the handshake`);
  return handshake;
}

function checkSides(options: MechanismOptions, role: Role): void {
  const foreign: readonly (keyof MechanismOptions)[] =
    role === 'initiator' ? ['authorize', 'extendedProtection'] : ['target', 'authzid'];
  const wrong = foreign.find((name) => options[name] !== undefined);
  if (wrong !== undefined) {
    throw invalidOption(
      `${wrong} is for the ${role === 'initiator' ? 'acceptor' : 'initiator'}, and role is '${role}'`,
    );
  }
}

function checkedCredentials(
  { credentials, identity, packages }: MechanismOptions,
  mechanism: MechanismName,
  role: Role,
): Credentials | undefined {
  if (credentials === undefined) return undefined;
  if (typeof credentials !== 'object' || credentials === null || typeof credentials.package !== 'string') {
    throw invalidOption(`credentials must come from acquireCredentials, and be awaited; got ${describe(credentials)}`);
  }
  if (identity !== undefined || packages !== undefined) {
    throw invalidOption('identity and packages are for credentials that the mechanism acquires itself');
  }
  const wanted = role === 'initiator' ? 'outbound' : 'inbound';
  if (credentials.use !== wanted && credentials.use !== 'both') {
    throw invalidOption(`credentials are for '${credentials.use}': acquire them with use '${wanted}' or 'both'`);
  }
  if (mechanism === 'GSSAPI' && credentials.package.toLowerCase() !== 'kerberos') {
    throw invalidOption(`credentials are of the package ${credentials.package}: GSSAPI needs Kerberos`);
  }
  return credentials;
}

function checkedLayers(value: unknown): readonly SecurityLayer[] {
  if (!Array.isArray(value)) return [checkedChoice(value, 'layer', securityLayers)];
  if (value.length === 0) throw invalidOption('layer must not be empty');
  return [...new Set((value as unknown[]).map((each) => checkedChoice(each, 'layer', securityLayers)))];
}

function checkedTimeout(value: unknown, fallback: number | undefined): number | undefined {
  if (value === undefined) return fallback;
  if (value === Infinity) return undefined;
  if (typeof value === 'number' && value > 0 && value <= longestTimeout) return value;
  throw invalidOption(`peerTimeout must be a number of milliseconds from 1 to ${longestTimeout}, or Infinity`);
}

/** A challenge or response of the peer. */
export const challengeBytes = (value: unknown): Buffer => bytesOf(value, 'challenge');
