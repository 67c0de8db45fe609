/** LOGIN7 as a strict server reads it ([MS-TDS], 2.2.6.4): what is outside, or overlaps, is an error. */

export interface Login7 {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly app: string;
  readonly server: string;
  readonly library: string;
  readonly language: string;
  readonly database: string;
  readonly tdsVersion: number;
  readonly packetSize: number;
  readonly integrated: boolean;
  readonly token: Buffer;
  /** FeatureExt by number. */
  readonly features: ReadonlyMap<number, Buffer>;
}

const fixedSize = 94;

export function parseLogin7(bytes: Buffer): Login7 {
  if (bytes.length > 128 * 1024 - 1) throw new Error(`a LOGIN7 of ${bytes.length} bytes`);
  if (bytes.readUInt32LE(0) !== bytes.length) throw new Error('the length of LOGIN7 is wrong');
  const used: (readonly [number, number])[] = [];
  const claim = (start: number, end: number, name: string): Buffer => {
    if (start === end) return Buffer.alloc(0);
    if (start < fixedSize || end > bytes.length) throw new Error(`${name} is outside`);
    for (const [from, to] of used) if (start < to && from < end) throw new Error(`${name} overlaps another field`);
    used.push([start, end]);
    return bytes.subarray(start, end);
  };
  const field = (at: number, unit: number, name: string): Buffer => {
    const start = bytes.readUInt16LE(at);
    return claim(start, start + unit * bytes.readUInt16LE(at + 2), name);
  };
  const text = (at: number, name: string): string => field(at, 2, name).toString('utf16le');
  const features = new Map<number, Buffer>();
  const pointer = ((bytes[27] as number) & 0x10) === 0 ? Buffer.alloc(0) : field(56, 1, 'the extension');
  if (pointer.length === 4) {
    const start = pointer.readUInt32LE();
    let end = start;
    while (bytes[end] !== 0xff) {
      if (end + 5 > bytes.length) throw new Error('the features do not end');
      const size = bytes.readUInt32LE(end + 1);
      features.set(bytes[end] as number, bytes.subarray(end + 5, end + 5 + size));
      end += 5 + size;
    }
    claim(start, end + 1, 'the features');
  }
  const short = bytes.readUInt16LE(80);
  const long = bytes.readUInt32LE(90);
  const size = short === 0xffff && long > 0 ? long : short;
  const start = bytes.readUInt16LE(78);
  return {
    host: text(36, 'the host'),
    user: text(40, 'the user'),
    password: text(44, 'the password'),
    app: text(48, 'the program'),
    server: text(52, 'the server'),
    library: text(60, 'the library'),
    language: text(64, 'the language'),
    database: text(68, 'the database'),
    tdsVersion: bytes.readUInt32LE(4),
    packetSize: bytes.readUInt32LE(8),
    integrated: ((bytes[25] as number) & 0x80) !== 0,
    token: claim(start, start + size, 'the token'),
    features,
  };
}
