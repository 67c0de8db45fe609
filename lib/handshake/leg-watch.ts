import { disposalNotice, notify, type EndedLeg, type HandshakeObserver } from '../events/observer';
import type { ContextHolder } from '../binding/context-holder';
import type { CurrentLeg, ExchangeRecord } from './exchange-record';
import type { LegEnd } from './leg-end';

/** Measures the legs of a handshake and reports them to its observer; does nothing while the observer is not active. */
export class LegWatch {
  observer: HandshakeObserver;
  readonly #record: ExchangeRecord;
  /** When the first leg and the running one started; undefined if nobody was observing. */
  #firstBegan: number | undefined;
  #began: number | undefined;

  constructor(observer: HandshakeObserver, record: ExchangeRecord) {
    this.observer = observer;
    this.#record = record;
  }

  get watching(): boolean {
    return this.observer.watching;
  }

  begin(index: number): void {
    this.#began = this.observer.watching ? performance.now() : undefined;
    if (index === 0) this.#firstBegan = this.#began;
  }

  /** What the observer gets at the end of a leg; `received` is everything that the leg was given. */
  describe(end: LegEnd, { index, running }: CurrentLeg, received: Buffer | undefined): EndedLeg {
    const call = end.outcome === 'failed' ? end.call : { api: this.#record.api, status: end.status };
    return {
      handshake: this.#record.subject,
      index,
      begun: running,
      outcome: end.outcome,
      call: call?.api ?? this.#record.api,
      status: call?.status,
      received: running ? received : undefined,
      sent: end.token,
      duration: running ? since(this.#began) : undefined,
      total: since(this.#firstBegan),
      ...(end.outcome === 'failed' && { error: end.error }),
      ...(end.outcome === 'established' && { evidence: end.evidence(), expiry: end.expiry }),
    };
  }

  tell(ended: EndedLeg, holder: ContextHolder): void {
    const { observer } = this;
    if (ended.outcome === 'established') holder.onRetired = disposalNotice(observer, ended.handshake);
    notify((leg) => observer.legEnded(leg), ended);
  }

  /** A handshake without a context was disposed of. */
  disposed(): void {
    const { observer } = this;
    if (!observer.watching) return;
    const disposal = { handshake: this.#record.subject, established: false, lifetime: undefined };
    notify((told) => observer.disposed(told), disposal);
  }
}

/** Milliseconds since a recorded time. */
function since(moment: number | undefined): number | undefined {
  return moment === undefined ? undefined : performance.now() - moment;
}
