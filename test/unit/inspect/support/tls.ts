/** Builds TLS records by RFC 8446 and RFC 5246. */

export const be16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
export const be24 = (value: number): Buffer => Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);

export const vector8 = (...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([content.length]), content]);
};
export const vector16 = (...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([be16(content.length), content]);
};
export const vector24 = (...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([be24(content.length), content]);
};

export const record = (type: number, fragment: Buffer, version = 0x0303): Buffer =>
  Buffer.concat([Buffer.from([type]), be16(version), be16(fragment.length), fragment]);

export const handshake = (type: number, ...body: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([type]), vector24(...body)]);

export const extension = (type: number, ...data: readonly Buffer[]): Buffer =>
  Buffer.concat([be16(type), vector16(...data)]);

export interface Hello {
  readonly version?: number;
  readonly random?: Buffer;
  readonly sessionId?: Buffer;
  readonly extensions?: readonly Buffer[];
}

export function clientHello(suites: readonly number[], hello: Hello = {}): Buffer {
  return handshake(
    1,
    be16(hello.version ?? 0x0303),
    hello.random ?? Buffer.alloc(32, 0x11),
    vector8(hello.sessionId ?? Buffer.alloc(0)),
    vector16(...suites.map(be16)),
    vector8(Buffer.from([0])),
    ...(hello.extensions === undefined ? [] : [vector16(...hello.extensions)]),
  );
}

export function serverHello(suite: number, hello: Hello = {}): Buffer {
  return handshake(
    2,
    be16(hello.version ?? 0x0303),
    hello.random ?? Buffer.alloc(32, 0x22),
    vector8(hello.sessionId ?? Buffer.alloc(0)),
    be16(suite),
    Buffer.from([0]),
    ...(hello.extensions === undefined ? [] : [vector16(...hello.extensions)]),
  );
}
