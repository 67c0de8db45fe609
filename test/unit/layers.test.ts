/** What the gate on layers and import cycles finds: each rule, broken once. */
import { inModule } from './in-module';

type Sources = Readonly<Record<string, string>>;

/** What is found in each of several trees. */
const findings = (...trees: readonly Sources[]): readonly (readonly string[])[] =>
  inModule(`
    import { findingsIn } from './scripts/check-layers.mjs';
    import { graphOfTexts } from './scripts/layers/graph.mjs';
    const trees = ${JSON.stringify(trees)};
    tell(trees.map((tree) => findingsIn(graphOfTexts(new Map(Object.entries(tree))))));
  `);

interface Edge {
  readonly to?: string;
  readonly specifier: string;
  readonly kind: 'eager' | 'lazy' | 'type';
}

interface Own {
  readonly graph: Readonly<Record<string, readonly Edge[]>>;
  readonly findings: readonly string[];
}

/** The package's own tree. */
const own = inModule<Own>(`
  import { findingsIn } from './scripts/check-layers.mjs';
  import { graphOf } from './scripts/layers/graph.mjs';
  const graph = graphOf('lib');
  tell({ graph: Object.fromEntries(graph), findings: findingsIn(graph) });
`);

/** Of a table of tests: their trees are looked at in one process, for each has TypeScript to load. */
function withFindings<Row extends readonly unknown[]>(
  rows: readonly Row[],
  treeOf: (row: Row) => Sources,
): readonly (readonly [...Row, readonly string[]])[] {
  const found = findings(...rows.map(treeOf));
  return rows.map((row, i) => [...row, found[i] as readonly string[]]);
}

describe('the graph', () => {
  const edge = (from: string, to: string): readonly string[] =>
    (own.graph[from] ?? []).filter((one) => one.to === to).map(({ kind }) => kind);

  test('has every module of lib/, with lazy requires and imports of types', () => {
    expect(Object.keys(own.graph).length).toBeGreaterThan(150);
    expect(edge('inspect/families.ts', 'inspect/spnego/messages.ts')).toContain('lazy');
    expect(edge('errors/sspi-error.ts', 'explain/explain.ts')).toContain('lazy');
    expect(edge('errors/sspi-error.ts', 'explain/explanation.ts')).toEqual(['type']);
    expect(edge('handshake/state-machine.ts', 'handshake/judge.ts')).toContain('eager');
    expect(edge('index.mts', 'index.ts')).toContain('eager');
  });

  test('tells the kinds of imports apart', () => {
    const [kinds] = inModule<[readonly (readonly [string, string])[]]>(`
      import { importsOf } from './scripts/layers/imports.mjs';
      const text = ${JSON.stringify(`
        import './effect';
        import whole from './whole';
        import { value, type Erased } from './mixed';
        import { type OnlyErased } from './types-inline';
        import type { Declared } from './types';
        export { again } from './again';
        export * from './all';
        export type { Passed } from './passed';
        let typed: typeof import('./typed');
        const early = require('./early');
        const late = () => require('./late') as typeof import('./late');
        class Box { open() { return import('./opened'); } }
        const name = './computed'; require(name); require.resolve('./resolved');
      `)};
      tell([importsOf(text).map(({ specifier, kind }) => [specifier, kind])]);
    `);
    expect(kinds).toEqual([
      ['./effect', 'eager'],
      ['./whole', 'eager'],
      ['./mixed', 'eager'],
      ['./types-inline', 'type'],
      ['./types', 'type'],
      ['./again', 'eager'],
      ['./all', 'eager'],
      ['./passed', 'type'],
      ['./typed', 'type'],
      ['./early', 'eager'],
      ['./late', 'lazy'],
      ['./late', 'type'],
      ['./opened', 'lazy'],
    ]);
  });

  test('is not made of imports that lead nowhere', () => {
    expect(() => findings({ 'sid.ts': "import './missing';" })).toThrow(/sid\.ts:1: ".\/missing" leads to no module/);
  });
});

test('our own tree has no findings', () => {
  expect(own.findings).toEqual([]);
});

