import { MessageProtection, unprotected } from './protection';
import {
  decryptMessage,
  encryptMessage,
  mustEncrypt,
  onlySigned,
  wasEncrypted,
  type MessageContext,
} from './message-calls';
import {
  Attribute,
  attributeNumber,
  decodeAttribute,
  type AttributeName,
  type ContextAttributes,
  type ContextSizes,
  type NativeNames,
} from './attributes';
import { bindingError, disposedError, invalidArgument, statusError, usageError } from '../errors/make';
import { clientCore, type ClientCore } from '../credentials/delegation';
import { readAccessToken, type AccessToken } from './access-token';
import { bytesOf, checkedBoolean, checkedOptions, describe } from '../arguments';
import type { Role } from '../flags/sides';
import { decodeGrants, grantBit, type GrantedFlag } from '../flags/tables';
import { layOut, readOut, type MessageBuffer, type MessageBufferType, type ReturnedBuffer } from './buffers';
import { evidenceOfResult, type HandshakeResult } from './handshake-result';
import { statusCode } from '../errors/status-code';
import { refuseLayoutUnderWine } from '../wine';
import { withEvidence } from '../errors/sspi-error';
import type { ChannelBindingResult } from '../extended-protection/policy';
import type { ContextHolder } from '../binding/context-holder';
import type { RawAttribute } from '../binding/binding';
import type { Releasable } from '../dispose';
import type { SspiStatusCode } from '../errors/codes';

/** The sequence number of a message, if the caller counts (ISC_REQ_DATAGRAM, some RPC layouts); otherwise SSPI counts. */
export interface SequenceOption {
  /** A 32-bit number; each direction has its own count. Default 0, which connection-oriented contexts ignore. */
  readonly sequence?: number | undefined;
}

/** Options of {@link SecurityContext.wrap}. */
export interface WrapOptions extends SequenceOption {
  /** False signs without encrypting (SECQOP_WRAP_NO_ENCRYPT). Default true. */
  readonly encrypt?: boolean | undefined;
}

/** Options of {@link SecurityContext.unwrap}. */
export interface UnwrapOptions extends SequenceOption {
  /** True also accepts messages that are only signed. Default: false if the context has confidentiality, otherwise true. */
  readonly allowUnencrypted?: boolean | undefined;
}

/** What {@link SecurityContext.encrypt} returns. */
export interface EncryptedBuffers {
  /** The buffers in their order, with the lengths that SSPI returned. */
  readonly buffers: readonly ReturnedBuffer[];
}

/** What {@link SecurityContext.decrypt} returns. */
export interface DecryptedBuffers {
  /** The buffers in their order, as SSPI left them: types and lengths may have changed. */
  readonly buffers: readonly ReturnedBuffer[];
  /** SEC_E_OK, or for stream packages SEC_I_CONTEXT_EXPIRED (the peer closed) or SEC_I_RENEGOTIATE (continue the handshake). */
  readonly status: number;
  readonly code: SspiStatusCode;
  /** False for a message that was only signed: check it if confidentiality matters. */
  readonly encrypted: boolean;
}

const asyncFunctions = ['[object AsyncFunction]', '[object AsyncGeneratorFunction]'];

/**
 * An established security context: what was negotiated, and message protection.
 *
 * Message protection is CPU work inside the process and synchronous. Messages of one direction must be protected and opened in
 * order. Dispose of it (or its handshake) when the connection closes; otherwise garbage collection eventually frees it.
 */
export class SecurityContext implements Releasable {
  readonly #holder: ContextHolder;
  readonly #result: HandshakeResult;
  readonly #channelBinding: ChannelBindingResult;
  #protection: MessageProtection | undefined;
  #sizes: ContextSizes | undefined;
  /** Names that were queried after the handshake. */
  readonly #asked = new Map<number, RawAttribute>();

  /** @internal */
  constructor(holder: ContextHolder, result: HandshakeResult, channelBinding: ChannelBindingResult) {
    this.#holder = holder;
    this.#result = result;
    this.#channelBinding = channelBinding;
  }

  /** The package that was negotiated: `'Kerberos'` or `'NTLM'` if that of the credential is Negotiate. */
  get package(): string {
    return this.#result.package;
  }

  /** Which side this is. */
  get role(): Role {
    return this.#result.role;
  }

