/** Windows PowerShell, for the few things that neither Node nor a plain program of Windows can do. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/**
 * Runs a script; what is secret goes by its standard input, for everybody can see a command line.
 * @param {string} script
 * @param {readonly string[]} lines what the script finds in $lines
 * @returns {{ code: number, stdout: string, stderr: string }}
 */
export function powershell(script, lines = []) {
  const quiet = `$ProgressPreference = 'SilentlyContinue'; $ErrorActionPreference = 'Stop'; $lines = @($input); ${script}`;
  const encoded = Buffer.from(quiet, 'utf16le').toString('base64');
  const args = [
    ...['-NoProfile', '-NonInteractive', '-InputFormat', 'Text', '-OutputFormat', 'Text'],
    ...['-EncodedCommand', encoded],
  ];
  const input = lines.map((line) => `${line}\r\n`).join('');
  const result = spawnSync(executable(), args, { input, encoding: 'utf8', timeout: 60_000, windowsHide: true });
  return { code: result.status ?? 1, stdout: result.stdout ?? '', stderr: result.error?.message ?? result.stderr };
}

/** The one of the system's own architecture: the 32-bit PowerShell of a 64-bit Windows lacks the module for accounts. */
function executable() {
  const system = process.env.PROCESSOR_ARCHITEW6432 === undefined ? 'System32' : 'Sysnative';
  return path.join(process.env.SystemRoot ?? 'C:\\Windows', system, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
}
