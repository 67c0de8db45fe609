import { checkedLimits, type Limits, type CheckedLimits } from './limits';
import { checkedOrigins } from './ambience';
import { checkedProtection, type HttpExtendedProtection, type CheckedHttpProtection } from './protection';
import {
  checkedChoice,
  checkedFlag,
  checkedFunction,
  checkedRecord,
  checkedTexts,
  checkedTime,
  describe,
  invalidOption,
} from '../check';
import type { Credentials, ExtendedProtectionPolicy } from '../../index';

/** When NTLM is accepted: see {@link AuthenticateOptions.ntlm}. */
export type NtlmRule = 'never' | 'loopback' | 'tls' | 'allow';

/** How long an identity holds: see {@link AuthenticateOptions.persist}. */
export type Persistence = 'request' | 'connection' | 'auto';

/** An authentication scheme of HTTP that is offered. */
export type Scheme = 'Negotiate' | 'NTLM';

/** Who may pass: see {@link AuthenticateOptions.allow}. */
export interface AllowOptions {
  /** Users by SID, or by a name that `ready()` resolves, such as `CORP\alice`. */
  readonly users?: readonly string[] | undefined;
  /** Groups by SID, or by a name that `ready()` resolves, such as `CORP\Web Users`. Only groups that are enabled count. */
  readonly groups?: readonly string[] | undefined;
  /** True lets guests pass: the Guest account, and members of Guests. Default false. */
  readonly guests?: boolean | undefined;
  /** True lets the anonymous logon pass. Default false. */
  readonly anonymous?: boolean | undefined;
}

/** One refusal, for the log. The client is told none of it. */
export interface RefusalRecord {
  /** The status of the answer. */
  readonly status: number;
  /** A code of {@link SspiError}, or `'ERR_SSPI_HTTP_REFUSED'` where no error was the cause. */
  readonly code: string;
  /** Why, in a sentence. */
  readonly reason: string;
  /** The package, as far as it was known. */
  readonly package?: string | undefined;
  /** The client's IP address; undefined where the socket is closed or is none of TCP. */
  readonly address: string | undefined;
}

/** Options of {@link authenticate}. */
export interface AuthenticateOptions {
  /** Credentials to accept with (use 'inbound' or 'both'). Default: those of the service's own account, from `ready()`. */
  readonly credentials?: Credentials | undefined;
  /** The schemes that are offered and accepted, in their order. Default `['Negotiate']`. */
  readonly schemes?: readonly Scheme[] | undefined;
  /**
   * When NTLM is accepted, raw or inside of Negotiate. `'loopback'` (the default): both ends of the socket are loopback
   * addresses, the Host header names one, and no forwarding header is there. `'tls'`: its channel bindings match this TLS
   * connection.
   */
  readonly ntlm?: NtlmRule | undefined;
  /**
   * Extended Protection for Authentication. Default `'whenSupported'`, which applies where this process ends TLS, or where a
   * certificate or service names are given. See docs/extended-protection.md.
   */
  readonly extendedProtection?: ExtendedProtectionPolicy | HttpExtendedProtection | undefined;
  /** How long an identity holds. Default `'auto'`: NTLM for the connection, Kerberos for the request. */
  readonly persist?: Persistence | undefined;
  /**
   * What a proxy in front does with its connections. `'pooling'` (the default): it sends several clients' requests over one
   * connection, so a request with a forwarding header is authenticated by itself.
   */
  readonly proxy?: 'pooling' | 'connection-per-client' | undefined;
  /** Who may pass; everybody who signs on, where neither users nor groups are named. Others are answered 403. */
  readonly allow?: AllowOptions | undefined;
  /** True lets requests without a token pass, without an identity. Default false. */
  readonly optional?: boolean | undefined;
  /** Origins (`https://app.corp.test`) whose pages may open WebSockets and send unsafe methods, besides the server's own. */
  readonly origins?: readonly string[] | undefined;
  /** How long a connection or WebSocket keeps an identity, in milliseconds. Default: as long as it is open. */
  readonly maxAge?: number | undefined;
  readonly limits?: Limits | undefined;
  /** Told of each refusal. What it throws changes no answer. */
  readonly logger?: ((record: RefusalRecord) => void) | undefined;
}

/** The options, checked. */
export interface Settings {
  readonly credentials: Credentials | undefined;
  readonly schemes: readonly Scheme[];
  readonly ntlm: NtlmRule;
  readonly protection: CheckedHttpProtection;
  readonly persist: Persistence;
  readonly pooling: boolean;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly guests: boolean;
  readonly anonymous: boolean;
  readonly optional: boolean;
  readonly origins: ReadonlySet<string>;
  /** Infinity for no limit. */
  readonly maxAge: number;
  readonly limits: CheckedLimits;
  readonly logger: ((record: RefusalRecord) => void) | undefined;
}

const names: readonly (keyof AuthenticateOptions)[] = [
  'credentials',
  'schemes',
  'ntlm',
  'extendedProtection',
  'persist',
  'proxy',
  'allow',
  'optional',
  'origins',
  'maxAge',
  'limits',
  'logger',
];
const knownSchemes: readonly Scheme[] = ['Negotiate', 'NTLM'];

/** @throws ERR_SSPI_INVALID_ARGUMENT, naming the option. */
export function checkedSettings(options: AuthenticateOptions): Settings {
  checkedRecord(options, 'options', names);
  const allow = checkedRecord(options.allow ?? {}, 'allow', ['users', 'groups', 'guests', 'anonymous']);
  return {
    credentials: checkedCredentials(options.credentials),
    schemes: checkedSchemes(options.schemes),
    ntlm: checkedChoice(options.ntlm, 'ntlm', ['never', 'loopback', 'tls', 'allow'], 'loopback'),
    protection: checkedProtection(options.extendedProtection),
    persist: checkedChoice(options.persist, 'persist', ['request', 'connection', 'auto'], 'auto'),
    pooling: checkedChoice(options.proxy, 'proxy', ['pooling', 'connection-per-client'], 'pooling') === 'pooling',
    users: checkedTexts(allow.users, 'allow.users'),
    groups: checkedTexts(allow.groups, 'allow.groups'),
    guests: checkedFlag(allow.guests, 'allow.guests'),
    anonymous: checkedFlag(allow.anonymous, 'allow.anonymous'),
    optional: checkedFlag(options.optional, 'optional'),
    origins: checkedOrigins(options.origins),
    maxAge: checkedTime(options.maxAge, 'maxAge', Infinity),
    limits: checkedLimits(options.limits),
    logger: checkedFunction(options.logger, 'logger'),
  };
}

function checkedSchemes(value: unknown): readonly Scheme[] {
  const given = checkedTexts(value ?? ['Negotiate'], 'schemes');
  const unknown = given.find((scheme) => !(knownSchemes as readonly string[]).includes(scheme));
  if (unknown !== undefined) throw invalidOption(`schemes knows 'Negotiate' and 'NTLM', not '${unknown}'`);
  if (given.length === 0) throw invalidOption('schemes must not be empty: without a scheme nobody can sign on');
  return [...new Set(given)] as Scheme[];
}

function checkedCredentials(value: Credentials | undefined): Credentials | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || typeof value.package !== 'string') {
    throw invalidOption(`credentials must come from acquireCredentials, and be awaited; got ${describe(value)}`);
  }
  if (value.use === 'outbound') {
    throw invalidOption("credentials are for initiating: acquire them with use 'inbound' or 'both'");
  }
  return value;
}
