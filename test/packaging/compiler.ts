import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, runNode, type Application } from './installed';

/**
 * The strictest settings. No `types`: TypeScript 6 and 7 then take none of themselves, so that the package has to ask for
 * Node's. Declaration files are checked, too, unless a test says otherwise.
 */
const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'ES2022' };

export const node16 = { module: 'Node16', moduleResolution: 'Node16' };

/**
 * Compiles programs in the application's directory.
 * @param programs Their text, by file name.
 * @param compiler A directory of node_modules, such as `typescript-5.9`.
 * @returns The compiler's complaints: empty where there are none.
 */
export async function compile(
  app: Application,
  compiler: string,
  programs: Readonly<Record<string, string>>,
  options: object,
): Promise<string> {
  for (const [file, program] of Object.entries(programs)) app.write(file, program);
  const compilerOptions = { ...strict, ...options };
  app.write('tsconfig.json', JSON.stringify({ compilerOptions, files: Object.keys(programs) }));
  const directory = join(checkout, 'node_modules', compiler);
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { bin: { tsc: string } };
  const { stdout, stderr } = await runNode([join(directory, bin.tsc), '-p', '.'], app.directory);
  return stdout + stderr;
}
