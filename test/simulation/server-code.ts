/** The server's modules, as they are or with one of them changed. */
import fs from 'node:fs';
import path from 'node:path';
import type * as Options from '#lib/http/server/options';
import type * as SignOnModule from '#lib/http/server/sign-on';

export type ServerCode = Pick<typeof SignOnModule, 'SignOnServer' | 'signOnOf'> &
  Pick<typeof Options, 'checkedSettings'>;

/** A change of one compiled module: each text is searched for, and must be there exactly once. */
export interface Mutation {
  /** In lib/http/server/, without its ending. */
  readonly module: string;
  readonly changes: readonly (readonly [search: string, replacement: string])[];
}

interface LoadedModule {
  exports: unknown;
}
type CompiledModule = (exports: unknown, require: (name: string) => unknown, module: LoadedModule) => void;

/**
 * Loads the modules of lib/http/server/ anew, with one of them changed. The others' text is what ships, and everything outside
 * of that directory is shared with the rest of the process.
 * @throws Error where a text of the mutation is not there exactly once: then the mutant has to follow the code.
 */
export function loadServerCode(mutation?: Mutation): ServerCode {
  const directory = path.dirname(require.resolve('#lib/http/server/sign-on'));
  const loaded = new Map<string, LoadedModule>();
  const load = (file: string): unknown => {
    const known = loaded.get(file);
    if (known !== undefined) return known.exports;
    const module: LoadedModule = { exports: {} };
    loaded.set(file, module);
    const name = path.basename(file, '.js');
    const text = fs.readFileSync(file, 'utf8');
    const code = name === mutation?.module ? mutated(text, mutation) : text;
    // The modules' own realm is that of the caller: jest gives each test file one.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const compiled = new Function('exports', 'require', 'module', code) as CompiledModule;
    compiled(module.exports, (wanted) => resolve(file, wanted), module);
    return module.exports;
  };
  const resolve = (from: string, wanted: string): unknown => {
    if (!wanted.startsWith('.')) return require(wanted);
    const file = path.resolve(path.dirname(from), wanted);
    return path.dirname(file) === directory ? load(`${file}.js`) : require(file);
  };
  if (mutation !== undefined && !fs.existsSync(path.join(directory, `${mutation.module}.js`))) {
    throw new Error(`There is no module ${mutation.module} in lib/http/server: the mutant has to follow the code`);
  }
  const { SignOnServer, signOnOf } = load(path.join(directory, 'sign-on.js')) as typeof SignOnModule;
  const { checkedSettings } = load(path.join(directory, 'options.js')) as typeof Options;
  return { SignOnServer, signOnOf, checkedSettings };
}

/** @throws Error where a text is not there exactly once. */
export function mutated(text: string, { module, changes }: Mutation): string {
  return changes.reduce((code, [search, replacement]) => {
    const parts = code.split(search);
    if (parts.length !== 2) {
      throw new Error(
        `${module}.js has ${parts.length - 1} times what the mutant replaces (${search}): it has to follow the code`,
      );
    }
    return parts.join(replacement);
  }, text);
}
