// Decodes damaged tokens and expects only results and InspectErrors, in a time proportional to the length. `npm run build`
// first; `node bench/fuzz-inspect.mjs [inputs=10000000] [seed]`.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { fuzz } = require('../dist-test/unit/inspect/support/fuzz.js');
const { corpus } = require('../dist-test/unit/inspect/support/corpus.js');

const inputs = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? 1);
const started = Date.now();
const seconds = () => (Date.now() - started) / 1000;
const report = fuzz({
  seed,
  inputs,
  samples: corpus(),
  progress: (done) => {
    if (done > 0 && done % 1_000_000 === 0)
      console.log(`${done.toLocaleString('en')} inputs, ${seconds().toFixed(0)} s`);
  },
});
console.log(JSON.stringify({ seed, ...report, seconds: Math.round(seconds()) }, null, 2));
