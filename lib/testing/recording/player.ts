import { Attribute } from '../../context/attributes';
import { checkedRecording, type RecordedContext, type RecordedLeg, type Recording } from './format';
import { createHash } from 'node:crypto';
import { decode } from '../../inspect';
import type { Role } from '../../flags/sides';
import { encodeFlags } from '../../flags/encode';
import { MemoryProtection, memoryTokenLength } from '../memory/protection';
import { redactToken } from './redact';
import { ScriptedProvider } from '../provider';
import type { AcquireCall, LegCall, ScriptedAttributes, ScriptedCredential, ScriptedLeg } from '../script';

/** Options of {@link playRecording}. */
export interface PlayOptions {
  /**
   * How the application's tokens are compared. `'exact'` (the default): with the recorded ones, except for secrets. `'kind'`:
   * only their kind, for a peer that is not replayed from the same recording and so makes other nonces and times.
   */
  readonly match?: 'exact' | 'kind' | undefined;
}

/**
 * A provider that replays a recording: the nth handshake of a side gets the tokens, statuses and flags of the nth recorded one.
 * A token that differs from the recorded one fails the handshake with an error that says where they differ.
 *
 * Message protection is not recorded: replayed contexts protect messages in the same way as {@link memoryPeers}, and the two
 * sides of one recorded handshake understand each other.
 *
 * @throws {SspiError} ERR_SSPI_INVALID_ARGUMENT for anything that is not a recording.
 * @example
 * ```ts
 * using provider = useProvider(playRecording(JSON.parse(fs.readFileSync('sign-on.json', 'utf8'))));
 * await signOn(); // on any machine
 * ```
 */
export function playRecording(recording: Recording, { match = 'exact' }: PlayOptions = {}): ScriptedProvider {
  const { packages, credentials, contexts } = checkedRecording(recording);
  const queues: Record<Role, RecordedContext[]> = {
    initiator: contexts.filter(({ role }) => role === 'initiator'),
    acceptor: contexts.filter(({ role }) => role === 'acceptor'),
  };
  const failures = credentials.filter(({ status }) => status !== 'SEC_E_OK');
  const playing = new Map<number, Played>();

  function acquire({ package: name, identity }: AcquireCall): ScriptedCredential {
    const at = failures.findIndex((entry) => entry.package === name && entry.user === identity?.user);
    return at < 0 ? {} : { status: (failures.splice(at, 1)[0] as (typeof failures)[number]).status };
  }

  function leg(call: LegCall): ScriptedLeg {
    const role = call.api === 'InitializeSecurityContext' ? 'initiator' : 'acceptor';
    let played = playing.get(call.context);
    if (played === undefined) {
      const next = take(queues[role], call.target);
      if (next === undefined) return { fault: new Error(`The recording has no more handshakes of an ${role}`) };
      const pair = contexts.filter((entry) => entry.role === role).indexOf(next);
      playing.set(call.context, (played = new Played(next, pair)));
    }
    return played.leg(call, match);
  }

  function of(context: number): Played {
    return playing.get(context) as Played;
  }

  return new ScriptedProvider({
    packages,
    credential: acquire,
    initiator: leg,
    acceptor: leg,
    complete: (context) => of(context).completion(),
    attributes: (context) => playing.get(context)?.attributes(packages) ?? {},
    protectionFunctions: {
      encrypt: (memory, layout, qop, { context }) => of(context).protection.encrypt(memory, layout, qop),
      decrypt: (memory, layout, { context }) => of(context).protection.decrypt(memory, layout),
      sign: (memory, layout, { context }) => of(context).protection.sign(memory, layout),
      verify: (memory, layout, { context }) => of(context).protection.verify(memory, layout),
    },
    onFreed: (kind, id) => {
      if (kind === 'context') playing.delete(id);
    },
  });
}

/**
 * The tokens that the peer of the recorded side sent, in order, for a test that acts as the peer itself.
 *
 * @param nth Which handshake of that side, from 0.
 * @example
 * ```ts
 * for await (const leg of client.legs(peerTokens(recording, 'initiator'))) sent.push(leg.token);
 * ```
 */
export function peerTokens(recording: Recording, role: Role, nth = 0): Buffer[] {
  const context = checkedRecording(recording).contexts.filter((entry) => entry.role === role)[nth];
  return (context?.legs ?? []).flatMap(({ input }) => (input === undefined ? [] : [Buffer.from(input, 'base64')]));
}

