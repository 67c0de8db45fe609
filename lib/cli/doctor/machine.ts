import os from 'node:os';
import { failed, type CheckResult } from './check';
import { loadBinding } from '../../binding/load';
import { SspiError } from '../../errors/sspi-error';

/** package.json's engines. */
const oldestNode = [20, 11] as const;

/** Windows or Wine, and which; Node and its architecture; the addon. */
export function checkMachine(wineVersion: string | undefined): CheckResult[] {
  return [platform(wineVersion), node(process.versions.node), binary()];
}

function platform(wineVersion: string | undefined): CheckResult {
  const windows = `${os.version()} (${os.release()})`;
  const detail = wineVersion === undefined ? windows : `Wine ${wineVersion}, which says it is ${windows}`;
  const head = { id: 'platform', title: 'Platform', detail };
  if (wineVersion === undefined) return { ...head, status: 'ok' };
  return {
    ...head,
    status: 'warn',
    advice:
      'Wine’s SSPI has no names, no impersonation and no SPNEGO framing, and its errors are less specific: what fails here may work on Windows.',
  };
}

/** Whether this version of Node is new enough. */
export function node(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  const good = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  const head = { id: 'node', title: 'Node', detail: `${version} on ${process.arch}` };
  if (good) return { ...head, status: 'ok' };
  return { ...head, status: 'fail', advice: `Node ${oldestNode.join('.')} or newer is needed.` };
}

function binary(): CheckResult {
  const override = process.env['SSPI_BINARY'];
  const head = { id: 'binary', title: 'Native addon' };
  try {
    loadBinding();
    const place = override === undefined || override === '' ? 'the package’s own' : `SSPI_BINARY, ${override}`;
    return { ...head, status: 'ok', detail: `win32-${process.arch} loads (${place})` };
  } catch (error) {
    const hint = SspiError.isSspiError(error) ? error.hint : undefined;
    return failed(head.id, head.title, error, hint);
  }
}
