import { missingIn } from '../client/supported';
import { stats } from '../../index';

/** What keeps this process from signing on, as far as that is known at once: whether this is Windows, and whether the addon loads. */
export function whatIsMissingAtOnce(): string | undefined {
  try {
    stats();
    return undefined;
  } catch (error) {
    return missingIn(error);
  }
}
