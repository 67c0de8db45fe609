import fc from 'fast-check';
import { FrameParser, frame } from '#lib/wire/sasl-frames';
import { WireError } from '#lib/wire/wire-error';

/** Cuts `bytes` into chunks of the given sizes, and a last one. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (const size of sizes) {
    chunks.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return [...chunks, rest];
}

describe('frames of a security layer', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.nat(12)), (contents, sizes) => {
        const parser = new FrameParser(40);
        const stream = Buffer.concat(contents.map(frame));
        const found = cut(stream, sizes).flatMap((chunk) => [...parser.push(chunk)]);
        expect(found).toEqual(contents.map((bytes) => Buffer.from(bytes)));
        expect(parser.partial).toBe(false);
      }),
    );
  });

  it('over the limit are refused when their length has come', () => {
    const parser = new FrameParser(8);
    expect([...parser.push(frame(Buffer.alloc(8)))]).toHaveLength(1);
    expect(() => [...parser.push(Buffer.from([0, 0, 0, 9]))]).toThrow(WireError);
  });

  it('that are not all there are known to be', () => {
    const parser = new FrameParser(8);
    expect([...parser.push(Buffer.from([0, 0]))]).toEqual([]);
    expect(parser.partial).toBe(true);
    expect([...parser.push(Buffer.from([0, 1]))]).toEqual([]);
    expect(parser.partial).toBe(true);
    expect([...parser.push(Buffer.from([7]))]).toEqual([Buffer.from([7])]);
    expect(parser.partial).toBe(false);
  });
});
