import { Status } from '../binding/constants';
import { Attribute } from '../context/attributes';
import { CallLine } from './call-line';
import { encodeFlags } from '../flags/encode';
import type { GrantedFlag } from '../flags/tables';
import { ScriptedProtection } from './scripted-protection';
import { formatSid } from '../sid';
import { statusNumber } from '../errors/status-code';
import type {
  Binding,
  ContextHandle,
  CredentialHandle,
  LiveCounts,
  RawAccessToken,
  RawAccount,
  RawAttribute,
  RawAttributeValue,
  RawCompletion,
  RawCredential,
  RawIdentity,
  RawLeg,
  RawMembership,
  RawPackageInfo,
  RawPackedIdentity,
  RawStatus,
  ThreadUse,
} from '../binding/binding';
import type {
  BindingScript,
  LegCall,
  LegScript,
  ProtectionFunctions,
  RecordedCall,
  ScriptedAccessToken,
  ScriptedAccount,
  ScriptedAttributes,
} from './script';

interface CredentialRecord {
  readonly id: number;
  /** Holds: the owner's, and one for each context that uses it. */
  holds: number;
  released: boolean;
}

interface ContextRecord {
  readonly id: number;
  readonly line: CallLine;
  credential: CredentialRecord;
  /** Credentials that others have replaced: the context was made with them, and keeps them to its end. */
  readonly earlier: CredentialRecord[];
  calls: number;
  completions: number;
  /** A CtxtHandle is alive in the place. */
  alive: boolean;
  deleted: boolean;
  dropped: boolean;
  freed: Promise<void> | undefined;
}

const unsupported = 0x80090302;
const packageNotFound = 0x80090305;
/** Statuses from here on are failures. */
const firstFailure = 0x80000000;
/** HRESULT_FROM_WIN32(ERROR_NONE_MAPPED) */
const noneMapped = 0x80070534;
/** SECPKG_CRED_ATTR_NAMES */
const credentialNames = 1;
/** SE_GROUP_ENABLED */
const groupEnabled = 0x4;
/** SecurityImpersonation: less cannot be acted with. The level where the script names no token. */
const impersonationLevel = 2;
/** HRESULT_FROM_WIN32(ERROR_BAD_IMPERSONATION_LEVEL) */
const badImpersonationLevel = 0x80070542;
/** The most buffers of one message. */
const maxMessageBuffers = 16;

const info = (name: string, capabilities: number, maxToken: number): RawPackageInfo => ({
  name,
  comment: `Scripted ${name}`,
  capabilities,
  version: 1,
  rpcId: 0xffff,
  maxToken,
});

const defaultPackages = [
  info('Negotiate', 0x00083bb3, 48_256),
  info('Kerberos', 0x000c3bbf, 48_000),
  info('NTLM', 0x00082b37, 2_888),
  info('Schannel', 0x000107b3, 24_576),
];

/** Sizes that `attributes` leaves as they are. */
const defaultSizes = { maxToken: 12_000, maxSignature: 16, blockSize: 0, securityTrailer: 16 };

/**
 * A provider that follows a script instead of calling secur32, records every call and counts what is alive.
 *
 * It checks the contract of the loop: overlapping calls on one context, use of a deleted context or freed credential, and
 * calls beyond the script are violations, which are thrown at once and kept for `assertClean()`.
 */
export class ScriptedProvider implements Binding {
  readonly wineVersion: string | undefined;
  /** Every call, in order. */
  readonly calls: RecordedCall[] = [];
  /** Each breach of the binding's contract. */
  readonly violations: string[] = [];

  readonly #script: BindingScript;
  readonly #protection: ProtectionFunctions;
  readonly #credentials = new WeakMap<CredentialHandle, CredentialRecord>();
  readonly #contexts = new WeakMap<ContextHandle, ContextRecord>();
  #credentialCount = 0;
  #contextCount = 0;
  #live = { credentials: 0, contexts: 0, calls: 0 };
  /** Of the live calls, those that do not wait for another one on their context, in the order in which they began. */
  readonly #atWork = new Set<{ readonly since: number }>();

