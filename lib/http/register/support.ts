import { listPackages, SspiError, stats } from '../../index';

/** What keeps this process from signing on, in a sentence; undefined where nothing does. */
export async function whatIsMissing(): Promise<string | undefined> {
  try {
    const packages = await listPackages();
    const found = packages.some(({ name }) => name.toLowerCase() === 'negotiate');
    return found ? undefined : 'This machine has no package Negotiate.';
  } catch (error) {
    return missingIn(error);
  }
}

/** The same, of what is known at once: whether this is Windows, and whether the addon loads. */
export function whatIsMissingAtOnce(): string | undefined {
  try {
    stats();
    return undefined;
  } catch (error) {
    return missingIn(error);
  }
}

function missingIn(error: unknown): string {
  if (!SspiError.isSspiError(error)) throw error;
  const { code, message, hint } = error;
  // What else works there does not matter here.
  return code === 'ERR_SSPI_UNSUPPORTED_PLATFORM' && hint !== undefined ? message.replace(hint, '').trim() : message;
}
