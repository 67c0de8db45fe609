import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { sandboxed } from './sandboxed';

/**
 * The file that this code runs from, according to the engine; undefined if it is not a file, as in evaluated text. `__dirname`
 * is not reliable: an ES module has none, and bundlers replace it with a folder of the machine that they ran on.
 */
export function runningFile(): string | undefined {
  const name = callerFile();
  const file = name?.startsWith('file:') === true ? sandboxed(() => fileURLToPath(name)) : name;
  return file !== undefined && isFullyQualified(file) ? path.normalize(file) : undefined;
}

/** True for a path that means the same file whatever the current folder and, on Windows, the current drive. */
export function isFullyQualified(file: string, rules: path.PlatformPath = path): boolean {
  return rules.isAbsolute(file) && (rules.sep === '/' || rules.parse(file).root.length > 1);
}

function callerFile(): string | undefined {
  const before = { prepareStackTrace: Reflect.get(Error, 'prepareStackTrace'), stackTraceLimit: Error.stackTraceLimit };
  try {
    Error.stackTraceLimit = 1;
    // Call sites, unlike the text of a stack, are not changed by source maps.
    Error.prepareStackTrace = (_, sites) => sites;
    const [site] = new Error().stack as unknown as readonly NodeJS.CallSite[];
    return site?.getFileName() ?? undefined;
  } catch {
    return undefined; // Error is frozen
  } finally {
    sandboxed(() => Object.assign(Error, before));
  }
}
