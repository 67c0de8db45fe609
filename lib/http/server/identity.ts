import { formatSid, SspiError } from '../../index';
import type { AcceptorGrant, SecurityContext } from '../../index';
import { describe, invalidOption } from '../check';

/** A group of an {@link Identity}. */
export interface IdentityGroup {
  /** Such as `S-1-5-32-544`. */
  readonly sid: string;
  /** It counts when access is granted. */
  readonly enabled: boolean;
  /** It counts only when access is denied. */
  readonly denyOnly: boolean;
}

/** Who has signed on. What the platform withholds is undefined. */
export interface Identity {
  /** The account, such as `CORP\alice`. For people to read: compare `sid`. */
  readonly name: string | undefined;
  /** The account's security identifier, such as `S-1-5-21-…-1103`. */
  readonly sid: string | undefined;
  /** The groups in the client's access token, nested ones included. */
  readonly groups: readonly IdentityGroup[] | undefined;
  /** What was negotiated: `'Kerberos'` or `'NTLM'`. */
  readonly package: string;
  /** The flags that were granted, by name. */
  readonly flags: readonly AcceptorGrant[];
  /** True where it comes from an earlier request of the connection, and not from this one. */
  readonly persisted: boolean;
  /**
   * Is the client in a group that is enabled and not deny-only?
   * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for what is no SID, names of groups too (the option `allow.groups` takes
   * them); ERR_SSPI_GROUPS_WITHHELD where the platform does not tell the groups.
   */
  hasGroup(sid: string): boolean;
  /**
   * Runs a synchronous function as the client: see {@link SecurityContext.impersonate}.
   * @throws {SspiError} ERR_SSPI_DISPOSED once the context has ended; as SecurityContext.impersonate.
   */
  impersonate<T>(fn: () => T extends PromiseLike<unknown> ? never : T): T;
  /**
   * The established context. It ends with the response; where the connection keeps the identity, with the connection,
   * `maxAge`, or the connection's next Authorization field; for an upgraded connection, with that.
   * @throws {SspiError} ERR_SSPI_DISPOSED once it has ended.
   */
  readonly context: SecurityContext;
}

/** What is known of a client: plain data. */
export type Principal = Pick<Identity, 'name' | 'sid' | 'groups' | 'package' | 'flags'>;

/** The context of an identity, until it ends. */
export class ContextLease {
  #context: SecurityContext | undefined;

  constructor(context: SecurityContext) {
    this.#context = context;
  }

  get context(): SecurityContext {
    if (this.#context !== undefined) return this.#context;
    throw new SspiError({
      code: 'ERR_SSPI_DISPOSED',
      message:
        'The context of this identity has ended, with its response or connection. Use it before the response ends; name, sid and groups can be used after that.',
    });
  }

  /** Idempotent. */
  end(): void {
    this.#context?.[Symbol.dispose]();
    this.#context = undefined;
  }
}

/** The groups that count when access is granted. */
const countedGroups = new WeakMap<readonly IdentityGroup[], ReadonlySet<string>>();

export function counted(groups: readonly IdentityGroup[]): ReadonlySet<string> {
  let found = countedGroups.get(groups);
  if (found === undefined) {
    found = new Set(groups.filter(({ enabled, denyOnly }) => enabled && !denyOnly).map(({ sid }) => sid));
    countedGroups.set(groups, found);
  }
  return found;
}

/** A published identity. */
export class SignedOn implements Identity {
  readonly name: string | undefined;
  readonly sid: string | undefined;
  readonly groups: readonly IdentityGroup[] | undefined;
  readonly package: string;
  readonly flags: readonly AcceptorGrant[];
  readonly persisted: boolean;
  readonly #lease: ContextLease;

  constructor({ name, sid, groups, package: packageName, flags }: Principal, lease: ContextLease, persisted: boolean) {
    this.name = name;
    this.sid = sid;
    this.groups = groups;
    this.package = packageName;
    this.flags = flags;
    this.persisted = persisted;
    this.#lease = lease;
    Object.freeze(this);
  }

  get context(): SecurityContext {
    return this.#lease.context;
  }

  hasGroup(sid: string): boolean {
    if (typeof sid !== 'string') throw invalidOption(`hasGroup wants a SID as a text, not ${describe(sid)}`);
    const wanted = formatSid(sid);
    if (this.groups === undefined) {
      throw new SspiError({
        code: 'ERR_SSPI_GROUPS_WITHHELD',
        message:
          'The platform does not tell the groups of this client, so membership is unknown. On Windows the groups are told; elsewhere decide by name.',
      });
    }
    return counted(this.groups).has(wanted);
  }

  impersonate<T>(fn: () => T extends PromiseLike<unknown> ? never : T): T {
    return this.context.impersonate(fn);
  }
}
