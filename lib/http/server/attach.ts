import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import tls from 'node:tls';
import { describe, invalidOption } from '../check';
import type { Duplex } from 'node:stream';
import type { HeldContinues } from './continue';
import { refusal, type Refusal } from './refusal';

/** 72 KiB: a Kerberos token of 48,000 bytes has 64,000 characters, and other fields stand beside it. */
export const leastHeaderSize = 73_728;

/** What a server that is attached calls. */
export interface Attachment {
  readonly continues: HeldContinues;
  /** This process ends TLS. */
  noteTls(): void;
  noteClosed(server: Server): void;
  handleUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer, pass: () => void): void;
  report(refusal: Refusal, address: string | undefined): void;
}

/** @throws ERR_SSPI_INVALID_ARGUMENT for what is no server, and for one whose headers are too small for a token. */
export function attachTo(attachment: Attachment, server: Server): void {
  checkServer(server);
  if (server instanceof tls.Server) attachment.noteTls();
  const { emit } = server as unknown as { readonly emit: (event: string | symbol, ...args: unknown[]) => boolean };
  const emitOriginal = (event: string | symbol, args: unknown[]): boolean =>
    Reflect.apply(emit, server, [event, ...args]);
  // Listeners may be added at any time, before and after: they are called only for what has passed.
  server.emit = function (event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'upgrade') {
      const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer];
      attachment.handleUpgrade(server, request, socket, head, () => emitOriginal(event, args));
      return true;
    }
    if (event === 'clientError') reportOverflow(attachment, args[0], args[1]);
    return emitOriginal(event, args);
  } as typeof server.emit;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // An application with a listener of its own decides itself.
    if (server.listenerCount('checkContinue') > 1) return;
    attachment.continues.hold(request, response);
    server.emit('request', request, response);
    attachment.continues.release(request);
  });
  server.once('close', () => attachment.noteClosed(server));
}

function checkServer(server: unknown): void {
  const {
    emit,
    on,
    maxHeaderSize = http.maxHeaderSize,
  } = (server ?? {}) as Partial<Server> & {
    readonly maxHeaderSize?: number;
  };
  if (typeof emit !== 'function' || typeof on !== 'function') {
    throw invalidOption(`attach wants a server of node:http or node:https, not ${describe(server)}`);
  }
  if (maxHeaderSize < leastHeaderSize) {
    throw invalidOption(
      `attach: the server takes ${maxHeaderSize} bytes of headers, and a Kerberos token alone can have 64,000; ` +
        'write http.createServer({ maxHeaderSize: 80 * 1024 }, …), or in Fastify: Fastify({ http: { maxHeaderSize: 80 * 1024 } })',
    );
  }
}

/** Node answers 431 itself, or the application's listener does. */
function reportOverflow(attachment: Attachment, error: unknown, socket: unknown): void {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code !== 'HPE_HEADER_OVERFLOW') return;
  const { remoteAddress } = (socket ?? {}) as { readonly remoteAddress?: string };
  const reason =
    'The request’s headers are larger than the server’s maxHeaderSize. A token of a user in many groups can be.';
  attachment.report(refusal(431, reason, { code }), remoteAddress);
}
