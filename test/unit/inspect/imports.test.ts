/** How the inspector's files depend on each other: imports of types and lazy requires count as much as all others. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { preProcessFile } from 'typescript';

/** lib/inspect, seen from where the compiled tests run: dist-test/unit/inspect. */
const root = resolve(__dirname, '../../../lib/inspect');

const nameOf = (file: string): string => relative(root, file).replaceAll('\\', '/');

/** What each file imports, requires or names in the type of an import. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const names = preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const required = [...text.matchAll(/\brequire\('([^']+)'\)/g)].map(([, name]) => name as string);
  return [...new Set([...names, ...required])];
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => join(root, name))
  .filter((name) => name.endsWith('.ts'));

function resolved(from: string, name: string): string {
  const base = resolve(dirname(from), name);
  return [`${base}.ts`, join(base, 'index.ts')].find((candidate) => existsSync(candidate)) ?? base;
}

const graph = new Map(
  files.map((file) => [
    file,
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => resolved(file, name)),
  ]),
);

test('the files were found, with their lazy requires', () => {
  expect(files.length).toBeGreaterThan(40);
  const families = [...graph].find(([file]) => nameOf(file) === 'families.ts')?.[1].map(nameOf);
  expect(families).toContain('spnego/messages.ts');
});

test('no file needs another one that needs it', () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].map(nameOf).join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('nothing outside of the inspector is needed, but for Node itself', () => {
  const outside = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('node:'))
      .filter((name) => !name.startsWith('.') || nameOf(resolved(file, name)).startsWith('..'))
      .map((name) => `${nameOf(file)}: ${name}`),
  );
  expect(outside).toEqual([]);
});
