#!/usr/bin/env node
/**
 * A command-line tool that passes a company's proxy as the current user:
 *
 *   node download.mjs [--proxy http://proxy.corp.test:3128] [--ntlm] URL > file
 *
 * The proxy is the option, or HTTPS_PROXY.
 */
import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { pipeline } from 'node:stream/promises';
import { SspiAgent } from 'sspi/http';
import { SspiError } from 'sspi';

const { values, positionals } = parseArgs({
  options: {
    proxy: { type: 'string', default: process.env['HTTPS_PROXY'] },
    ntlm: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [address] = positionals;
const { proxy, ntlm } = values;
if (address === undefined) {
  console.error('usage: node download.mjs [--proxy URL] [--ntlm] URL');
  process.exit(2);
}

// No origin is listed, so that only the proxy is signed on to. NTLM goes only to a proxy that is named for it.
const agent = new SspiAgent({ proxy, ntlm: ntlm && proxy !== undefined ? [new URL(proxy).origin] : [] });
try {
  const url = new URL(address);
  const request = (url.protocol === 'https:' ? https : http).get(url, { agent });
  const [response] = /** @type {[http.IncomingMessage]} */ (await once(request, 'response'));
  if (response.statusCode !== 200) {
    console.error(`${url.host} answered HTTP ${response.statusCode}.`);
    process.exitCode = 1;
    response.resume();
  } else {
    await pipeline(response, process.stdout);
  }
} catch (error) {
  if (!SspiError.isSspiError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  agent.destroy();
}
