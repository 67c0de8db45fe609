#!/usr/bin/env node
/** Checks the layers of lib/, and that there are no import cycles, including type and lazy imports. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkout } from './lab/config.mjs';
import { cyclesIn, wayAround } from './layers/cycles.mjs';
import { graphOf } from './layers/graph.mjs';
import { violationsIn } from './layers/violations.mjs';

/** Throws with all findings. */
export async function checkLayers() {
  const findings = findingsIn(graphOf(path.join(checkout, 'lib')));
  if (findings.length > 0) throw new Error(findings.join('\n'));
}

/**
 * @param {import('./layers/graph.mjs').Graph} graph
 * @returns {string[]}
 */
export function findingsIn(graph) {
  const cycles = cyclesIn(graph).map((cycle) => {
    const others = cycle.length > 2 ? ` (${cycle.length} modules in all)` : '';
    return `import cycle: ${wayAround(graph, cycle).join(' → ')}${others}`;
  });
  return [...cycles, ...violationsIn(graph)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await checkLayers();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
