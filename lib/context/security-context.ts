import { qopNoEncrypt } from '../binding/constants';
import { MessageProtection, onlySigned, unprotected } from './protection';
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

/** The sequence number of a message, where the caller counts (ISC_REQ_DATAGRAM, some RPC layouts); SSPI counts otherwise. */
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
  /** True takes messages that are only signed, too. Default: false where the context has confidentiality, else true. */
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
  /** SEC_E_OK, or for stream packages SEC_I_CONTEXT_EXPIRED (the peer closed) or SEC_I_RENEGOTIATE (step on). */
  readonly status: number;
  readonly code: SspiStatusCode;
  /** False for a message that was only signed: check it where confidentiality matters. */
  readonly encrypted: boolean;
}

const asyncFunctions = ['[object AsyncFunction]', '[object AsyncGeneratorFunction]'];

/**
 * An established security context: what was negotiated, and message protection.
 *
 * Message protection is CPU work inside the process and synchronous. Messages of one direction must be protected and opened in
 * order. Dispose it (or its handshake) when the connection closes; garbage collection frees it too, some time.
 */
export class SecurityContext implements Releasable {
  readonly #holder: ContextHolder;
  readonly #result: HandshakeResult;
  readonly #channelBinding: ChannelBindingResult;
  #protection: MessageProtection | undefined;
  #sizes: ContextSizes | undefined;
  /** Names that were asked for after the handshake. */
  readonly #asked = new Map<number, RawAttribute>();

  /** @internal */
  constructor(holder: ContextHolder, result: HandshakeResult, channelBinding: ChannelBindingResult) {
    this.#holder = holder;
    this.#result = result;
    this.#channelBinding = channelBinding;
  }

  /** The package that was negotiated: `'Kerberos'` or `'NTLM'` where the credential's is Negotiate. */
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
   * When the context expires, as SSPI reports it; undefined where it never does. Kerberos' allowance for clocks that differ
   * (five minutes) is in it where the package adds it, and nowhere else: under Wine, libkrb5 adds it on the acceptor's side.
   */
  get expiry(): Date | undefined {
    const { expiry } = this.#result;
    return expiry === undefined ? undefined : new Date(expiry);
  }

  /**
   * The client's name, such as `CORP\alice` (SECPKG_ATTR_NAMES); undefined where the package does not tell.
   *
   * An acceptor's came with the last leg. An initiator's is asked for when it is first read, on this thread, and that may
   * wait for the security authority: `queryAttribute('names')` does not, and leaves the name here.
   */
  get clientName(): string | undefined {
    return this.#known('names');
  }

  /**
   * The two principals in the package's own form, such as `alice@CORP.TEST`; undefined where the package does not tell. It
   * costs what `clientName` costs.
   */
  get nativeNames(): NativeNames | undefined {
    return this.#known('nativeNames');
  }

  /**
   * What the client bound the sign-on to, of an acceptor with `extendedProtection`: `'matched'` is this TLS channel, `'proxy'` a
   * channel that ends in front of this process, `'missing'` none. `'unknown'` where Windows does not tell (it does from Windows
   * Server 2019 on), under the policy `'never'`, without the option, and for an initiator.
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
   * Bytes that came behind the handshake in its last input (SECBUFFER_EXTRA): the beginning of the first protected message of
   * a stream package. Undefined where there are none.
   */
  get unreadInput(): Buffer | undefined {
    return this.#result.unread;
  }

  get disposed(): boolean {
    return this.#holder.retired;
  }

  /**
   * The session key (SECPKG_ATTR_SESSION_KEY), for protocols that derive keys of their own. It is a secret.
   * @throws {SspiError} the status of QueryContextAttributes where there is none.
   */
  sessionKey(): Buffer {
    return this.#need('sessionKey');
  }

