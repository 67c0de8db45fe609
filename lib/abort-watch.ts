/** Somebody who wants to be notified of an abort. */
interface Watcher {
  readonly owner: WeakRef<object>;
  readonly react: (owner: never, signal: AbortSignal) => void;
}

/**
 * All watchers of one signal, with a single listener, because Node reports the eleventh as a leak. Only the signal references
 * this, so everything here is collected together with it.
 */
class Watchers {
  readonly #signal: AbortSignal;
  readonly #all = new Set<Watcher>();
  /** The owners that somebody waits for. Nothing else may reference them in the meantime, but they must still be notified. */
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

// This module references the registry forever, so nothing that the registry stores may lead to an owner that is waited for.
const forgotten = new FinalizationRegistry<{ watchers: WeakRef<Watchers>; watcher: Watcher }>(({ watchers, watcher }) =>
  watchers.deref()?.remove(watcher),
);

/**
 * Reacts to a signal's abort. Signals often live as long as the process, while nobody else may reference what is watched: the
 * watch does not keep an idle owner alive. While somebody waits for it (`hold`) the signal keeps it, so that a garbage
 * collection does not leave the waiting caller without an answer.
 */
export class AbortWatch<Owner extends object> {
  readonly #watchers: Watchers;
  readonly #watcher: Watcher;

  /** @param react Must not reference anything that references `owner`. */
  constructor(signal: AbortSignal, owner: Owner, react: (owner: Owner, signal: AbortSignal) => void) {
    let watchers = watched.get(signal);
    if (watchers === undefined) watched.set(signal, (watchers = new Watchers(signal)));
    this.#watchers = watchers;
    this.#watcher = { owner: new WeakRef(owner), react };
    watchers.add(this.#watcher);
    forgotten.register(owner, { watchers: new WeakRef(watchers), watcher: this.#watcher }, this.#watcher);
  }

  /** Somebody is waiting for the owner. */
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