  /** What was granted, by name: `context.flags.includes('mutualAuth')`. NTLM never has mutualAuth, whatever it reports. */
  get flags(): readonly GrantedFlag[] {
    return decodeGrants(this.#result.granted, this.#result.role);
  }

  /** What was granted, as ISC_RET_* or ASC_RET_* bits: the numbers differ between the two sides. */
  get flagBits(): number {
    return this.#result.granted;
  }

  /**
   * When the context expires, as SSPI reports it; undefined if it never does. It includes the five minutes by which Kerberos
   * allows clocks to differ only if the package adds them: under Wine, libkrb5 adds them on the server's side.
   */
  get expiry(): Date | undefined {
    const { expiry } = this.#result;
    return expiry === undefined ? undefined : new Date(expiry);
  }

  /**
   * The client's name, such as `CORP\alice` (SECPKG_ATTR_NAMES); undefined if the package does not tell.
   *
   * For a server, it was read together with the last leg. For a client, it is queried when it is first read, on this thread,
   * which may wait for the security authority; `queryAttribute('names')` does not block, and stores the name here.
   */
  get clientName(): string | undefined {
    return this.#known('names');
  }

  /**
   * The two principals in the package's own form, such as `alice@CORP.TEST`; undefined if the package does not tell. It costs
   * the same as `clientName`.
   */
  get nativeNames(): NativeNames | undefined {
    return this.#known('nativeNames');
  }

  /**
   * What the client bound the sign-on to, for a server with `extendedProtection`: `'matched'` is this TLS channel, `'proxy'` a
   * channel that ends in front of this process, `'missing'` none. It is `'unknown'` if Windows does not tell (it does from
   * Windows Server 2019 on), with the policy `'never'`, without the option, and for a client.
   */
  get channelBinding(): ChannelBindingResult {
    return this.#channelBinding;
  }

  /**
   * Sizes for message protection.
   * @throws {SspiError} the status of QueryContextAttributes: stream packages have `queryAttribute('streamSizes')` instead.
   */
  get sizes(): ContextSizes {
    return (this.#sizes ??= this.#need('sizes'));
  }

  /**
   * Bytes after the handshake in its last input (SECBUFFER_EXTRA): the start of the first protected message of a stream
   * package. Undefined if there are none.
   */
  get unreadInput(): Buffer | undefined {
    return this.#result.unread;
  }

  get disposed(): boolean {
    return this.#holder.retired;
  }

  /**
   * The session key (SECPKG_ATTR_SESSION_KEY), for protocols that derive keys of their own. It is a secret.
   * @throws {SspiError} the status of QueryContextAttributes if there is none.
   */
  sessionKey(): Buffer {
    return this.#need('sessionKey');
  }

  /**
   * Queries an attribute of the context without blocking, because some wait for the security authority. In the meantime, other
   * calls on the context throw ERR_SSPI_BUSY.
   *
   * @throws {SspiError} (by rejection) the status of QueryContextAttributes, usually SEC_E_UNSUPPORTED_FUNCTION.
   * @see https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querycontextattributesw
   */
  async queryAttribute<Name extends AttributeName>(name: Name): Promise<ContextAttributes[Name]> {
    const attribute = attributeNumber(name);
    const { binding, handle } = this.#alive();
    const answers = await binding.queryContextAttributes(handle, [attribute]).catch((error: unknown) => {
      throw bindingError(error);
    });
    if (answers[0] !== undefined && isName(attribute)) this.#asked.set(attribute, answers[0]);
    return this.#decoded(name, answers[0]);
  }

  /**
   * Protects a message in GSS form (RFC 2743 GSS_Wrap), as LDAP's SASL layers and others need it: token, data, padding.
   *
   * @param data Any bytes; they are copied, and not changed.
   * @returns The whole protected message.
   * @throws {SspiError} ERR_SSPI_NOT_ENCRYPTED if it should be encrypted but confidentiality was not granted;
   * ERR_SSPI_NOT_PROTECTED if it should be signed but neither integrity nor confidentiality was granted; the status of
   * EncryptMessage.
   * @example
   * ```ts
   * socket.write(frame(context.wrap(request)));
   * const answer = context.unwrap(await nextFrame(socket));
   * ```
   */
  wrap(data: NodeJS.ArrayBufferView, options?: WrapOptions): Buffer {
    const bytes = bytesOf(data, 'data');
    const protection = this.#protected();
    if (options === undefined) return this.#native(() => protection.wrap(bytes, true));
    const { encrypt: given = true, sequence: count } = checkedOptions(options, 'options', ['encrypt', 'sequence']);
    const encrypt = checkedBoolean(given, 'encrypt');
    const sequence = checkedSequence(count);
    if (!encrypt) this.#mustProtect();
    return this.#native(() => protection.wrap(bytes, encrypt, sequence));
  }

  /**
   * Opens a message that the peer's GSS_Wrap made.
   *
   * If the context has confidentiality, a message that is only signed is refused, because an attacker could otherwise pass off
   * a peer's signed plaintext as secret; `allowUnencrypted` accepts it. If confidentiality was not granted, nothing can be
   * encrypted, and signed messages are expected. If integrity was not granted either, nothing is opened.
   *
   * @param message One whole message; it is copied, and not changed.
   * @throws {SspiError} SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE and others of DecryptMessage; ERR_SSPI_NOT_ENCRYPTED;
   * ERR_SSPI_NOT_PROTECTED.
   */
  unwrap(message: NodeJS.ArrayBufferView, options?: UnwrapOptions): Buffer {
    const bytes = bytesOf(message, 'message');
    const protection = this.#protected();
    let allowed = !this.#confidential;
    let sequence: number | undefined;
    if (options !== undefined) {
      const { allowUnencrypted, sequence: given } = checkedOptions(options, 'options', [
        'allowUnencrypted',
        'sequence',
      ]);
      if (allowUnencrypted !== undefined) allowed = checkedBoolean(allowUnencrypted, 'allowUnencrypted');
      sequence = checkedSequence(given);
    }
    this.#mustProtect();
    const { data, encrypted } = this.#native(() => protection.unwrap(bytes, sequence));
    if (!encrypted && !allowed) throw onlySigned('The message was only signed, not encrypted.');
    return data;
  }

  /**
   * Signs a message (MakeSignature) and returns only the signature, which is sent separately from the data. This is GSS_GetMIC,
   * not GSS_Wrap.
   * @throws {SspiError} ERR_SSPI_NOT_PROTECTED if neither integrity nor confidentiality was granted, because NTLM would make a
   * signature that proves nothing; the status of MakeSignature.
   */
  sign(data: NodeJS.ArrayBufferView, options: SequenceOption = {}): Buffer {
    const bytes = bytesOf(data, 'data');
    const sequence = sequenceOf(options);
    const protection = this.#protected();
    this.#mustProtect();
    return this.#native(() => protection.sign(bytes, sequence));
  }

  /**
   * Verifies the peer's signature of a message (VerifySignature); returns nothing, and throws unless it matches.
   * @throws {SspiError} SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE and others of VerifySignature;
   * ERR_SSPI_NOT_PROTECTED as `sign`.
   */
  verify(data: NodeJS.ArrayBufferView, signature: NodeJS.ArrayBufferView, options: SequenceOption = {}): void {
    const bytes = bytesOf(data, 'data');
    const signatureBytes = bytesOf(signature, 'signature');
    const sequence = sequenceOf(options);
    const protection = this.#protected();
    this.#mustProtect();
    this.#native(() => protection.verify(bytes, signatureBytes, sequence));
  }

  /**
   * EncryptMessage on a buffer layout of your own, for protocols such as WinRM (TOKEN and DATA separate, no padding), DCE/RPC
   * (read-only parts) or TLS records.
   *
   * @returns The buffers with the lengths that SSPI returned, which may be smaller than the space provided.
   * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT; ERR_SSPI_NOT_ENCRYPTED and ERR_SSPI_NOT_PROTECTED as `wrap`;
   * ERR_SSPI_UNSUPPORTED_PLATFORM for a layout that Wine would protect only in part; the status of EncryptMessage.
   * @example
   * ```ts
   * const { buffers: [token, data] } = context.encrypt([{ type: 'token' }, { type: 'data', data: body }]);
   * ```
   */
  encrypt(buffers: readonly MessageBuffer[], options: WrapOptions = {}): EncryptedBuffers {
    const { encrypt: given = true, sequence: count } = checkedOptions(options, 'options', ['encrypt', 'sequence']);
    const { binding } = this.#alive();
    const encrypt = checkedBoolean(given, 'encrypt');
    mustEncrypt({ confidential: this.#confidential }, encrypt);
    this.#mustProtect();
    const laidOut = layOut(buffers, (type) => this.#roomFor(type));
    refuseLayoutUnderWine(binding, this.package, buffers);
    const sequence = checkedSequence(count);
    this.#native(() => encryptMessage(this.#messages(), laidOut.memory, laidOut.layout, encrypt, sequence));
    return { buffers: readOut(laidOut) };
  }

  /**
   * DecryptMessage on a buffer layout of your own. The caller must check `encrypted`, and for stream packages `status` and a
   * buffer of type `extra`, which contains bytes of the next message.
   * @throws {SspiError} as `encrypt`; SEC_E_MESSAGE_ALTERED, SEC_E_INCOMPLETE_MESSAGE and others of DecryptMessage.
   */
  decrypt(buffers: readonly MessageBuffer[], options: SequenceOption = {}): DecryptedBuffers {
    const sequence = sequenceOf(options);
    const { binding } = this.#alive();
    this.#mustProtect();
    const laidOut = layOut(buffers, () => 0);
    refuseLayoutUnderWine(binding, this.package, buffers);
    const context = this.#messages();
    const status = this.#native(() => decryptMessage(context, laidOut.memory, laidOut.layout, sequence));
    const encrypted = wasEncrypted(context, laidOut.layout);
    return { buffers: readOut(laidOut), status, code: statusCode(status), encrypted };
  }

  /**
   * Who the client is to Windows: the SIDs of the user and its groups, privileges, how it logged on. Use it for your own access
   * decisions. Does not block; in the meantime, other calls on the context throw ERR_SSPI_BUSY. For servers.
   *
   * @throws {SspiError} (by rejection) the status of QuerySecurityContextToken: such as SEC_E_UNSUPPORTED_FUNCTION if the
   * package makes no token.
   * @example
   * ```ts
   * const token = await server.context.accessToken();
   * const isAdministrator = await token.isMemberOf(wellKnownSids.administrators);
   * ```
   * @see https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querysecuritycontexttoken
   */
  async accessToken(): Promise<AccessToken> {
    const { binding, handle } = this.#alive();
    const call = { package: this.package, wine: binding.wineVersion !== undefined };
    return readAccessToken(
      binding.querySecurityContextToken(handle),
      async (sid) => this.#alive().binding.checkTokenMembership(handle, sid),
      { ...call, api: 'QuerySecurityContextToken' },
    );
  }

  /**
   * Runs a function as the client (ImpersonateSecurityContext) and always reverts before it returns.
   *
   * The identity belongs to the operating system's thread, and only synchronous work stays on this one: `fs.readFileSync` acts
   * as the client, `fs.promises.readFile` does not. An async function, or one that returns a promise, is refused. Child
   * processes still run as the service. The client's identity is valid only for resources of this machine. Access to another
   * machine, such as a UNC path, needs delegation; to sign on there, use `acquireCredentials({ onBehalfOf: context })`.
   *
   * @returns What `fn` returned; what it throws is passed through.
   * @throws {SspiError} ERR_SSPI_PROMISE_REFUSED; the status of ImpersonateSecurityContext, in which case `fn` did not run;
   * ERROR_BAD_IMPERSONATION_LEVEL if the client's token only identifies the client, because this process does not have
   * SeImpersonatePrivilege or the client requested `identify`.
   * @example
   * ```ts
   * const text = context.impersonate(() => readFileSync('D:\\reports\\2026.txt', 'utf8'));
   * ```
   */
  impersonate<T>(fn: () => T extends PromiseLike<unknown> ? never : T): T {
    if (typeof fn !== 'function') throw invalidArgument(`fn must be a function, not ${describe(fn)}`);
    if (asyncFunctions.includes(Object.prototype.toString.call(fn))) throw promiseRefused('is async, and has not run');
    const { binding, handle } = this.#alive();
    let thrown: { error: unknown } | undefined;
    const { status, result } = this.#native(() =>
      binding.impersonate<unknown>(handle, () => {
        try {
          return fn();
        } catch (error) {
          thrown = { error };
          return undefined;
        }
      }),
    );
    if (thrown !== undefined) throw thrown.error;
    if (status !== 0) {
      const wine = binding.wineVersion !== undefined;
      throw this.#explained(statusError(status, { api: 'ImpersonateSecurityContext', package: this.package, wine }));
    }
    if (isThenable(result)) throw promiseRefused('returned a promise, which does not run as the client');
    return result as T;
  }

  /** @internal */
  [clientCore](): ClientCore {
    const { binding, handle } = this.#alive();
    const delegated = this.role === 'acceptor' && (this.#result.granted & grantBit('acceptor', 'delegate')) !== 0;
    return { binding, handle, role: this.role, package: this.package, delegated };
  }

  /** Deletes the context; resolves when SSPI has freed it. Idempotent. */
  dispose(): Promise<void> {
    return this.#holder.retire();
  }

  [Symbol.dispose](): void {
    this.#holder.drop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.disposed ? ', disposed' : '';
    return `SecurityContext { role: '${this.role}', package: '${this.package}', flags: [${this.flags.join(', ')}]${state} }`;
  }

  #roomFor(type: MessageBufferType): number {
    if (type === 'token') return this.#protected().tokenSize;
    return type === 'padding' ? this.sizes.blockSize : 0;
  }

  get #confidential(): boolean {
    return (this.#result.granted & grantBit(this.#result.role, 'confidentiality')) !== 0;
  }

  /** Without an agreed key, some packages make signatures that anybody can make, and open messages that nobody protected. */
  #mustProtect(): void {
    const protecting = grantBit(this.role, 'confidentiality') | grantBit(this.role, 'integrity');
    if ((this.#result.granted & protecting) === 0) throw unprotected();
  }

  #alive(): ContextHolder {
    if (this.#holder.retired) throw disposedError('The context');
    return this.#holder;
  }

  #messages(): MessageContext {
    return { holder: this.#alive(), package: this.package, confidential: this.#confidential };
  }

  #protected(): MessageProtection {
    this.#alive();
    return (this.#protection ??= new MessageProtection({
      ...this.#messages(),
      dceStyle: (this.#result.granted & grantBit(this.role, 'useDceStyle')) !== 0,
      sizes: this.sizes,
    }));
  }

  /** Runs a synchronous native call: what the binding throws becomes an SspiError. */
  #native<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#explained(bindingError(error));
    }
  }

  #explained(error: Error): Error {
    return withEvidence(error, () => ({
      ...evidenceOfResult({ ...this.#result, attributes: new Map([...this.#asked, ...this.#result.attributes]) }),
      wineVersion: this.#holder.binding.wineVersion,
      time: Date.now(),
    }));
  }

  /** An attribute that was queried with the last leg, or is queried now; undefined if the package refuses it. */
  #known<Name extends 'names' | 'nativeNames'>(name: Name): ContextAttributes[Name] | undefined {
    const attribute = Attribute[name];
    let answer = this.#result.attributes.get(attribute) ?? this.#asked.get(attribute);
    if (answer === undefined && !this.#holder.retired) {
      answer = this.#querySync(attribute);
      if (answer !== undefined) this.#asked.set(attribute, answer);
    }
    return answer?.status === 0 ? decodeAttribute(name, answer.value, this.role) : undefined;
  }

  #need<Name extends 'sizes' | 'sessionKey'>(name: Name): ContextAttributes[Name] {
    this.#alive();
    return this.#decoded(name, this.#result.attributes.get(Attribute[name]) ?? this.#querySync(Attribute[name]));
  }

