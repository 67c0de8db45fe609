import { BufferType } from '../binding/constants';
import { decryptMessage, encryptMessage, wasEncrypted, type MessageContext } from './message-calls';
import {
  aesSealedOverhead,
  cutsTokensInReverse,
  refuseWholeMessagesUnderWine,
  kerberosOverhead,
  reverseLayout,
  tokenSizeUnderWine,
  tokenApartLayout,
  wantsTokenApart,
} from '../wine';
import { statusError, usageError } from '../errors/make';
import type { ContextSizes } from './attributes';
import type { SspiApi } from '../errors/codes';

/** What message protection must know about its context. */
export interface Protected extends MessageContext {
  readonly dceStyle: boolean;
  readonly sizes: ContextSizes;
}

/** A message that `unwrap` opened. */
export interface Unwrapped {
  readonly data: Buffer;
  /** False for a message that was only signed. */
  readonly encrypted: boolean;
}

const noSequence = 0;

/**
 * Whole messages of one context: the GSS forms of EncryptMessage and DecryptMessage (RFC 2743 GSS_Wrap and GSS_Unwrap), and
 * MakeSignature and VerifySignature. Each message has one block of memory: native code works in place, and data is copied once.
 *
 * A layout is triples of type, offset and length, and a slot for the quality of protection; it is reused from call to call.
 */
export class MessageProtection {
  readonly #context: Protected;
  readonly #tokenSize: number;
  readonly #padding: number;
  readonly #reverse: boolean;
  readonly #tokenApart: boolean;
  readonly #layout3 = new Uint32Array(10);
  readonly #layout2 = new Uint32Array(7);
  #sealedOverhead = aesSealedOverhead;

  constructor(context: Protected) {
    const { holder, sizes } = context;
    this.#context = context;
    this.#tokenSize = tokenSizeUnderWine(holder.binding, context.package, sizes.securityTrailer);
    this.#padding = sizes.blockSize;
    this.#reverse = cutsTokensInReverse(holder.binding, context.package, context.dceStyle);
    this.#tokenApart = wantsTokenApart(holder.binding, context.package);
  }

  /** The size of the buffer that EncryptMessage needs for its token, in bytes. */
  get tokenSize(): number {
    return this.#tokenSize;
  }

  /** GSS_Wrap: TOKEN ‖ DATA ‖ PADDING. */
  wrap(data: Buffer, encrypt: boolean, sequence = noSequence): Buffer {
    this.#refuse();
    if (this.#reverse) return this.#wrapInReverse(data, encrypt, sequence);

    const tokenSize = this.#tokenSize;
    const padding = this.#padding;
    const end = tokenSize + data.length;
    const memory = Buffer.allocUnsafe(end + padding);
    memory.set(data, tokenSize);
    const layout = padding > 0 ? this.#layout3 : this.#layout2;
    layout[0] = BufferType.token;
    layout[1] = 0;
    layout[2] = tokenSize;
    layout[3] = BufferType.data;
    layout[4] = tokenSize;
    layout[5] = data.length;
    if (padding > 0) {
      layout[6] = BufferType.padding;
      layout[7] = end;
      layout[8] = padding;
    }
    encryptMessage(this.#context, memory, layout, encrypt, sequence);

    // SSPI may have used less than that: then the token is moved next to the data, which is not moved.
    const token = layout[2];
    if (token < tokenSize) memory.copyWithin(tokenSize - token, 0, token);
    return memory.subarray(tokenSize - token, end + (padding > 0 ? (layout[8] as number) : 0));
  }

  #wrapInReverse(data: Buffer, encrypt: boolean, sequence: number): Buffer {
    const memory = Buffer.allocUnsafe(data.length + this.#tokenSize);
    memory.set(data, 0);
    const layout = this.#layout2;
    layout[0] = BufferType.data;
    layout[1] = 0;
    layout[2] = data.length;
    layout[3] = BufferType.token;
    layout[4] = data.length;
    layout[5] = this.#tokenSize;
    encryptMessage(this.#context, memory, layout, encrypt, sequence);
    if (encrypt) this.#sealedOverhead = layout[5];
    return memory.subarray(0, data.length + layout[5]);
  }

  /** GSS_Unwrap; does not decide about messages that are only signed. */
  unwrap(message: Buffer, sequence = noSequence): Unwrapped {
    this.#refuse();
    const layout = this.#layout2;
    const memory = Buffer.from(message);
    let data = 3;
    if (this.#reverse) {
      reverseLayout(layout, memory.length, kerberosOverhead(memory, this.#sealedOverhead));
      data = 0;
    } else if (this.#tokenApart) {
      tokenApartLayout(layout, memory.length);
    } else {
      layout[0] = BufferType.stream;
      layout[1] = 0;
      layout[2] = memory.length;
      layout[3] = BufferType.data;
      layout[4] = 0;
      layout[5] = 0;
      layout[6] = 0;
    }
    const status = decryptMessage(this.#context, memory, layout, sequence);
    if (status !== 0) throw this.#error(status, 'DecryptMessage');
    const start = layout[data + 1] as number;
    const end = start + (layout[data + 2] as number);
    return { data: memory.subarray(start, end), encrypted: wasEncrypted(this.#context, layout) };
  }

  /** MakeSignature: the signature alone. */
  sign(data: Buffer, sequence = noSequence): Buffer {
    const { binding, handle } = this.#context.holder;
    const tokenSize = tokenSizeUnderWine(binding, this.#context.package, this.#context.sizes.maxSignature);
    const memory = Buffer.allocUnsafe(data.length + tokenSize);
    memory.set(data, 0);
    const layout = this.#dataAndToken(data.length, tokenSize);
    const status = binding.makeSignature(handle, memory, layout, 0, sequence);
    if (status !== 0) throw this.#error(status, 'MakeSignature');
    const start = layout[4] as number;
    // A copy: a view would keep the whole message alive for its signature.
    return Buffer.from(memory.subarray(start, start + (layout[5] as number)));
  }

  /** VerifySignature: returns only if the signature matches. */
  verify(data: Buffer, signature: Buffer, sequence = noSequence): void {
    const { binding, handle } = this.#context.holder;
    const memory = Buffer.concat([data, signature]);
    const layout = this.#dataAndToken(data.length, signature.length);
    const status = binding.verifySignature(handle, memory, layout, sequence);
    if (status !== 0) throw this.#error(status, 'VerifySignature');
  }

  #refuse(): void {
    refuseWholeMessagesUnderWine(this.#context.holder.binding, this.#context.package, this.#context.dceStyle);
  }

  #dataAndToken(data: number, token: number): Uint32Array {
    const layout = this.#layout2;
    layout[0] = BufferType.data;
    layout[1] = 0;
    layout[2] = data;
    layout[3] = BufferType.token;
    layout[4] = data;
    layout[5] = token;
    layout[6] = 0;
    return layout;
  }

  #error(status: number, api: SspiApi): Error {
    return statusError(status, { api, package: this.#context.package });
  }
}

/** The error for messages on a context for which no protection was granted. */
export function unprotected(): Error {
  return usageError(
    'ERR_SSPI_NOT_PROTECTED',
    'The messages of this context are not protected: neither integrity nor confidentiality was granted.',
    { hint: 'Request the flag integrity or confidentiality in the handshake, and also name it in `require.flags`.' },
  );
}
