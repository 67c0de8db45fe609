import { execFile } from 'node:child_process';
import { join } from 'node:path';

/**
 * A value of the registry: a number for REG_DWORD and REG_QWORD, otherwise its text (REG_MULTI_SZ with `\0` between its lines).
 */
export type RegistryValue = number | string;

/** The values of one key by their names in lower case; undefined for a key that does not exist, or may not be read. */
export type RegistryKey = ReadonlyMap<string, RegistryValue> | undefined;

/** Reads keys such as `HKLM\SYSTEM\CurrentControlSet\Control\Lsa`. */
export type Registry = (key: string) => Promise<RegistryKey>;

/**
 * The registry of this machine, read with Windows' reg.exe in its 64-bit view, because a 32-bit process would see another one.
 */
export function machineRegistry(env: Readonly<Record<string, string | undefined>>, timeout: number): Registry {
  const program = join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'reg.exe');
  return (key) =>
    new Promise((resolve) => {
      execFile(program, ['query', key, '/reg:64'], { timeout, windowsHide: true }, (error, output) => {
        resolve(error === null ? parseValues(output, key) : undefined);
      });
    });
}

const hive = /^HKEY_[A-Z_]+\\/;
const shortHives: Readonly<Record<string, string>> = { HKLM: 'HKEY_LOCAL_MACHINE', HKCU: 'HKEY_CURRENT_USER' };

/** Parses the output of `reg query KEY`: the values of the key itself, without those of its subkeys. */
export function parseValues(output: string, key: string): ReadonlyMap<string, RegistryValue> {
  const wanted = key.replace(/^[^\\]+/, (name) => shortHives[name.toUpperCase()] ?? name).toLowerCase();
  const values = new Map<string, RegistryValue>();
  let inside = false;
  for (const line of output.split(/\r?\n/)) {
    if (hive.test(line)) inside = line.trimEnd().toLowerCase() === wanted;
    const [, name, type, data = ''] = /^ {4}(.+?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/.exec(line) ?? [];
    if (!inside || name === undefined || type === undefined) continue;
    values.set(name.toLowerCase(), valueOf(type, data));
  }
  return values;
}

function valueOf(type: string, data: string): RegistryValue {
  if (type === 'REG_DWORD' || type === 'REG_QWORD') return Number(data);
  return type === 'REG_MULTI_SZ' ? data.replaceAll('\\0', '\0') : data;
}
