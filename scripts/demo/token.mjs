import { InspectError, decode, summarize } from 'sspi/inspect';

/** What a token is, in one line. */
export function describe(token) {
  try {
    return summarize(decode(token));
  } catch (error) {
    if (!(error instanceof InspectError)) throw error;
    return `not known to the inspector: ${error.message}`;
  }
}
