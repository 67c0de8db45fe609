import { WireError } from '../wire-error';

/**
 * LOGIN7 ([MS-TDS], 2.2.6.4): a fixed part with offsets, then the values. It is taken apart and written anew, because the
 * token moves what comes after it.
 */

/** [MS-TDS], 2.2.6.4: the whole message is below 128 KiB. */
export const largestLogin7 = 128 * 1024 - 1;

const fixedSize = 94;
const largestOffset = 0xffff;

/** Where the fixed part has its fields. */
const at = {
  length: 0,
  tdsVersion: 4,
  optionFlags2: 25,
  optionFlags3: 27,
  hostName: 36,
  userName: 40,
  password: 44,
  appName: 48,
  serverName: 52,
  extension: 56,
  libraryName: 60,
  language: 64,
  database: 68,
  sspi: 78,
  attachFile: 82,
  changePassword: 86,
  longSspi: 90,
} as const;

/** The fields of UTF-16 text that are kept, in the order of their values. */
const keptTexts = [at.hostName, at.appName, at.serverName, at.libraryName, at.language, at.database, at.attachFile];
/** User, password and new password mean another kind of login. */
const dropped = [at.userName, at.password, at.changePassword];

const integratedSecurity = 0x80; // fIntSecurity in OptionFlags2
const hasExtension = 0x10; // fExtension in OptionFlags3
const federatedAuthentication = 0x02; // FEDAUTH in FeatureExt
const terminator = 0xff;

/** True if the TDS version is older than 7.2, whose DONE tokens are shorter. */
export function isBefore72(login7: Buffer): boolean {
  const version = login7.readUInt32LE(at.tdsVersion);
  const strict = 0x08000000;
  return version < 0x72000000 && version !== strict;
}

/**
 * A driver's LOGIN7 as one of integrated security: without a user and a password, and with the first token.
 * @throws {WireError} for one that cannot be read, or that has an authentication of its own, and if the result is too large.
 */
export function integratedLogin(login7: Buffer, token: Buffer): Buffer {
  if (login7.length < fixedSize || login7.readUInt32LE(at.length) !== login7.length) {
    throw new WireError('a LOGIN7 of another length than it says');
  }
  if (((login7[at.optionFlags2] as number) & integratedSecurity) !== 0 || valueAt(login7, at.sspi, 1).length > 0) {
    throw new WireError('a LOGIN7 with a Windows authentication of the driver’s own');
  }
  const features = featuresOf(login7);
  const head = Buffer.from(login7.subarray(0, fixedSize));
  head[at.optionFlags2] = (head[at.optionFlags2] as number) | integratedSecurity;
  const values: Buffer[] = [];
  let end = fixedSize;
  const put = (field: number, value: Buffer, unit: number): void => {
    if (end > largestOffset) throw new WireError('a LOGIN7 with texts of more than 64 KiB');
    head.writeUInt16LE(end, field);
    head.writeUInt16LE(value.length / unit, field + 2);
    values.push(value);
    end += value.length;
  };
  for (const field of keptTexts) put(field, valueAt(login7, field, 2), 2);
  for (const field of dropped) put(field, Buffer.alloc(0), 2);
  const pointer = Buffer.alloc(features === undefined ? 0 : 4);
  put(at.extension, pointer, 1);
  putToken(head, token, end);
  values.push(token);
  end += token.length;
  if (features !== undefined) {
    pointer.writeUInt32LE(end);
    values.push(features);
    end += features.length;
  }
  if (end > largestLogin7) {
    throw new WireError(`a LOGIN7 of ${end} bytes with the first token, where ${largestLogin7} are the most`);
  }
  head.writeUInt32LE(end, at.length);
  return Buffer.concat([head, ...values]);
}

/** cbSSPI has 16 bits; a longer token has its length in cbSSPILong. */
function putToken(head: Buffer, token: Buffer, offset: number): void {
  const most = 0xffff;
  head.writeUInt16LE(offset, at.sspi);
  head.writeUInt16LE(Math.min(token.length, most), at.sspi + 2);
  head.writeUInt32LE(token.length >= most ? token.length : 0, at.longSspi);
}

function valueAt(login7: Buffer, field: number, unit: number): Buffer {
  const offset = login7.readUInt16LE(field);
  const length = login7.readUInt16LE(field + 2) * unit;
  if (offset + length > login7.length) throw new WireError('a LOGIN7 with a field outside of it');
  return login7.subarray(offset, offset + length);
}

/** FeatureExt, if there is one: features of one byte and a length, then 0xff. */
function featuresOf(login7: Buffer): Buffer | undefined {
  if (((login7[at.optionFlags3] as number) & hasExtension) === 0) return undefined;
  const pointer = valueAt(login7, at.extension, 1);
  if (pointer.length === 0) return undefined; // tedious sets the flag with TDS 7.1 to 7.3 as well
  if (pointer.length !== 4) throw new WireError('a LOGIN7 with an extension that cannot be read');
  const start = pointer.readUInt32LE();
  let end = start;
  while (login7[end] !== terminator) {
    if (end + 5 > login7.length) throw new WireError('a LOGIN7 whose features do not end');
    if (login7[end] === federatedAuthentication) throw new WireError('a LOGIN7 of federated authentication');
    end += 5 + login7.readUInt32LE(end + 1);
  }
  return login7.subarray(start, end + 1);
}
