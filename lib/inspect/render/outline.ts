import { describeProblem } from '../error';
import type { PrincipalName } from '../kerberos/types';
import type { NtlmVersion } from '../ntlm/types';
import type { Problem } from '../problem';
import type { GssFraming } from '../token-base';
import type { Decoded, DecodedFragment } from '../types';
import {
  hex32,
  nameOf,
  numberText,
  type FlagSet,
  type Guid,
  type Masked,
  type Named,
  type Note,
  type Oid,
  type Timestamp,
} from '../values';
import { printable } from './text';
import { titleOf } from './titles';

/** What a line says, for colours. */
export type Role = 'token' | 'field' | 'info' | 'warning' | 'problem';

/** A decoded result as lines of text, before they are laid out as a tree or as a page. */
export interface Line {
  readonly role: Role;
  /** The name of a field; '' for the items of a list. */
  readonly label: string;
  readonly value: string;
  readonly masked: boolean;
  readonly children: readonly Line[];
}

/** Facts that the title has already, or that are shown in their own way. */
const hidden = new Set([
  'kind',
  'variant',
  'offset',
  'length',
  'notes',
  'problem',
  'trailing',
  'gss',
  'messageType',
  'contentType',
  'header',
  'scheme',
]);

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNamed = (value: Fields): value is Fields & Named =>
  'value' in value && typeof value['name'] === 'string' && typeof value['value'] === 'number';
const isFlagSet = (value: Fields): value is Fields & FlagSet =>
  Array.isArray(value['names']) && typeof value['value'] === 'number';
const isOid = (value: Fields): value is Fields & Oid => typeof value['oid'] === 'string';
const isGuid = (value: Fields): value is Fields & Guid => typeof value['guid'] === 'string';
const isMasked = (value: Fields): value is Fields & Masked => typeof value['masked'] === 'boolean';
const isTimestamp = (value: Fields): value is Fields & Timestamp => typeof value['filetime'] === 'string';
const isVersion = (value: Fields): value is Fields & NtlmVersion =>
  typeof value['build'] === 'number' && typeof value['text'] === 'string';
const isPrincipal = (value: Fields): value is Fields & PrincipalName =>
  typeof value['name'] === 'string' && isFields(value['nameType']);
const isToken = (value: Fields): value is DecodedFragment => typeof value['kind'] === 'string';

/** The lines of a decoded result, or of the part of one that an error has. */
export function outline(decoded: Decoded | DecodedFragment): Line {
  return tokenLine('', decoded as DecodedFragment);
}

function line(
  label: string,
  value: string,
  children: readonly Line[] = [],
  role: Role = 'field',
  masked = false,
): Line {
  return { role, label, value, masked, children };
}

function tokenLine(label: string, token: DecodedFragment): Line {
  const size = typeof token['length'] === 'number' ? ` (${bytes(token['length'])})` : '';
  return line(label, titleOf(token) + size, body(token), 'token');
}

/** Notes first, because they are the most important; then the fields; an error last, where the reading stopped. */
function body(fields: Fields): Line[] {
  const lines: Line[] = [];
  for (const { level, text } of (fields['notes'] as readonly Note[] | undefined) ?? []) {
    lines.push(line('', printable(text), [], level));
  }
  const gss = fields['gss'] as GssFraming | undefined;
  if (gss !== undefined) lines.push(line('gss', framing(gss)));
  // A structure's type stands on its first line already.
  const typed = typeof fields['type'] === 'string';
  for (const [key, value] of Object.entries(fields)) {
    if (!hidden.has(key) && value !== undefined && !(typed && key === 'type')) lines.push(fieldLine(key, value));
  }
  const trailing = fields['trailing'] as { offset: number; length: number } | undefined;
  if (trailing !== undefined) {
    lines.push(line('', `${bytes(trailing.length)} after the end, from byte ${trailing.offset}`, [], 'warning'));
  }
  const problem = fields['problem'] as Problem | undefined;
  if (problem !== undefined) lines.push(line('', printable(describeProblem(problem)), [], 'problem'));
  return lines;
}

function fieldLine(label: string, value: unknown): Line {
  if (Array.isArray(value)) {
    return line(
      label,
      value.length === 0 ? 'none' : '',
      value.map((item: unknown, index) => itemLine(item, index)),
    );
  }
  if (!isFields(value)) return line(label, printable(String(value)));
  if (isToken(value)) return tokenLine(label, value);
  return leafLine(label, value) ?? structureLine(label, value);
}

function structureLine(label: string, value: Fields): Line {
  return line(label, firstLineOf(value), body(value));
}

/** The values that are written on one line, or as a list of names. */
function leafLine(label: string, value: Fields): Line | undefined {
  if (isFlagSet(value))
    return line(
      label,
      hex32(value.value),
      value.names.map((name) => line('', printable(name))),
    );
  if (isNamed(value)) return line(label, `${numberText(value.value)} ${printable(value.name)}`);
  if (isOid(value)) return line(label, value.name === undefined ? value.oid : `${value.oid} ${value.name}`);
  if (isGuid(value)) return line(label, value.name === undefined ? value.guid : `${value.guid} ${value.name}`);
  if (isTimestamp(value)) return line(label, value.iso);
  if (isMasked(value)) return maskedLine(label, value);
  if (isVersion(value)) return line(label, value.text);
  if (isPrincipal(value)) return line(label, `${printable(value.name)} (${nameOf(value.nameType, 'name type')})`);
  return undefined;
}

function maskedLine(label: string, value: Masked): Line {
  if (value.masked) return line(label, `${bytes(value.length)}, masked`, [], 'field', true);
  if (value.length === 0) return line(label, 'empty');
  return line(label, value.text === undefined ? value.hex : printable(value.text));
}

function itemLine(item: unknown, index: number): Line {
  if (!isFields(item)) return line('', printable(String(item)));
  // AV_PAIRs and auth-params are lists of names with values.
  if (typeof item['name'] === 'string' && 'value' in item && !isNamed(item)) {
    const label = item['name'] === 'unknown' ? `AvId ${String(item['id'])}` : printable(item['name']);
    return fieldLine(label, item['value']);
  }
  if (isToken(item)) return tokenLine(`[${index}]`, item);
  return leafLine('', item) ?? structureLine(`[${index}]`, item);
}

/** The first line of a structure: its type and its size. */
function firstLineOf(value: Fields): string {
  const parts: string[] = [];
  if (typeof value['scheme'] === 'string') {
    const header = typeof value['header'] === 'string' ? `${value['header']}: ` : '';
    return printable(header + value['scheme']);
  }
  for (const key of ['messageType', 'contentType', 'type']) {
    const type = value[key];
    if (isFields(type) && isNamed(type)) parts.push(printable(nameOf(type)));
    // The name of the message says more than its layout.
    else if (typeof type === 'string' && parts.length === 0) parts.push(printable(type));
  }
  if (typeof value['length'] === 'number') parts.push(`(${bytes(value['length'])})`);
  return parts.join(' ');
}

function framing({ mechanism, tokenId }: GssFraming): string {
  const name = mechanism.name === undefined ? mechanism.oid : `${mechanism.name} (${mechanism.oid})`;
  return tokenId === undefined ? name : `${name}, ${nameOf(tokenId, 'token id')}`;
}

function bytes(n: number): string {
  return n === 1 ? '1 byte' : `${n} bytes`;
}
