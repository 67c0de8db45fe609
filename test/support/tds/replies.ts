/** Tokens of a server's replies ([MS-TDS], 2.2.7). */

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const bVarchar = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), utf16(text)]);
const collation = Buffer.from('0904d00034', 'hex');

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export const sized = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type]), u16(body.length), body]);

export const sspiToken = (token: Buffer): Buffer => sized(0xed, token);

export const done = (status = 0, rows = 0): Buffer =>
  Buffer.concat([Buffer.from([0xfd]), u16(status), u16(0xc1), u32(rows), u32(0)]);

export const envChange = (kind: number, body: Buffer): Buffer =>
  sized(0xe3, Buffer.concat([Buffer.from([kind]), body]));

export const packetSizeChange = (size: number): Buffer =>
  envChange(4, Buffer.concat([bVarchar(String(size)), bVarchar('4096')]));

export const routing = (host: string, port: number): Buffer => {
  const target = Buffer.concat([Buffer.from([0]), u16(port), u16(host.length), utf16(host)]);
  return envChange(20, Buffer.concat([u16(target.length), target, u16(0)]));
};

export function errorToken(number: number, text: string, severity = 14): Buffer {
  const body = [u32(number), Buffer.from([1, severity]), u16(text.length), utf16(text), bVarchar('FAKE')];
  return sized(0xaa, Buffer.concat([...body, Buffer.from([0]), u32(1)]));
}

export function loginAck(tdsVersion: number): Buffer {
  const version = Buffer.alloc(4);
  version.writeUInt32BE(tdsVersion);
  const name = 'Microsoft SQL Server\0\0';
  const body = [Buffer.from([1]), version, bVarchar(name), Buffer.from([16, 0, 3, 0xe8])];
  return sized(0xad, Buffer.concat(body));
}

export const utf8Support = Buffer.from([0xae, 0x0a, 1, 0, 0, 0, 1, 0xff]);

const columnHead = Buffer.concat([u32(0), u16(9)]);

/** Columns of nvarchar(200). */
export function textColumns(names: readonly string[]): Buffer {
  const kind = Buffer.concat([Buffer.from([0xe7]), u16(400), collation]);
  return Buffer.concat([
    Buffer.from([0x81]),
    u16(names.length),
    ...names.flatMap((name) => [columnHead, kind, bVarchar(name)]),
  ]);
}

export function textRow(values: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from([0xd1]), ...values.flatMap((value) => [u16(2 * value.length), utf16(value)])]);
}

/** The end of a batch, or of sp_executesql. */
export function finished(rows: number, rpc: boolean, status = 0x10): Buffer {
  if (!rpc) return done(status, rows);
  const inProc = Buffer.from(done(status | 1, rows));
  inProc[0] = 0xff;
  const proc = Buffer.from(done());
  proc[0] = 0xfe;
  return Buffer.concat([inProc, Buffer.from([0x79, 0, 0, 0, 0]), proc]);
}
