#!/usr/bin/env node
import { processIo } from './io';
import { run } from './run';

void run(process.argv.slice(2), processIo()).then((code) => {
  // Not process.exit: what is written to a terminal or a pipe must come out whole.
  process.exitCode = code;
});
