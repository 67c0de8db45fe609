import { CredentialUse } from '../../binding/constants';
import { Attribute, type RawContextAttribute } from '../../context/attributes';
import type { Role } from '../../flags/sides';
import { decodeGrants } from '../../flags/tables';
import { loadBinding } from '../../binding/load';
import { redactToken } from './redact';
import { statusCode } from '../../errors/status-code';
import { useProvider } from '../use-provider';
import type {
  Binding,
  ContextHandle,
  CredentialHandle,
  LiveCounts,
  RawAccount,
  RawAttribute,
  RawCompletion,
  RawCredential,
  RawIdentity,
  RawLeg,
  RawMembership,
  RawPackageInfo,
  RawStatus,
  ThreadUse,
} from '../../binding/binding';
import type { RecordedContext, RecordedCredential, RecordedLeg, Recording } from './format';

/** Options of {@link recordExchange}. */
export interface RecorderOptions {
  /**
   * `'redact'` (the default) replaces data that could be cracked or replayed with zeros of the same length: see {@link
   * redactToken}. `'keep'` keeps every byte, for recordings that never leave your hands.
   */
  readonly secrets?: 'redact' | 'keep' | undefined;
}

/** A running recorder. */
export interface Recorder {
  /** What was recorded so far. */
  recording(): Recording;
  /** Ends recording; the previous provider is used again. Idempotent. */
  stop(): void;
  [Symbol.dispose](): void;
}

/**
 * Records every handshake of the process from now on, with whatever is in use (secur32, or a provider): each leg of each side,
 * its token, status and flags, and the resulting names. Protected messages, keys and passwords are not recorded.
 *
 * @example
 * ```ts
 * const recorder = recordExchange();
 * await signOn(); // against the real domain
 * recorder.stop();
 * fs.writeFileSync('sign-on.json', JSON.stringify(recorder.recording(), undefined, 2));
 * ```
 */
export function recordExchange({ secrets = 'redact' }: RecorderOptions = {}): Recorder {
  const binding = new RecordingBinding(loadBinding(), secrets === 'redact');
  const inUse = useProvider(binding);
  return {
    recording: () => binding.recording(),
    stop: () => inUse.restore(),
    [Symbol.dispose]: () => inUse.restore(),
  };
}

interface Draft {
  readonly role: Role;
  readonly package: string;
  readonly target: string | undefined;
  readonly requested: number;
  readonly legs: RecordedLeg[];
  attributes: RecordedContext['attributes'];
}

/** Forwards every call, and records the handshakes. */
class RecordingBinding implements Binding {
  readonly #inner: Binding;
  readonly #redacts: boolean;
  readonly #packages = new Map<string, RawPackageInfo>();
  readonly #credentials: RecordedCredential[] = [];
  readonly #contexts: Draft[] = [];
  readonly #packageOf = new WeakMap<CredentialHandle, string>();
  readonly #credentialOf = new WeakMap<ContextHandle, CredentialHandle>();
  readonly #draftOf = new WeakMap<ContextHandle, Draft>();

  constructor(inner: Binding, redacts: boolean) {
    this.#inner = inner;
    this.#redacts = redacts;
  }

