import { acquireCredentials } from '../../credentials/credentials';
import { failed, type CheckResult } from './check';
import { SspiError } from '../../errors/sspi-error';
import { untilText } from '../output/time';
import type { PackageInfo } from '../../packages';

const wanted = ['Negotiate', 'Kerberos', 'NTLM'];
/** Long enough to notice, in milliseconds. */
const soon = 15 * 60_000;

/** Whether the packages of a sign-on are there. */
export function checkPackages(packages: readonly PackageInfo[]): CheckResult {
  const has = (name: string): boolean => packages.some((known) => known.name.toLowerCase() === name.toLowerCase());
  const missing = wanted.filter((name) => !has(name));
  const head = { id: 'packages', title: 'Packages' };
  if (missing.length === 0) return { ...head, status: 'ok', detail: packages.map(({ name }) => name).join(', ') };
  return {
    ...head,
    status: missing.includes('Negotiate') ? 'fail' : 'warn',
    detail: `missing: ${missing.join(', ')}`,
    advice: 'Policy may have removed them: see HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa, “Security Packages”.',
  };
}

/** Whether the current user has credentials to log on with, for Kerberos and at all. */
export async function checkCredentials(signal: AbortSignal): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const name of wanted) results.push(await credentialsOf(name, signal));
  return results;
}

async function credentialsOf(packageName: string, signal: AbortSignal): Promise<CheckResult> {
  const head = { id: `credentials-${packageName.toLowerCase()}`, title: `${packageName} logon` };
  try {
    const credentials = await acquireCredentials({ package: packageName, use: 'outbound', signal });
    try {
      const name = await credentials.name().catch(() => undefined);
      const { expiry } = credentials;
      const detail = [
        name ?? 'the current user has a credential',
        ...(expiry === undefined ? [] : [untilText(expiry)]),
      ];
      const ending = expiry !== undefined && expiry.getTime() - Date.now() < soon;
      if (!ending) return { ...head, status: 'ok', detail: detail.join(', ') };
      return {
        ...head,
        status: 'warn',
        detail: detail.join(', '),
        advice: 'Get new tickets: lock and unlock the session, or kinit.',
      };
    } finally {
      await credentials.dispose();
    }
  } catch (error) {
    if (!SspiError.isSspiError(error)) throw error;
    return { ...failed(head.id, head.title, { message: error.code }, error.hint), status: 'warn' };
  }
}
