#!/usr/bin/env node
import { processIo } from './io';
import { run } from './run';

void run(process.argv.slice(2), processIo()).then((code) => {
  // Not process.exit: everything that was written to a terminal or a pipe must arrive.
  process.exitCode = code;
});
