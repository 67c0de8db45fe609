import { fstatSync, writeSync } from 'node:fs';

/** Where a command writes text. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** The terminal's width in columns; undefined if there is none. */
  readonly columns: number | undefined;
}

/** Where a command reads from: bytes until the end, or a terminal. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean | undefined;
}

/** The environment of a command; tests replace it. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * That of the process. Node's streams are loaded only if they are needed, because they would take a third of the time of
 * `decode`.
 */
export function processIo(): Io {
  return {
    get stdin() {
      return process.stdin;
    },
    stdout: new ProcessOutput(1, () => process.stdout),
    stderr: new ProcessOutput(2, () => process.stderr),
    env: process.env,
  };
}

class ProcessOutput implements Output {
  readonly #fd: number;
  readonly #stream: () => NodeJS.WriteStream;
  #isTerminal: boolean | undefined;
  /** The reader has gone (`sspi decode … | head -1`), or earlier bytes went through the stream and later ones must do so, too. */
  #state: 'direct' | 'closed' | 'stream' = 'direct';

  constructor(fd: number, stream: () => NodeJS.WriteStream) {
    this.#fd = fd;
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return (this.#isTerminal ??= isCharacterDevice(this.#fd) && this.#stream().isTTY);
  }

  get columns(): number | undefined {
    return this.isTerminal ? this.#stream().columns : undefined;
  }

  write(text: string): void {
    if (this.#state === 'closed') return;
    // A Windows console accepts UTF-8 only through the stream.
    if (this.#state === 'stream' || this.isTerminal) this.#stream().write(text);
    else this.#writeDirectly(Buffer.from(text, 'utf8'));
  }

  #writeDirectly(bytes: Buffer): void {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        this.#state = 'stream';
        this.#stream().write(bytes.subarray(written));
      } else {
        this.#state = 'closed';
        if (code !== 'EPIPE' && code !== 'EOF' && code !== 'EBADF') throw error;
      }
    }
  }
}

function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}
