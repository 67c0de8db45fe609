/** Running programs, with their output kept for the error message. */
import { spawn } from 'node:child_process';

/** The default time limit of a program. */
const defaultTimeout = 15 * 60_000;

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv, cwd?: string, timeout?: number }} [options] timeout in milliseconds, a quarter of an hour by default
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} code 127 when the program does not exist
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: options.timeout ?? defaultTimeout,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 128, stdout, stderr: signal ? `${stderr}\nended by ${signal}` : stderr }),
    );
    if (options.input !== undefined) {
      child.stdin.on('error', () => {}); // the program ended before it read everything: its exit code tells
      child.stdin.end(options.input);
    }
  });
}

/** As `capture`, but an exit code other than 0 is an error that carries the last lines of output. */
export async function run(command, args, options = {}) {
  const result = await capture(command, args, options);
  if (result.code !== 0) {
    const output = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${command} ${args.join(' ')}: exit code ${result.code}\n${output}`);
  }
  return result.stdout;
}
