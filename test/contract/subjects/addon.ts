import { loadBinding } from '#lib/binding/load';
import { scriptText } from './script-text';
import type { Subject } from '../subject';

const packageName = 'Scripted';

async function open(gate: string): Promise<void> {
  const { handle } = await loadBinding().acquireCredentialsHandle(`open ${gate}`, packageName, 2, undefined);
  if (handle === undefined) throw new Error(`the gate ${gate} does not open`);
  await loadBinding().freeCredentialsHandle(handle);
}

/** The addon over this machine's secur32, with the scripted security package. */
export const addon: Subject = {
  title: 'the addon',
  kind: 'addon',
  get binding() {
    return loadBinding();
  },
  packageName,
  target: 'svc/host.test',
  scripts: { principal: scriptText, packageName, open },
};
