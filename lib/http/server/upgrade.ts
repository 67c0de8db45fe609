/** Upgrades (WebSockets): all legs of a handshake on one socket, before anybody hears of the request. */
import http, { type IncomingMessage, type Server } from 'node:http';
import { fieldsOfAnswer, statusOf, type Answer } from './answer';
import { isEncrypted } from './protection';
import type { Additions } from './verdict';
import type { Duplex } from 'node:stream';

/** Answers an upgrade that may not pass, and gives the socket back to the server for the client's next request. */
export function answerUpgrade(
  server: Server | undefined,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  verdict: Answer,
): void {
  if (socket.destroyed) return;
  const goesOn = server !== undefined && socket === request.socket && canGoOn(request) && !socket.readableEnded;
  const status = statusOf(verdict);
  const fields = [
    ...fieldsOfAnswer(verdict),
    ...(verdict.kind === 'refused' ? additionalFields(verdict.additions, goesOn) : []),
    ['Connection', goesOn ? 'keep-alive' : 'close'] as const,
  ];
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
  if (!goesOn) {
    // Nobody reads the socket any more, so that the client's end would not be seen, nor does anybody else hear of a reset.
    socket.on('error', () => undefined);
    socket.end(answer, () => socket.destroy());
    return;
  }
  socket.write(answer);
  if (head.length > 0) socket.unshift(head);
  removeLeftListeners(socket);
  server.emit(isEncrypted(request.socket) ? 'secureConnection' : 'connection', socket);
}

/** Node leaves these behind when an upgrade takes the socket from it, and adds them again with each 'connection'. */
function removeLeftListeners(socket: Duplex): void {
  for (const [event, name] of [
    ['pause', 'onSocketPause'],
    ['resume', 'onSocketResume'],
  ] as const) {
    for (const listener of socket.listeners(event)) {
      if (listener.name === name) socket.removeListener(event, listener as () => void);
    }
  }
}

/** Has the final token go out with the handler's answer: the 101, or whatever it writes first. */
export function addToFirstWrite(socket: Duplex, additions: Additions): void {
  const fields = additionalFields(additions, true).map(([name, value]) => `${name}: ${value}\r\n`);
  if (fields.length === 0) return;
  const { write, end } = socket as unknown as Record<'write' | 'end', (...args: unknown[]) => unknown>;
  const patched =
    (method: (...args: unknown[]) => unknown) =>
    (chunk: unknown, ...rest: unknown[]): unknown => {
      Object.assign(socket, { write, end });
      return Reflect.apply(method, socket, [withFields(chunk, fields.join('')), ...rest]);
    };
  Object.assign(socket, { write: patched(write), end: patched(end) });
}

/** After the status line, whatever it says. */
function withFields(chunk: unknown, fields: string): unknown {
  if (typeof chunk === 'string') return chunk.replace(/^HTTP\/1\.\d [^\r\n]*\r\n/, (line) => line + fields);
  if (!ArrayBuffer.isView(chunk)) return chunk;
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const text = withFields(bytes.toString('latin1'), fields) as string;
  return Buffer.from(text, 'latin1');
}

function additionalFields(additions: Additions | undefined, keptOpen: boolean): (readonly [string, string])[] {
  if (additions === undefined) return [];
  const { authenticate, persistent } = additions;
  const fields: (readonly [string, string])[] = [];
  if (authenticate !== undefined) fields.push(['WWW-Authenticate', authenticate]);
  if (persistent !== undefined) fields.push(['Persistent-Auth', persistent && keptOpen ? 'true' : 'false']);
  return fields;
}

const canGoOn = (request: IncomingMessage): boolean => !hasBody(request) && keepsAlive(request);

/** What follows the head of such a request is its body, and would be read as the next request. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

const keepsAlive = ({ httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean =>
  httpVersionMajor === 1 && httpVersionMinor >= 1;

/** The answer that Node is writing on the socket, or about to write. */
export function hasOpenAnswer(socket: Duplex): boolean {
  const { _httpMessage: message } = socket as Duplex & { readonly _httpMessage?: unknown };
  return message !== undefined && message !== null;
}
