import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { decode } from '../../inspect/decode';
import { InspectError } from '../../inspect/error';
import { lazyTree } from '../../inspect/lazy';
import { maxTextLength } from '../../inspect/text';
import { exitCodes, type Command } from '../command';
import { parse } from '../args';
import { UsageError } from '../usage-error';
import type { Decoded } from '../../inspect';
import type { Io } from '../io';

/** `sspi decode`: it has few and small modules, so that it starts almost as fast as Node. */
export const decodeCommand: Command = {
  help: {
    usage: ['decode <token | header | file | ->  [--reveal] [--json]'],
    about: [
      'Decodes an authentication token: SPNEGO, NTLM, Kerberos, NegoEx, TLS, certificates, channel bindings, alone or inside each other. Works on every platform and needs no network.',
      'The input is base64 or hex, an HTTP header (Authorization, WWW-Authenticate and similar ones, such as the output of curl -v), the name of a file or pipe with any of these or the raw bytes, or "-" for the standard input.',
      'For wrong or damaged input it prints the offset of the error and what could be read before it, and exits with code 1.',
    ],
    options: [
      [
        '--reveal',
        'Show what is otherwise masked: responses, tickets, keys and passwords that could be cracked or reused.',
      ],
    ],
    examples: [
      ['decode TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA=', 'a token in base64'],
      ['decode "WWW-Authenticate: Negotiate oRQwEqADCgEBoQsGCSqGSIb3EgECAg=="', 'a header as a browser shows it'],
      ['decode ticket.bin --json', 'a file, as JSON'],
      ['decode - < capture.txt', 'the standard input'],
    ],
  },

  async run(argv, io) {
    const { values, positionals } = parse(argv, { reveal: { type: 'boolean' } });
    const json = values.json === true;
    let missingFile = false;
    let decoded: Decoded;
    try {
      const found = await read(positionals, io);
      missingFile = found.missingFile;
      decoded = decode(found.input, { reveal: values.reveal === true });
    } catch (error) {
      if (!(error instanceof InspectError)) throw error;
      tellFault(error, missingFile, json, io);
      return exitCodes.failed;
    }
    if (json) io.stdout.write(`${JSON.stringify({ command: 'decode', ok: true, result: decoded }, undefined, 2)}\n`);
    else io.stdout.write(`${colouredTree(lazyTree().formatTree(decoded), io)}\n`);
    return exitCodes.ok;
  },
};

interface Input {
  readonly input: Uint8Array | string;
  /** The argument may have been meant as a file name, but the file does not exist. */
  readonly missingFile: boolean;
}

async function read(words: readonly string[], io: Io): Promise<Input> {
  const [first] = words;
  if (first === undefined) throw new UsageError('It needs a token, a header, the name of a file, or "-".');
  if (words.length === 1 && first === '-') return { input: textOrBytes(await readAll(io)), missingFile: false };
  // An unquoted header comes in several words.
  const text = words.join(' ');
  if (isReadable(text)) return { input: textOrBytes(readBounded(text)), missingFile: false };
  return { input: text, missingFile: /^[^\s:]*[./\\][^\s]*$|^[a-z]:\\/i.test(text) };
}

/** A file, or what a shell substitutes for it: a pipe (`<(…)`), a FIFO, a device such as /dev/stdin. */
function isReadable(name: string): boolean {
  try {
    const stat = statSync(name, { throwIfNoEntry: false });
    return stat !== undefined && (stat.isFile() || stat.isFIFO() || stat.isCharacterDevice());
  } catch {
    // Tokens are longer than file names may be, and contain characters that names may not.
    return false;
  }
}

/** Reads to the end; a pipe or a device may not have one. */
function readBounded(name: string): Buffer {
  const file = openSync(name, 'r');
  try {
    const pieces = new Pieces();
    for (;;) {
      const piece = Buffer.allocUnsafe(pieceSize);
      const size = readSync(file, piece);
      if (size === 0) return pieces.joined();
      pieces.add(piece.subarray(0, size));
    }
  } finally {
    closeSync(file);
  }
}

async function readAll(io: Io): Promise<Buffer> {
  const pieces = new Pieces();
  for await (const chunk of io.stdin) pieces.add(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk));
  return pieces.joined();
}

const pieceSize = 64 * 1024;

/** Bytes of an input of unknown length, as far as a token may go. */
class Pieces {
  readonly #pieces: Buffer[] = [];
  #size = 0;

  add(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size > maxTextLength) {
      throw new InspectError(
        'ERR_SSPI_INSPECT_LIMIT',
        `the input is longer than the maximum of ${maxTextLength} bytes`,
        maxTextLength,
      );
    }
    this.#pieces.push(piece);
  }

  joined(): Buffer {
    return Buffer.concat(this.#pieces, this.#size);
  }
}

/**
 * Bytes of a file: text if a byte order mark says so (PowerShell redirects as UTF-16) or all of it is ASCII, otherwise a token.
 */
function textOrBytes(bytes: Buffer): Buffer | string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) return bytes.swap16().toString('utf16le', 2);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3);
  const isText = bytes.length > 0 && bytes.every((byte) => byte < 0x7f && (byte >= 0x20 || isBlank(byte)));
  return isText ? bytes.toString('latin1') : bytes;
}

/** Tab, line feed, carriage return. */
const isBlank = (byte: number): boolean => byte === 0x09 || byte === 0x0a || byte === 0x0d;

function tellFault(error: InspectError, missingFile: boolean, json: boolean, io: Io): void {
  const { code, message, offset, path, partial } = error;
  const hint = missingFile ? 'There is no file with this name either.' : undefined;
  if (json) {
    const fault = { code, message, ...(hint === undefined ? {} : { hint }), offset, path };
    const answer = {
      command: 'decode',
      ok: false,
      error: fault,
      ...(partial === undefined ? {} : { result: partial }),
    };
    io.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return;
  }
  if (partial !== undefined) io.stdout.write(`${colouredTree(lazyTree().formatTree(partial), io)}\n`);
  io.stderr.write(`sspi decode: ${message}${hint === undefined ? '' : `. ${hint}`}\n`);
}

function colouredTree(tree: string, io: Io): string {
  const { isTerminal } = io.stdout;
  if (!isTerminal && io.env['FORCE_COLOR'] === undefined) return tree;
  const { colourTree } = require('../output/tree') as typeof import('../output/tree');
  return colourTree(tree, io);
}
