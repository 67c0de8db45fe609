/** What `require('sspi')` adds to the time of a script that does nothing else. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../measure/statistics.mjs';

const rounds = 25;
const entry = createRequire(import.meta.url).resolve('sspi');

export async function run() {
  const directory = mkdtempSync(join(tmpdir(), 'sspi-bench-'));
  const script = (name, text) => {
    const file = join(directory, `${name}.cjs`);
    writeFileSync(file, text);
    return file;
  };
  // Timed by the scripts themselves, too: the start of a process varies by more than what is looked for. The figure is
  // the larger of the two.
  const clock = 'const start = performance.now();';
  const tell = 'process.stdout.write(String(performance.now() - start));';
  const empty = script('empty', `${clock}${tell}`);
  const requiring = script('requiring', `${clock}require(${JSON.stringify(entry)});${tell}`);

  const lives = { empty: [], requiring: [] };
  const inside = [];
  for (let round = 0; round < rounds; round++) {
    lives.empty.push(life(empty).milliseconds);
    const { milliseconds, told } = life(requiring);
    lives.requiring.push(milliseconds);
    inside.push(told);
  }
  const difference = median(lives.requiring.map((milliseconds, round) => milliseconds - lives.empty[round]));
  const itself = median(inside);
  const detail = `${difference.toFixed(1)} ms more than an empty script; require itself ${itself.toFixed(1)} ms`;
  return [{ name: "require('sspi')", value: Math.max(difference, itself), unit: 'ms', atMost: 15, detail }];
}

function life(file) {
  const start = performance.now();
  const told = Number(execFileSync(process.execPath, [file], { encoding: 'utf8' }));
  return { milliseconds: performance.now() - start, told };
}
