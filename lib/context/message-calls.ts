import { qopNoEncrypt } from '../binding/constants';
import { statusError, usageError } from '../errors/make';
import { refuseSignedMessagesUnderWine } from '../wine';
import type { ContextHolder } from '../binding/context-holder';

/** What message protection must know about its context. */
export interface MessageContext {
  readonly holder: ContextHolder;
  readonly package: string;
  readonly confidential: boolean;
}

/** Throws if a message would be only signed although it should be encrypted. */
export function mustEncrypt({ confidential }: Pick<MessageContext, 'confidential'>, encrypt: boolean): void {
  if (encrypt && !confidential) {
    throw onlySigned('This context cannot encrypt: confidentiality was not granted.');
  }
}

/** EncryptMessage, in place; the only place that calls it. The layout is that of lib/binding/binding.ts. */
export function encryptMessage(
  context: MessageContext,
  memory: Buffer,
  layout: Uint32Array,
  encrypt: boolean,
  sequence: number,
): void {
  mustEncrypt(context, encrypt);
  const { binding, handle } = context.holder;
  refuseSignedMessagesUnderWine(binding, context.package, context.confidential);
  const status = binding.encryptMessage(handle, memory, layout, encrypt ? 0 : qopNoEncrypt, sequence);
  if (status !== 0) throw statusError(status, { api: 'EncryptMessage', package: context.package });
}

/**
 * DecryptMessage, in place; the only place that calls it. Returns the status if it is not a failure: for streams it has more
 * information.
 */
export function decryptMessage(context: MessageContext, memory: Buffer, layout: Uint32Array, sequence: number): number {
  const { binding, handle } = context.holder;
  refuseSignedMessagesUnderWine(binding, context.package, context.confidential);
  const status = binding.decryptMessage(handle, memory, layout, sequence);
  if (status >= 0x80000000) throw statusError(status, { api: 'DecryptMessage', package: context.package });
  return status;
}

/** True if the message that was just opened had been encrypted, not only signed. */
export function wasEncrypted({ confidential }: MessageContext, layout: Uint32Array): boolean {
  return confidential && layout[layout.length - 1] !== qopNoEncrypt;
}

/** The error for a message that is only signed although encryption is expected. */
export function onlySigned(message: string): Error {
  return usageError('ERR_SSPI_NOT_ENCRYPTED', message, {
    hint: 'Request the flag confidentiality in the handshake, or say that signing is enough: wrap(…, { encrypt: false }), unwrap(…, { allowUnencrypted: true }).',
  });
}