  recording(): Recording {
    const { wineVersion } = this.#inner;
    const contexts = this.#contexts.map(({ role, package: packageName, target, requested, legs, attributes }) => ({
      role,
      package: packageName,
      ...(target === undefined ? {} : { target }),
      requested,
      legs: [...legs],
      attributes,
    }));
    return {
      format: 'sspi-recording',
      version: 1,
      redacted: this.#redacts,
      ...(wineVersion === undefined ? {} : { wine: wineVersion }),
      packages: [...this.#packages.values()],
      credentials: [...this.#credentials],
      contexts,
    };
  }

  get wineVersion(): string | undefined {
    return this.#inner.wineVersion;
  }

  liveCounts(): LiveCounts {
    return this.#inner.liveCounts();
  }

  threadUse(): ThreadUse {
    return this.#inner.threadUse();
  }

  enumerateSecurityPackages(): Promise<RawStatus & { readonly packages: readonly RawPackageInfo[] }> {
    return this.#inner.enumerateSecurityPackages();
  }

  async querySecurityPackageInfo(name: string): Promise<RawStatus & { readonly info: RawPackageInfo | undefined }> {
    const answer = await this.#inner.querySecurityPackageInfo(name);
    if (answer.info !== undefined) this.#packages.set(answer.info.name, answer.info);
    return answer;
  }

  async acquireCredentialsHandle(
    principal: string | undefined,
    packageName: string,
    use: number,
    identity: RawIdentity | undefined,
  ): Promise<RawCredential> {
    const raw = await this.#inner.acquireCredentialsHandle(principal, packageName, use, identity);
    this.#credentials.push({
      package: packageName,
      status: statusCode(raw.status),
      use: use === CredentialUse.both ? 'both' : use === CredentialUse.inbound ? 'inbound' : 'outbound',
      ...(identity?.user === undefined ? {} : { user: identity.user }),
      ...(identity?.domain === undefined || identity.domain === '' ? {} : { domain: identity.domain }),
    });
    if (raw.handle !== undefined) this.#packageOf.set(raw.handle, packageName);
    return raw;
  }

  freeCredentialsHandle(credential: CredentialHandle): Promise<void> {
    return this.#inner.freeCredentialsHandle(credential);
  }

  dropCredential(credential: CredentialHandle): void {
    this.#inner.dropCredential(credential);
  }

  acquireCredentialsHandleForClient(
    ...args: Parameters<Binding['acquireCredentialsHandleForClient']>
  ): ReturnType<Binding['acquireCredentialsHandleForClient']> {
    return this.#inner.acquireCredentialsHandleForClient(...args);
  }

  queryCredentialsAttribute(credential: CredentialHandle, attribute: number): Promise<RawAttribute> {
    return this.#inner.queryCredentialsAttribute(credential, attribute);
  }

  createContext(credential: CredentialHandle): ContextHandle {
    const context = this.#inner.createContext(credential);
    this.#credentialOf.set(context, credential);
    return context;
  }

  useCredential(context: ContextHandle, credential: CredentialHandle): void {
    this.#inner.useCredential(context, credential);
  }

  async initializeSecurityContext(
    context: ContextHandle,
    target: string | undefined,
    flags: number,
    input: Uint8Array | undefined,
    channelBindings: Uint8Array | undefined,
    maxToken: number,
    stream: boolean,
    attributes: readonly number[],
  ): Promise<RawLeg> {
    const draft = this.#draft(context, 'initiator', target, flags);
    const given = input && this.#text(input);
    const raw = await this.#inner.initializeSecurityContext(
      context,
      target,
      flags,
      input,
      channelBindings,
      maxToken,
      stream,
      attributes,
    );
    this.#note(draft, given, raw, attributes);
    return raw;
  }

  async acceptSecurityContext(
    context: ContextHandle,
    flags: number,
    input: Uint8Array,
    channelBindings: Uint8Array | undefined,
    maxToken: number,
    stream: boolean,
    attributes: readonly number[],
    bindingsResult?: boolean,
  ): Promise<RawLeg> {
    const draft = this.#draft(context, 'acceptor', undefined, flags);
    const given = this.#text(input);
    const raw = await this.#inner.acceptSecurityContext(
      context,
      flags,
      input,
      channelBindings,
      maxToken,
      stream,
      attributes,
      bindingsResult,
    );
    this.#note(draft, given, raw, attributes);
    return raw;
  }

  async completeAuthToken(
    context: ContextHandle,
    token: Uint8Array | undefined,
    attributes: readonly number[],
  ): Promise<RawCompletion> {
    const raw = await this.#inner.completeAuthToken(context, token, attributes);
    const draft = this.#draftOf.get(context);
    const last = draft?.legs.pop();
    if (draft !== undefined && last !== undefined) {
      const completed = raw.token === undefined ? {} : { token: this.#text(raw.token) };
      draft.legs.push({ ...last, completed: { status: statusCode(raw.status), ...completed } });
      this.#noteAttributes(draft, attributes, raw.attributes);
    }
    return raw;
  }

  deleteSecurityContext(context: ContextHandle): Promise<void> {
    return this.#inner.deleteSecurityContext(context);
  }

  dropContext(context: ContextHandle): void {
    this.#inner.dropContext(context);
  }

  queryContextAttributes(context: ContextHandle, attributes: readonly number[]): Promise<readonly RawAttribute[]> {
    return this.#inner.queryContextAttributes(context, attributes);
  }

  queryContextAttributesSync(context: ContextHandle, attributes: readonly number[]): readonly RawAttribute[] {
    const answers = this.#inner.queryContextAttributesSync(context, attributes);
    const flags = answers[attributes.indexOf(Attribute.flags)];
    if (flags?.status === 0) this.#noteWineGrants(context, flags.value as RawContextAttribute<'flags'>);
    return answers;
  }

  encryptMessage(
    context: ContextHandle,
    memory: Uint8Array,
    layout: Uint32Array,
    qop: number,
    sequence: number,
  ): number {
    return this.#inner.encryptMessage(context, memory, layout, qop, sequence);
  }

  decryptMessage(context: ContextHandle, memory: Uint8Array, layout: Uint32Array, sequence: number): number {
    return this.#inner.decryptMessage(context, memory, layout, sequence);
  }

  makeSignature(
    context: ContextHandle,
    memory: Uint8Array,
    layout: Uint32Array,
    qop: number,
    sequence: number,
  ): number {
    return this.#inner.makeSignature(context, memory, layout, qop, sequence);
  }

  verifySignature(context: ContextHandle, memory: Uint8Array, layout: Uint32Array, sequence: number): number {
    return this.#inner.verifySignature(context, memory, layout, sequence);
  }

  querySecurityContextToken(context: ContextHandle): ReturnType<Binding['querySecurityContextToken']> {
    return this.#inner.querySecurityContextToken(context);
  }

  queryProcessToken(): ReturnType<Binding['queryProcessToken']> {
    return this.#inner.queryProcessToken();
  }

  checkTokenMembership(context: ContextHandle | undefined, sid: Uint8Array): Promise<RawMembership> {
    return this.#inner.checkTokenMembership(context, sid);
  }

  lookupAccountSids(sids: readonly Uint8Array[]): Promise<readonly RawAccount[]> {
    return this.#inner.lookupAccountSids(sids);
  }

  lookupAccountNames(names: readonly string[]): Promise<readonly RawAccount[]> {
    return this.#inner.lookupAccountNames(names);
  }

  impersonate<T>(context: ContextHandle, fn: () => T): RawStatus & { readonly result: T | undefined } {
    return this.#inner.impersonate(context, fn);
  }

  // -- What is taken down -------------------------------------------------------------------------------------------------

  #draft(context: ContextHandle, role: Role, target: string | undefined, requested: number): Draft {
    const known = this.#draftOf.get(context);
    if (known !== undefined) return known;
    const credential = this.#credentialOf.get(context);
    const packageName = (credential && this.#packageOf.get(credential)) ?? 'unknown';
    const draft: Draft = { role, package: packageName, target, requested, legs: [], attributes: {} };
    this.#draftOf.set(context, draft);
    this.#contexts.push(draft);
    return draft;
  }

  #note(draft: Draft, input: string | undefined, raw: RawLeg, attributes: readonly number[]): void {
    draft.legs.push({
      status: statusCode(raw.status),
      ...(input === undefined ? {} : { input }),
      ...(raw.token === undefined ? {} : { token: this.#text(raw.token) }),
      flags: decodeGrants(raw.flags, draft.role),
      ...(raw.expiry === undefined ? {} : { expiry: raw.expiry }),
      ...(raw.unread === 0 ? {} : { unread: raw.unread }),
    });
    this.#noteAttributes(draft, attributes, raw.attributes);
  }

  /** Wine reports some granted flags only in an attribute, as ISC_RET_* numbers on both sides; a player has only the legs. */
  #noteWineGrants(context: ContextHandle, bits: number): void {
    const draft = this.#draftOf.get(context);
    const last = draft?.legs.at(-1);
    if (draft === undefined || last === undefined) return;
    const told = decodeGrants(bits, 'initiator').filter((name) => name === 'confidentiality' || name === 'integrity');
    draft.legs[draft.legs.length - 1] = { ...last, flags: [...new Set([...last.flags, ...told])] };
  }

  #noteAttributes(draft: Draft, asked: readonly number[], answers: readonly RawAttribute[]): void {
    asked.forEach((attribute, i) => {
      const answer = answers[i];
      if (answer?.status !== 0) return;
      const { value } = answer;
      if (attribute === Attribute.sizes) {
        draft.attributes = { ...draft.attributes, sizes: { ...(value as RawContextAttribute<'sizes'>) } };
      } else if (attribute === Attribute.names) {
        draft.attributes = { ...draft.attributes, names: value as RawContextAttribute<'names'> };
      } else if (attribute === Attribute.nativeNames) {
        const { client, server } = value as RawContextAttribute<'nativeNames'>;
        const names = { ...(client === undefined ? {} : { client }), ...(server === undefined ? {} : { server }) };
        draft.attributes = { ...draft.attributes, nativeNames: names };
      } else if (attribute === Attribute.negotiationInfo) {
        const name = (value as RawContextAttribute<'negotiationInfo'>).package?.name;
        if (name !== undefined) draft.attributes = { ...draft.attributes, negotiated: name };
      }
    });
  }

  #text(token: Uint8Array): string {
    return (this.#redacts ? redactToken(token) : Buffer.from(token)).toString('base64');
  }
}
