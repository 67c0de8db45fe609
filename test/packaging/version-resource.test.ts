/** Windows shows a version for each binary: that of the package, read here as Windows reads it. */
import fs from 'node:fs';
import path from 'node:path';
import { checkout } from './installed';

/** IMAGE_DIRECTORY_ENTRY_RESOURCE and RT_VERSION of winnt.h and winuser.h. */
const resourceDirectory = 2;
const versionType = 16;
const fixedInfoSignature = 0xfeef04bd;

interface VersionResource {
  readonly numbers: readonly number[];
  readonly strings: string;
}

/** The version resource of a PE file; undefined if it has none. */
function versionResource(file: Buffer): VersionResource | undefined {
  const header = file.readUInt32LE(0x3c) + 4;
  const optional = header + 20;
  const wide = file.readUInt16LE(optional) === 0x20b;
  const address = file.readUInt32LE(optional + (wide ? 112 : 96) + 8 * resourceDirectory);
  if (address === 0) return undefined;
  const sections = Array.from({ length: file.readUInt16LE(header + 2) }, (_, i) => {
    const at = optional + file.readUInt16LE(header + 16) + 40 * i;
    return { address: file.readUInt32LE(at + 12), size: file.readUInt32LE(at + 16), place: file.readUInt32LE(at + 20) };
  });
  const placeOf = (virtual: number): number => {
    const section = sections.find(({ address: start, size }) => virtual >= start && virtual < start + size);
    if (section === undefined) throw new Error('an address outside of all sections');
    return virtual - section.address + section.place;
  };

  const root = placeOf(address);
  /** The entry of a directory of resources: that with this id, or the first. */
  const entryOf = (directory: number, id?: number): number | undefined => {
    const count = file.readUInt16LE(directory + 12) + file.readUInt16LE(directory + 14);
    const entries = Array.from({ length: count }, (_, i) => directory + 16 + 8 * i);
    const entry = entries.find((at) => id === undefined || file.readUInt32LE(at) === id);
    return entry === undefined ? undefined : root + (file.readUInt32LE(entry + 4) & 0x7fffffff);
  };
  const names = entryOf(root, versionType);
  const languages = names === undefined ? undefined : entryOf(names);
  const data = languages === undefined ? undefined : entryOf(languages);
  if (data === undefined) return undefined;
  const start = placeOf(file.readUInt32LE(data));
  const bytes = file.subarray(start, start + file.readUInt32LE(data + 4));

  const fixed = bytes.indexOf(Buffer.from(Uint32Array.of(fixedInfoSignature).buffer));
  const [high, low] = [bytes.readUInt32LE(fixed + 8), bytes.readUInt32LE(fixed + 12)];
  return { numbers: [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff], strings: bytes.toString('utf16le') };
}

const directory = path.join(checkout, 'prebuilds');
const binaries = fs.readdirSync(directory).map((name) => path.join(directory, name, 'sspi.node'));
const { version } = JSON.parse(fs.readFileSync(path.join(checkout, 'package.json'), 'utf8')) as { version: string };

test.each(binaries.map((file) => [path.relative(checkout, file), file]))(
  '%s has the version of the package',
  (_, file) => {
    const resource = versionResource(fs.readFileSync(file));
    const numbers = version.split(/[.-]/).slice(0, 3).map(Number);
    expect(resource?.numbers).toEqual([...numbers, 0]);
    for (const text of [`ProductVersion\0`, `${version}\0`, 'OriginalFilename\0', 'sspi.node\0'])
      expect(resource?.strings).toContain(text);
  },
);

test('a file without one has none', () => {
  const file = Buffer.from(fs.readFileSync(binaries[0] as string));
  const optional = file.readUInt32LE(0x3c) + 24;
  file.writeUInt32LE(0, optional + (file.readUInt16LE(optional) === 0x20b ? 112 : 96) + 8 * resourceDirectory);
  expect(versionResource(file)).toBeUndefined();
});
