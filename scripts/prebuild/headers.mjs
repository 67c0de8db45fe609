/** Where Node's C headers are. */
import fs from 'node:fs';
import path from 'node:path';
import { capture } from '../common/shell.mjs';

/** npm's nodedir, or the place beside the running Node. Undefined lets node-gyp download them. */
export async function headersDirectory() {
  const configured =
    process.env.npm_config_nodedir ?? (await capture('npm', ['config', 'get', 'nodedir'])).stdout.trim();
  const beside = path.resolve(process.execPath, '../..');
  return [configured, beside].find(
    (directory) => directory && fs.existsSync(path.join(directory, 'include/node/node_api.h')),
  );
}
