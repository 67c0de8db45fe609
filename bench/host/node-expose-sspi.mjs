/** npm's node-expose-sspi, installed apart from this package's dependencies: it is for Windows only, where npm runs. */
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../../scripts/common/shell.mjs';
import { step } from '../../scripts/common/progress.mjs';
import { checkout } from '../../scripts/lab/config.mjs';

const version = '0.1.60';
const place = path.join('node_modules/.cache/bench/node-expose-sspi', version);

/** @returns {Promise<string>} its directory, relative to this checkout */
export async function installNodeExposeSspi() {
  const directory = path.join(checkout, place);
  const complete = path.join(directory, 'complete');
  if (fs.existsSync(complete)) return place;
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'package.json'), '{ "private": true }\n');
  // Its binary is in the package. `--force`: this machine need not be the one that it is for.
  const options = ['--force', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact'];
  await step(`npm install node-expose-sspi@${version}`, () =>
    run('npm', ['install', ...options, `node-expose-sspi@${version}`], { cwd: directory }),
  );
  fs.writeFileSync(complete, '');
  return place;
}
