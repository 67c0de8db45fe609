/** The lab as the interop suites use it: they run on Linux, start Windows' node.exe for what is tested, and peers beside it. */
import fs from 'node:fs';
import path from 'node:path';
import { Program, checkout, type Ending, type ProgramOptions } from './program';

const labScript = path.join(checkout, 'scripts/lab/lab.mjs');

/** Wine and network of a program: wine8 is the machine itself; wine10, which tells session keys, has a network of its own. */
export type Lane = 'wine8' | 'wine10';

export interface WindowsOptions extends ProgramOptions {
  /** Default wine8. */
  readonly lane?: Lane;
  /** Whose Kerberos tickets it finds: a role of the lab's users, or 'none'. */
  readonly tickets?: string;
}

/** Starts a script in Windows' node.exe. Its path is relative to the checkout. */
export function startOnWindows(script: string, args: readonly string[] = [], options: WindowsOptions = {}): Program {
  const { tickets = 'alice', lane = 'wine8', ...rest } = options;
  return new Program(process.execPath, [labScript, 'run', lane, '--tickets', tickets, '--', script, ...args], rest);
}

/** Runs a script in Windows' node.exe to its end. */
export function runOnWindows(
  script: string,
  args: readonly string[] = [],
  options: WindowsOptions = {},
): Promise<Ending> {
  return startOnWindows(script, args, { input: '', ...options }).ended;
}

/** Runs a Linux program with the lab's Kerberos configuration and a user's tickets. */
export function runInLab(command: string, args: readonly string[], options: WindowsOptions = {}): Promise<Ending> {
  const { tickets = 'alice', lane = 'wine8', ...rest } = options;
  const all = [labScript, 'exec', lane, '--tickets', tickets, '--', command, ...args];
  return new Program(process.execPath, all, { input: '', ...rest }).ended;
}

/** Where a peer is: see scripts/lab/peers/. */
export interface PeerDescription {
  readonly host: string;
  readonly port: number;
  readonly tlsPort?: number;
  /** A file that grows as it is used. */
  readonly log: string;
}

/** Third-party servers that run until they are stopped. */
export class Peers implements AsyncDisposable {
  readonly #program: Program;
  readonly #descriptions: Readonly<Record<string, PeerDescription>>;

  private constructor(program: Program, descriptions: Readonly<Record<string, PeerDescription>>) {
    this.#program = program;
    this.#descriptions = descriptions;
  }

  static start(...names: readonly string[]): Promise<Peers> {
    return Peers.startIn('wine8', ...names);
  }

  static async startIn(lane: Lane, ...names: readonly string[]): Promise<Peers> {
    const program = new Program(process.execPath, [labScript, 'peers', lane, '--', ...names]);
    try {
      const [line] = await program.stdout.find(/^\{.*\}$/);
      return new Peers(program, JSON.parse(line) as Record<string, PeerDescription>);
    } catch (cause) {
      const { stderr } = await program.stop();
      throw new Error(`the peers did not start:\n${stderr}`, { cause });
    }
  }

  get(name: string): PeerDescription {
    const found = this.#descriptions[name];
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  /** What a peer has logged so far. */
  log(name: string): string {
    return fs.readFileSync(this.get(name).log, 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
  }
}

/** The certificate of all peers, for a client to trust. */
export const peersCertificate = '/var/cache/sspi-lab/peers/tls.pem';
