import { writeSync } from 'node:fs';

/** Set for child processes, which need not say the same again. */
const told = 'SSPI_REGISTER_TOLD';
const standardError = 2;

/** Has this process, or a parent, said something already? */
export const isTold = (): boolean => process.env[told] !== undefined;

/** Says one line on the standard error, unless this process or a parent has said something already. */
export function notice(text: string): void {
  if (isTold()) return;
  process.env[told] = '1';
  try {
    writeSync(standardError, `sspi/register: ${text.replace(/\s+/g, ' ')}\n`);
  } catch {
    // Nobody reads it.
  }
}

/** What is said where this process cannot sign on. */
export const leftAlone = (missing: string): string => `proxies are left to the program. ${missing}`;
