import { createHmac } from 'node:crypto';
import { invalidArgument } from '../../errors/make';

/** A user of an in-memory domain. */
export interface MemoryUser {
  readonly password: string;
  /** What is wrong with the account: its logon is refused as a domain controller would refuse it. */
  readonly refused?: 'disabled' | 'expired' | 'locked' | 'mustChangePassword' | undefined;
  /** The account's security identifier. Default: one of the domain's, the same for the same name and realm. */
  readonly sid?: string | undefined;
  /** The groups of the user, as in `accessToken()` of the server's context; see {@link MemoryGroup}. */
  readonly groups?: readonly (string | MemoryGroup)[] | undefined;
}

/** A group of a {@link MemoryUser}: by its security identifier, such as `'S-1-5-32-544'`, or with more about it. */
export interface MemoryGroup {
  readonly sid: string;
  /** It counts only when access is denied, such as Administrators for an unelevated user. Default: false. */
  readonly denyOnly?: boolean | undefined;
}

/** Options of {@link memoryProvider}: what its domain contains. */
export interface MemoryDomainOptions {
  /** Users by name, with their passwords. Names are compared without regard to case. Default: `{ alice: 'secret' }`. */
  readonly users?: Readonly<Record<string, string | MemoryUser>> | undefined;
  /** Who the process runs as: the credentials if no identity is passed. Default: the first user; null for nobody. */
  readonly currentUser?: string | null | undefined;
  /**
   * The service principal names that are registered. Kerberos refuses all others (SEC_E_TARGET_UNKNOWN), and Negotiate uses
   * NTLM for them. Default: every `service/host` whose host is not an IP address.
   */
  readonly services?: readonly string[] | undefined;
  /** The realm; its first part is the domain's short name. Default: `'EXAMPLE.TEST'`. */
  readonly realm?: string | undefined;
}

/** Users, services and names of an in-memory domain. Two providers with the same options understand each other. */
export class MemoryDomain {
  readonly realm: string;
  readonly #users: ReadonlyMap<string, { readonly name: string } & MemoryUser>;
  readonly #currentUser: string | undefined;
  readonly #services: ReadonlySet<string> | undefined;

  constructor({ users = { alice: 'secret' }, currentUser, services, realm = 'EXAMPLE.TEST' }: MemoryDomainOptions) {
    this.realm = realm.toUpperCase();
    this.#users = new Map(
      Object.entries(users).map(([name, user]) => [
        name.toLowerCase(),
        { name, ...(typeof user === 'string' ? { password: user } : user) },
      ]),
    );
    this.#currentUser = currentUser === null ? undefined : (currentUser ?? Object.keys(users)[0]);
    if (this.#currentUser !== undefined && !this.#users.has(this.#currentUser.toLowerCase())) {
      throw invalidArgument(`currentUser "${this.#currentUser}" is not one of the users`);
    }
    for (const { name, sid, groups = [] } of this.#users.values()) {
      const sids = [sid, ...groups.map((group) => (typeof group === 'string' ? group : group.sid))];
      const wrong = sids.find((text) => text !== undefined && !/^S-1(-\d+){2,16}$/.test(text));
      if (wrong !== undefined) throw invalidArgument(`"${wrong}" of the user "${name}" is not a security identifier`);
    }
    this.#services = services && new Set(services.map((name) => name.toLowerCase()));
  }

  /** `EXAMPLE` */
  get shortName(): string {
    return this.realm.split('.')[0] as string;
  }

  /** Who logs on if no identity is passed. */
  currentUser(): { readonly name: string; readonly password: string } | undefined {
    return this.#currentUser === undefined ? undefined : this.#users.get(this.#currentUser.toLowerCase());
  }

  /** The account with this name, in its original spelling. */
  user(name: string): ({ readonly name: string } & MemoryUser) | undefined {
    return this.#users.get(name.toLowerCase());
  }

  /** The names of all accounts, in their original spelling. */
  userNames(): string[] {
    return [...this.#users.values()].map(({ name }) => name);
  }

  /** True for the short name of this domain, for its realm, and for no domain. */
  isOwnDomain(domain: string | undefined): boolean {
    const name = domain?.toUpperCase();
    return name === undefined || name === this.realm || name === this.shortName;
  }

  hasService(target: string | undefined): boolean {
    if (target === undefined) return false;
    const host = /^[^/]+\/(\[[^\]]*\]|[^/:]+)/.exec(target)?.[1];
    if (host === undefined || /^(\[.*|[\d.]+)$/.test(host)) return false;
    return this.#services === undefined || this.#services.has(target.toLowerCase());
  }

  /** `EXAMPLE\alice`: what `clientName` says. */
  accountName(user: string): string {
    return `${this.shortName}\\${user}`;
  }

  /** The key derived from a password. It is not the key of any real protocol. */
  keyOf(user: string, password: string): Buffer {
    return createHmac('sha256', password).update(`${this.realm}\\${user.toLowerCase()}`).digest();
  }
}