  constructor(script: BindingScript = {}) {
    this.#script = script;
    this.wineVersion = script.wineVersion;
    const standIn = new ScriptedProtection(script.protection);
    this.#protection = {
      encrypt: (memory, layout, qop) => standIn.encrypt(memory, layout, qop),
      decrypt: (memory, layout) => standIn.decrypt(memory, layout),
      sign: (memory, layout) => standIn.sign(memory, layout),
      verify: (memory, layout) => standIn.verify(memory, layout),
      ...script.protectionFunctions,
    };
  }

  liveCounts(): LiveCounts {
    return { ...this.#live, buffers: 0 };
  }

  threadUse(): ThreadUse {
    const [first] = this.#atWork;
    const age = first && { oldest: clock() - first.since };
    return { atWork: this.#atWork.size, most: Infinity, waiting: 0, ...age };
  }

  /** The calls of one function, in order. */
  callsOf<Api extends RecordedCall['api']>(api: Api): (RecordedCall & { readonly api: Api })[] {
    return this.calls.filter((call): call is RecordedCall & { readonly api: Api } => call.api === api);
  }

  /** Throws when anything is alive still, or when the contract was breached. */
  assertClean(): void {
    const { credentials, contexts, calls } = this.#live;
    if (this.violations.length > 0) throw new Error(`Violations of the contract: ${this.violations.join('; ')}`);
    if (credentials + contexts + calls > 0) {
      throw new Error(`Still alive: ${credentials} credentials, ${contexts} contexts, ${calls} calls`);
    }
  }

  async enumerateSecurityPackages(): Promise<RawStatus & { readonly packages: readonly RawPackageInfo[] }> {
    this.calls.push({ api: 'EnumerateSecurityPackages' });
    return { status: 0, packages: this.#script.packages ?? defaultPackages };
  }

  async querySecurityPackageInfo(name: string): Promise<RawStatus & { readonly info: RawPackageInfo | undefined }> {
    this.calls.push({ api: 'QuerySecurityPackageInfo', name });
    const found = this.#packageNamed(name);
    return { status: found === undefined ? packageNotFound : 0, info: found };
  }

  async acquireCredentialsHandle(
    principal: string | undefined,
    packageName: string,
    use: number,
    identity: RawIdentity | undefined,
  ): Promise<RawCredential> {
    return this.#counted(() => this.#acquire({ principal, package: packageName, use, identity }));
  }

  async #acquire(
    request: Omit<Extract<RecordedCall, { readonly api: 'AcquireCredentialsHandle' }>, 'api' | 'credential'>,
  ): Promise<RawCredential> {
    const identity = request.identity && withOwnPassword(request.identity);
    const call = { api: 'AcquireCredentialsHandle', credential: undefined, ...request, identity } as const;
    const script = this.#script.credential;
    // A function may keep something for the credential under its number, which only a success takes.
    const next = { ...call, credential: this.#credentialCount + 1 };
    const { status: scripted, expiry, until } = (typeof script === 'function' ? script(next) : script) ?? {};
    const status = statusNumber(scripted ?? (this.#packageNamed(request.package) ? Status.ok : packageNotFound));
    const id = status === 0 ? ++this.#credentialCount : undefined;
    this.calls.push(id === undefined ? call : next);
    await until;
    if (id === undefined) return { status, handle: undefined, expiry: undefined };
    const handle = {} as CredentialHandle;
    this.#credentials.set(handle, { id, holds: 1, released: false });
    this.#live.credentials++;
    return { status, handle, expiry };
  }

  freeCredentialsHandle(handle: CredentialHandle): Promise<void> {
    const credential = this.#credentialOf(handle);
    this.calls.push({ api: 'FreeCredentialsHandle', credential: credential.id });
    if (!credential.released) {
      credential.released = true;
      this.#unref(credential);
    }
    return Promise.resolve();
  }

  dropCredential(handle: CredentialHandle): void {
    void this.freeCredentialsHandle(handle);
  }

  acquireCredentialsHandleForClient(
    place: ContextHandle,
    leastLevel: number,
    principal: string | undefined,
    packageName: string,
    use: number,
    identity: RawIdentity | undefined,
  ): Promise<RawCredential & { readonly impersonationLevel?: number }> {
    return this.#inLine(place, 'ImpersonateSecurityContext', {}, async (context) => {
      const none = { handle: undefined, expiry: undefined };
      const { status, level } = this.#impersonation(context);
      if (level === undefined) return { status, ...none };
      // Less than impersonation is no failure here: the level says why there is no handle.
      if (level < Math.max(leastLevel, impersonationLevel)) return { status: 0, ...none, impersonationLevel: level };
      const request = { principal, package: packageName, use, identity, onBehalfOf: context.id };
      return { ...(await this.#acquire(request)), impersonationLevel: level };
    });
  }

  queryCredentialsAttribute(handle: CredentialHandle, attribute: number): Promise<RawAttribute> {
    this.#credentialOf(handle);
    return this.#counted(async () => this.#credentialAttribute(this.#usable(handle).id, attribute));
  }

  /** Wine's form: the packed credentials are the password. */
  encodeAuthIdentityAsStrings(identity: RawIdentity): Promise<RawPackedIdentity> {
    const own = withOwnPassword(identity);
    this.calls.push({ api: 'SspiEncodeAuthIdentityAsStrings', identity: own });
    const { user, domain, password } = own;
    const credentials = password instanceof Uint8Array ? Buffer.from(password).toString() : password;
    return this.#counted(() => Promise.resolve({ status: 0, user, domain, credentials }));
  }

  #credentialAttribute(id: number, attribute: number): RawAttribute {
    this.calls.push({ api: 'QueryCredentialsAttributes', credential: id, attribute });
    const { credentialName, credentialAttributes } = this.#script;
    const name = typeof credentialName === 'function' ? credentialName(id) : credentialName;
    return answerOf({ [credentialNames]: name, ...credentialAttributes }, attribute);
  }

  createContext(handle: CredentialHandle): ContextHandle {
    const credential = this.#usable(handle);
    credential.holds++;
    const place = {} as ContextHandle;
    this.#contexts.set(place, {
      id: ++this.#contextCount,
      line: new CallLine(),
      credential,
      earlier: [],
      calls: 0,
      completions: 0,
      alive: false,
      deleted: false,
      dropped: false,
      freed: undefined,
    });
    return place;
  }

  useCredential(place: ContextHandle, handle: CredentialHandle): void {
    this.#refuseBusy(place);
    const context = this.#idle(place, 'UseCredential');
    const credential = this.#usable(handle);
    this.calls.push({ api: 'UseCredential', context: context.id, credential: credential.id });
    credential.holds++;
    context.earlier.push(context.credential);
    context.credential = credential;
  }

  initializeSecurityContext(
    place: ContextHandle,
    target: string | undefined,
    flags: number,
    input: Uint8Array | undefined,
    channelBindings: Uint8Array | undefined,
    maxToken: number,
    stream: boolean,
    attributes: readonly number[],
  ): Promise<RawLeg> {
    return this.#leg(place, this.#script.initiator, {
      api: 'InitializeSecurityContext',
      target,
      flags,
      input: input && Buffer.from(input),
      channelBindings: channelBindings && Buffer.from(channelBindings),
      maxToken,
      stream,
      attributes,
    });
  }

  acceptSecurityContext(
    place: ContextHandle,
    flags: number,
    input: Uint8Array,
    channelBindings: Uint8Array | undefined,
    maxToken: number,
    stream: boolean,
    attributes: readonly number[],
    bindingsResult?: boolean,
  ): Promise<RawLeg> {
    return this.#leg(place, this.#script.acceptor, {
      api: 'AcceptSecurityContext',
      target: undefined,
      flags,
      input: Buffer.from(input),
      channelBindings: channelBindings && Buffer.from(channelBindings),
      maxToken,
      stream,
      attributes,
      ...(bindingsResult === undefined ? {} : { bindingsResult }),
    });
  }

  #leg(
    place: ContextHandle,
    script: LegScript | undefined,
    args: Omit<LegCall, 'context' | 'index' | 'credential'>,
  ): Promise<RawLeg> {
    const context = this.#idle(place, args.api);
    const call: LegCall = { ...args, context: context.id, index: context.calls++, credential: context.credential.id };
    this.calls.push(call);
    const scripted = typeof script === 'function' ? script(call) : script?.[call.index];
    if (scripted === undefined) throw this.#violation(`${call.api} beyond the script: call ${call.index}`);
    return this.#running(context, scripted.until, () => {
      if (scripted.fault !== undefined) throw scripted.fault;
      const status = statusNumber(scripted.status ?? Status.ok);
      // A context comes to be with the first call that does not fail, and lives on through later failures.
      if (!context.alive && (status < firstFailure || (args.stream && status === Status.incompleteMessage))) {
        context.alive = true;
        this.#live.contexts++;
      }
      return {
        status,
        token: scripted.token && Buffer.from(scripted.token),
        flags: grants(scripted.flags ?? args.flags, args.api),
        expiry: status < firstFailure ? scripted.expiry : undefined,
        unread: scripted.unread ?? 0,
        missing: scripted.missing ?? 0,
        attributes: status === Status.ok ? this.#answers(context, args.attributes) : [],
        // 0 is what a package leaves that tells nothing.
        bindingsResult:
          args.bindingsResult === true && scripted.bindingsResult !== 0 ? scripted.bindingsResult : undefined,
      };
    });
  }

  completeAuthToken(
    place: ContextHandle,
    token: Uint8Array | undefined,
    attributes: readonly number[],
  ): Promise<RawCompletion> {
    const context = this.#idle(place, 'CompleteAuthToken');
    if (!context.alive) throw this.#violation('CompleteAuthToken without a context');
    this.calls.push({ api: 'CompleteAuthToken', context: context.id, token: token && Buffer.from(token), attributes });
    const { complete } = this.#script;
    const scripted = (typeof complete === 'function' ? complete(context.id) : complete?.[context.completions++]) ?? {};
    return this.#running(context, scripted.until, () => {
      const status = statusNumber(scripted.status ?? Status.ok);
      const completed = scripted.token ?? token;
      return {
        status,
        token: completed && Buffer.from(completed),
        attributes: status === 0 ? this.#answers(context, attributes) : [],
      };
    });
  }

  deleteSecurityContext(place: ContextHandle): Promise<void> {
    const context = this.#contextOf(place);
    // Whoever dropped the context may still wait for its end.
    if (!context.dropped) this.calls.push({ api: 'DeleteSecurityContext', context: context.id });
    context.deleted = true;
    context.freed ??= context.line.busy
      ? this.#running(context, undefined, () => this.#free(context))
      : Promise.resolve(this.#free(context));
    return context.freed;
  }

  dropContext(place: ContextHandle): void {
    void this.deleteSecurityContext(place);
    this.#contextOf(place).dropped = true;
  }

  queryContextAttributes(place: ContextHandle, attributes: readonly number[]): Promise<readonly RawAttribute[]> {
    return this.#inLine(place, 'QueryContextAttributes', { attributes, sync: false }, (context) =>
      this.#answers(context, attributes),
    );
  }

  queryContextAttributesSync(place: ContextHandle, attributes: readonly number[]): readonly RawAttribute[] {
    const context = this.#notBusy(place, 'QueryContextAttributes');
    this.calls.push({ api: 'QueryContextAttributes', context: context.id, attributes, sync: true });
    return this.#answers(context, attributes);
  }

  encryptMessage(place: ContextHandle, memory: Uint8Array, layout: Uint32Array, qop: number, sequence: number): number {
    const context = this.#record(place, 'EncryptMessage', memory, layout, qop, sequence);
    return this.#protection.encrypt(memory, layout, qop, { context, sequence });
  }

  decryptMessage(place: ContextHandle, memory: Uint8Array, layout: Uint32Array, sequence: number): number {
    const context = this.#record(place, 'DecryptMessage', memory, layout, undefined, sequence);
    return this.#protection.decrypt(memory, layout, { context, sequence });
  }

  makeSignature(place: ContextHandle, memory: Uint8Array, layout: Uint32Array, qop: number, sequence: number): number {
    const context = this.#record(place, 'MakeSignature', memory, layout, qop, sequence);
    return this.#protection.sign(memory, layout, { context, sequence });
  }

  verifySignature(place: ContextHandle, memory: Uint8Array, layout: Uint32Array, sequence: number): number {
    const context = this.#record(place, 'VerifySignature', memory, layout, undefined, sequence);
    return this.#protection.verify(memory, layout, { context, sequence });
  }

  querySecurityContextToken(
    place: ContextHandle,
  ): Promise<RawStatus & { readonly token?: RawAccessToken | undefined }> {
    return this.#inLine(place, 'QuerySecurityContextToken', {}, (context) => tokenOf(this.#accessToken(context)));
  }

  async queryProcessToken(): Promise<RawStatus & { readonly token?: RawAccessToken | undefined }> {
    this.calls.push({ api: 'OpenProcessToken' });
    return tokenOf(this.#script.processToken);
  }

  checkTokenMembership(place: ContextHandle | undefined, sid: Uint8Array): Promise<RawMembership> {
    const text = formatSid(sid);
    if (place !== undefined) {
      return this.#inLine(place, 'CheckTokenMembership', { sid: text }, (context) =>
        isMember(tokenOf(this.#accessToken(context)), text),
      );
    }
    this.calls.push({ api: 'CheckTokenMembership', context: undefined, sid: text });
    return Promise.resolve(isMember(tokenOf(this.#script.processToken), text));
  }

  lookupAccountSids(sids: readonly Uint8Array[]): Promise<readonly RawAccount[]> {
    const asked = sids.map((sid) => formatSid(sid));
    this.calls.push({ api: 'LookupAccountSid', asked });
    return Promise.resolve(asked.map((sid) => this.#account((account) => account.sid === sid)));
  }

  lookupAccountNames(names: readonly string[]): Promise<readonly RawAccount[]> {
    this.calls.push({ api: 'LookupAccountName', asked: [...names] });
    const accounts = names.map((name) => {
      const wanted = name.toLowerCase();
      return this.#account(({ name: own, domain }) =>
        [own, `${domain}\\${own}`].some((form) => form.toLowerCase() === wanted),
      );
    });
    return Promise.resolve(accounts);
  }

  #accessToken({ id }: ContextRecord): ScriptedAccessToken | undefined {
    const { accessToken } = this.#script;
    return typeof accessToken === 'function' ? accessToken(id) : accessToken;
  }

  #account(isWanted: (account: ScriptedAccount) => boolean): RawAccount {
    const found = this.#script.accounts?.find(isWanted);
    if (found === undefined) return { status: noneMapped, sid: '', name: '', domain: '', type: 0 };
    return { status: 0, ...found, type: found.type ?? 1 };
  }

  impersonate<T>(place: ContextHandle, fn: () => T): RawStatus & { readonly result: T | undefined } {
    const context = this.#notBusy(place, 'ImpersonateSecurityContext');
    this.calls.push({ api: 'ImpersonateSecurityContext', context: context.id });
    const { status } = this.#impersonation(context);
    return { status, result: status === 0 ? context.line.runNow(fn) : undefined };
  }

  /** A level of less than impersonation is refused; without a level the client cannot be impersonated at all. */
  #impersonation(context: ContextRecord): RawStatus & { readonly level?: number } {
    const { impersonation = Status.ok } = this.#script;
    const status = statusNumber(typeof impersonation === 'function' ? impersonation(context.id) : impersonation);
    if (status !== 0) return { status };
    const accessToken = this.#accessToken(context);
    const level = typeof accessToken === 'object' ? accessToken.impersonationLevel : impersonationLevel;
    return { status: level < impersonationLevel ? badImpersonationLevel : status, level };
  }

  // -- The contract -------------------------------------------------------------------------------------------------------

  #record(
    place: ContextHandle,
    api: 'EncryptMessage' | 'DecryptMessage' | 'MakeSignature' | 'VerifySignature',
    memory: Uint8Array,
    layout: Uint32Array,
    qop: number | undefined,
    sequence: number,
  ): number {
    this.#refuseBusy(place);
    if (!isWellFormed(memory, layout)) throw new RangeError('the message layout does not fit the memory');
    const { id } = this.#notBusy(place, api);
    this.calls.push({ api, context: id, layout: [...layout], qop, sequence });
    return id;
  }

  #violation(text: string): Error {
    this.violations.push(text);
    return new Error(`Violation of the binding's contract: ${text}`);
  }

  #credentialOf(handle: CredentialHandle): CredentialRecord {
    const credential = this.#credentials.get(handle);
    if (credential === undefined) throw this.#violation('a credential of another binding');
    return credential;
  }

  #usable(handle: CredentialHandle): CredentialRecord {
    const credential = this.#credentialOf(handle);
    if (credential.released) throw this.#violation(`credential ${credential.id} used after it was freed`);
    return credential;
  }

  #contextOf(place: ContextHandle): ContextRecord {
    const context = this.#contexts.get(place);
    if (context === undefined) throw this.#violation('a context of another binding');
    return context;
  }

  #idle(place: ContextHandle, api: string): ContextRecord {
    const context = this.#contextOf(place);
    if (context.deleted) throw this.#violation(`${api} on context ${context.id} after it was deleted`);
    if (context.line.busy) throw this.#violation(`${api} on context ${context.id} while a call runs on it`);
    return context;
  }

  #established(place: ContextHandle, api: string): ContextRecord {
    const context = this.#idle(place, api);
    if (!context.alive) throw this.#violation(`${api} without a context`);
    return context;
  }

  /** For synchronous calls. */
  #notBusy(place: ContextHandle, api: string): ContextRecord {
    this.#refuseBusy(place);
    return this.#established(place, api);
  }

  #refuseBusy(place: ContextHandle): void {
    if (this.#contextOf(place).line.busy) {
      throw Object.assign(new Error('A call runs on this context'), { code: 'ERR_SSPI_BUSY' });
    }
  }

  /** Records a call and makes it after those before it, one of which may establish the context that it needs. */
  #inLine<T>(
    place: ContextHandle,
    api: ContextCall['api'],
    args: object,
    result: (context: ContextRecord) => T | Promise<T>,
  ): Promise<T> {
    const context = this.#contextOf(place);
    if (!context.line.busy || context.deleted) this.#established(place, api);
    this.calls.push({ api, context: context.id, ...args } as RecordedCall);
    return this.#running(context, undefined, () => {
      if (!context.alive) throw this.#violation(`${api} without a context`);
      return result(context);
    });
  }

  async #counted<T>(call: () => T | Promise<T>): Promise<T> {
    this.#live.calls++;
    try {
      return await this.#working(call);
    } finally {
      this.#live.calls--;
    }
  }

  async #working<T>(call: () => T | Promise<T>): Promise<T> {
    const work = { since: clock() };
    this.#atWork.add(work);
    try {
      return await call();
    } finally {
      this.#atWork.delete(work);
    }
  }

  /** A call on a context: counted from now on, and at work when its turn has come. */
  async #running<T>(
    context: ContextRecord,
    until: PromiseLike<unknown> | undefined,
    result: () => T | Promise<T>,
  ): Promise<T> {
    this.#live.calls++;
    try {
      return await context.line.run(() =>
        this.#working(async () => {
          await until;
          return result();
        }),
      );
    } finally {
      this.#live.calls--;
    }
  }

  #free(context: ContextRecord): void {
    if (context.alive) this.#live.contexts--;
    context.alive = false;
    this.#script.onFreed?.('context', context.id);
    for (const credential of [context.credential, ...context.earlier]) this.#unref(credential);
  }

  #unref(credential: CredentialRecord): void {
    if (--credential.holds > 0) return;
    this.#live.credentials--;
    this.#script.onFreed?.('credential', credential.id);
  }

  #answers(context: ContextRecord, attributes: readonly number[]): RawAttribute[] {
    const known = this.#attributesOf(context);
    return attributes.map((attribute) => answerOf(known, attribute));
  }

  #attributesOf({ id }: ContextRecord): ScriptedAttributes {
    const { attributes, clientName, negotiated } = this.#script;
    const chosen = negotiated === undefined ? undefined : (this.#packageNamed(negotiated) ?? info(negotiated, 0, 0));
    return {
      [Attribute.sizes]: defaultSizes,
      [Attribute.names]: clientName,
      [Attribute.negotiationInfo]: chosen && { package: chosen, state: 0 },
      ...(typeof attributes === 'function' ? attributes(id) : attributes),
    };
  }

  #packageNamed(name: string): RawPackageInfo | undefined {
    return (this.#script.packages ?? defaultPackages).find((entry) => entry.name.toLowerCase() === name.toLowerCase());
  }
}

