/** Header fields that are added when an answer's head goes out, whoever writes it and whatever its status. */
import type { Additions } from './verdict';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

const additionsKey = Symbol('sspi.http.additions');

type Response = ServerResponse & { [additionsKey]?: Additions };
/** Has `additions` go out with the head of the answer. */
export function addWhenSent(response: ServerResponse, additions: Additions): void {
  const extended: Response = response;
  if (extended[additionsKey] === undefined) {
    // Whatever is there: another module's patch is called in turn.
    const { writeHead: original } = extended as unknown as Record<'writeHead', (...args: unknown[]) => Response>;
    const patched = function (this: Response, ...args: unknown[]): Response {
      Reflect.set(this, 'writeHead', original);
      return Reflect.apply<Response, unknown[], Response>(original, this, withAdditions(this, args));
    };
    Reflect.set(extended, 'writeHead', patched);
  }
  extended[additionsKey] = additions;
}

/** writeHead(status[, message][, headers]): the headers become those of the response, and the additions follow. */
function withAdditions(response: Response, args: readonly unknown[]): unknown[] {
  const { [additionsKey]: additions } = response;
  const last = args.length > 1 ? args[args.length - 1] : undefined;
  const hasHeaders = typeof last === 'object' && last !== null;
  if (hasHeaders) takeHeaders(response, last as OutgoingHttpHeaders | unknown[]);
  if (additions !== undefined) applyAdditions(response, additions);
  return hasHeaders ? args.slice(0, -1) : [...args];
}

/** As writeHead itself does where some were set before: an object, a flat list, or a list of pairs. */
function takeHeaders(response: ServerResponse, headers: OutgoingHttpHeaders | unknown[]): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value ?? '');
    return;
  }
  const pairs = headers.every(Array.isArray)
    ? (headers as [string, string][])
    : headers.flatMap((name, at): [string, string][] =>
        at % 2 === 0 ? [[name as string, headers[at + 1] as string]] : [],
      );
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) response.appendHeader(name, value);
}

function applyAdditions(response: ServerResponse, { authenticate, persistent }: Additions): void {
  if (authenticate !== undefined) response.appendHeader('WWW-Authenticate', authenticate);
  if (persistent !== undefined) {
    response.setHeader('Persistent-Auth', persistent && response.shouldKeepAlive ? 'true' : 'false');
    if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'private');
  }
}
