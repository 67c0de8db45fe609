import type { SspiStatusCode } from './codes';
import { certificateStatuses, ntStatuses, securityStatuses, win32Statuses } from './status-table';

let names: Map<number, SspiStatusCode> | undefined;

function namesByNumber(): Map<number, SspiStatusCode> {
  const map = new Map<number, SspiStatusCode>();
  for (const table of [securityStatuses, certificateStatuses, ntStatuses, win32Statuses]) {
    for (const [name, status] of Object.entries(table)) map.set(status, name as SspiStatusCode);
  }
  return map;
}

/** `0x8009030C`: eight upper-case digits, as Microsoft's pages write them. */
export function hexStatus(status: number): string {
  return `0x${(status >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** The symbolic name of a status; a number without a name becomes its family and its digits. */
export function statusCode(status: number): SspiStatusCode {
  const unsigned = status >>> 0;
  const name = (names ??= namesByNumber()).get(unsigned);
  if (name !== undefined) return name;
  if (unsigned >>> 28 === 0xc) return `NTSTATUS_${hexStatus(unsigned)}` as SspiStatusCode;
  if (unsigned >>> 16 === 0x8007) return `WIN32_${hexStatus(unsigned)}` as SspiStatusCode;
  return `SSPI_${hexStatus(unsigned)}` as SspiStatusCode;
}

/** The unsigned number of a status, which is passed by name or as a signed or unsigned number. Throws for an unknown name. */
export function statusNumber(status: SspiStatusCode | number): number {
  if (typeof status === 'number') return status >>> 0;
  const digits = /_(0x[0-9A-F]{8})$/.exec(status)?.[1];
  if (digits !== undefined) return Number(digits);
  for (const [number, name] of (names ??= namesByNumber())) if (name === status) return number;
  throw new RangeError(`${status} is no status`);
}