/** Calls on an established context that wait for their turn. */
type ContextCall = Extract<RecordedCall, { readonly context: number | undefined }>;

/** As the addon checks it: whole triples and a slot for the quality of protection, inside the memory. */
function isWellFormed(memory: Uint8Array, layout: Uint32Array): boolean {
  if (layout.length % 3 !== 1 || layout.length > maxMessageBuffers * 3 + 1) return false;
  for (let at = 0; at + 3 < layout.length; at += 3) {
    if ((layout[at + 1] as number) + (layout[at + 2] as number) > memory.length) return false;
  }
  return true;
}

function grants(flags: readonly GrantedFlag[] | number, api: LegCall['api']): number {
  if (typeof flags === 'number') return flags >>> 0;
  return encodeFlags(flags, api === 'InitializeSecurityContext' ? 'initiator' : 'acceptor', 'required');
}

function answerOf(known: ScriptedAttributes, attribute: number): RawAttribute {
  const scripted = known[attribute] ?? { status: unsupported };
  return isRefusal(scripted) ? { status: scripted.status, value: undefined } : { status: 0, value: copyOf(scripted) };
}

/** In milliseconds. Not performance.now(), which tests replace to count who measures. */
const clock = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Input bytes are copied before a call returns: a password's owner may erase it then. */
function withOwnPassword(identity: RawIdentity): RawIdentity {
  const { password } = identity;
  return typeof password === 'object' ? { ...identity, password: Buffer.from(password) } : identity;
}

