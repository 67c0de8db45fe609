import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { Application, checkout, runNode } from './installed';

const app = new Application();

beforeAll(async () => {
  await app.install();
  app.lend('@types/node');
  app.lend('undici-types');
});
afterAll(() => app.remove());

const consumer = `
import { acquireCredentials, accept, initiate, SspiError, type Credentials, type Leg, type SecurityContext } from 'sspi';

export async function authenticate(incoming: AsyncIterable<Buffer>, send: (token: Buffer) => Promise<void>): Promise<SecurityContext> {
  await using credentials: Credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  await using client = initiate(credentials, { target: 'HTTP/web.corp.test', flags: ['mutualAuth'] });
  for await (const leg of client.legs(incoming)) await send(leg.token);
  let leg: Leg = await accept(credentials).step(Buffer.alloc(1));
  const status: number = leg.status;
  // @ts-expect-error -- a token is not silently any
  const none: number = leg.token;
  // @ts-expect-error -- a wrong flag does not compile
  initiate(credentials, { flags: ['mutualOath'] });
  return status === 0 ? client.context : Promise.reject(new SspiError({ code: 'SEC_E_LOGON_DENIED', message: '' }));
}

export type { DecodedToken } from 'sspi/inspect';
export { ScriptedProvider } from 'sspi/testing';
import { memoryProvider, useProvider, type Provider } from 'sspi/testing';

export function withProvider(provider: Provider = memoryProvider()): void {
  useProvider(provider).restore();
  // @ts-expect-error -- a provider is opaque
  provider.liveCounts();
}

export function isLogonDenied(error: unknown): boolean {
  return error instanceof SspiError && error.code === 'SEC_E_LOGON_DENIED';
}
`;

/**
 * The strictest settings. No `types`: TypeScript 6 and 7 then take none of themselves, so that the package has to ask for
 * Node's. Declaration files are checked, too, unless a test says otherwise.
 */
const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'ES2022' };

async function compile(compiler: string, files: readonly string[], options: object): Promise<string> {
  for (const file of files) app.write(file, consumer);
  app.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
  const directory = join(checkout, 'node_modules', compiler);
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { bin: { tsc: string } };
  const { stdout, stderr } = await runNode([join(directory, bin.tsc), '-p', '.'], app.directory);
  return stdout + stderr;
}

const node16 = { module: 'Node16', moduleResolution: 'Node16' };

test.each([
  ['node16, CommonJS', 'consumer.cts', node16],
  ['node16, ES modules', 'consumer.mts', node16],
  ['nodenext, ES modules', 'consumer.mts', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
  ['bundler', 'consumer.ts', { module: 'ESNext', moduleResolution: 'Bundler' }],
])('a consumer compiles under %s', async (_title, file, options) => {
  expect(await compile('typescript', [file], options)).toBe('');
});

describe.each(['typescript-5.2', 'typescript-5.9', 'typescript', 'typescript-7'])('under %s', (compiler) => {
  test.each([true, false])('a consumer compiles with skipLibCheck: %s', async (skipLibCheck) => {
    expect(await compile(compiler, ['consumer.cts', 'consumer.mts'], { ...node16, skipLibCheck })).toBe('');
  });
});

describe('the public declarations', () => {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.values(manifest.exports).flatMap(typesOf);

  test('are there for every entry point', () => {
    expect(entries.length).toBeGreaterThanOrEqual(2);
    expect(entries.filter((entry) => !existsSync(join(checkout, entry)))).toEqual([]);
  });

  test('never say any', () => {
    const found: string[] = [];
    for (const file of reachableFrom(entries.map((entry) => join(checkout, entry)))) {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${file}: ${node.parent.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
    expect(found).toEqual([]);
  });
});

/** The declaration files that a part of `exports` names. */
function typesOf(target: unknown): readonly string[] {
  if (typeof target !== 'object' || target === null) return [];
  return Object.entries(target).flatMap(([condition, value]) =>
    condition === 'types' ? [String(value)] : typesOf(value),
  );
}

/** These declaration files and all of the package that they import, directly or not. */
function reachableFrom(entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const follow = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
      if (fileName.startsWith('.')) follow(declarationOf(resolve(dirname(file), fileName)));
    }
  };
  entries.forEach(follow);
  return reached;
}

function declarationOf(module: string): string {
  const candidates = [module.replace(/\.js$/, '.d.ts'), `${module}.d.ts`, join(module, 'index.d.ts')];
  const found = candidates.find((candidate) => candidate.endsWith('.d.ts') && existsSync(candidate));
  if (found === undefined) throw new Error(`no declarations of ${module}`);
  return found;
}
