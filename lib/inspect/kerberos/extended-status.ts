import { nameOf } from '../values';
import type { KerberosErrorData } from './types';

/** The NTSTATUS in an e-data, which is the domain controller's own reason: its name, or its number if it has no name here. */
export function extendedStatus(data: KerberosErrorData | undefined): string | undefined {
  if (data === undefined || data.type === 'unknown') return undefined;
  const extended =
    data.type === 'KERB-ERROR-DATA' ? data.extended : data.items.find((item) => item.extended !== undefined)?.extended;
  return extended && nameOf(extended.status, 'NTSTATUS');
}