/** What is answered is the asker's, to change or to freeze. */
function copyOf(value: RawAttributeValue): RawAttributeValue {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  return typeof value === 'object' ? { ...value } : value;
}

function tokenOf(
  scripted: ScriptedAccessToken = unsupported,
): RawStatus & { readonly token?: RawAccessToken | undefined } {
  return typeof scripted === 'object' ? { status: 0, token: scripted } : { status: statusNumber(scripted) };
}

/** As CheckTokenMembership: in the token, and enabled. */
function isMember(
  { status, token }: RawStatus & { readonly token?: RawAccessToken | undefined },
  sid: string,
): RawMembership {
  const isEnabled = (attributes: number): boolean => (attributes & groupEnabled) !== 0;
  const groups = token?.groups ?? [];
  return {
    status,
    isMember: token?.user === sid || groups.some((group) => group.sid === sid && isEnabled(group.attributes)),
  };
}

function isRefusal(scripted: RawAttributeValue | RawStatus): scripted is RawStatus {
  return typeof scripted === 'object' && 'status' in scripted;
}

/** For this package's own tests, which call it as a binding: `sspi/testing` has it from provider.ts, as programs see it. */
export function scriptedProvider(script: BindingScript = {}): ScriptedProvider {
  return new ScriptedProvider(script);
}
