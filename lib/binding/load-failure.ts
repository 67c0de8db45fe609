import os from 'node:os';
import { catalogue, type CauseName } from '../errors/catalogue/causes';
import { host } from './host';
import { deniedBySandbox, sandboxed } from './sandboxed';
import { statSync } from 'node:fs';
import { targetOf } from './portable-executable';
import { usageError } from '../errors/make';
import { withEvidence, type SspiError } from '../errors/sspi-error';
import type { Finding } from '../errors/finding';
import type { Search } from './locate';
import type { SspiUsageCode } from '../errors/codes';

/** The architectures that a release has binaries for. */
const supported: readonly string[] = ['x64', 'ia32', 'arm64'];

/** Windows' texts for its errors 225, 226, 577, 1260 and 4551 (winerror.h): a security product or policy blocks the file. */
const policyText =
  /application control policy|group policy|digital signature|virus|potentially unwanted|integrity policy/i;
/** ERROR_ACCESS_DENIED */
const accessText = /^access is denied/i;

/** For a process that is not on Windows, as far as it can tell. */
export function noSspi(platform: string): SspiError {
  const code = 'ERR_SSPI_UNSUPPORTED_PLATFORM';
  if (os.platform() === 'win32') {
    const text = `This is Windows, but process.platform says "${platform}".`;
    return failure(code, text, [{ cause: 'platform-folded', weight: 95 }]);
  }
  const text = `SSPI exists only on Windows; this is ${platform}.`;
  return failure(code, text, [{ cause: 'platform', weight: 95 }]);
}

/** For a search that has no place to search. */
export function nowhereToLook({ setting }: Search): SspiError {
  return setting === undefined
    ? unavailable(
        'The native addon cannot be searched for, because the file that this code runs from is not known.',
        'addon-missing',
      )
    : unavailable(`SSPI_BINARY is not an absolute path: "${setting}".`, 'addon-setting');
}

/** For a library that can be loaded but is something else. */
export function otherAddon(path: string, { setting }: Search): SspiError {
  return unavailable(
    `${path} is not an addon of this package.`,
    setting === undefined ? 'addon-damaged' : 'addon-setting',
  );
}

/** For a file that the loader refused. */
export function notLoaded(path: string, search: Search, arch: string, cause: unknown): SspiError {
  const said = firstLine(cause);
  const [why, ...findings] = diagnose(path, search, arch, cause, said);
  const text = `The native addon could not be loaded from ${path}: "${said}"${why === undefined ? '.' : `; ${why}.`}`;
  return failure('ERR_SSPI_BINARY_UNAVAILABLE', text, findings, cause);
}

/** A cause, and the weight of the evidence for it (0 to 100). */
type Blame = Pick<Finding, 'cause' | 'weight'>;

type Diagnosis = readonly [why: string | undefined, first: Blame, ...more: Blame[]];

/** The weight from which the file, the flags or the loader's code show the cause; below it is only the usual reason. */
const shown = 90;

/** The loader's message is in the language of the system, so what the file itself shows comes first. */
function diagnose(path: string, { setting }: Search, arch: string, cause: unknown, said: string): Diagnosis {
  if (codeOf(cause) === 'ERR_DLOPEN_DISABLED') return [undefined, ...disabled()];
  if (deniedBySandbox(cause)) return [undefined, { cause: 'addons-not-permitted', weight: 95 }];
  const wrong = (otherwise: CauseName): Blame => ({
    cause: setting === undefined ? otherwise : 'addon-setting',
    weight: 95,
  });
  const file = lookAt(path);
  if (file === 'denied')
    return ['this process does not have permission to read it', { cause: 'addon-unreadable', weight: 95 }];
  if (file === 'missing') {
    const none = setting === undefined && !supported.includes(arch);
    return [none ? `there is none for ${arch}` : 'the file does not exist', wrong('addon-missing')];
  }
  const target = sandboxed(() => targetOf(path));
  if (target === 'none') return ['the file is not a Windows library', wrong('addon-damaged')];
  if (target !== undefined && target !== arch) {
    return [`it is for ${target}, and this process is ${arch}`, wrong('addon-architecture')];
  }
  if (policyText.test(said)) return [undefined, { cause: 'addon-blocked', weight: 95 }];
  if (accessText.test(said)) return [undefined, { cause: 'addon-blocked', weight: 60 }];
  if (/did not self-register|NODE_MODULE_VERSION/.test(said)) {
    return ['it is not an addon of this package', wrong('addon-damaged')];
  }
  return [undefined, { cause: 'addon-refused', weight: 60 }, { cause: 'addon-blocked', weight: 30 }];
}

/** Node has one error for two of its flags. */
function disabled(): [Blame, ...Blame[]] {
  const given = `${process.execArgv.join(' ')} ${sandboxed(() => process.env['NODE_OPTIONS']) ?? ''}`;
  // Older versions of Node have no permission model.
  const { permission } = process as { readonly permission?: unknown };
  const notPermitted = permission !== undefined && !given.includes('--allow-addons');
  const findings: Blame[] = [];
  if (given.includes('--no-addons') || !notPermitted) findings.push({ cause: 'addons-disabled', weight: 95 });
  if (notPermitted) findings.push({ cause: 'addons-not-permitted', weight: 95 });
  return findings as [Blame, ...Blame[]];
}

function lookAt(path: string): 'file' | 'missing' | 'denied' {
  try {
    return statSync(path).isFile() ? 'file' : 'missing';
  } catch (error) {
    if (deniedBySandbox(error)) return 'denied';
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? 'missing' : 'file';
  }
}

function unavailable(text: string, cause: CauseName): SspiError {
  return failure('ERR_SSPI_BINARY_UNAVAILABLE', text, [{ cause, weight: 95 }]);
}

function failure(code: SspiUsageCode, text: string, found: readonly Blame[], cause?: unknown): SspiError {
  const findings = found.map(({ cause: name, weight }) => {
    const advice = catalogue[name].check.map((check) => (typeof check === 'string' ? check : check.text));
    const check = advice.map((each) => each.replaceAll('<arch>', host().arch));
    return {
      cause: name,
      ground: weight >= shown ? 'seen' : 'usual',
      weight,
      because: [text],
      check,
    } satisfies Finding;
  });
  const hint = findings.flatMap(({ weight, check }) => (weight > 50 ? check : [])).join(' ');
  const error = usageError(code, text, { hint, ...(cause === undefined ? {} : { cause }) });
  return withEvidence(error, () => ({ loading: findings }));
}

function firstLine(error: unknown): string {
  const { message } = Object(error) as { readonly message?: unknown };
  return (typeof message === 'string' ? message : String(error))
    .split(/[\r\n]/, 1)
    .join('')
    .trim();
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { readonly code?: unknown }).code;
}
