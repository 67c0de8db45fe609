import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { usageError } from '../errors/make';
import type { Binding } from './binding';

let injected: Binding | undefined;
let native: Binding | undefined;

/**
 * The binding to secur32, loaded at its first use so that importing the package never fails.
 * @throws ERR_SSPI_UNSUPPORTED_PLATFORM off Windows, ERR_SSPI_BINARY_UNAVAILABLE where the addon cannot be loaded.
 */
export function loadBinding(): Binding {
  return injected ?? (native ??= loadNative());
}

/** Puts a scripted binding in the place of secur32 for this copy of the package; undefined takes it away again. */
export function useBinding(binding: Binding | undefined): void {
  injected = binding;
}

/** The binding that was put in the place of secur32, if one was. */
export function injectedBinding(): Binding | undefined {
  return injected;
}

function loadNative(): Binding {
  if (process.platform !== 'win32') {
    throw usageError('ERR_SSPI_UNSUPPORTED_PLATFORM', `SSPI exists on Windows only; this is ${process.platform}.`, {
      hint: 'On this platform the inspector, channel bindings and errors work; handshakes need Windows (or Wine).',
    });
  }
  const path = binaryPath();
  // process.dlopen rather than require: bundlers leave it alone, and it takes any path.
  const module: { exports: Partial<Binding> } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw usageError('ERR_SSPI_BINARY_UNAVAILABLE', `The native addon could not be loaded from ${path}.`, {
      cause,
      hint: existsSync(path)
        ? `The file is there but not for this process (${process.arch}), or a security product blocks it.`
        : `The package holds prebuilds/win32-${process.arch}/sspi.node unless it was stripped; bundlers must copy that file, or SSPI_BINARY name it.`,
    });
  }
  if (typeof module.exports.createContext !== 'function') {
    throw usageError('ERR_SSPI_BINARY_UNAVAILABLE', `${path} is no addon of this package.`, {
      hint: 'Check the environment variable SSPI_BINARY.',
    });
  }
  return module.exports as Binding;
}

/**
 * Where the addon is: SSPI_BINARY if set (for bundles and unusual layouts), else the prebuilt file of the package, else
 * beside this file, where bundlers that copy assets put it.
 */
function binaryPath(): string {
  const override = process.env['SSPI_BINARY'];
  if (override !== undefined && override !== '') return override;
  const prebuilt = join('prebuilds', `win32-${process.arch}`, 'sspi.node');
  // A bundle that was made an ES module has no __dirname; what starts the process is the best guess then.
  const here = typeof __dirname === 'string' ? __dirname : dirname(process.argv[1] ?? '.');
  const installed = join(here, '..', '..', prebuilt);
  const candidates = [installed, join(here, prebuilt), join(here, 'sspi.node')];
  return candidates.find((path) => existsSync(path)) ?? installed;
}
