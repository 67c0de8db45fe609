import { noteAccepted, recordLeg, wasAccepted, type Evidence, type LegRecord } from '../errors/evidence';
import { accountName } from '../credentials/identity';
import { Status } from '../binding/constants';
import type { CheckedOptions } from './options';
import type { CredentialsCore } from '../credentials/credentials';
import type { ObservedHandshake } from '../events/observed-handshake';
import type { Role } from '../flags/sides';
import type { SspiApi } from '../errors/codes';

/** The leg that is running, or the one that would be next. */
export interface CurrentLeg {
  readonly index: number;
  readonly input: Buffer | undefined;
  /** False between two legs, if the input is incomplete so far. */
  readonly running: boolean;
}

/** Counts the observed handshakes. */
let observed = 0;

/** The record of an exchange: its last legs with their tokens, to explain an error and for observers. */
export class ExchangeRecord {
  readonly #credentials: CredentialsCore;
  readonly #options: CheckedOptions;
  #legs: LegRecord[] = [];
  #subject: ObservedHandshake | undefined;

  constructor(credentials: CredentialsCore, options: CheckedOptions) {
    this.#credentials = credentials;
    this.#options = options;
  }

  /** The SSPI function for the legs of this side. */
  get api(): SspiApi {
    return apiOf(this.#options.role);
  }

  /** The flags granted by the last leg, as bits. */
  get granted(): number | undefined {
    return this.#legs.at(-1)?.granted;
  }

  /** The description for observers, made when it is first needed. */
  get subject(): ObservedHandshake {
    const { package: packageName, account } = this.#credentials;
    const { role, target } = this.#options;
    return (this.#subject ??= Object.freeze({
      id: ++observed,
      role,
      package: packageName,
      target,
      account: accountName(account),
    }));
  }

  add(leg: LegRecord): void {
    recordLeg(this.#legs, leg);
  }

  /** SSPI has accepted the input of this leg; a replay of its AP-REQ can be recognised from now on. */
  noteAccepted({ index, input }: CurrentLeg): void {
    if (this.#options.role === 'acceptor' && index === 0 && input !== undefined) noteAccepted(input);
  }

  /** Everything known about the exchange so far; tokens are referenced, not copied. */
  evidence(current: CurrentLeg): Evidence {
    const { package: packageName, use, account, expiry, bounds, binding } = this.#credentials;
    const { role, target, flags, requiredFlags, requiredPackages, channelBindings } = this.#options;
    const { index, input } = current;
    return {
      package: packageName,
      use,
      account,
      expiry,
      role,
      target,
      requested: flags,
      required: requiredFlags,
      requiredPackages,
      bounds,
      granted: this.granted,
      channelBindings,
      legs: this.#legsUntil(current),
      acceptedBefore: role === 'acceptor' && index === 0 && input !== undefined && wasAccepted(input),
      wineVersion: binding.wineVersion,
      time: Date.now(),
    };
  }

  /** Releases the tokens; evidence that was taken before keeps its own references. */
  clear(): void {
    this.#legs = [];
  }

  /** The legs, and input that was kept until more bytes arrive. */
  #legsUntil({ index, input, running }: CurrentLeg): readonly LegRecord[] {
    if (input === undefined || running || this.#legs.at(-1)?.received === input) return this.#legs;
    const pending = {
      index,
      api: this.api,
      status: Status.incompleteMessage,
      granted: undefined,
      received: input,
      sent: undefined,
      pending: true,
    } as const;
    return [...this.#legs, pending];
  }
}

export function apiOf(role: Role): SspiApi {
  return role === 'initiator' ? 'InitializeSecurityContext' : 'AcceptSecurityContext';
}
