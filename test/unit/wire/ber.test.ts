import { BerReader, element, elementSize, integer, octetString, sequence, tags } from '#lib/wire/ber';
import { isUsual, readHeader } from '#lib/wire/ber-header';
import { WireError } from '#lib/wire/wire-error';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the header of an element', () => {
  test.each([
    ['the short form', '30 05', { tag: 0x30, size: 2, length: 5 }, true],
    ['the longest short form', '04 7f', { tag: 0x04, size: 2, length: 127 }, true],
    ['the long form', '60 82 05 95', { tag: 0x60, size: 4, length: 0x595 }, true],
    ['more bytes of length than it takes', '04 84 00 00 00 01', { tag: 0x04, size: 6, length: 1 }, true],
    ['four bytes of length', '04 84 ff ff ff ff', { tag: 0x04, size: 6, length: 0xffffffff }, true],
    ['five bytes of length', '04 85 00 00 00 00 01', { tag: 0x04, size: 7, length: 1 }, false],
    ['the indefinite form', '30 80', { tag: 0x30, size: 2, length: Infinity }, false],
  ])('%s', (_, bytes, header, usual) => {
    expect(readHeader(hex(bytes))).toEqual(header);
    expect(isUsual(header)).toBe(usual);
  });

  test('anywhere in the bytes', () => {
    expect(readHeader(hex('ff ff 30 81 80'), 2)).toEqual({ tag: 0x30, size: 3, length: 128 });
  });

  test.each(['', '30', '30 82', '30 82 01', '04 84 00 00 00'])('cut short: "%s"', (bytes) => {
    expect(readHeader(hex(bytes))).toBeUndefined();
    expect(elementSize(hex(bytes))).toBeUndefined();
  });
});

describe('reading', () => {
  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('what was written: %i bytes', (size) => {
    const content = Buffer.alloc(size, 7);
    const written = sequence(integer(size), octetString(content));
    expect(elementSize(written)).toBe(written.length);
    const reader = new BerReader(written).inside();
    expect(reader.integer()).toBe(size);
    expect(reader.bytes().equals(content)).toBe(true);
    expect(reader.atEnd).toBe(true);
  });

  test.each([
    ['an element that is cut short', element(tags.octetString, Buffer.alloc(9)).subarray(0, 10), /end inside/],
    ['another tag', element(tags.integer, Buffer.alloc(1)), /tag 0x2 instead of 0x4/],
    ['the indefinite form', hex('04 80 01 00 00'), /a form that LDAP does not use/],
    ['nothing', Buffer.alloc(0), /end inside/],
  ])('%s is refused', (_, bytes, message) => {
    const read = (): Buffer => new BerReader(bytes).bytes();
    expect(read).toThrow(WireError);
    expect(read).toThrow(message);
  });
});
