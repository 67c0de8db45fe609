/** One who wants to know of an abort. */
interface Watcher {
  readonly owner: WeakRef<object>;
  readonly react: (owner: never, signal: AbortSignal) => void;
}

/**
 * All that watch one signal, behind a single listener: Node takes the eleventh for a leak. Only the signal holds this, so what is
 * held here goes with it.
 */
class Watchers {
  readonly #signal: AbortSignal;
  readonly #all = new Set<Watcher>();
  /** The owners that somebody waits for: nothing else may hold them meanwhile, and still they must be told. */
  readonly #waiting = new Map<Watcher, object>();

  readonly #listener = (): void => {
    const told = [...this.#all];
    this.#all.clear();
    watched.delete(this.#signal);
    for (const { owner, react } of told) {
      const alive = owner.deref();
      if (alive !== undefined) react(alive as never, this.#signal);
    }
    this.#waiting.clear();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#listener, { once: true });
  }

  add(watcher: Watcher): void {
    this.#all.add(watcher);
  }

  hold(watcher: Watcher, owner: object): void {
    if (this.#all.has(watcher)) this.#waiting.set(watcher, owner);
  }

  release(watcher: Watcher): void {
    this.#waiting.delete(watcher);
  }

  remove(watcher: Watcher): void {
    this.#waiting.delete(watcher);
    if (!this.#all.delete(watcher) || this.#all.size > 0) return;
    this.#signal.removeEventListener('abort', this.#listener);
    watched.delete(this.#signal);
  }
}

const watched = new WeakMap<AbortSignal, Watchers>();

// The registry is held by nobody but this module, for ever: what it keeps must not lead to an owner that waits.
const forgotten = new FinalizationRegistry<{ watchers: WeakRef<Watchers>; watcher: Watcher }>(({ watchers, watcher }) =>
  watchers.deref()?.remove(watcher),
);

/**
 * Reacts to a signal's abort. Signals often live as long as the process, and what is watched may be forgotten by everybody: an
 * idle owner is not kept alive by its watch. While somebody waits for it (`hold`) the signal keeps it, lest a collection
 * leave the waiting one without an answer.
 */
export class AbortWatch<Owner extends object> {
  readonly #watchers: Watchers;
  readonly #watcher: Watcher;

  /** @param react Must hold on to nothing that holds on to `owner`. */
  constructor(signal: AbortSignal, owner: Owner, react: (owner: Owner, signal: AbortSignal) => void) {
    let watchers = watched.get(signal);
    if (watchers === undefined) watched.set(signal, (watchers = new Watchers(signal)));
    this.#watchers = watchers;
    this.#watcher = { owner: new WeakRef(owner), react };
    watchers.add(this.#watcher);
    forgotten.register(owner, { watchers: new WeakRef(watchers), watcher: this.#watcher }, this.#watcher);
  }

  /** Somebody waits for the owner. */
  hold(owner: Owner): void {
    this.#watchers.hold(this.#watcher, owner);
  }

  /** Nobody is waiting any more. */
  release(): void {
    this.#watchers.release(this.#watcher);
  }

  end(): void {
    this.#watchers.remove(this.#watcher);
    forgotten.unregister(this.#watcher);
  }
}
