import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { acceptorFlags, acceptorGrants, initiatorFlags, initiatorGrants } from '#lib/flags/tables';

/** docs/ against what the package exports: every function and class has a sample, every type is listed, every flag has its bits. */

const checkout = path.resolve(__dirname, '../..');
const read = (file: string): string => fs.readFileSync(path.join(checkout, file), 'utf8');
const samplesOf = (page: string): string =>
  [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([block]) => block).join('\n');

const entries = [
  { entry: 'sspi', declarations: 'dist/index.d.ts', pages: ['docs/api.md'], least: 6 },
  { entry: 'sspi/inspect', declarations: 'dist/inspect/index.d.ts', pages: ['docs/inspect.md'], least: 6 },
  { entry: 'sspi/testing', declarations: 'dist/testing/index.d.ts', pages: ['docs/testing.md'], least: 6 },
  {
    entry: 'sspi/http',
    declarations: 'dist/http/index.d.ts',
    pages: ['docs/http.md', 'docs/http-client.md'],
    least: 6,
  },
  { entry: 'sspi/mssql', declarations: 'dist/mssql/index.d.ts', pages: ['docs/sql-server.md'], least: 2 },
  { entry: 'sspi/sasl', declarations: 'dist/sasl/index.d.ts', pages: ['docs/sasl.md'], least: 1 },
  { entry: 'sspi/ldap', declarations: 'dist/ldap/index.d.ts', pages: ['docs/ldap.md'], least: 5 },
];

const program = ts.createProgram(
  entries.map(({ declarations }) => path.join(checkout, declarations)),
  { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16, types: [] },
);
const checker = program.getTypeChecker();

describe.each(entries)('the page of $entry', ({ declarations, pages, least }) => {
  const source = program.getSourceFile(path.join(checkout, declarations)) as ts.SourceFile;
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol);
  const text = pages.map(read).join('\n');

  // Classes that are exported as types only can still be used as values nowhere: they count as types.
  const isValue = (symbol: ts.Symbol): boolean => {
    const alias = symbol.declarations?.some(
      (each) => ts.isExportSpecifier(each) && ts.isTypeOnlyExportDeclaration(each),
    );
    const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
    return alias !== true && (target.flags & ts.SymbolFlags.Value) !== 0;
  };
  const names = (kind: 'values' | 'types'): string[] =>
    exported
      .filter((symbol) => isValue(symbol) === (kind === 'values'))
      .map(({ name }) => name)
      .sort();

  it('has a sample for every function, class and constant', () => {
    const samples = samplesOf(text);
    expect(names('values').length).toBeGreaterThanOrEqual(least);
    expect(names('values').filter((name) => !new RegExp(`\\b${name}\\b`).test(samples))).toEqual([]);
  });

  it('shows an example of each in the declarations', () => {
    const withoutExample = exported.filter(isValue).filter((symbol) => {
      const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
      return !target.getJsDocTags(checker).some((tag) => tag.name === 'example');
    });
    expect(withoutExample.map(({ name }) => name)).toEqual([]);
  });

  it('lists exactly the exported types', () => {
    const sections = pages.map((page) => read(page).split(/^## Types$/m)[1] ?? '');
    const listed = sections.flatMap((section) => [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name as string));
    expect(listed.sort()).toEqual(names('types'));
  });
});

describe('the table of flags', () => {
  const rows = [...read('docs/api.md').matchAll(/^\| `(\w+)` +\|(( (?:0x[0-9A-F]{8}|—) +\|){4}) (.*?) +\|$/gm)];
  const columns = [initiatorFlags, initiatorGrants, acceptorFlags, acceptorGrants];

  it.each([
    ['what a client requests', 0],
    ['what a client is granted', 1],
    ['what a server requests', 2],
    ['what a server is granted', 3],
  ])('has the bits of %s', (_, column) => {
    const documented = rows.flatMap(([, name = '', cells = '']) => {
      const cell = cells.split('|')[column]?.trim() ?? '';
      return cell === '—' ? [] : [[name, Number(cell)] as const];
    });
    const table: Readonly<Record<string, number>> = columns[column] as Readonly<Record<string, number>>;
    expect(Object.fromEntries(documented)).toEqual(table);
    expect(documented).toHaveLength(Object.keys(table).length);
  });

  it('says what each flag means', () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const [, name, , , meaning = ''] of rows)
      expect([name, meaning]).toEqual([name, expect.stringMatching(/^.{10,}\.$/)]);
  });
});
