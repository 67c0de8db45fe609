/** Import cycles, by Tarjan's algorithm: https://doi.org/10.1137/0201010 */

/**
 * @param {import('./graph.mjs').Graph} graph
 * @returns {string[][]} the strongly connected components of more than one module, and modules that import themselves
 */
export function cyclesIn(graph) {
  const indexes = new Map();
  const lowest = new Map();
  const stack = [];
  const onStack = new Set();
  const cycles = [];

  const visit = (module) => {
    const index = indexes.size;
    indexes.set(module, index);
    lowest.set(module, index);
    stack.push(module);
    onStack.add(module);
    for (const { to } of graph.get(module)) {
      if (to === undefined) continue;
      if (!indexes.has(to)) visit(to);
      if (onStack.has(to)) lowest.set(module, Math.min(lowest.get(module), lowest.get(to)));
    }
    if (lowest.get(module) !== index) return;
    const component = stack.splice(stack.indexOf(module));
    for (const member of component) onStack.delete(member);
    const importsItself = graph.get(module).some(({ to }) => to === module);
    if (component.length > 1 || importsItself) cycles.push(component.sort());
  };

  for (const module of graph.keys()) if (!indexes.has(module)) visit(module);
  return cycles;
}

/**
 * The shortest way from a module of a cycle back to it, to show what to cut.
 * @param {import('./graph.mjs').Graph} graph
 * @param {readonly string[]} cycle
 */
export function wayAround(graph, cycle) {
  const inside = new Set(cycle);
  let shortest;
  for (const start of cycle) {
    const way = wayBack(graph, start, inside);
    if (shortest === undefined || way.length < shortest.length) shortest = way;
  }
  return shortest;
}

function wayBack(graph, start, inside) {
  const waiting = [[start]];
  const seen = new Set();
  for (let way = waiting.shift(); way !== undefined; way = waiting.shift()) {
    for (const { to } of graph.get(way.at(-1))) {
      if (to === start) return [...way, start];
      if (!inside.has(to) || seen.has(to)) continue;
      seen.add(to);
      waiting.push([...way, to]);
    }
  }
  throw new Error(`${start} is in no cycle`);
}
