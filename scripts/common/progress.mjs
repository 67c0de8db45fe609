/** One line for each long step, on stderr: stdout belongs to what the command runs. */
const sink = process.stderr;
let open = false;

/**
 * Shows `label`, does `work`, then shows how many seconds it took.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  endLine();
  const start = performance.now();
  sink.write(`> ${label} ...`);
  open = true;
  try {
    const result = await work();
    finish(`${label} ...`, `${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    finish(`${label} ...`, 'failed');
    throw error;
  }
}

/** @param {string} text */
export function note(text) {
  endLine();
  sink.write(`> ${text}\n`);
}

function endLine() {
  if (open) sink.write('\n');
  open = false;
}

function finish(label, text) {
  sink.write(open ? ` ${text}\n` : `> ${label} ${text}\n`);
  open = false;
}
