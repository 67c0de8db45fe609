import { BufferAttribute, BufferType } from '../binding/constants';
import { bytesOf, describe } from '../arguments';
import { invalidArgument } from '../errors/make';

const types = {
  empty: BufferType.empty,
  data: BufferType.data,
  token: BufferType.token,
  missing: BufferType.missing,
  extra: BufferType.extra,
  streamTrailer: BufferType.streamTrailer,
  streamHeader: BufferType.streamHeader,
  padding: BufferType.padding,
  stream: BufferType.stream,
  channelBindings: BufferType.channelBindings,
  alert: BufferType.alert,
} as const;

/** The camelCase name of a SECBUFFER_* type. */
export type MessageBufferType = keyof typeof types;

/** One buffer for `encrypt` or `decrypt`: bytes, or space for what SSPI writes. */
export interface MessageBuffer {
  readonly type: MessageBufferType;
  /** The bytes; they are copied, and never changed. */
  readonly data?: NodeJS.ArrayBufferView | undefined;
  /**
   * The number of bytes that SSPI may write, instead of `data`. Without either, a `token` and a `padding` buffer of `encrypt`
   * get the size that the context's `sizes` specify, and others are empty.
   */
  readonly room?: number | undefined;
  /** `true`: SECBUFFER_READONLY, neither signed nor encrypted. `'checksum'`: SECBUFFER_READONLY_WITH_CHECKSUM, signed only. */
  readonly readOnly?: boolean | 'checksum' | undefined;
}

/** A buffer as SSPI left it: its type may have changed, and `data` has the returned length. */
export interface ReturnedBuffer {
  /** `'unknown'` for a type that this package has no name for. */
  readonly type: MessageBufferType | 'unknown';
  readonly data: Buffer;
}

/** Buffers laid out one after the other in one block of memory. */
export interface LaidOut {
  readonly memory: Buffer;
  readonly layout: Uint32Array;
}

/** The size of a buffer that does not specify one. */
export type DefaultRoom = (type: MessageBufferType) => number;

/** The maximum of the binding (native/sspi/message.h). */
const maxBuffers = 16;
const maxRoom = 1 << 24;

export function layOut(buffers: readonly MessageBuffer[], defaultRoom: DefaultRoom): LaidOut {
  if (!Array.isArray(buffers)) throw invalidArgument(`buffers must be an array, not ${describe(buffers)}`);
  if (buffers.length === 0 || buffers.length > maxBuffers) {
    throw invalidArgument(`buffers must contain 1 to ${maxBuffers} buffers`);
  }
  const layout = new Uint32Array(buffers.length * 3 + 1);
  const sources: (Buffer | undefined)[] = [];
  let size = 0;
  buffers.forEach((buffer: MessageBuffer, i) => {
    if (typeof buffer !== 'object' || buffer === null) {
      throw invalidArgument(`buffers[${i}] must be an object, not ${describe(buffer)}`);
    }
    const { type, data, room, readOnly } = buffer;
    if (typeof type !== 'string' || !Object.hasOwn(types, type)) {
      throw invalidArgument(`buffers[${i}].type must be one of ${Object.keys(types).join(', ')}`);
    }
    if (data !== undefined && room !== undefined) throw invalidArgument(`buffers[${i}] has both data and room`);
    if (room !== undefined && !(Number.isInteger(room) && room >= 0 && room <= maxRoom)) {
      throw invalidArgument(`buffers[${i}].room must be an integer from 0 to ${maxRoom}`);
    }
    const source = data === undefined ? undefined : bytesOf(data, `buffers[${i}].data`);
    const length = source?.length ?? room ?? defaultRoom(type);
    sources.push(source);
    layout[i * 3] = types[type] | attribute(readOnly, i);
    layout[i * 3 + 1] = size;
    layout[i * 3 + 2] = length;
    size += length;
  });
  const memory = Buffer.allocUnsafe(size);
  sources.forEach((source, i) => {
    const start = layout[i * 3 + 1] as number;
    // Otherwise, space that the package does not write to would send bytes of this process to the peer.
    if (source === undefined) memory.fill(0, start, start + (layout[i * 3 + 2] as number));
    else source.copy(memory, start);
  });
  return { memory, layout };
}

function attribute(readOnly: unknown, i: number): number {
  if (readOnly === undefined || readOnly === false) return 0;
  if (readOnly === true) return BufferAttribute.readOnly;
  if (readOnly === 'checksum') return BufferAttribute.readOnlyWithChecksum;
  throw invalidArgument(`buffers[${i}].readOnly must be true, false or 'checksum'`);
}

const nameByType = new Map<number, MessageBufferType>(
  Object.entries(types).map(([name, type]) => [type, name as MessageBufferType]),
);

/** The buffers as SSPI left them, in their order. */
export function readOut({ memory, layout }: LaidOut): ReturnedBuffer[] {
  const buffers: ReturnedBuffer[] = [];
  for (let i = 0; i + 3 < layout.length; i += 3) {
    const type = (layout[i] as number) & ~BufferAttribute.mask;
    const start = layout[i + 1] as number;
    // The length of SECBUFFER_MISSING counts bytes that are missing.
    const length = type === BufferType.missing ? 0 : (layout[i + 2] as number);
    buffers.push({ type: nameByType.get(type) ?? 'unknown', data: memory.subarray(start, start + length) });
  }
  return buffers;
}
