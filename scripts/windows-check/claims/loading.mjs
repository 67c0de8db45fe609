import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { listPackages } from 'sspi';
import { NotSeen, expectSeen } from '../claim.mjs';

const visitor = fileURLToPath(new URL('../load-and-ask.mjs', import.meta.url));
const longerThan = 260;

/** @type {import('../claim.mjs').Claim[]} */
export const loading = [
  {
    id: 'load',
    title: 'The binary loads and lists this machine’s security packages',
    async check() {
      const packages = await listPackages();
      const names = packages.map(({ name }) => name);
      for (const name of ['Negotiate', 'NTLM']) expectSeen(names.includes(name), `${name} is not among ${names}`);
      const figures = packages.map(({ name, maxToken, capabilities }) => ({ name, maxToken, capabilities }));
      return { detail: names.join(', '), figures: { packages: figures } };
    },
  },
  {
    id: 'load-renamed',
    title: 'It loads into an executable that is not called node.exe',
    check: ({ machine }) =>
      inDirectory('renamed', (directory) => {
        const executable = path.join(directory, 'application.exe');
        fs.copyFileSync(process.execPath, executable);
        return loadIn(executable, machine.binaryFile);
      }),
  },
  ...[
    ['load-spaces', 'a path with spaces', 'a path with spaces'],
    ['load-non-ascii', 'a path outside ASCII', 'Größe-大-ёлка'],
    ['load-long', `a path of more than ${longerThan} characters`, path.join(...Array(6).fill('x'.repeat(50)))],
  ].map(([id, what, place]) => ({
    id,
    title: `It loads from ${what}`,
    check: ({ machine }) =>
      inDirectory(place, (directory) => {
        const copy = path.join(directory, 'sspi.node');
        fs.copyFileSync(machine.binaryFile, copy);
        return loadIn(process.execPath, copy);
      }),
  })),
];

async function inDirectory(place, use) {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'sspi-check-'));
  try {
    const directory = path.join(base, place);
    fs.mkdirSync(directory, { recursive: true });
    return await use(directory);
  } finally {
    fs.rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  }
}

function loadIn(executable, binary) {
  const env = { ...process.env, SSPI_BINARY: binary };
  const { error, status, stdout, stderr } = spawnSync(executable, [visitor], { env, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new NotSeen(`exit code ${status}: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
  return `${stdout.trim()}, from a path of ${binary.length} characters`;
}
