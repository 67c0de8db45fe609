import { closeSync, openSync, readSync } from 'node:fs';

/** IMAGE_FILE_MACHINE_* (Microsoft's "PE Format"), by Node's names. */
const machines: Readonly<Record<number, string>> = { 0x014c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64' };

/** The architecture that a Windows program or library is for; `'none'` for a file that is neither. */
export function targetOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(64);
    if (readSync(file, start, 0, 64, 0) < 64 || start.toString('latin1', 0, 2) !== 'MZ') return 'none';
    const header = Buffer.alloc(6);
    const read = readSync(file, header, 0, 6, start.readUInt32LE(0x3c));
    if (read < 6 || header.toString('latin1', 0, 4) !== 'PE\0\0') return 'none';
    const machine = header.readUInt16LE(4);
    return machines[machine] ?? `machine 0x${machine.toString(16)}`;
  } finally {
    closeSync(file);
  }
}
