import { checkedBounds } from './check-bounds';
import { checkedBoolean, checkedOptions, checkedSignal, checkedString, describe, optionalString } from '../arguments';
import { accountName, accountOf, checkIdentity, rawIdentity, zeroPassword, type AnyIdentity } from './identity';
import { CredentialUse, packageFlagStream } from '../binding/constants';
import { abortedError, bindingError, disposedError, invalidArgument, statusError } from '../errors/make';
import { credentialAcquired } from '../events/channels';
import { loadBinding } from '../binding/load';
import { abortable } from '../abortable';
import {
  clientOf,
  leastLevelOf,
  notDelegated,
  type ClientContext,
  type ClientCore,
  type Delegation,
} from './delegation';
import {
  credentialsAttributeNumber,
  decodeCredentialsAttribute,
  type CredentialsAttributeName,
  type CredentialsAttributes,
} from './attributes';
import { expiryUnderWine } from '../wine';
import { withCaller, withEvidence } from '../errors/sspi-error';
import type { Account } from '../errors/evidence';
import type { Binding, CredentialHandle, RawCredential, RawPackageInfo } from '../binding/binding';
import type { Releasable } from '../dispose';
import type { CheckedBounds, PackageBounds } from './package-bounds';
import type { CredentialsUse } from '../flags/sides';

/** Options of {@link acquireCredentials}. */
export interface AcquireCredentialsOptions {
  /**
   * The name of a security package: `'Negotiate'`, `'Kerberos'`, `'NTLM'`, `'Schannel'` or another name that `listPackages()`
   * returns.
   */
  readonly package: string;
  readonly use: CredentialsUse;
  /** Whom to log on as; without it, the user that the process runs as. `'anonymous'` is the null session, and `use: 'outbound'`. */
  readonly identity?: AnyIdentity | undefined;
  /** pszPrincipal of AcquireCredentialsHandle: the principal whose credentials are wanted, for packages that know several. */
  readonly principal?: string | undefined;
  /** Limits on what Negotiate may choose. They are passed to SSPI, and checked again when a handshake ends. */
  readonly packages?: PackageBounds | undefined;
  /**
   * The context of an acceptor ({@link SecurityContext}): acquires the credential of its client, to sign on to another service
   * as that client (delegation). Needs `use: 'outbound'` and no identity. It depends on what the client granted; see
   * `delegation`.
   */
  readonly onBehalfOf?: ClientContext | undefined;
  /**
   * What `onBehalfOf` needs. `'unconstrained'` (the default): the client's tickets were forwarded, which Windows reports as the
   * impersonation level delegation. `'constrained'`: the directory lists the services that this one may call as its clients
   * (S4U2proxy). Then the level impersonation is enough, and the domain controller decides when the first ticket is requested.
   */
  readonly delegation?: Delegation | undefined;
  /**
   * True prevents the use of the current user's own logon (SECPKG_CRED_AUTOLOGON_RESTRICTED): only what is passed here is used.
   */
  readonly autologonRestricted?: boolean | undefined;
  /** Aborting rejects at once; a credential that arrives later is freed. */
  readonly signal?: AbortSignal | undefined;
}

/** What the loop needs of credentials. */
export interface CredentialsCore {
  readonly binding: Binding;
  readonly handle: CredentialHandle;
  readonly package: string;
  readonly use: CredentialsUse;
  /** cbMaxToken */
  readonly maxToken: number;
  readonly stream: boolean;
  readonly bounds: CheckedBounds | undefined;
  /** Whose they are, if that was specified. */
  readonly account: Account | undefined;
  /** In milliseconds since 1970 UTC; undefined if they never expire. */
  readonly expiry: number | undefined;
}

let coreOf: (credentials: Credentials) => CredentialsCore;

/**
 * A credential of one security package, from {@link acquireCredentials}. Any number of handshakes may share it; those that have
 * started continue after it is disposed.
 */
export class Credentials implements Releasable {
  readonly #core: CredentialsCore;
  #freed: Promise<void> | undefined;

