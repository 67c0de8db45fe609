import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { compile, node16 } from './compiler';
import { Application, checkout } from './installed';

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
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { authenticate as authenticateRequests, identityOf, type Identity, type SignOn } from 'sspi/http';

export function serve(request: IncomingMessage): Server {
  const signOn: SignOn = authenticateRequests({ ntlm: 'never', allow: { groups: ['S-1-5-32-544'] } });
  // @ts-expect-error -- a wrong rule does not compile
  authenticateRequests({ ntlm: 'sometimes' });
  const identity: Identity | undefined = identityOf(request);
  const name: string | undefined = identity?.name;
  // @ts-expect-error -- what the platform may withhold is not silently a text
  const text: string = request.sspi?.name;
  // @ts-expect-error -- nobody makes an identity of a request
  if (name !== undefined && identity !== undefined) identity.name = text;
  const server = createServer((incoming, response) => signOn(incoming, response, () => response.end()));
  signOn.attach(server);
  return server;
}
import { windowsConnector, windowsSignOn, type WindowsConnector } from 'sspi/mssql';

export function sqlServer(connector: WindowsConnector = windowsConnector({ encrypt: 'strict' })): string {
  const { options, server } = windowsSignOn({ server: 'sql.corp.test', options: { database: 'hr' } }, { delegate: true });
  const encrypt: false = options.encrypt;
  // @ts-expect-error -- a wrong encryption does not compile
  windowsSignOn({ server, options: { encrypt: 'yes' } });
  // @ts-expect-error -- encryption belongs into the driver's configuration
  windowsSignOn({ server }, { encrypt });
  return options.connector === connector ? options.database : server;
}
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

test.each([
  ['node16, CommonJS', 'consumer.cts', node16],
  ['node16, ES modules', 'consumer.mts', node16],
  ['nodenext, ES modules', 'consumer.mts', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
  ['bundler', 'consumer.ts', { module: 'ESNext', moduleResolution: 'Bundler' }],
])('a consumer compiles under %s', async (_title, file, options) => {
  expect(await compile(app, 'typescript', { [file]: consumer }, options)).toBe('');
});

describe.each(['typescript-5.2', 'typescript-5.9', 'typescript', 'typescript-7'])('under %s', (compiler) => {
  test.each([true, false])('a consumer compiles with skipLibCheck: %s', async (skipLibCheck) => {
    const programs = { 'consumer.cts': consumer, 'consumer.mts': consumer };
    expect(await compile(app, compiler, programs, { ...node16, skipLibCheck })).toBe('');
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
