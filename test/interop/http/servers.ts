import { startOnWindows, type WindowsOptions } from '../support/lab';
import type { Program } from '../support/program';
import type { RefusalRecord } from 'sspi/http';
import type { ServerLine, ServerSetting } from './program/protocol';

const script = 'dist-test/interop/http/program/server.js';

/** Servers with sspi/http in one process of Windows' node.exe. */
export class Servers implements AsyncDisposable {
  private constructor(
    readonly program: Program,
    readonly ports: readonly number[],
  ) {}

  static async start(settings: readonly ServerSetting[], options: WindowsOptions = {}): Promise<Servers> {
    const program = startOnWindows(script, [JSON.stringify(settings)], { tickets: 'none', ...options });
    try {
      const [line] = await program.stdout.find(/^\{"ports":.*\}$/);
      return new Servers(program, (JSON.parse(line) as Required<ServerLine>).ports);
    } catch (cause) {
      const { stderr } = await program.stop();
      throw new Error(`the servers did not start:\n${stderr}`, { cause });
    }
  }

  /** What they have told so far. */
  get lines(): readonly ServerLine[] {
    return this.program.stdout.all.map((line) => JSON.parse(line) as ServerLine);
  }

  /** The first refusal that it told, or tells next, which comes after the answer. */
  async refusal(test: (record: RefusalRecord) => boolean): Promise<RefusalRecord> {
    for (let from = 0; ; from++) {
      const [line] = await this.program.stdout.find(/^.*"refusal".*$/, from);
      const { refusal } = JSON.parse(line) as ServerLine;
      if (refusal !== undefined && test(refusal)) return refusal;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop();
  }
}
