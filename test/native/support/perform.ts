import {
  accept,
  initiate,
  type AcceptorFlag,
  type AcceptorGrant,
  type Credentials,
  type Handshake,
  type HandshakeOptions,
  type InitiatorFlag,
  type InitiatorGrant,
  type Leg,
} from 'sspi';
import { asc, isc, journalOf, play, type JournalCall, type ScriptedOptions } from './scripted';

/** Which of the two calls a script's legs are played by. */
export type Side = 'isc' | 'asc';

export const sides: readonly Side[] = ['isc', 'asc'];

export const functionOf = (side: Side): string => (side === 'isc' ? isc : asc);

const given = Buffer.from('given');

/** Options in the names that both sides know. */
export type SharedOptions = HandshakeOptions<InitiatorFlag & AcceptorFlag, InitiatorGrant & AcceptorGrant>;

/** One handshake that plays a script. */
export interface Performance extends AsyncDisposable {
  readonly credentials: Credentials;
  readonly handshake: Handshake;
  /** The next leg. The peer's token is `given` unless another is named; an initiator's first leg has none. */
  step(token?: NodeJS.ArrayBufferView): Promise<Leg>;
  /** Steps until a leg expects no reply. */
  finish(): Promise<Leg>;
  /** What the package was called with: the calls of this side's function. */
  calls(): Promise<readonly JournalCall[]>;
}

/** Plays a script whose legs are for one side. */
export async function perform(
  side: Side,
  script: string,
  options: ScriptedOptions = {},
  handshakeOptions: SharedOptions = {},
): Promise<Performance> {
  const credentials = await play(script, options);
  const handshake =
    side === 'isc'
      ? initiate(credentials, { target: 'svc/host.test', ...handshakeOptions })
      : accept(credentials, handshakeOptions);
  let started = false;
  const step = (token?: NodeJS.ArrayBufferView): Promise<Leg> => {
    const first = !started;
    started = true;
    return handshake.step(token ?? (first && side === 'isc' ? undefined : given));
  };
  return {
    credentials,
    handshake,
    step,
    async finish() {
      let leg = await step();
      while (leg.expectsReply) leg = await step();
      return leg;
    },
    calls: () => journalOf(functionOf(side)),
    async [Symbol.asyncDispose]() {
      await handshake.dispose();
      await credentials.dispose();
    },
  };
}

/** The bytes of a call's SECBUFFER_TOKEN, as text; undefined if the call had none. */
export function inputText(call: JournalCall): string | undefined {
  const buffer = call.input?.find(({ type }) => type === bufferType.token);
  return buffer === undefined ? undefined : Buffer.from(buffer.bytes.hex, 'hex').toString('latin1');
}

/** SECBUFFER_* of sspi.h. */
export const bufferType = { empty: 0, data: 1, token: 2, missing: 4, extra: 5, channelBindings: 14 } as const;
