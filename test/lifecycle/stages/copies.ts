/** Stages with several copies of the package, or several ways to load one. */
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type * as Sspi from 'sspi';
import type * as Load from '#lib/binding/load';
import type { Binding } from '#lib/binding/binding';
import { alive, say, scripted } from '../scripted';

const ownRoot = dirname(require.resolve('sspi/package.json'));

/** The package of `root`, from inside. */
function packageAt(root: string): { sspi: typeof Sspi; binding: () => Binding; live: () => object } {
  const load = createRequire(join(root, 'index.js'));
  const sspi = load('./dist/index.js') as typeof Sspi;
  const { loadBinding } = load('./dist/binding/load.js') as typeof Load;
  return { sspi, binding: loadBinding, live: () => loadBinding().liveCounts() };
}

function copyPackage(target: string): void {
  for (const part of ['package.json', 'dist', 'prebuilds']) {
    cpSync(join(ownRoot, part), join(target, part), { recursive: true });
  }
}

async function handshake(sspi: typeof Sspi, credentials: Sspi.Credentials): Promise<Sspi.Handshake> {
  const client = sspi.initiate(credentials, { target: 'HTTP/scripted' });
  await client.step();
  return client;
}

const scriptedBy = (sspi: typeof Sspi): Promise<Sspi.Credentials> =>
  sspi.acquireCredentials({ package: 'Scripted', use: 'both' });

async function failureOf(sspi: typeof Sspi): Promise<unknown> {
  try {
    return await sspi.acquireCredentials({ package: 'NoSuchPackage', use: 'both' });
  } catch (error) {
    return error;
  }
}

export async function twoCopies(directory: string): Promise<void> {
  copyPackage(directory);
  const one = packageAt(ownRoot);
  const two = packageAt(directory);
  say(`same code: ${one.sspi.initiate === two.sspi.initiate}`);

  const credentials = await Promise.all([scriptedBy(one.sspi), scriptedBy(two.sspi)]);
  const clients = await Promise.all([handshake(one.sspi, credentials[0]), handshake(two.sspi, credentials[1])]);
  await handshake(two.sspi, credentials[1]);
  say(`one: ${JSON.stringify(one.live())}`);
  say(`two: ${JSON.stringify(two.live())}`);

  for (const [mine, theirs] of [
    [one.sspi, two.sspi],
    [two.sspi, one.sspi],
  ] as const) {
    const error = await failureOf(mine);
    say(`${(error as Sspi.SspiError).code} instanceof: ${error instanceof theirs.SspiError}`);
  }
  try {
    two.sspi.initiate(credentials[0], { target: 'HTTP/scripted' });
  } catch (error) {
    say((error as Sspi.SspiError).code);
  }
  await Promise.all([...clients, ...credentials].map((each) => each.dispose()));
  say(`one: ${JSON.stringify(one.live())}`);
}

/** Handles of one copy of the addon are no handles to another: its objects may be laid out in another way. */
export async function handlesOfAnotherCopy(directory: string): Promise<void> {
  copyPackage(directory);
  const [one, two] = [packageAt(ownRoot).binding(), packageAt(directory).binding()];
  const { handle } = await one.acquireCredentialsHandle(undefined, 'Scripted', 3, undefined);
  if (handle === undefined) throw new Error('no credential');
  const context = one.createContext(handle);
  for (const call of [
    () => two.createContext(handle),
    () => two.freeCredentialsHandle(handle),
    () => two.queryContextAttributes(context, [0]),
    () => two.deleteSecurityContext(context),
  ]) {
    try {
      void call();
      say('taken');
    } catch (error) {
      say((error as Sspi.SspiError).code);
    }
  }
  await one.deleteSecurityContext(context);
  await one.freeCredentialsHandle(handle);
  say(JSON.stringify([one.liveCounts(), two.liveCounts()].map(({ credentials, calls }) => credentials + calls)));
}

/** As test runners do that give each file its own modules: the addon is loaded twice into one thread. */
export async function loadedTwice(): Promise<void> {
  const first = packageAt(ownRoot);
  const isOurs = (file: string): boolean => file.startsWith(join(ownRoot, 'dist'));
  for (const file of Object.keys(require.cache).filter(isOurs)) Reflect.deleteProperty(require.cache, file);
  const second = packageAt(ownRoot);
  say(`same code: ${first.sspi.initiate === second.sspi.initiate}`);
  const credentials = await Promise.all([scriptedBy(first.sspi), scriptedBy(second.sspi)]);
  const clients = await Promise.all([handshake(first.sspi, credentials[0]), handshake(second.sspi, credentials[1])]);
  say(JSON.stringify(first.live()));
  await Promise.all([...clients, ...credentials].map((each) => each.dispose()));
  say(JSON.stringify(second.live()));
}

export async function bothModuleSystems(): Promise<void> {
  const imported = await import('sspi');
  const required = require('sspi') as typeof Sspi;
  say(
    `same functions: ${imported.initiate === required.initiate}, same class: ${imported.SspiError === required.SspiError}`,
  );
  const client = await handshake(imported, await scriptedBy(required));
  say(`established or under way: ${String(client.disposed)}`);
}

/** Values of another realm are as good as this one's. */
export async function otherRealm(): Promise<void> {
  const sspi = packageAt(ownRoot).sspi;
  const credentials = await scripted();
  const code = `(async () => {
    const client = sspi.initiate(credentials, { target: 'HTTP/scripted', flags: ['confidentiality'] });
    const server = sspi.accept(credentials, { flags: ['confidentiality'] });
    const { token } = await client.step();
    const answer = await server.step(new Uint8Array(token));
    await client.step(new DataView(new Uint8Array(answer.token).buffer));
    const message = client.context.wrap(new Uint8Array([1, 2, 3]));
    const plain = [...server.context.unwrap(new Uint8Array(message))];
    let failure;
    try { await client.step(); } catch (error) { failure = error; }
    return [plain.join(), failure instanceof sspi.SspiError, failure.code].join(' ');
  })()`;
  say(String(await runInNewContext(code, { sspi, credentials })));
  say(`${alive().contexts} contexts`);
}
