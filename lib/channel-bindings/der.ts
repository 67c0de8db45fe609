/** One element of DER (X.690): its tag, its content, and where the next element starts. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly next: number;
}

/** The element that starts at `at`; undefined if there is no complete one. Only for tags of one byte. */
export function derElement(der: Buffer, at: number): DerElement | undefined {
  const tag = der[at];
  let length = der[at + 1];
  let start = at + 2;
  if (tag === undefined || length === undefined) return undefined;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || start + count > der.length) return undefined;
    length = der.readUIntBE(start, count);
    start += count;
  }
  const next = start + length;
  return next > der.length ? undefined : { tag, content: der.subarray(start, next), next };
}
