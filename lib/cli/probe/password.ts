import { UsageError } from '../usage-error';
import type { Input, Io } from '../io';

/** Where the password of --user comes from: never from the command line, which other users of the machine can read. */
export async function passwordFor(user: string, fromStdin: boolean, io: Io): Promise<string> {
  if (fromStdin) return readLine(io.stdin);
  const { SSPI_PASSWORD: fromEnvironment } = io.env;
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (isTerminalInput(io.stdin)) return prompt(`Password of ${user}: `, io.stdin, io);
  throw new UsageError(
    'A password is needed, and there is no terminal to prompt for it.',
    'Pass it with --password-stdin, or in the environment variable SSPI_PASSWORD.',
  );
}

async function readLine(input: Input): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array));
  // The newline of `echo` is not part of it; spaces may be.
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** A terminal, as Node represents it. */
interface TerminalInput extends Input {
  setRawMode(raw: boolean): unknown;
  pause(): unknown;
  on(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
}

function isTerminalInput(input: Input): input is TerminalInput {
  return input.isTTY === true && typeof (input as Partial<TerminalInput>).setRawMode === 'function';
}

/** Prompts on the terminal without showing what is typed. */
function prompt(text: string, terminal: TerminalInput, io: Io): Promise<string> {
  io.stderr.write(text);
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (settle: () => void): void => {
      terminal.off('data', onData);
      terminal.setRawMode(false);
      terminal.pause();
      io.stderr.write('\n');
      settle();
    };
    const onData = (chunk: Uint8Array | string): void => {
      for (const key of Buffer.from(chunk as Uint8Array).toString('utf8')) {
        if (key === '\r' || key === '\n') return finish(() => resolve(typed.join('')));
        if (key === '\u0003' || key === '\u0004')
          return finish(() => reject(new UsageError('No password was entered.')));
        if (key === '\u007f' || key === '\b') typed.pop();
        else if (key === '\u0015') typed = [];
        else if (key >= ' ') typed.push(key);
      }
    };
    terminal.setRawMode(true);
    terminal.on('data', onData);
  });
}
