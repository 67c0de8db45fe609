/** Numbers from sspi.h (Windows SDK) that the TypeScript layer itself needs. */

export const Status = {
  ok: 0,
  continueNeeded: 0x00090312,
  completeNeeded: 0x00090313,
  completeAndContinue: 0x00090314,
  incompleteCredentials: 0x00090320,
  incompleteMessage: 0x80090318,
} as const;

export const CredentialUse = { inbound: 1, outbound: 2, both: 3 } as const;

/** SECPKG_FLAG_STREAM: input is a byte stream that may end inside a message. */
export const packageFlagStream = 0x400;

export const BufferType = {
  empty: 0,
  data: 1,
  token: 2,
  missing: 4,
  extra: 5,
  streamTrailer: 6,
  streamHeader: 7,
  padding: 9,
  stream: 10,
  channelBindings: 14,
  alert: 17,
} as const;

export const BufferAttribute = {
  /** SECBUFFER_READONLY: neither signed nor encrypted. */
  readOnly: 0x80000000,
  /** SECBUFFER_READONLY_WITH_CHECKSUM: signed and not encrypted. */
  readOnlyWithChecksum: 0x10000000,
  /** SECBUFFER_ATTRMASK */
  mask: 0xf0000000,
} as const;

/** SECQOP_WRAP_NO_ENCRYPT: the message is signed only. */
export const qopNoEncrypt = 0x80000001;
