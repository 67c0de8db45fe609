import { bytesOf } from '../bytes';
import { decode } from '../decode';
import { InspectError } from '../error';
import { tokenBytes } from '../token-bytes';
import type { Decoded, DecodedFragment } from '../types';
import { diagramStyle } from './diagram-style';
import { outline, type Line } from './outline';
import { summarize } from './summary';
import { printable } from './text';

/** One step of an exchange: a call on one side, and the token that it sends. */
export interface ExchangeLeg {
  /** The side that made the call, and that sends the token. */
  readonly from: 'client' | 'server';
  /** In any form that `decode` takes. Absent: nothing is sent. Empty bytes: a token of zero bytes. */
  readonly token?: Uint8Array | string;
  /** Such as `InitializeSecurityContext`. */
  readonly call?: string;
  /** Such as `SEC_I_CONTINUE_NEEDED`. */
  readonly status?: string;
  /** True when this call ended the exchange with an error. */
  readonly failed?: boolean;
  /** How long the call took, in milliseconds. */
  readonly duration?: number;
  /** What transported the token, such as `GET / HTTP/1.1`. */
  readonly note?: string;
}

export interface DiagramOptions {
  /** The heading and the page's title. */
  readonly title?: string;
  /** A line below it: the target, the time, the machine. */
  readonly subtitle?: string;
  /** Names of the two sides. Default: "Client" and "Server". */
  readonly client?: string;
  readonly server?: string;
  /** The result, in a sentence; in the colours for failure if a leg has failed. Lines and `code` are as in `facts`. */
  readonly result?: string;
  /**
   * Further facts: the package, granted flags, the certificate. Line breaks are kept, and text between backticks is formatted
   * as code.
   */
  readonly facts?: Readonly<Record<string, string>>;
  /** Start with all tokens expanded. Default: false. */
  readonly open?: boolean;
  /** As for `decode`: show masked values. Default: false. */
  readonly reveal?: boolean;
}

export function renderExchange(legs: readonly ExchangeLeg[], options: DiagramOptions = {}): string {
  check(legs, options);
  const title = text(options.title ?? 'Authentication exchange');
  const failed = legs.some((leg) => leg.failed === true);
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // Nothing is fetched and nothing runs, whatever a token may carry.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>${diagramStyle}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${title}</h1>`,
    `<p class="subtitle">${text(options.subtitle ?? legCount(legs.length))}</p>`,
    '<div class="sequence">',
    actors(options),
    '<ol class="legs" role="list">',
    ...legs.map((leg, index) => legItem(leg, index, legs.length, options)),
    '</ol>',
    options.result === undefined ? '' : `<p class="result ${failed ? 'failed' : 'done'}">${prose(options.result)}</p>`,
    '</div>',
    facts(options.facts ?? {}),
    footer(options.reveal === true),
    '</main>',
    '</body>',
    '</html>',
    '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function check(legs: unknown, options: unknown): void {
  const fail = (reason: string): never => {
    throw new InspectError('ERR_SSPI_INSPECT_ARGUMENT', reason, 0);
  };
  if (!Array.isArray(legs)) fail('legs is not an array');
  if (typeof options !== 'object' || options === null) fail('options is not an object');
  for (const leg of legs as readonly unknown[]) {
    const { from, token } = (leg ?? {}) as Partial<ExchangeLeg>;
    if (from !== 'client' && from !== 'server') fail('a leg is neither from the client nor from the server');
    if (token !== undefined && typeof token !== 'string') bytesOf(token, "a leg's token");
  }
}

