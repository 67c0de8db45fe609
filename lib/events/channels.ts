import { channel } from 'node:diagnostics_channel';
import type { SspiEvents } from './messages';

/** A channel that takes only messages of its own type. */
export interface EventChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

function named<Name extends keyof SspiEvents>(name: Name): EventChannel<SspiEvents[Name]> {
  return channel(name);
}

export const credentialAcquired = named('sspi:credential:acquired');
export const legFinished = named('sspi:leg:finished');
export const handshakeEstablished = named('sspi:handshake:established');
export const handshakeFailed = named('sspi:handshake:failed');
export const handshakeDisposed = named('sspi:handshake:disposed');
export const ntlmChosen = named('sspi:ntlm:chosen');
