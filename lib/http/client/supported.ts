import { acquireCredentials, listPackages, SspiError } from '../../index';

/** See `isSupported` in ../index.ts. */
export async function supported(): Promise<boolean> {
  return (await whatIsMissing()) === undefined;
}

/** What keeps this process from signing on as the current user, in a sentence; undefined where nothing does. */
export async function whatIsMissing(): Promise<string | undefined> {
  try {
    const packages = await listPackages();
    if (!packages.some(({ name }) => name === 'Negotiate')) return 'This machine has no package Negotiate.';
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
    await credentials.dispose();
    return undefined;
  } catch (error) {
    return missingIn(error);
  }
}

/** The sentence of an error. */
export function missingIn(error: unknown): string {
  if (!SspiError.isSspiError(error)) return String(error);
  const { code, message, hint } = error;
  // What works elsewhere does not matter here.
  return code === 'ERR_SSPI_UNSUPPORTED_PLATFORM' && hint !== undefined ? message.replace(hint, '').trim() : message;
}