  /**
   * Asks SSPI for an attribute of the context, without blocking: some wait for the security authority. Other calls on the
   * context throw ERR_SSPI_BUSY meanwhile.
   *
   * @throws {SspiError} (by rejection) the status of QueryContextAttributes, SEC_E_UNSUPPORTED_FUNCTION above all.
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
   * Protects a message in GSS form (RFC 2743 GSS_Wrap), as LDAP's SASL layers and others want it: token, data, padding.
   *
   * @param data Any bytes; they are copied, and not changed.
   * @returns The whole protected message.
   * @throws {SspiError} ERR_SSPI_NOT_ENCRYPTED when it should be encrypted and confidentiality was not granted;
   * ERR_SSPI_NOT_PROTECTED when it should be signed and neither integrity nor confidentiality was; the status of EncryptMessage.
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
   * A message that is only signed is refused where the context has confidentiality, since an attacker could otherwise have a
   * peer's signed plaintext pass for a secret one; `allowUnencrypted` takes it. Where confidentiality was not granted nothing
   * can be encrypted, and signed messages are what is expected; where integrity was not granted either, nothing is opened.
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
   * Signs a message (MakeSignature): the signature alone, to be sent beside the data. It is GSS_GetMIC, not GSS_Wrap.
   * @throws {SspiError} ERR_SSPI_NOT_PROTECTED where neither integrity nor confidentiality was granted: NTLM would make a
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
   * Verifies the peer's signature of a message (VerifySignature); returns nothing, and throws unless it fits.
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
   * EncryptMessage over buffers of your own layout, for protocols such as WinRM (TOKEN and DATA apart, no padding), DCE/RPC
   * (read-only parts) or TLS records.
   *
   * @returns The buffers with the lengths that SSPI returned, which may be smaller than the room given.
   * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT; ERR_SSPI_NOT_ENCRYPTED and ERR_SSPI_NOT_PROTECTED as `wrap`;
   * ERR_SSPI_UNSUPPORTED_PLATFORM for a layout of which Wine would protect a part only; the status of EncryptMessage.
   * @example
   * ```ts
   * const { buffers: [token, data] } = context.encrypt([{ type: 'token' }, { type: 'data', data: body }]);
   * ```
   */
  encrypt(buffers: readonly MessageBuffer[], options: WrapOptions = {}): EncryptedBuffers {
    const { encrypt = true, sequence } = checkedOptions(options, 'options', ['encrypt', 'sequence']);
    const { binding, handle } = this.#alive();
    const qop = checkedBoolean(encrypt, 'encrypt') ? 0 : qopNoEncrypt;
    if (qop === 0 && !this.#confidential) {
      throw onlySigned('This context cannot encrypt: confidentiality was not granted.');
    }
    this.#mustProtect();
    const laidOut = layOut(buffers, (type) => this.#roomFor(type));
    refuseLayoutUnderWine(binding, this.package, buffers);
    const status = this.#native(() =>
      binding.encryptMessage(handle, laidOut.memory, laidOut.layout, qop, checkedSequence(sequence)),
    );
    if (status !== 0) throw this.#explained(statusError(status, { api: 'EncryptMessage', package: this.package }));
    return { buffers: readOut(laidOut) };
  }

  /**
   * DecryptMessage over buffers of your own layout. The caller checks `encrypted`, and for stream packages `status` and a
   * buffer of type `extra`, which holds bytes of the next message.
   * @throws {SspiError} as `encrypt`; SEC_E_MESSAGE_ALTERED, SEC_E_INCOMPLETE_MESSAGE and others of DecryptMessage.
   */
  decrypt(buffers: readonly MessageBuffer[], options: SequenceOption = {}): DecryptedBuffers {
    const sequence = sequenceOf(options);
    const { binding, handle } = this.#alive();
    this.#mustProtect();
    const laidOut = layOut(buffers, () => 0);
    refuseLayoutUnderWine(binding, this.package, buffers);
    const status = this.#native(() => binding.decryptMessage(handle, laidOut.memory, laidOut.layout, sequence));
    if (status >= 0x80000000) {
      throw this.#explained(statusError(status, { api: 'DecryptMessage', package: this.package }));
    }
    const qop = laidOut.layout[laidOut.layout.length - 1];
    const encrypted = this.#confidential && qop !== qopNoEncrypt;
    return { buffers: readOut(laidOut), status, code: statusCode(status), encrypted };
  }

  /**
   * Who the client is to Windows: the SIDs of the user and of the groups, privileges, how it logged on, for decisions of your
   * own about access. Does not block; other calls on the context throw ERR_SSPI_BUSY meanwhile. For acceptors.
   *
   * @throws {SspiError} (by rejection) the status of QuerySecurityContextToken: SEC_E_UNSUPPORTED_FUNCTION, for one, where the
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
   * The identity belongs to the operating system's thread, and only synchronous work stays on this one: `fs.readFileSync`
   * acts as the client, `fs.promises.readFile` does not. An async function, or one that returns a promise, is refused.
   * Child processes run as the service all the same. The client's identity reaches this machine's resources only; to go on
   * to another one, a UNC path for one, takes delegation, and to sign on there `acquireCredentials({ onBehalfOf: context })`.
   *
   * @returns What `fn` returned; what it throws passes through.
   * @throws {SspiError} ERR_SSPI_PROMISE_REFUSED; the status of ImpersonateSecurityContext, in which case `fn` did not run;
   * ERROR_BAD_IMPERSONATION_LEVEL where the client's token only says who the client is, because this process lacks
   * SeImpersonatePrivilege or the client asked for `identify`.
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
    if (isThenable(result)) throw promiseRefused('returned a promise, whose work does not run as the client');
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

  /** Without a key that was agreed on, some packages make signatures that anybody can make, and open what nobody protected. */
  #mustProtect(): void {
    const protecting = grantBit(this.role, 'confidentiality') | grantBit(this.role, 'integrity');
    if ((this.#result.granted & protecting) === 0) throw unprotected();
  }

  #alive(): ContextHolder {
    if (this.#holder.retired) throw disposedError('The context');
    return this.#holder;
  }

  #protected(): MessageProtection {
    const holder = this.#alive();
    return (this.#protection ??= new MessageProtection({
      holder,
      package: this.package,
      confidential: this.#confidential,
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

  /** An attribute that came with the last leg, or is asked for now; undefined where the package refuses it. */
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
      'A context has a session key where integrity, confidentiality or useSessionKey was asked for, and the package shares it.';
    throw this.#explained(
      statusError(
        answer?.status ?? 0x80090302,
        { api: 'QueryContextAttributes', package: this.package },
        name === 'sessionKey' ? { hint: noKey } : {},
      ),
    );
  }
}

/** What `clientName` and `nativeNames` show. Nothing else of a context stays as it is, and some of it is secret. */
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
    throw invalidArgument('sequence must be a whole number of 32 bits');
  }
  return value;
}
