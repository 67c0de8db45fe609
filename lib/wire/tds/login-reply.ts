import { WireError } from '../wire-error';

/** The tokens of TDS that a server's reply to a login can hold ([MS-TDS], 2.2.7). */
const tokenType = {
  returnStatus: 0x79,
  error: 0xaa,
  info: 0xab,
  loginAck: 0xad,
  featureExtAck: 0xae,
  envChange: 0xe3,
  sessionState: 0xe4,
  sspi: 0xed,
  fedAuthInfo: 0xee,
  done: 0xfd,
  doneProc: 0xfe,
  doneInProc: 0xff,
} as const;

const terminator = 0xff;
const packetSizeChange = 4;

/** A reply, with the SSPI tokens apart from what a driver can read. */
export interface LoginReply {
  /** The contents of the SSPI tokens. */
  readonly sspi: readonly Buffer[];
  /** All other tokens, as they came. */
  readonly others: readonly Buffer[];
  /** LOGINACK is there: the server has let the client in. */
  readonly acknowledged: boolean;
  /** The numbers of ERROR tokens. */
  readonly errors: readonly number[];
  /** The packet size that the server announces. */
  readonly packetSize: number | undefined;
}

/**
 * @param before72 See `isBefore72`.
 * @throws {WireError} for tokens that do not belong into a login, and for those that end outside of the message.
 */
export function readLoginReply(payload: Buffer, before72: boolean): LoginReply {
  const sspi: Buffer[] = [];
  const others: Buffer[] = [];
  const errors: number[] = [];
  let acknowledged = false;
  let packetSize: number | undefined;
  for (let at = 0; at < payload.length;) {
    const type = payload[at] as number;
    const end = at + sizeOf(payload, at, before72);
    if (end > payload.length) throw outside(type);
    const body = payload.subarray(at + 3, end);
    if (type === tokenType.sspi) sspi.push(body);
    else others.push(payload.subarray(at, end));
    if (type === tokenType.loginAck) acknowledged = true;
    if (type === tokenType.error) errors.push(numberOf(body));
    if (type === tokenType.envChange) packetSize = packetSizeOf(body) ?? packetSize;
    at = end;
  }
  return { sspi, others, acknowledged, errors, packetSize };
}

/** An ERROR token with text added to its message; any other token, and one that would become too long, unchanged. */
export function withAddedText(token: Buffer, added: string): Buffer {
  if (token[0] !== tokenType.error || token.length < 11) return token;
  const start = 11; // token, length, number, state, class, length of the text
  const characters = token.readUInt16LE(9);
  const end = start + 2 * characters;
  const text = Buffer.from(added, 'utf16le');
  if (end > token.length || token.length + text.length > 0xffff) return token;
  const result = Buffer.concat([token.subarray(0, end), text, token.subarray(end)]);
  result.writeUInt16LE(result.length - 3, 1);
  result.writeUInt16LE(characters + added.length, 9);
  return result;
}

function numberOf(body: Buffer): number {
  if (body.length < 4) throw outside(tokenType.error);
  return body.readInt32LE();
}

/** The new value of ENVCHANGE's type 4: a decimal number as text, between 512 and 32,767. */
function packetSizeOf(body: Buffer): number | undefined {
  if (body[0] !== packetSizeChange || body.length < 2) return undefined;
  const size = Number(body.toString('utf16le', 2, 2 + 2 * (body[1] as number)));
  return size >= 512 && size <= 32_767 ? size : undefined;
}

function sizeOf(payload: Buffer, at: number, before72: boolean): number {
  const type = payload[at] as number;
  const left = payload.length - at;
  switch (type) {
    case tokenType.error:
    case tokenType.info:
    case tokenType.loginAck:
    case tokenType.envChange:
    case tokenType.sspi:
      if (left < 3) throw outside(type);
      return 3 + payload.readUInt16LE(at + 1);
    case tokenType.fedAuthInfo:
    case tokenType.sessionState:
      if (left < 5) throw outside(type);
      return 5 + payload.readUInt32LE(at + 1);
    case tokenType.done:
    case tokenType.doneProc:
    case tokenType.doneInProc:
      return before72 ? 9 : 13;
    case tokenType.returnStatus:
      return 5;
    case tokenType.featureExtAck:
      return sizeOfFeatures(payload, at);
    default:
      throw new WireError(`a token of type 0x${type.toString(16)} in the reply to a login`);
  }
}

function sizeOfFeatures(payload: Buffer, at: number): number {
  let end = at + 1;
  while (payload[end] !== terminator) {
    if (end + 5 > payload.length) throw outside(tokenType.featureExtAck);
    end += 5 + payload.readUInt32LE(end + 1);
  }
  return end + 1 - at;
}

const outside = (type: number): WireError =>
  new WireError(`a token of type 0x${type.toString(16)} that ends outside of its message`);
