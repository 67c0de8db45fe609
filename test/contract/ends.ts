import { setTimeout as sleep } from 'node:timers/promises';
import type { Binding, ContextHandle, CredentialHandle, LiveCounts, RawCredential, RawLeg } from '#lib/binding/binding';
import type { Scene, Subject } from './subject';

export const SEC_E_OK = 0;
export const CONTINUE_NEEDED = 0x00090312;
export const INVALID_HANDLE = 0x80090301;
export const INVALID_TOKEN = 0x80090308;

/** SECPKG_CRED_BOTH */
const both = 3;
/** MUTUAL_AUTH, SEQUENCE_DETECT, CONFIDENTIALITY and INTEGRITY, in the numbers of each side. */
export const initiatorFlags = 0x0001001a;
export const acceptorFlags = 0x0002001a;

const maxToken = 12_000;

/** What the cases do with a subject. Everything it makes is freed after the test. */
export class Ends {
  readonly #subject: Subject;
  readonly #credentials: CredentialHandle[] = [];
  readonly #contexts: ContextHandle[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  get binding(): Binding {
    return this.#subject.binding;
  }

  /** A credential for both sides, of a real handshake or of a scene. */
  async credential(scene?: Scene): Promise<CredentialHandle> {
    const { handle, status } = await this.acquire(scene);
    if (handle === undefined) throw new Error(`no credential: 0x${status.toString(16)}`);
    return handle;
  }

  async acquire(scene?: Scene): Promise<RawCredential> {
    const { packageName, scripts } = this.#subject;
    if (scene !== undefined && scripts === undefined) throw new Error('this subject plays no scenes');
    const raw = await this.binding.acquireCredentialsHandle(
      scene && scripts?.principal(scene),
      (scene && scripts?.packageName) ?? packageName,
      both,
      undefined,
    );
    if (raw.handle !== undefined) this.#credentials.push(raw.handle);
    return raw;
  }

  /** A place for a context, of a new credential unless one is given. */
  async place(credential?: CredentialHandle): Promise<ContextHandle> {
    const context = this.binding.createContext(credential ?? (await this.credential()));
    this.#contexts.push(context);
    return context;
  }

  /** A place whose legs play a scene. */
  async staged(scene: Scene): Promise<ContextHandle> {
    return this.place(await this.credential(scene));
  }

  initiate(context: ContextHandle, input?: Uint8Array, more: { attributes?: number[]; room?: number } = {}) {
    const { attributes = [], room = maxToken } = more;
    const { target } = this.#subject;
    const flags = initiatorFlags;
    return this.binding.initializeSecurityContext(context, target, flags, input, undefined, room, false, attributes);
  }

  accept(context: ContextHandle, input: Uint8Array, attributes: number[] = []): Promise<RawLeg> {
    return this.binding.acceptSecurityContext(context, acceptorFlags, input, undefined, maxToken, false, attributes);
  }

  /** Both ends of a real handshake, and its legs in order. */
  async connect(attributes: number[] = []): Promise<Connection> {
    const initiator = await this.place();
    const acceptor = await this.place();
    const first = await this.initiate(initiator, undefined, { attributes });
    const answer = await this.accept(acceptor, tokenOf(first), attributes);
    const last = await this.initiate(initiator, tokenOf(answer), { attributes });
    return { initiator, acceptor, legs: [first, answer, last] };
  }

  async end(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => this.binding.deleteSecurityContext(context)));
    await Promise.all(this.#credentials.splice(0).map((handle) => this.binding.freeCredentialsHandle(handle)));
  }

  /** The counts as soon as they are these; otherwise what they are when patience ends, for some handles are freed elsewhere. */
  async countsThatBecome(expected: Partial<LiveCounts>): Promise<LiveCounts> {
    const end = performance.now() + 3000;
    const differs = (counts: LiveCounts): boolean =>
      Object.entries(expected).some(([kind, count]) => counts[kind as keyof LiveCounts] !== count);
    let counts = this.binding.liveCounts();
    while (differs(counts) && performance.now() < end) {
      await sleep(2);
      counts = this.binding.liveCounts();
    }
    return counts;
  }
}

export interface Connection {
  readonly initiator: ContextHandle;
  readonly acceptor: ContextHandle;
  readonly legs: readonly [RawLeg, RawLeg, RawLeg];
}

export function tokenOf({ token, status }: RawLeg): Buffer {
  if (token === undefined) throw new Error(`no token came with 0x${status.toString(16)}`);
  return token;
}

/** The names of promises in the order in which they settle. */
export async function orderOf(promises: Readonly<Record<string, PromiseLike<unknown>>>): Promise<string[]> {
  const settled: string[] = [];
  await Promise.all(Object.entries(promises).map(([name, promise]) => promise.then(() => settled.push(name))));
  return settled;
}

let gates = 0;
/** A gate that no other test has. */
export const newGate = (): string => `contract-${process.pid}-${++gates}`;
