/** The import graph of a tree of modules. */
import fs from 'node:fs';
import path from 'node:path';
import { importsOf } from './imports.mjs';

/**
 * @typedef {import('./imports.mjs').Import & { to: string | undefined }} Edge
 * `to` is a module of the graph; undefined for what lies outside (packages, Node itself, JSON).
 * @typedef {Map<string, Edge[]>} Graph
 */

const sources = /\.[cm]?ts$/;

/**
 * @param {string} root every module below it, named relative to it with slashes
 * @returns {Graph}
 */
export function graphOf(root) {
  const texts = new Map();
  for (const entry of fs.readdirSync(root, { recursive: true })) {
    const name = String(entry).replaceAll('\\', '/');
    if (sources.test(name)) texts.set(name, fs.readFileSync(path.join(root, name), 'utf8'));
  }
  return graphOfTexts(texts);
}

/**
 * @param {ReadonlyMap<string, string>} texts sources by name
 * @returns {Graph}
 * @throws for a relative import that leads nowhere: a graph with holes proves nothing
 */
export function graphOfTexts(texts) {
  const graph = new Map();
  for (const [from, text] of texts) {
    graph.set(
      from,
      importsOf(text, from).map((edge) => ({ ...edge, to: resolve(texts, from, edge) })),
    );
  }
  return graph;
}

function resolve(texts, from, { specifier, line }) {
  if (!specifier.startsWith('.')) return undefined;
  const base = path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier));
  if (base.startsWith('../')) return undefined;
  const plain = base.replace(/\.([cm]?)js$/, '.$1ts');
  const found = [plain, `${base}.ts`, `${base}/index.ts`].find((name) => texts.has(name));
  if (found === undefined) throw new Error(`${from}:${line}: "${specifier}" leads to no module`);
  return found;
}
