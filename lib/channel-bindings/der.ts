import { isUsual, readHeader } from '../wire/ber-header';

/** One element of DER (X.690): its tag, its content, and where the next element starts. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly next: number;
}

/** The element that starts at `at`; undefined if there is no complete one. Only for tags of one byte. */
export function derElement(der: Buffer, at: number): DerElement | undefined {
  const header = readHeader(der, at);
  if (header === undefined || !isUsual(header)) return undefined;
  const start = at + header.size;
  const next = start + header.length;
  return next > der.length ? undefined : { tag: header.tag, content: der.subarray(start, next), next };
}
