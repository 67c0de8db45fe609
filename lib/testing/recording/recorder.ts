import { Attribute, type RawContextAttribute } from '../../context/attributes';
import { CredentialUse } from '../../binding/constants';
import { decodeGrants } from '../../flags/tables';
import type { Role } from '../../flags/sides';
import { ForwardingBinding } from '../forwarding-binding';
import { loadBinding } from '../../binding/load';
import { redactToken } from './redact';
import { statusCode } from '../../errors/status-code';
import { providerOf } from '../provider';
import { useProvider } from '../use-provider';
import type {
  Binding,
  ContextHandle,
  CredentialHandle,
  RawAttribute,
  RawLeg,
  RawPackageInfo,
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
  const inUse = useProvider(providerOf(binding));
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
class RecordingBinding extends ForwardingBinding {
  readonly #redacts: boolean;
  readonly #packages = new Map<string, RawPackageInfo>();
  readonly #credentials: RecordedCredential[] = [];
  readonly #contexts: Draft[] = [];
  readonly #packageOf = new WeakMap<CredentialHandle, string>();
  readonly #credentialOf = new WeakMap<ContextHandle, CredentialHandle>();
  readonly #draftOf = new WeakMap<ContextHandle, Draft>();

  constructor(inner: Binding, redacts: boolean) {
    super(inner);
    this.#redacts = redacts;
  }

  recording(): Recording {
    const { wineVersion } = this.inner;
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

  // Each call goes on before anything is noted: what the binding throws at once must not become a rejection.

  override querySecurityPackageInfo(name: string): ReturnType<Binding['querySecurityPackageInfo']> {
    return this.inner.querySecurityPackageInfo(name).then((answer) => {
      if (answer.info !== undefined) this.#packages.set(answer.info.name, answer.info);
      return answer;
    });
  }

  override acquireCredentialsHandle(
    ...args: Parameters<Binding['acquireCredentialsHandle']>
  ): ReturnType<Binding['acquireCredentialsHandle']> {
    const [, packageName, use, identity] = args;
    return this.inner.acquireCredentialsHandle(...args).then((raw) => {
      this.#credentials.push({
        package: packageName,
        status: statusCode(raw.status),
        use: use === CredentialUse.both ? 'both' : use === CredentialUse.inbound ? 'inbound' : 'outbound',
        ...(identity?.user === undefined ? {} : { user: identity.user }),
        ...(identity?.domain === undefined || identity.domain === '' ? {} : { domain: identity.domain }),
      });
      if (raw.handle !== undefined) this.#packageOf.set(raw.handle, packageName);
      return raw;
    });
  }

  override acquireCredentialsHandleForClient(
    ...args: Parameters<Binding['acquireCredentialsHandleForClient']>
  ): ReturnType<Binding['acquireCredentialsHandleForClient']> {
    const [, , , packageName] = args;
    return this.inner.acquireCredentialsHandleForClient(...args).then((raw) => {
      if (raw.handle !== undefined) this.#packageOf.set(raw.handle, packageName);
      return raw;
    });
  }

  override createContext(credential: CredentialHandle): ContextHandle {
    const context = this.inner.createContext(credential);
    this.#credentialOf.set(context, credential);
    return context;
  }

  override initializeSecurityContext(
    ...args: Parameters<Binding['initializeSecurityContext']>
  ): ReturnType<Binding['initializeSecurityContext']> {
    const [context, target, flags, input, , , , attributes] = args;
    const leg = this.inner.initializeSecurityContext(...args);
    return this.#noted(leg, this.#draft(context, 'initiator', target, flags), input, attributes);
  }

  override acceptSecurityContext(
    ...args: Parameters<Binding['acceptSecurityContext']>
  ): ReturnType<Binding['acceptSecurityContext']> {
    const [context, flags, input, , , , attributes] = args;
    const leg = this.inner.acceptSecurityContext(...args);
    return this.#noted(leg, this.#draft(context, 'acceptor', undefined, flags), input, attributes);
  }

  override completeAuthToken(
    ...args: Parameters<Binding['completeAuthToken']>
  ): ReturnType<Binding['completeAuthToken']> {
    const [context, , attributes] = args;
    return this.inner.completeAuthToken(...args).then((raw) => {
      const draft = this.#draftOf.get(context);
      const last = draft?.legs.pop();
      if (draft !== undefined && last !== undefined) {
        const completed = raw.token === undefined ? {} : { token: this.#text(raw.token) };
        draft.legs.push({ ...last, completed: { status: statusCode(raw.status), ...completed } });
        this.#noteAttributes(draft, attributes, raw.attributes);
      }
      return raw;
    });
  }

  override queryContextAttributesSync(context: ContextHandle, attributes: readonly number[]): readonly RawAttribute[] {
    const answers = this.inner.queryContextAttributesSync(context, attributes);
    const flags = answers[attributes.indexOf(Attribute.flags)];
    if (flags?.status === 0) this.#noteWineGrants(context, flags.value as RawContextAttribute<'flags'>);
    return answers;
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

  #noted(
    leg: Promise<RawLeg>,
    draft: Draft,
    input: Uint8Array | undefined,
    attributes: readonly number[],
  ): Promise<RawLeg> {
    const given = input && this.#text(input);
    return leg.then((raw) => {
      this.#note(draft, given, raw, attributes);
      return raw;
    });
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
