import fs from 'node:fs';
import path from 'node:path';
import {
  accept,
  acquireCredentials,
  type AcquireCredentialsOptions,
  type Credentials,
  type SecurityContext,
} from 'sspi';
import { inLab, skipLoudly } from './lab';

/** The three packages of test/native/scripted-package, whose README is their language's reference. */
export type ScriptedPackage = 'Scripted' | 'ScriptedStream' | 'ScriptedSmall';

const library = path.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'scripted.dll');

/** A suite that needs the scripted packages. In the lab they have to be there; elsewhere it is skipped without them. */
export function describeScripted(name: string, suite: () => void): void {
  if (inLab || fs.existsSync(library)) describe(name, suite);
  else skipLoudly(name, `the scripted security package is not installed (${library})`, suite);
}

export interface ScriptedOptions extends Pick<AcquireCredentialsOptions, 'identity' | 'packages' | 'signal'> {
  readonly package?: ScriptedPackage;
  readonly use?: 'outbound' | 'inbound' | 'both';
}

/** Credentials whose contexts play a script. */
export function play(script: string, options: ScriptedOptions = {}): Promise<Credentials> {
  const { package: packageName = 'Scripted', use = 'both', ...rest } = options;
  return acquireCredentials({ package: packageName, use, principal: script, ...rest });
}

/** Bytes in the journal. */
export interface JournalBytes {
  readonly length: number;
  /** zlib.crc32 of all of them. */
  readonly crc: number;
  /** At most 256 bytes. */
  readonly hex: string;
}

export interface JournalBuffer {
  readonly type: number;
  readonly bytes: JournalBytes;
  readonly null?: true;
}

/** One call that the package received; which fields it has depends on the call. */
export interface JournalCall {
  readonly n: number;
  readonly call: string;
  readonly thread: number;
  readonly ms: number;
  readonly status: number;
  readonly statusName: string;
  readonly running?: true;
  readonly credential?: number;
  readonly context?: number;
  readonly tag?: string;
  readonly faults?: readonly string[];
  readonly impersonating?: true;
  readonly package?: string;
  readonly use?: number;
  readonly identity?: JournalIdentity | null;
  readonly passwordInPlace?: boolean;
  readonly first?: boolean;
  readonly leg?: number;
  readonly request?: number;
  readonly target?: string | null;
  readonly input?: readonly JournalBuffer[];
  readonly output?: readonly JournalBuffer[];
  readonly applicationData?: JournalBytes;
  readonly token?: JournalBytes | null;
  readonly granted?: number;
  readonly rotated?: boolean;
  readonly attribute?: number;
  readonly established?: boolean;
  readonly sequence?: number;
  readonly qop?: number;
}

export interface JournalIdentity {
  readonly kind: string;
  readonly version?: number;
  readonly size?: number;
  readonly flags: number;
  readonly user: string | null;
  readonly domain: string | null;
  readonly packageList?: string | null;
  readonly passwordLength: number;
  readonly passwordCrc: number;
}

export interface Journal {
  readonly credentials: number;
  readonly contexts: number;
  readonly buffers: number;
  readonly handles: number;
  readonly running: number;
  readonly mostRunning: number;
  readonly total: number;
  readonly faultTotal: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly calls: readonly JournalCall[];
}

/** What the package has seen since the journal was last cleared. */
export async function readJournal(): Promise<Journal> {
  await using reader = await play('journal');
  return JSON.parse(await reader.name()) as Journal;
}

/** The journal's calls of some kinds, oldest first. */
export async function journalOf(...kinds: readonly string[]): Promise<readonly JournalCall[]> {
  const { calls } = await readJournal();
  return calls.filter(({ call }) => kinds.includes(call));
}

export const isc = 'InitializeSecurityContext';
export const asc = 'AcceptSecurityContext';

export async function clearJournal(): Promise<void> {
  await (await play('journal clear summary')).dispose();
}

/** A gate behind which calls wait (`gate=NAME`). */
export interface Gate extends AsyncDisposable {
  open(): Promise<void>;
}

/**
 * Shuts a gate. Disposing opens it, so that a test that fails does not leave calls behind it: declare it after what waits for
 * those calls when it is disposed itself.
 */
export async function shutGate(name: string): Promise<Gate> {
  await work(`shut ${name}`);
  const open = (): Promise<void> => work(`open ${name}`);
  return { open, [Symbol.asyncDispose]: open };
}

const work = async (script: string): Promise<void> => (await play(script)).dispose();

/**
 * Begins each test with an empty journal, and holds it to what careful callers do: nothing of the package's is left alive,
 * and it has met no fault (use after delete, a handle from before a rotation, CompleteAuthToken skipped, overlapping calls, …).
 */
export function keepsTheRules(): void {
  beforeEach(clearJournal);
  afterEach(async () => {
    const { credentials, contexts, buffers, handles, running, faults } = await readJournal();
    expect({ credentials, contexts, buffers, handles, running, faults }).toEqual({
      credentials: 0,
      contexts: 0,
      buffers: 0,
      handles: 0,
      running: 0,
      faults: {},
    });
  });
}

/** An acceptor's established context. */
export async function accepted(script = ''): Promise<{ context: SecurityContext } & AsyncDisposable> {
  const credentials = await play(`asc SEC_E_OK; ${script}`);
  const server = accept(credentials, { flags: ['integrity'] });
  await server.step(Buffer.from('x'));
  return {
    context: server.context,
    async [Symbol.asyncDispose]() {
      await server.dispose();
      await credentials.dispose();
    },
  };
}
