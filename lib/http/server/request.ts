/** What a request says for signing on, from its raw header fields: Node's own view of them drops duplicates. */
import { credentialsOf, decodeToken, isScheme } from '../../wire/authentication-headers';
import type { IncomingMessage } from 'node:http';
import type { Scheme } from './options';

/** What the Authorization field holds. */
export type Authorization =
  /** No field, or only the name of a scheme. */
  | { readonly kind: 'none' }
  /** Another scheme's, which is none of ours. */
  | { readonly kind: 'other' }
  /** Two fields, or one that cannot be read. */
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'token'; readonly scheme: Scheme; readonly token: Buffer };

export interface RequestFields {
  readonly authorization: Authorization;
  /** Via, Forwarded or X-Forwarded-*: a proxy has passed it on. */
  readonly forwarded: boolean;
  /** The Host header; undefined where there is none, or more than one. */
  readonly host: string | undefined;
}

const none: Authorization = { kind: 'none' };
const other: Authorization = { kind: 'other' };

export function fieldsOf(request: IncomingMessage, schemes: readonly Scheme[]): RequestFields {
  const { rawHeaders } = request;
  let forwarded = false;
  let authorization: string | undefined;
  let authorizations = 0;
  let host: string | undefined;
  let hosts = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    switch (name.length) {
      case 3:
        if (is(name, 'via')) forwarded = true;
        break;
      case 4:
        if (is(name, 'host')) {
          hosts++;
          host = rawHeaders[at + 1];
        }
        break;
      case 9:
        if (is(name, 'forwarded')) forwarded = true;
        break;
      case 13:
        if (is(name, 'authorization')) {
          authorizations++;
          authorization = rawHeaders[at + 1];
        }
        break;
    }
    if (name.length > 12 && is(name.slice(0, 12), 'x-forwarded-')) {
      forwarded = true;
    }
  }
  return {
    authorization: authorizations > 1 ? twice : read(authorization, schemes),
    forwarded,
    host: hosts === 1 ? host : undefined,
  };
}

const is = (name: string, expected: string): boolean => name === expected || name.toLowerCase() === expected;

const twice: Authorization = { kind: 'malformed', reason: 'The request has two Authorization fields.' };

function read(value: string | undefined, schemes: readonly Scheme[]): Authorization {
  if (value === undefined) return none;
  const credentials = credentialsOf(value);
  if (credentials === undefined) return { kind: 'malformed', reason: 'The Authorization field begins with no scheme.' };
  const scheme = schemes.find((each) => isScheme(credentials.scheme, each));
  if (scheme === undefined) return other;
  if (credentials.rest === '') return none;
  const token = decodeToken(credentials.rest);
  return token === undefined
    ? { kind: 'malformed', reason: `What follows ${scheme} in the Authorization field is no base64.` }
    : { kind: 'token', scheme, token };
}
