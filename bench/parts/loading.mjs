/** What `require('sspi')` adds to the time of a script that does nothing else, and `sspi run` to that of a command. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { median } from '../measure/statistics.mjs';

const rounds = 25;
const { resolve } = createRequire(import.meta.url);
const entry = resolve('sspi');
const command = join(dirname(resolve('sspi/package.json')), 'dist', 'cli', 'main.js');
/** Where nothing listens: no connection is made. Without a proxy `sspi/register` would have less to do. */
const environment = { ...process.env, HTTPS_PROXY: 'http://proxy.corp.test:3128', SSPI_REGISTER_TOLD: '1' };
/** The least that runs a command in a process of its own, as `sspi run` must. */
const spawning = `require('node:child_process')
  .spawn(process.execPath, ['-e', '0'], { stdio: 'inherit' })
  .on('exit', (code) => { process.exitCode = code; });`;

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

  const lives = { empty: [], requiring: [], plain: [], spawning: [], run: [] };
  const inside = [];
  for (let round = 0; round < rounds; round++) {
    lives.empty.push(life(empty).milliseconds);
    const { milliseconds, told } = life(requiring);
    lives.requiring.push(milliseconds);
    inside.push(told);
    lives.plain.push(lifeOf(process.execPath, '-e', '0'));
    lives.spawning.push(lifeOf(process.execPath, '-e', spawning));
    lives.run.push(lifeOf(process.execPath, command, 'run', '--', process.execPath, '-e', '0'));
  }
  const difference = median(lives.requiring.map((milliseconds, round) => milliseconds - lives.empty[round]));
  const itself = median(inside);
  const detail = `${difference.toFixed(1)} ms more than an empty script; require itself ${itself.toFixed(1)} ms`;
  const moreThan = (contender, other) => median(lives[contender].map((time, round) => time - lives[other][round]));
  const run = moreThan('run', 'plain');
  const runDetail = [
    `more than plain node -e 0 (${median(lives.plain).toFixed(1)} ms)`,
    `a node that only starts it takes ${moreThan('spawning', 'plain').toFixed(1)} ms more`,
    `sspi run ${moreThan('run', 'spawning').toFixed(1)} ms more than that`,
  ].join('; ');
  return [
    { name: "require('sspi')", value: Math.max(difference, itself), unit: 'ms', atMost: 15, detail },
    { name: 'sspi run -- node -e 0', value: run, unit: 'ms', atMost: 30, detail: runDetail },
  ];
}

function lifeOf(...args) {
  const start = performance.now();
  execFileSync(args[0], args.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environment,
  });
  return performance.now() - start;
}

function life(file) {
  const start = performance.now();
  const told = Number(execFileSync(process.execPath, [file], { encoding: 'utf8' }));
  return { milliseconds: performance.now() - start, told };
}
