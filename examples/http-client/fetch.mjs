#!/usr/bin/env node
/**
 * Asks for a page as the current user, with Node's own fetch.
 *
 *   node fetch.mjs https://intranet.corp.test/api/me [--ntlm]
 */
import { parseArgs } from 'node:util';
import { createFetch, isSupported } from 'sspi/http';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { ntlm: { type: 'boolean' } } });
const url = new URL(positionals[0] ?? 'http://localhost:8080/');

if (!(await isSupported())) console.error('This machine cannot sign on: the page is asked for without a credential.');
// Only this origin gets the credential, wherever the page redirects to.
const origins = [url.origin];
const fetch = createFetch({ origins, ntlm: values.ntlm === true ? origins : [] });
try {
  const response = await fetch(url);
  console.log(response.status, response.url);
  console.log(await response.text());
  if (response.status === 401) process.exitCode = 1;
} catch (error) {
  const { cause } = /** @type {{ cause?: Error }} */ (error);
  console.error(String(cause ?? error));
  process.exitCode = 1;
} finally {
  await fetch.close();
}
