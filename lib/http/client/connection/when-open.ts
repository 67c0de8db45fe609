import { SspiError } from '../../../index';
import type { Socket } from 'node:net';

const maxTimeout = 0x7fffffff;

/** A limit that timers can keep; they take 31 bits. */
export const timerLimit = (milliseconds: number): number => Math.min(milliseconds, maxTimeout);

/**
 * Waits until a socket that is connecting is open.
 *
 * @param event `connect` or `secureConnect`
 * @throws The socket's own error; {SspiError} ERR_SSPI_PEER_TIMEOUT, ERR_SSPI_ABORTED.
 */
export function whenOpen(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { origin, timeout, signal }: { readonly origin: string; readonly timeout: number; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off(event, onOpen).off('close', onClose);
      if (error === undefined) {
        socket.off('error', onError);
        resolve();
      } else {
        reject(error);
        socket.destroy();
      }
    };
    const onOpen = (): void => settle();
    const onError = (error: Error): void => settle(error);
    const onClose = (): void => settle(new Error(`The connection to ${origin} was closed before it was open.`));
    const onAbort = (): void => settle(aborted(signal));
    const timer = setTimeout(() => settle(late(origin, timeout)), timerLimit(timeout));
    socket.on(event, onOpen).on('error', onError).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function aborted(signal: AbortSignal): SspiError {
  const cause: unknown = signal.reason;
  return new SspiError({ code: 'ERR_SSPI_ABORTED', message: 'The operation was aborted.', cause });
}

function late(origin: string, timeout: number): SspiError {
  const hint = 'Check the network, and see the option connectTimeout.';
  const message = `No connection to ${origin} came about within ${timeout} ms. ${hint}`;
  return new SspiError({ code: 'ERR_SSPI_PEER_TIMEOUT', message, hint });
}