  static {
    coreOf = (credentials) => {
      if (typeof credentials !== 'object' || credentials === null || !(#core in credentials)) {
        throw invalidArgument(
          `credentials must come from acquireCredentials of this copy of the package, and be awaited; got ${describe(credentials)}`,
        );
      }
      if (credentials.#freed !== undefined) throw disposedError('The credentials');
      return credentials.#core;
    };
  }

  /** @internal */
  constructor(core: CredentialsCore) {
    this.#core = core;
  }

  /** The package's name, as SSPI lists it. */
  get package(): string {
    return this.#core.package;
  }

  get use(): CredentialsUse {
    return this.#core.use;
  }

  /** When the credential expires; undefined if it never does or the package does not say. */
  get expiry(): Date | undefined {
    const { expiry } = this.#core;
    return expiry === undefined ? undefined : new Date(expiry);
  }

  get disposed(): boolean {
    return this.#freed !== undefined;
  }

  /**
   * The name of the account of the credential (SECPKG_CRED_ATTR_NAMES), such as `CORP\alice`.
   * @throws {SspiError} SEC_E_UNSUPPORTED_FUNCTION if the package does not tell.
   */
  async name(): Promise<string> {
    const name = await this.queryAttribute('names');
    if (name === undefined)
      throw statusError(unsupported, { api: 'QueryCredentialsAttributes', package: this.package });
    return name;
  }

  /**
   * Asks SSPI for an attribute of the credential, without blocking.
   * @throws {SspiError} (by rejection) the status of QueryCredentialsAttributes, usually SEC_E_UNSUPPORTED_FUNCTION.
   * @example
   * ```ts
   * const certificate = await credentials.queryAttribute('cert'); // of Schannel's
   * ```
   */
  async queryAttribute<Name extends CredentialsAttributeName>(name: Name): Promise<CredentialsAttributes[Name]> {
    const attribute = credentialsAttributeNumber(name);
    const { binding, handle, package: packageName } = coreOf(this);
    const { status, value } = await settled(binding.queryCredentialsAttribute(handle, attribute));
    if (status !== 0) throw statusError(status, { api: 'QueryCredentialsAttributes', package: packageName });
    return decodeCredentialsAttribute(name, value);
  }

  dispose(): Promise<void> {
    return (this.#freed ??= this.#core.binding.freeCredentialsHandle(this.#core.handle));
  }

  [Symbol.dispose](): void {
    if (this.disposed) return;
    this.#freed = Promise.resolve();
    this.#core.binding.dropCredential(this.#core.handle);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Credentials { package: '${this.package}', use: '${this.use}'${this.disposed ? ', disposed' : ''} }`;
  }
}

export { coreOf };

const unsupported = 0x80090302;

const optionNames = [
  'package',
  'use',
  'identity',
  'principal',
  'packages',
  'onBehalfOf',
  'delegation',
  'autologonRestricted',
  'signal',
];

/** SECPKG_CRED_AUTOLOGON_RESTRICTED */
const autologonRestrictedBit = 0x10;

/** See `acquireCredentials` in index.ts. */
export async function acquireCredentials(
  options: AcquireCredentialsOptions,
  load: () => Binding = loadBinding,
): Promise<Credentials> {
  let acquiring: Acquiring;
  try {
    acquiring = begin(options, load);
  } finally {
    zeroPassword((options as AcquireCredentialsOptions | undefined)?.identity);
  }
  return await finish(acquiring);
}

/** What was requested, and the two calls that are running for it. */
interface Acquiring {
  readonly binding: Binding;
  readonly use: CredentialsUse;
  readonly bounds: CheckedBounds | undefined;
  readonly account: Account | undefined;
  readonly onBehalfOf: boolean;
  /** When; undefined if nobody was watching. */
  readonly began: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly calls: Promise<[PromiseSettledResult<RawPackageInfo>, PromiseSettledResult<RawCredential>]>;
}

/**
 * Both calls are made before anything is awaited: without an identity the credential is that of the calling thread, which may
 * be impersonating now but not later. Also, the binding has its copy of a password when this returns.
 */
function begin(options: AcquireCredentialsOptions, load: () => Binding): Acquiring {
  checkedOptions(options, 'options', optionNames);
  const packageName = checkedString(options.package, 'package');
  const use = checkedUse(options.use);
  checkIdentity(options.identity);
  if (options.identity === 'anonymous' && use !== 'outbound') {
    throw invalidArgument("identity 'anonymous' is for use 'outbound': nobody has nothing to accept with");
  }
  const packed = typeof options.identity === 'object' && 'packedCredentials' in options.identity;
  if (packed && options.packages !== undefined) {
    throw invalidArgument(
      'packages cannot bound packed credentials: SSPI makes their structure, and it has no package list',
    );
  }
  const principal = optionalString(options.principal, 'principal');
  const bounds = checkedBounds(options.packages);
  const signal = checkedSignal(options.signal);
  const client = checkedClient(options);
  const leastLevel = leastLevelOf(options.delegation);
  const restricted = checkedBoolean(options.autologonRestricted ?? false, 'autologonRestricted');
  if (signal?.aborted === true) throw abortedError(signal);
  const began = credentialAcquired.hasSubscribers ? performance.now() : undefined;

  const account = options.identity && accountOf(options.identity);
  const binding = client?.binding ?? load();
  const identity = rawIdentity(packageName, options.identity, bounds, binding.wineVersion !== undefined);
  const useBits = CredentialUse[use] | (restricted ? autologonRestrictedBit : 0);
  const acquiring =
    client === undefined
      ? binding.acquireCredentialsHandle(principal, packageName, useBits, identity)
      : forClient(client, leastLevel, principal, packageName, useBits, identity);
  const calls = Promise.allSettled([packageInfo(binding, packageName), settled(acquiring)]);
  return { binding, use, bounds, account, onBehalfOf: client !== undefined, began, signal, calls };
}

async function finish(acquiring: Acquiring): Promise<Credentials> {
  const { binding, use, bounds, account, signal, calls } = acquiring;
  const [query, acquisition] = await abortable(binding, calls, signal, ([, late]) => freeAcquired(binding, late));
  if (query.status === 'rejected') {
    freeAcquired(binding, acquisition);
    throw withCaller(query.reason);
  }
  if (acquisition.status === 'rejected') throw withCaller(acquisition.reason);
  const { value: info } = query;
  const { value: raw } = acquisition;
  if (raw.status !== 0 || raw.handle === undefined) {
    const { wineVersion } = binding;
    const evidence = { package: info.name, use, account, bounds, wineVersion };
    const call = {
      api: 'AcquireCredentialsHandle',
      package: info.name,
      wine: wineVersion !== undefined,
      evidence,
    } as const;
    throw withEvidence(statusError(raw.status, call), () => evidence);
  }
  const stream = (info.capabilities & packageFlagStream) !== 0;
  const core = {
    binding,
    handle: raw.handle,
    package: info.name,
    use,
    maxToken: info.maxToken,
    stream,
    bounds,
    account,
    expiry: expiryUnderWine(binding, info.name, raw.expiry),
  };
  if (credentialAcquired.hasSubscribers) publishAcquired(core, acquiring);
  return new Credentials(core);
}

function publishAcquired(
  { package: packageName, use, account, expiry }: CredentialsCore,
  { onBehalfOf, began }: Acquiring,
): void {
  credentialAcquired.publish(
    Object.freeze({
      package: packageName,
      use,
      account: accountName(account),
      onBehalfOf,
      expiry: expiry === undefined ? undefined : new Date(expiry),
      duration: began === undefined ? undefined : performance.now() - began,
    }),
  );
}

function checkedClient({ onBehalfOf, use, identity }: AcquireCredentialsOptions): ClientCore | undefined {
  if (onBehalfOf === undefined) return undefined;
  const client = clientOf(onBehalfOf);
  if (use !== 'outbound') throw invalidArgument("onBehalfOf needs use 'outbound'");
  if (identity !== undefined) throw invalidArgument('onBehalfOf and identity cannot be combined');
  return client;
}

async function forClient(
  client: ClientCore,
  leastLevel: number,
  ...request: Parameters<Binding['acquireCredentialsHandle']>
): Promise<RawCredential> {
  const { binding, handle, package: packageName } = client;
  const raw = await binding.acquireCredentialsHandleForClient(handle, leastLevel, ...request);
  const { impersonationLevel: level } = raw;
  if (level === undefined) {
    const wine = binding.wineVersion !== undefined;
    throw statusError(raw.status, { api: 'ImpersonateSecurityContext', package: packageName, wine });
  }
  if (raw.status === 0 && raw.handle === undefined) throw notDelegated(client, level);
  return raw;
}

function freeAcquired(binding: Binding, acquisition: PromiseSettledResult<RawCredential>): void {
  const handle = acquisition.status === 'fulfilled' ? acquisition.value.handle : undefined;
  if (handle !== undefined) binding.dropCredential(handle);
}

function checkedUse(use: unknown): CredentialsUse {
  if (typeof use === 'string' && Object.hasOwn(CredentialUse, use)) return use as CredentialsUse;
  throw invalidArgument("use must be 'outbound' (client), 'inbound' (server) or 'both'");
}

async function packageInfo(binding: Binding, name: string): Promise<RawPackageInfo> {
  const { status, info } = await settled(binding.querySecurityPackageInfo(name));
  if (status !== 0 || info === undefined) throw statusError(status, { api: 'QuerySecurityPackageInfo', package: name });
  return info;
}

function settled<T>(promise: Promise<T>): Promise<T> {
  return promise.catch((error: unknown) => {
    throw bindingError(error);
  });
}