describe('a cycle is found', () => {
  const ways: readonly (readonly [way: string, a: string, b: string])[] = [
    ['of plain imports', "import { b } from './b';", "import { a } from './a';"],
    ['through a type', "import { b } from './b';", "import type { A } from './a';"],
    ['through the type of an import', "import { b } from './b';", "let a: import('./a').A;"],
    ['through a lazy require', "import { b } from './b';", "export const a = () => require('./a');"],
    ['through what is exported again', "export * from './b';", "export { a } from './a';"],
  ];

  test.each(withFindings(ways, ([, a, b]) => ({ 'wire/a.ts': a, 'wire/b.ts': b })))('%s', (_way, _a, _b, found) => {
    expect(found).toEqual(['import cycle: wire/a.ts → wire/b.ts → wire/a.ts']);
  });

  test('of a module with itself; of many, with the shortest way around', () => {
    const [itself, many] = findings(
      { 'wire/a.ts': "import type { A } from './a';" },
      {
        'wire/a.ts': "import './b';",
        'wire/b.ts': "import './c';",
        'wire/c.ts': "import './a'; import './d';",
        'wire/d.ts': "import './c';",
        'wire/apart.ts': "import './a';",
      },
    );
    expect(itself).toEqual(['import cycle: wire/a.ts → wire/a.ts']);
    expect(many).toEqual(['import cycle: wire/c.ts → wire/d.ts → wire/c.ts (4 modules in all)']);
  });
});

describe('a layer that is broken is found', () => {
  const module = { 'index.ts': '', 'errors/make.ts': '', 'explain/explain.ts': '', 'wire/ber.ts': '' };

  const broken: readonly (readonly [rule: string, from: string, to: string, finding: RegExp])[] = [
    ['ground → context', 'errors/a.ts', '../context/b', /ground may not know of context/],
    ['context → handshake, as a type', 'context/a.ts', '../handshake/b', /context may not know of handshake/],
    ['core → adapter', 'handshake/a.ts', '../http/b', /handshake may not know of http/],
    ['wire → ground', 'wire/a.ts', '../errors/b', /wire may not know of ground/],
    ['inspect → ground', 'inspect/a.ts', '../errors/b', /inspect may not know of ground/],
    ['protocol → core, past the entry', 'sasl/a.ts', '../errors/b', /sasl may not know of ground/],
    ['protocol → protocol', 'sasl/a.ts', '../http/b', /sasl may not know of http/],
    ['protocol → driver', 'http/a.ts', '../ldap/b', /http may not know of driver/],
    ['driver → other driver', 'mssql/a.ts', '../ldap/b', /an adapter knows its own driver only/],
    ['core → testing', 'context/a.ts', '../testing/b', /context may not know of testing/],
  ];

  test.each(
    withFindings(broken, ([, from, to]) => ({
      ...module,
      [from]: `import type { B } from '${to}';`,
      [`${to.slice(3)}.ts`]: '',
    })),
  )('%s', (_rule, _from, _to, finding, found) => {
    expect(found).toEqual([expect.stringMatching(finding)]);
  });

  test('explain/ is loaded lazily, and below it by errors alone', () => {
    const [eager, other, lazy] = findings(
      { ...module, 'errors/sspi-error.ts': "import { explain } from '../explain/explain';" },
      { ...module, 'context/a.ts': "export const why = () => require('../explain/explain');" },
      { ...module, 'errors/sspi-error.ts': "export const why = () => require('../explain/explain');" },
    );
    expect(eager).toEqual([expect.stringMatching(/^errors\/sspi-error\.ts:1: imports explain\/explain\.ts eagerly/)]);
    expect(other).toEqual([expect.stringMatching(/context may not know of explain/)]);
    expect(lazy).toEqual([]);
  });

  test('an adapter is written on one protocol and loads no driver; only Node itself and an optional peer are loaded', () => {
    const both = "import '../http/a'; import '../sasl/a'; import '../wire/ber'; import '../index';";
    const [protocols, driver, type, optional] = findings(
      { ...module, 'http/a.ts': '', 'sasl/a.ts': '', 'ldap/a.ts': both },
      { 'mssql/a.ts': "import { Connection } from 'tedious';" },
      { 'ldap/a.ts': "import type { Client } from 'ldapts';" },
      { 'http/a.ts': "export const undici = () => require('undici'); import 'node:http';" },
    );
    expect(protocols).toEqual(['ldap/a.ts: imports http and sasl: an adapter is written on one']);
    expect(driver).toEqual(['mssql/a.ts:1: loads the package "tedious"']);
    expect(type).toEqual(['ldap/a.ts:1: loads the package "ldapts"']);
    expect(optional).toEqual([]);
  });

  test('a new folder must be given a layer', () => {
    expect(findings({ 'kafka/a.ts': '' })).toEqual([[expect.stringMatching(/^kafka\/a\.ts: is in no layer/)]]);
  });
});
