import type { Cursor } from './reading';
import type { Guid } from './values';

/** A GUID in the mixed byte order of MS-DTYP 2.3.4.2. */
export function readGuid(c: Cursor, field: string, names: Readonly<Record<string, string>> = {}): Guid {
  const first = c.u32le(field).toString(16).padStart(8, '0');
  const second = c.u16le(field).toString(16).padStart(4, '0');
  const third = c.u16le(field).toString(16).padStart(4, '0');
  const guid = `${first}-${second}-${third}-${c.hex(2, field)}-${c.hex(6, field)}`;
  const name = names[guid];
  return name === undefined ? { guid } : { guid, name };
}
