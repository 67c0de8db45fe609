import { AccountMemory } from './memory';
import { bindingError } from '../errors/make';
import type { Lanes } from './lanes';
import type { RawAccount } from '../binding/binding';

/** Look-ups of one call of the binding. One that hangs delays the others in its batch. */
const batchSize = 64;

/** A direction in which accounts are looked up. */
export interface Direction {
  /** The key that identifies a look-up. */
  readonly key: (asked: string) => string;
  /** Look-ups for the same domain are batched together, so that they do not delay others. */
  readonly domain: (asked: string) => string;
  /** One answer for each look-up, in the same order. */
  readonly ask: (asked: readonly string[]) => Promise<readonly RawAccount[]>;
}

/** A call of the binding that is running or waiting for its turn. */
interface Batch {
  readonly answers: Promise<ReadonlyMap<string, RawAccount>>;
  /** How many callers wait for it. If nobody is waiting when its turn comes, the call is not made. */
  waiters: number;
}

/** A request to a directory, until `release` is called. */
export interface Inquiry {
  /** By key. */
  readonly answers: Promise<ReadonlyMap<string, RawAccount>>;
  release(): void;
}

/** Looks accounts up in one direction: it caches answers, makes one call for what several callers want, and batches calls. */
export class AccountDirectory {
  readonly #direction: Direction;
  readonly #lanes: Lanes;
  readonly #memory = new AccountMemory();
  readonly #underWay = new Map<string, Batch>();

  constructor(direction: Direction, lanes: Lanes) {
    this.#direction = direction;
    this.#lanes = lanes;
  }

  inquire(asked: readonly string[], maxAge: number): Inquiry {
    const { key: keyOf } = this.#direction;
    const known = new Map<string, RawAccount>();
    const batches = new Set<Batch>();
    const missing = new Map<string, string>();
    for (const each of asked) {
      const key = keyOf(each);
      const remembered = this.#memory.find(key, maxAge);
      const underWay = this.#underWay.get(key);
      if (remembered !== undefined) known.set(key, remembered);
      else if (underWay !== undefined) batches.add(underWay);
      else missing.set(key, each);
    }
    for (const { domain, questions } of this.#batchesOf(missing)) batches.add(this.#begin(domain, questions));
    for (const batch of batches) batch.waiters++;
    return {
      answers: Promise.all([...batches].map(({ answers }) => answers)).then(
        (found) => new Map([known, ...found].flatMap((answers) => [...answers])),
      ),
      release: () => {
        for (const batch of batches) batch.waiters--;
      },
    };
  }

  /** By domain, at most one batch at a time. */
  #batchesOf(missing: ReadonlyMap<string, string>): { domain: string; questions: ReadonlyMap<string, string> }[] {
    const batches: { domain: string; questions: Map<string, string> }[] = [];
    const open = new Map<string, Map<string, string>>();
    for (const [key, asked] of missing) {
      const domain = this.#direction.domain(asked);
      let questions = open.get(domain);
      if (questions === undefined || questions.size >= batchSize) {
        questions = new Map();
        open.set(domain, questions);
        batches.push({ domain, questions });
      }
      questions.set(key, asked);
    }
    return batches;
  }

  #begin(domain: string, questions: ReadonlyMap<string, string>): Batch {
    const answers = this.#lanes.run(domain, () => this.#ask(questions, () => batch.waiters > 0));
    const batch: Batch = { answers, waiters: 0 };
    // Callers that wait learn about a failure through `inquire`; by then, all of them may have left.
    batch.answers.catch(() => undefined);
    for (const key of questions.keys()) this.#underWay.set(key, batch);
    return batch;
  }

  async #ask(
    questions: ReadonlyMap<string, string>,
    isWanted: () => boolean,
  ): Promise<ReadonlyMap<string, RawAccount>> {
    const answers = new Map<string, RawAccount>();
    try {
      // The callers are counted in the same turn of the event loop in which it started.
      await Promise.resolve();
      if (!isWanted()) return answers;
      const since = performance.now();
      const accounts = await this.#direction.ask([...questions.values()]);
      [...questions.keys()].forEach((key, i) => {
        const account = accounts[i] as RawAccount;
        answers.set(key, account);
        this.#memory.keep(key, account, since);
      });
      return answers;
    } catch (error) {
      throw bindingError(error);
    } finally {
      for (const key of questions.keys()) this.#underWay.delete(key);
    }
  }
}
