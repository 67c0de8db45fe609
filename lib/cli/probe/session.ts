import { acquireCredentials, type Credentials } from '../../credentials/credentials';
import { acceptorFlags, type AcceptorFlag, type InitiatorFlag } from '../../flags/tables';
import { accept, initiate } from '../../handshake/begin';
import { observeLegs, type Handshake } from '../../handshake/handshake';
import { SspiError } from '../../errors/sspi-error';
import type { ChannelBindingsSource } from '../../channel-bindings/option';
import type { Findings } from './findings';
import type { ProbeSettings } from './settings';
import type { Releasable } from '../../dispose';
import type { Trace } from './trace';

/** One probe: its settings, its findings, and what it must release at the end. */
export class Session {
  readonly settings: ProbeSettings;
  readonly trace: Trace;
  readonly signal: AbortSignal;
  readonly findings: Findings = { outcome: 'failed', service: {}, timings: {}, remarks: [] };
  /** What is being waited for, for the message of a timeout. */
  stage = 'starting';

  readonly #releasables: Releasable[] = [];
  readonly #closers: (() => void)[] = [];
  #requested: readonly InitiatorFlag[] = [];

  constructor(settings: ProbeSettings, trace: Trace, signal: AbortSignal) {
    this.settings = settings;
    this.trace = trace;
    this.signal = signal;
  }

  /** Runs a phase and records how long it took. */
  async timed<T>(name: string, stage: string, work: () => Promise<T>): Promise<T> {
    this.stage = stage;
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.findings.timings[name] = (this.findings.timings[name] ?? 0) + performance.now() - start;
    }
  }

  /** Something to be closed at the end, whatever happens. */
  onEnd(close: () => void): void {
    this.#closers.push(close);
  }

  /** The client's handshake with the target. */
  async initiate(
    target: string,
    packageName: string,
    flags: readonly InitiatorFlag[],
    channelBindings?: ChannelBindingsSource,
  ): Promise<Handshake> {
    const { signal } = this;
    const credentials = await this.credentialsFor(target, packageName);
    const handshake = initiate(credentials, { target, flags: this.request(flags), channelBindings, signal });
    this.observe(handshake);
    return handshake;
  }

  /** The client's credentials, for a handshake with the target that follows. */
  async credentialsFor(target: string, packageName: string): Promise<Credentials> {
    this.findings.spn = target;
    this.findings.package = packageName;
    const credentials = await this.timed('credentials', 'getting credentials', () =>
      this.#acquire(packageName, 'outbound'),
    );
    this.stage = `making the first token for ${target}`;
    return credentials;
  }

  /** The flags to request: those of the command line, or else what the protocol needs. */
  request(needed: readonly InitiatorFlag[]): readonly InitiatorFlag[] {
    return (this.#requested = this.settings.flags ?? needed);
  }

  /** Shows the legs of a handshake, and disposes of it at the end. */
  observe(handshake: Handshake): void {
    this.#releasables.push(handshake);
    observeLegs(handshake, (leg) => this.trace.legEnded(leg));
  }

  /** A server in this process; undefined if this process has no credentials for it. */
  async acceptor(packageName: string): Promise<Handshake | undefined> {
    let credentials: Credentials;
    try {
      credentials = await this.#acquire(packageName, 'inbound');
    } catch (error) {
      if (!SspiError.isSspiError(error) || error.status === undefined) throw error;
      this.findings.remarks.push(`This process cannot accept: it has no credentials for it (${error.code}).`);
      return undefined;
    }
    const shared = this.#requested.filter((flag): flag is InitiatorFlag & AcceptorFlag => flag in acceptorFlags);
    const flags = [...new Set<AcceptorFlag>([...shared, 'extendedError'])];
    const handshake = accept(credentials, { flags, signal: this.signal });
    this.observe(handshake);
    return handshake;
  }

  /** Records what the client was granted. */
  established(client: Handshake, clientName?: string): void {
    const { package: packageName, flags, expiry } = client.context;
    const granted: readonly string[] = flags;
    this.findings.outcome = 'established';
    this.findings.context = {
      package: packageName,
      granted: flags,
      notGranted: this.#requested.filter((flag) => !granted.includes(flag)),
      ...(expiry === undefined ? {} : { expiry: expiry.toISOString() }),
      ...(clientName === undefined ? {} : { clientName }),
    };
  }

  async end(): Promise<void> {
    for (const close of this.#closers.splice(0)) close();
    for (const releasable of this.#releasables.splice(0).reverse()) {
      // This would wait for a running call, which is not necessary.
      if (this.signal.aborted) releasable[Symbol.dispose]();
      else await releasable.dispose();
    }
  }

  async #acquire(packageName: string, use: 'outbound' | 'inbound'): Promise<Credentials> {
    const identity = use === 'outbound' ? this.settings.identity : undefined;
    const credentials = await acquireCredentials({ package: packageName, use, identity, signal: this.signal });
    this.#releasables.push(credentials);
    return credentials;
  }
}
