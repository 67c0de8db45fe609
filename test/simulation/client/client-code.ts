/** The client's modules, as they are or with one of them changed, on a simulated network and clock. */
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { mutated, type Mutation } from '../server-code';
import { TlsSocket } from './tls-socket';
import type * as AgentModule from '#lib/http/client/agent';
import type { ClientSocket } from './client-socket';
import type { Duplex } from 'node:stream';
import type { SimulatedClock } from '../clock';
import type { Timer } from '#lib/http/server/clock';

/** What the client would have of the machine. */
export interface Machine {
  readonly clock: SimulatedClock;
  connect(place: { readonly host: string; readonly port: number }): ClientSocket;
}

export interface ClientCode extends Pick<typeof AgentModule, 'SspiAgent'> {
  /** Whatever is loaded runs on this machine from now on. */
  use(machine: Machine): void;
}

interface LoadedModule {
  exports: unknown;
}
type CompiledModule = (
  exports: unknown,
  require: (name: string) => unknown,
  module: LoadedModule,
  startTimer: unknown,
  stopTimer: unknown,
) => void;

interface TlsOptions {
  readonly socket?: Duplex;
  readonly host?: string;
  readonly servername?: string;
  readonly port?: number;
}

/**
 * Loads the modules of lib/http/client/ anew, with one of them changed. What they load of Node is Node's own, except for what
 * opens connections, and for timers.
 *
 * @param mutation Its module is a path below lib/http/client/, without its ending.
 * @throws Error where a text of the mutation is not there exactly once: then the mutant has to follow the code.
 */
export function loadClientCode(mutation?: Mutation): ClientCode {
  const root = path.dirname(require.resolve('#lib/http/client/agent'));
  const current: { machine?: Machine } = {};
  const replaced = replacements(() => current.machine as Machine);
  const { startTimer, stopTimer } = timers(() => (current.machine as Machine).clock);
  const loaded = new Map<string, LoadedModule>();
  let isApplied = mutation === undefined;

  const load = (file: string): unknown => {
    const known = loaded.get(file);
    if (known !== undefined) return known.exports;
    const module: LoadedModule = { exports: {} };
    loaded.set(file, module);
    const text = fs.readFileSync(file, 'utf8');
    const isMutant = mutation !== undefined && file === path.join(root, `${mutation.module}.js`);
    isApplied ||= isMutant;
    const code = isMutant ? mutated(text, mutation) : text;
    // The modules' own realm is that of the caller: jest gives each test file one.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const compiled = new Function('exports', 'require', 'module', 'setTimeout', 'clearTimeout', code) as CompiledModule;
    compiled(module.exports, (wanted) => resolve(file, wanted), module, startTimer, stopTimer);
    return module.exports;
  };
  const resolve = (from: string, wanted: string): unknown => {
    const replacement = replaced.get(wanted);
    if (replacement !== undefined) return replacement;
    if (!wanted.startsWith('.')) return require(wanted);
    const target = path.resolve(path.dirname(from), wanted);
    const file = fs.existsSync(`${target}.js`) ? `${target}.js` : path.join(target, 'index.js');
    return file.startsWith(root + path.sep) ? load(file) : require(file);
  };
  const { SspiAgent } = load(path.join(root, 'agent.js')) as typeof AgentModule;
  // Loaded when the first agent is made; here, so that a mutant's text is looked for at once.
  load(path.join(root, 'client.js'));
  if (!isApplied) {
    throw new Error(`There is no module ${mutation?.module} in lib/http/client: the mutant has to follow the code`);
  }
  return { SspiAgent, use: (machine) => void (current.machine = machine) };
}

function replacements(machine: () => Machine): ReadonlyMap<string, unknown> {
  const connectTls = (options: TlsOptions): TlsSocket => {
    const name = options.servername ?? options.host ?? '';
    const under = options.socket ?? machine().connect({ host: options.host ?? '', port: options.port ?? 443 });
    return TlsSocket.toServer(under, name);
  };
  class SimulatedHttpsAgent extends https.Agent {
    override createConnection(options: TlsOptions): TlsSocket {
      return connectTls(options);
    }
  }
  const ofNode = (module: object, changes: object): object => {
    const all: Record<string, unknown> = { ...module, ...changes };
    return { ...all, default: all, __esModule: true };
  };
  return new Map([
    ['node:net', ofNode(net, { connect: (place: { host: string; port: number }) => machine().connect(place) })],
    ['node:tls', ofNode(tls, { connect: connectTls })],
    ['node:https', { ...https, Agent: SimulatedHttpsAgent }],
  ]);
}

function timers(clock: () => SimulatedClock): { startTimer: unknown; stopTimer: unknown } {
  const startTimer = (callback: (...values: unknown[]) => void, milliseconds: number, ...values: unknown[]): Timer => {
    const timer = clock().after(milliseconds, () => callback(...values));
    const made = { cancel: () => timer.cancel(), unref: () => made, ref: () => made };
    return made;
  };
  const stopTimer = (timer: Timer | undefined): void => timer?.cancel();
  return { startTimer, stopTimer };
}
