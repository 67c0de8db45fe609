import { accountName, noteAccepted, recordLeg, wasAccepted, type Evidence, type LegRecord } from '../errors/evidence';
import { Status } from '../binding/constants';
import type { CheckedOptions } from './options';
import type { CredentialsCore } from '../credentials/credentials';
import type { ObservedHandshake } from '../events/observed-handshake';
import type { Role } from '../flags/sides';
import type { SspiApi } from '../errors/codes';

/** The leg that is under way, or the one that would come next. */
export interface CurrentLeg {
  readonly index: number;
  readonly input: Buffer | undefined;
  /** False between two legs, when the input is what the peer has sent too little of. */
  readonly running: boolean;
}

/** Counts the handshakes that somebody observes. */
let observed = 0;

/** The record of an exchange: its last legs with their tokens, for an error to be explained by and for observers. */
export class ExchangeRecord {
  readonly #credentials: CredentialsCore;
  readonly #options: CheckedOptions;
  #legs: LegRecord[] = [];
  #subject: ObservedHandshake | undefined;

  constructor(credentials: CredentialsCore, options: CheckedOptions) {
    this.#credentials = credentials;
    this.#options = options;
  }

  /** The function that makes this side's legs. */
  get api(): SspiApi {
    return apiOf(this.#options.role);
  }

  /** What the last leg was granted, as bits. */
  get granted(): number | undefined {
    return this.#legs.at(-1)?.granted;
  }

  /** Whom observers are told of: made when the first of them looks. */
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

  /** SSPI took this leg's input: the replay of an AP-REQ can be told as one from now on. */
  noteAccepted({ index, input }: CurrentLeg): void {
    if (this.#options.role === 'acceptor' && index === 0 && input !== undefined) noteAccepted(input);
  }

  /** Everything known of the exchange so far, tokens by reference. */
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

  /** Lets go of the tokens; what evidence was taken before keeps its own. */
  clear(): void {
    this.#legs = [];
  }

  /** The legs, and input that was kept for more bytes to come. */
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
