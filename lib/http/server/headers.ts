/** Header fields that are added when an answer's head goes out, whoever writes it and whatever its status. */
import type { Additions } from './verdict';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

const additionsKey = Symbol('sspi.http.additions');
const originalKey = Symbol('sspi.http.writeHead');

type WriteHead = (...args: unknown[]) => Response;
type Response = ServerResponse & { [additionsKey]?: Additions; [originalKey]?: WriteHead };

/** Has `additions` go out with the head of the answer. */
export function addWhenSent(response: ServerResponse, additions: Additions): void {
  const extended: Response = response;
  if (extended[additionsKey] === undefined) {
    // Whatever is there: another module's patch is called in turn.
    const { writeHead } = extended as unknown as { readonly writeHead: WriteHead };
    extended[originalKey] = writeHead;
    (extended as { writeHead: unknown }).writeHead = writeHeadWithAdditions;
  }
  extended[additionsKey] = additions;
}

function writeHeadWithAdditions(this: Response, ...args: unknown[]): Response {
  const original = this[originalKey] as WriteHead;
  (this as { writeHead: unknown }).writeHead = original;
  return Reflect.apply<Response, unknown[], Response>(original, this, withAdditions(this, args));
}

/** writeHead(status[, message][, headers]): the headers become those of the response, and the additions follow. */
function withAdditions(response: Response, args: unknown[]): unknown[] {
  const { [additionsKey]: additions } = response;
  const last = args.length > 1 ? args[args.length - 1] : undefined;
  const hasHeaders = typeof last === 'object' && last !== null;
  if (!hasHeaders && isKeptOnly(additions) && response.getHeaderNames().length === 0) {
    // The most frequent answer, to a connection that keeps its identity: Node writes a flat list as it is.
    return [...args, ['Persistent-Auth', persistence(response, true), 'Cache-Control', 'private']];
  }
  if (hasHeaders) takeHeaders(response, last as OutgoingHttpHeaders | unknown[]);
  if (additions !== undefined) applyAdditions(response, additions);
  return hasHeaders ? args.slice(0, -1) : args;
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
    response.setHeader('Persistent-Auth', persistence(response, persistent));
    if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'private');
  }
}

const isKeptOnly = (additions: Additions | undefined): boolean =>
  additions?.persistent === true && additions.authenticate === undefined;

/** Nothing is kept where the connection ends with the answer. */
const persistence = (response: ServerResponse, persistent: boolean): string =>
  persistent && response.shouldKeepAlive ? 'true' : 'false';
