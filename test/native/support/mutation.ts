/** Damaged tokens by the ten thousand, and what becomes of them. */
import type { SspiError } from 'sspi';
import { mutate, Random } from '../../unit/inspect/support/fuzz';

export { Random };

/** A damaged copy of a token, never empty; now and then nothing but random bytes. */
export function damaged(token: Buffer, random: Random): Buffer {
  if (random.below(50) === 0)
    return Buffer.from(Array.from({ length: 1 + random.below(2000) }, () => random.below(256)));
  const result = mutate(random, [{ bytes: token }]);
  return result.length === 0 ? Buffer.of(random.below(256)) : result;
}

/** How often each outcome came, by its code. */
export type Outcomes = Readonly<Record<string, number>>;

export interface Campaign {
  /** How many inputs. */
  readonly inputs: number;
  /** How many are running at once. */
  readonly abreast?: number;
  /** Gives one input in, and resolves to the code that a leg came with; what it throws must be an SspiError of SSPI's. */
  readonly attempt: () => Promise<string>;
}

/** Runs a campaign; throws at the first outcome that is neither a leg nor a status of SSPI. */
export async function run({ inputs, abreast = 16, attempt }: Campaign): Promise<Outcomes> {
  const outcomes: Record<string, number> = {};
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < inputs) {
      begun += 1;
      const outcome = await attempt().catch(statusOf);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: abreast }, worker));
  return outcomes;
}

function statusOf(error: unknown): string {
  const { code, status, api } = error as SspiError;
  if (status === undefined || api === undefined) throw error;
  return code;
}

export const total = (outcomes: Outcomes): number => Object.values(outcomes).reduce((sum, count) => sum + count, 0);
