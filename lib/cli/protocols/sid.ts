/** A security identifier in the form people know, `S-1-5-21-…-1105` (MS-DTYP, section 2.4.2), from its binary form. */
export function sidToString(bytes: Buffer): string {
  const [revision, count] = bytes;
  if (revision !== 1 || count === undefined || bytes.length !== 8 + 4 * count) throw new Error('This is no SID.');
  const authority = bytes.readUIntBE(2, 6);
  const subAuthorities = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(8 + 4 * i));
  return ['S', revision, authority, ...subAuthorities].join('-');
}