/** Escapes text for HTML. */
function text(value: unknown): string {
  return escape(printable(String(value)));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** Text of several lines, with `code` in it. */
function prose(value: string): string {
  return value
    .split('\n')
    .map((line) => text(line).replace(/`([^`]+)`/g, '<code>$1</code>'))
    .join('<br>');
}

const legCount = (n: number): string => (n === 1 ? '1 leg' : `${n} legs`);

function actors({ client, server }: DiagramOptions): string {
  const actor = (side: 'client' | 'server', name: string): string =>
    `<div class="actor ${side}"><span class="name">${text(name)}</span>${
      name.toLowerCase() === side ? '' : `<small>${side}</small>`
    }</div>`;
  return `<div class="actors">${actor('client', client ?? 'Client')}${actor('server', server ?? 'Server')}</div>`;
}

function legItem(leg: ExchangeLeg, index: number, total: number, options: DiagramOptions): string {
  const isLast = index === total - 1;
  const state = leg.failed === true ? ' failed' : isLast ? ' done' : '';
  return [
    `<li class="leg from-${leg.from}${state}">`,
    `<span class="number" aria-hidden="true">${index + 1}</span>`,
    `<span class="spoken">Leg ${index + 1}, ${direction(leg)}.</span>`,
    callLine(leg),
    leg.token === undefined ? '<div class="nothing">nothing to send</div>' : tokenBlock(leg.token, options),
    '</li>',
  ].join('\n');
}

function direction({ from, token }: ExchangeLeg): string {
  if (token === undefined) return `on the ${from}`;
  return from === 'client' ? 'client to server' : 'server to client';
}

function callLine({ call, status, duration, note }: ExchangeLeg): string {
  const parts: string[] = [];
  if (call !== undefined) parts.push(`<code>${text(call)}</code>`);
  if (status !== undefined) parts.push(`<code class="status">${text(status)}</code>`);
  if (duration !== undefined) parts.push(`${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`);
  if (note !== undefined) parts.push(text(note));
  return `<div class="call">${parts.join(' · ')}</div>`;
}

/** A token as far as it can be read, and what stopped the reading. */
interface Shown {
  /** Printable. */
  readonly name: string;
  readonly size: number | undefined;
  readonly root: Line | undefined;
  readonly problem: string | undefined;
}

function show(token: Uint8Array | string, reveal: boolean): Shown {
  const size = sizeOf(token);
  if (size === 0) return { name: 'a token of zero bytes', size, root: undefined, problem: undefined };
  try {
    return { ...described(decode(token, { reveal })), size, problem: undefined };
  } catch (error) {
    if (!(error instanceof InspectError)) throw error;
    const part = error.partial === undefined ? { name: 'not decoded', root: undefined } : described(error.partial);
    return { ...part, size, problem: error.message };
  }
}

function described(decoded: Decoded | DecodedFragment): { name: string; root: Line } {
  return { name: summarize(decoded), root: outline(decoded) };
}

function sizeOf(token: Uint8Array | string): number | undefined {
  if (typeof token !== 'string') return token.byteLength;
  try {
    return tokenBytes(token, 'token').length;
  } catch {
    return undefined;
  }
}

function tokenBlock(token: Uint8Array | string, options: DiagramOptions): string {
  const { name, size, root, problem } = show(token, options.reveal === true);
  const bytes = size === undefined ? '' : `<span class="size">${size === 1 ? '1 byte' : `${size} bytes`}</span>`;
  const warnings = root === undefined ? [] : linesOf(root, 'warning').map(({ value }) => `<li>${escape(value)}</li>`);
  if (problem !== undefined) warnings.push(`<li class="problem">${text(problem)}</li>`);
  const head = `<span class="what"><span class="name">${escape(name)}</span>${bytes}</span><span class="arrow"></span>`;
  const notes = warnings.length === 0 ? '' : `<ul class="notes" aria-label="Notes">${warnings.join('')}</ul>`;
  if (root === undefined) return `<details class="token"><summary>${head}</summary></details>${notes}`;
  const open = options.open === true ? ' open' : '';
  return [
    `<details class="token"${open}><summary>${head}</summary>`,
    `<div class="decoded"><ul class="tree">${item(root)}</ul></div>`,
    `</details>`,
    notes,
  ].join('\n');
}

function linesOf(line: Line, role: Line['role']): Line[] {
  return [...(line.role === role ? [line] : []), ...line.children.flatMap((child) => linesOf(child, role))];
}

function item(line: Line): string {
  const { role, label, value, children, masked } = line;
  const name = label === '' ? '' : `<span class="label">${escape(label)}</span>${value === '' ? '' : ': '}`;
  const kind = role === 'token' ? 'token-title' : masked ? 'masked' : role === 'field' ? 'value' : 'note';
  const shown = value === '' ? '' : `<span class="${kind}">${escape(value)}</span>`;
  const className = role === 'info' || role === 'warning' || role === 'problem' ? ` class="${role}"` : '';
  return `<li${className}>${name}${shown}${below(children)}</li>`;
}

/** Names in a row, as of flags, take one line; everything else is a list. */
function below(children: readonly Line[]): string {
  if (children.length === 0) return '';
  const isNames = children.every(
    (child) => child.role === 'field' && child.label === '' && child.children.length === 0,
  );
  if (!isNames) return `<ul class="tree">${children.map(item).join('')}</ul>`;
  return ` <span class="chips">${children.map(({ value }) => `<span class="chip">${escape(value)}</span>`).join(' ')}</span>`;
}

function facts(entries: Readonly<Record<string, string>>): string {
  const rows = Object.entries(entries).map(([name, value]) => `<dt>${text(name)}</dt><dd>${prose(value)}</dd>`);
  return rows.length === 0 ? '' : `<dl class="facts">${rows.join('')}</dl>`;
}

function footer(reveal: boolean): string {
  return reveal
    ? '<footer>Secret values are shown: anybody who has this page can try passwords against it.</footer>'
    : '<footer>Values that would help to crack a password or take over a session are masked.</footer>';
}
