import { isUsual, readHeader } from '../wire/ber-header';

/** One element of DER (X.690): its tag, what it holds, and where the next element begins. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly next: number;
}

/** The element that begins at `at`; undefined where no whole element does. Tags of one byte only. */
export function derElement(der: Buffer, at: number): DerElement | undefined {
  const header = readHeader(der, at);
  if (header === undefined || !isUsual(header)) return undefined;
  const start = at + header.size;
  const next = start + header.length;
  return next > der.length ? undefined : { tag: header.tag, content: der.subarray(start, next), next };
}
