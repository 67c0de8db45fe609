/** Imports that the layers forbid. */
import { builtinModules } from 'node:module';
import { explainers, layers } from './layers.mjs';

/**
 * @param {import('./graph.mjs').Graph} graph
 * @returns {string[]} what is wrong, one line each
 */
export function violationsIn(graph) {
  return [...graph].flatMap(([module, edges]) => {
    const layer = layerOf(module);
    if (layer === undefined) return [`${module}: is in no layer; give it one in scripts/layers/layers.mjs`];
    return [
      ...edges.flatMap((edge) => faultsOf(module, layer, edge).map((fault) => `${module}:${edge.line}: ${fault}`)),
      ...(layer.name === 'driver' ? severalProtocols(module, edges) : []),
    ];
  });
}

const layerOf = (module) => layers.find(({ holds }) => holds.test(module));
const folderOf = (module) => module.split('/', 1)[0];

function faultsOf(module, layer, edge) {
  const { specifier, to, kind } = edge;
  if (to === undefined) return mayLoad(layer, specifier) ? [] : [`loads the package "${specifier}"`];
  const target = layerOf(to);
  if (target === undefined) return [];
  const faults = [];
  if (target.name === 'explain' && layer.name !== 'explain') {
    if (kind === 'eager') faults.push(`imports ${to} eagerly: explanations are loaded by those who ask for one`);
    if (explainers.includes(module)) return faults;
  }
  if (target !== layer && !layer.may.includes(target.name)) {
    faults.push(`imports ${to}, and ${layer.name} may not know of ${target.name}`);
  }
  if (layer.name === 'driver' && target === layer && folderOf(module) !== folderOf(to)) {
    faults.push(`imports ${to}: an adapter knows its own driver only`);
  }
  return faults;
}

/** Relative paths out of lib/ lead to the package's manifest. */
function mayLoad({ packages = [] }, specifier) {
  const isOwn = /^(\.\.\/)+package\.json$/.test(specifier) || specifier === 'sspi';
  const isNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
  return isOwn || isNode || packages.includes(specifier);
}

function severalProtocols(module, edges) {
  const protocols = new Set(
    edges
      .flatMap(({ to }) => (to === undefined ? [] : [layerOf(to)?.name]))
      .filter((name) => /^(http|sasl)$/.test(name)),
  );
  return protocols.size > 1 ? [`${module}: imports ${[...protocols].join(' and ')}: an adapter is written on one`] : [];
}
