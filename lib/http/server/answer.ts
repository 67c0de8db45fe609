/** Answers of this module's own: no body, and no reason for the client. */
import { addWhenSent } from './headers';
import type { Verdict } from './verdict';
import type { ServerResponse } from 'node:http';

/** After how many seconds a client may try again. */
const retryAfter = '1';

/** A verdict that is an answer. */
export type Answer = Extract<Verdict, { readonly kind: 'refused' | 'continued' }>;

/**
 * Header fields that others have set stay, and other schemes' challenges stand beside ours. Where the client waits with its
 * body for a 100 that does not come, Node ends the connection.
 */
export function answer(response: ServerResponse, verdict: Answer): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of fieldsOfAnswer(verdict)) {
    if (name === 'WWW-Authenticate') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  if (verdict.kind === 'refused' && verdict.additions !== undefined) addWhenSent(response, verdict.additions);
  response.statusCode = statusOf(verdict);
  response.end();
}

export const statusOf = (verdict: Answer): number => (verdict.kind === 'continued' ? 401 : verdict.refusal.status);

/** The header fields of an answer, besides what `additions` says. */
export function fieldsOfAnswer(verdict: Answer): readonly (readonly [string, string])[] {
  const challenges = verdict.kind === 'continued' ? [verdict.challenge] : verdict.challenges;
  const fields: (readonly [string, string])[] = challenges.map((value) => ['WWW-Authenticate', value]);
  if (statusOf(verdict) === 503) fields.push(['Retry-After', retryAfter]);
  // Without a length Node closes the connection after an answer to HEAD, and with it the handshake.
  fields.push(['Content-Length', '0']);
  return fields;
}
