import { acquireCredentials, listPackages } from '../../index';

/** See `isSupported` in ../index.ts. */
export async function supported(): Promise<boolean> {
  try {
    const packages = await listPackages();
    if (!packages.some(({ name }) => name === 'Negotiate')) return false;
    const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
    await credentials.dispose();
    return true;
  } catch {
    return false;
  }
}
