/** The size of the binaries that ship. */
import fs from 'node:fs';
import path from 'node:path';
import { checkout } from '../../scripts/lab/config.mjs';

const kilobyte = 1024;

export function sizes() {
  const directory = path.join(checkout, 'prebuilds');
  return fs.readdirSync(directory).map((platform) => {
    const bytes = fs.statSync(path.join(directory, platform, 'sspi.node')).size;
    return { name: `binary, ${platform}`, value: bytes / kilobyte, unit: 'KB', atMost: 300, detail: `${bytes} bytes` };
  });
}