  #querySync(attribute: number): RawAttribute | undefined {
    const { binding, handle } = this.#holder;
    return this.#native(() => binding.queryContextAttributesSync(handle, [attribute]))[0];
  }

  #decoded<Name extends AttributeName>(name: Name, answer: RawAttribute | undefined): ContextAttributes[Name] {
    if (answer?.status === 0) return decodeAttribute(name, answer.value, this.role);
    const noKey =
      'A context has a session key if integrity, confidentiality or useSessionKey was requested, and the package provides it.';
    throw this.#explained(
      statusError(
        answer?.status ?? 0x80090302,
        { api: 'QueryContextAttributes', package: this.package },
        name === 'sessionKey' ? { hint: noKey } : {},
      ),
    );
  }
}

/** The attributes of `clientName` and `nativeNames`. Others may change, and some are secret, so they are not stored. */
const isName = (attribute: number): boolean => attribute === Attribute.names || attribute === Attribute.nativeNames;

function promiseRefused(what: string): Error {
  return usageError('ERR_SSPI_PROMISE_REFUSED', `impersonate runs synchronous functions only; this one ${what}.`, {
    hint: 'To sign on elsewhere as the client, use acquireCredentials({ onBehalfOf: context }).',
  });
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function sequenceOf(options: SequenceOption): number {
  return checkedSequence(checkedOptions(options, 'options', ['sequence']).sequence);
}

function checkedSequence(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw invalidArgument('sequence must be an integer of 32 bits');
  }
  return value;
}
