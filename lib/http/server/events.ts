/**
 * The channels `sspi:http:*` of node:diagnostics_channel. Messages are plain data: never a token, a request, a response or a
 * socket, whose headers hold tokens.
 */
import { channel } from 'node:diagnostics_channel';
import type { LikelyCause } from '../../index';
import type { Refusal } from './refusal';
import type { Scheme } from './options';

/** `sspi:http:challenge`: a client was asked to sign on. */
export interface ChallengeEvent {
  readonly address: string | undefined;
  readonly schemes: readonly Scheme[];
}

/** `sspi:http:leg`: AcceptSecurityContext took a token. */
export interface LegEvent {
  readonly address: string | undefined;
  readonly scheme: Scheme;
  /** Counts the legs of the handshake from 0. */
  readonly leg: number;
  /** SSPI's status by name. */
  readonly code: string;
  readonly expectsReply: boolean;
  /** Bytes of the client's token. */
  readonly received: number;
  /** Bytes of the answer's token; 0 without one. */
  readonly sent: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** `sspi:http:authenticated`: a client has signed on and may pass. */
export interface AuthenticatedEvent {
  readonly address: string | undefined;
  readonly scheme: Scheme;
  readonly package: string;
  readonly name: string | undefined;
  readonly sid: string | undefined;
  /** How many legs it took. */
  readonly legs: number;
  /** Milliseconds from the first token on. */
  readonly duration: number;
  /** Does the connection keep the identity? */
  readonly kept: boolean;
}

/** `sspi:http:refused`: a request was answered with an error. */
export interface RefusedEvent {
  readonly address: string | undefined;
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly package: string | undefined;
  /** Who it was, where somebody had signed on. */
  readonly name: string | undefined;
  /** Of a failed leg: what may have caused it, the likeliest first. Worked out only where somebody subscribes. */
  readonly causes: readonly LikelyCause[];
}

/** `sspi:http:ntlm`: a client came with NTLM. */
export interface NtlmEvent {
  readonly address: string | undefined;
  readonly scheme: Scheme;
  /** False where it was refused. */
  readonly accepted: boolean;
  /** Of one that has signed on. */
  readonly name: string | undefined;
}

const channels = {
  challenge: channel('sspi:http:challenge'),
  leg: channel('sspi:http:leg'),
  authenticated: channel('sspi:http:authenticated'),
  refused: channel('sspi:http:refused'),
  ntlm: channel('sspi:http:ntlm'),
};

interface Events {
  readonly challenge: ChallengeEvent;
  readonly leg: LegEvent;
  readonly authenticated: AuthenticatedEvent;
  readonly refused: RefusedEvent;
  readonly ntlm: NtlmEvent;
}

/** Publishes what `make` makes, where somebody subscribes. What a subscriber throws is an uncaught exception, as Node has it. */
export function publish<Name extends keyof Events>(name: Name, make: () => Events[Name]): void {
  const { [name]: to } = channels;
  if (to.hasSubscribers) to.publish(Object.freeze(make()));
}

export function refusedEvent(address: string | undefined, refusal: Refusal): RefusedEvent {
  const { status, code, reason, package: packageName, name, error } = refusal;
  return { address, status, code, reason, package: packageName, name, causes: causesOf(error) };
}

function causesOf(error: Refusal['error']): readonly LikelyCause[] {
  try {
    return error?.explain().causes ?? [];
  } catch {
    return [];
  }
}
