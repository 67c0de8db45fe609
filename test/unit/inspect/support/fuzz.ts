import { decode, formatTree, InspectError, summarize } from 'sspi/inspect';
import type { Sample } from './corpus';

/** Deterministic random numbers (mulberry32): the same seed, the same inputs. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }
}

/** Values that lengths, counts and offsets break at. */
const edges = [0, 1, 0x7f, 0x80, 0x81, 0x84, 0xff, 0xa0, 0x30, 0x60, 0x1f];

/** One damaged input: one to six changes to a sample. */
export function mutate(random: Random, samples: readonly Pick<Sample, 'bytes'>[]): Buffer {
  let bytes = Buffer.from((samples[random.below(samples.length)] as Pick<Sample, 'bytes'>).bytes);
  const changes = 1 + random.below(6);
  for (let i = 0; i < changes && bytes.length > 0; i += 1) {
    const at = random.below(bytes.length);
    switch (random.below(10)) {
      case 0:
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 2:
      case 3:
        bytes[at] = edges[random.below(edges.length)] as number;
        break;
      case 4:
        bytes[at] = random.below(256);
        break;
      case 5:
        bytes = bytes.subarray(0, at);
        break;
      case 6: {
        const length = random.below(16);
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      }
      case 7: {
        const length = random.below(64);
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      }
      case 8: {
        // The head of one token and the tail of another.
        const other = (samples[random.below(samples.length)] as Pick<Sample, 'bytes'>).bytes;
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))]);
        break;
      }
      default: {
        // A number of two or four bytes, in either order, that is large or off by a little.
        const value = random.below(4) === 0 ? 0xffffffff - random.below(8) : bytes.length - 8 + random.below(16);
        if (at + 4 > bytes.length) break;
        if (random.below(2) === 0) bytes.writeUInt32LE(value >>> 0, at);
        else bytes.writeUInt16BE(value & 0xffff, at);
      }
    }
  }
  return bytes;
}

/** Base64, hex or a header around the bytes, now and then damaged itself. */
export function asText(random: Random, bytes: Buffer): string {
  const forms = [
    () => bytes.toString('base64'),
    () => bytes.toString('hex'),
    () => `WWW-Authenticate: Negotiate ${bytes.toString('base64')}, Basic realm="x"`,
    () => `Authorization: NTLM ${bytes.toString('base64')}`,
    () =>
      `\ufeff> Authorization: Negotiate\r\n>  ${bytes.toString('base64').replace(/(.{30})/g, '$1\r\n>  ')}\r\n> Date: x`,
    () => `NTLM ${bytes.toString('base64').replace(/(.{30})/g, '$1\n')}`,
    () => `Authorization: Basic ${bytes.toString('base64').replace(/(.{30})/g, '$1\r\n\t')}`,
    () => `> Proxy-Authorization: Digest username="a", response="${bytes.toString('latin1').slice(0, 20)}"`,
    () => bytes.toString('latin1'),
  ];
  const text = (forms[random.below(forms.length)] as () => string)();
  if (random.below(3) !== 0) return text;
  const at = random.below(text.length + 1);
  return text.slice(0, at) + String.fromCharCode(random.below(0x180)) + text.slice(at + random.below(3));
}

export interface FuzzReport {
  readonly inputs: number;
  readonly bytes: number;
  readonly decoded: number;
  readonly refused: Readonly<Record<string, number>>;
  /** The input that took the most time. */
  readonly slowest: { readonly microseconds: number; readonly length: number };
}

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  readonly samples: readonly Sample[];
  /** Called now and then with the number of inputs done. */
  readonly progress?: (done: number) => void;
}

/** What one decode may take: a start that covers first runs and garbage collection, and a price for each byte. */
const startMicroseconds = 2_000;
const microsecondsPerByte = 5;

/**
 * Decodes damaged inputs. Throws on the first that ends in anything but a result or an InspectError whose offset lies
 * in the input, or that takes more time than its length allows (in the best of ten runs).
 */
export function fuzz({ seed, inputs, samples, progress }: FuzzOptions): FuzzReport {
  const random = new Random(seed);
  const refused: Record<string, number> = {};
  let decoded = 0;
  let bytes = 0;
  let slowest = { microseconds: 0, length: 0 };
  for (let n = 0; n < inputs; n += 1) {
    const mutated = mutate(random, samples);
    const input = n % 8 === 7 ? asText(random, mutated) : mutated;
    bytes += input.length;
    const allowed = startMicroseconds + microsecondsPerByte * input.length;
    let took = elapsed(() => attempt(input, n % 16 === 3));
    // What looks slow may only have waited for the processor.
    for (let again = 0; took > allowed && again < 9; again += 1) {
      took = Math.min(
        took,
        processorTime(() => attempt(input, n % 16 === 3)),
      );
    }
    if (took > allowed) {
      throw new Error(`input ${n} of seed ${seed} took ${took} µs for ${input.length} bytes: ${show(input)}`);
    }
    if (took > slowest.microseconds) slowest = { microseconds: Math.round(took), length: input.length };
    if (progress !== undefined && n % 100_000 === 0) progress(n);
  }
  return { inputs, bytes, decoded, refused, slowest };

  function attempt(input: Buffer | string, render: boolean): void {
    let result;
    try {
      result = decode(input, { reveal: render });
      decoded += 1;
    } catch (error) {
      if (!(error instanceof InspectError)) throw new Error(`${String(error)} for ${show(input)}`, { cause: error });
      if (!Number.isInteger(error.offset) || error.offset < 0 || error.offset > input.length) {
        throw new Error(`offset ${error.offset} is outside of ${show(input)}`, { cause: error });
      }
      refused[error.code] = (refused[error.code] ?? 0) + 1;
      result = error.partial;
    }
    if (render && result !== undefined) {
      if (JSON.stringify(result).length === 0 || formatTree(result) === '' || summarize(result) === '')
        throw new Error('nothing shown');
    }
  }
}

/** In microseconds. */
function elapsed(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1000;
}

/** Of this process only, in microseconds. */
function processorTime(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function show(input: Buffer | string): string {
  return typeof input === 'string' ? JSON.stringify(input) : input.toString('hex');
}