/** The next handshake, preferably the one with this target. */
function take(queue: RecordedContext[], target: string | undefined): RecordedContext | undefined {
  const at = queue.findIndex((entry) => entry.target === target);
  return queue.splice(Math.max(at, 0), 1)[0];
}

/** One recorded handshake that is being replayed. */
class Played {
  readonly #recorded: RecordedContext;
  readonly #pair: number;
  #next = 0;
  #protection: MemoryProtection | undefined;

  constructor(recorded: RecordedContext, pair: number) {
    this.#recorded = recorded;
    this.#pair = pair;
  }

  leg(call: LegCall, match: 'exact' | 'kind'): ScriptedLeg {
    const { legs, role } = this.#recorded;
    const leg = legs[this.#next++];
    if (leg === undefined)
      return { fault: new Error(`The recorded handshake of this ${role} has only ${legs.length} legs`) };
    const difference = differs(call.input, leg.input, match);
    if (difference !== undefined) {
      return { fault: new Error(`Leg ${this.#next - 1} of this ${role} is not as recorded: ${difference}`) };
    }
    return {
      status: leg.status,
      token: bytes(leg.token),
      flags: encodeFlags(leg.flags, role, 'required'),
      expiry: leg.expiry,
      unread: leg.unread,
    };
  }

  completion(): { readonly status?: RecordedLeg['status']; readonly token?: Buffer | undefined } {
    const { completed } = this.#recorded.legs[this.#next - 1] as RecordedLeg;
    return completed === undefined ? {} : { status: completed.status, token: bytes(completed.token) };
  }

  attributes(packages: Recording['packages']): ScriptedAttributes {
    const { sizes, names, nativeNames, negotiated } = this.#recorded.attributes;
    const chosen = packages.find(({ name }) => name === negotiated) ?? unknownPackage(negotiated);
    return {
      [Attribute.sizes]: {
        maxToken: sizes?.maxToken ?? 12_000,
        blockSize: sizes?.blockSize ?? 1,
        // Large enough for the replayed messages.
        maxSignature: Math.max(memoryTokenLength, sizes?.maxSignature ?? 0),
        securityTrailer: Math.max(memoryTokenLength, sizes?.securityTrailer ?? 0),
      },
      [Attribute.names]: names,
      [Attribute.nativeNames]: nativeNames && { client: nativeNames.client, server: nativeNames.server },
      [Attribute.negotiationInfo]: chosen && { package: chosen, state: 0 },
    };
  }

  get protection(): MemoryProtection {
    const { role, legs } = this.#recorded;
    const flags = legs.at(-1)?.flags ?? [];
    return (this.#protection ??= new MemoryProtection({
      key: createHash('sha256').update(`recorded handshake ${this.#pair}`).digest(),
      role,
      confidentiality: flags.includes('confidentiality'),
      ordered: flags.includes('sequenceDetect') || flags.includes('replayDetect'),
    }));
  }
}

function unknownPackage(name: string | undefined) {
  return name === undefined
    ? undefined
    : { name, comment: '', capabilities: 0, version: 1, rpcId: 0xffff, maxToken: 12_000 };
}

function bytes(token: string | undefined): Buffer | undefined {
  return token === undefined ? undefined : Buffer.from(token, 'base64');
}

/** How a token differs from the recorded one; undefined if it matches. */
function differs(given: Buffer | undefined, recorded: string | undefined, match: 'exact' | 'kind'): string | undefined {
  const expected = bytes(recorded);
  if (given === undefined || expected === undefined) {
    if (given === expected) return undefined;
    return given === undefined ? 'it was given no token' : 'it was given a token, and had none';
  }
  if (match === 'kind') {
    const [kind, wanted] = [kindOf(given), kindOf(expected)];
    return kind === wanted ? undefined : `its token is ${kind}, not ${wanted}`;
  }
  if (given.equals(expected) || redactToken(given).equals(expected)) return undefined;
  if (given.length !== expected.length) return `its token has ${given.length} bytes, not ${expected.length}`;
  const at = given.findIndex((byte, i) => byte !== expected[i]);
  return `its token differs from byte ${at} on`;
}

function kindOf(token: Buffer): string {
  try {
    return decode(token).kind;
  } catch {
    return 'not a known token';
  }
}
