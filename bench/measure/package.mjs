/** The package that is measured in this process: this checkout's, or that of the checkout that SSPI_BENCH_PACKAGE names. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const elsewhere = process.env.SSPI_BENCH_PACKAGE;
const entry = elsewhere ? pathToFileURL(resolve(elsewhere, 'dist/index.mjs')).href : 'sspi';

export const { accept, acquireCredentials, initiate } = await import(entry);
