/**
 * One part of the benchmarks, in the Node that it is to be measured in: `node bench/inside.mjs PART OPTIONS REPORT`. The
 * figures are written to the file REPORT, because standard output belongs to the programs.
 */
import { writeFileSync } from 'node:fs';

const [part, options, report] = process.argv.slice(2);
const { run } = await import(new URL(`parts/${part}.mjs`, import.meta.url));
writeFileSync(report, JSON.stringify(await run(JSON.parse(options))));
